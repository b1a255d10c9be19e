use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, IntoDeserializer, MapAccess, SeqAccess, Visitor},
};
use thiserror::Error;

use super::{Member, Node, Span, Spanned, Value, nearest};

/// Why a JSON value does not have the shape of the type that it is read into, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct DecodeError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The value or key at fault.
    pub span: Span,
}

/// Reads a value of `T` out of spanned JSON. Unknown members are refused, with the nearest known name as help;
/// a [`Spanned`] inside `T` receives its place.
///
/// # Errors
/// [`DecodeError`] at the first value that does not fit.
///
/// ```
/// use crosskey_engine::text::{Limits, Spanned, decode, parse_json};
/// #[derive(serde::Deserialize)]
/// struct Door { key: Spanned<String> }
/// let door: Door = decode(&parse_json(r#"{"key": "k"}"#, &Limits::default())?)?;
/// assert_eq!(door.key.span.start, 8);
/// let error = decode::<Door>(&parse_json(r#"{"kye": "k"}"#, &Limits::default())?).err();
/// assert_eq!(error.map(|e| e.to_string()).as_deref(), Some("unknown field `kye`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decode<T: DeserializeOwned>(node: &Node) -> Result<T, DecodeError> {
    T::deserialize(Reader { node }).map_err(|error| error.at(node.span))
}

/// The struct name by which [`Spanned`] asks [`Reader`] for its place; no user's type can have it.
const SPANNED: &str = "$Spanned";
const SPANNED_FIELDS: &[&str] = &["start", "end", "value"];

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Spanned<T>, A::Error> {
                let missing = |at| de::Error::invalid_length(at, &"start, end and value");
                let start = seq.next_element()?.ok_or_else(|| missing(0))?;
                let end = seq.next_element()?.ok_or_else(|| missing(1))?;
                let value = seq.next_element()?.ok_or_else(|| missing(2))?;
                Ok(Spanned::new(value, Span::new(start, end)))
            }
        }

        deserializer.deserialize_struct(SPANNED, SPANNED_FIELDS, Fields(std::marker::PhantomData))
    }
}

/// The error while it travels up: it takes the place of the innermost value that it passes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
struct Raised {
    message: String,
    help: String,
    span: Option<Span>,
}

impl Raised {
    fn new(message: String, help: impl Into<String>) -> Self {
        Self { message, help: help.into(), span: None }
    }

    fn at(self, span: Span) -> DecodeError {
        let span = self.span.unwrap_or(span);
        DecodeError { message: self.message, help: self.help, span }
    }

    fn or_at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl de::Error for Raised {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::new(message.to_string(), "correct the value; the schema lists what may stand here")
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            de::Unexpected::Unit => "null".to_owned(),
            de::Unexpected::Map => "an object".to_owned(),
            de::Unexpected::Seq => "an array".to_owned(),
            other => other.to_string(),
        };
        Self::new(format!("found {found}, expected {expected}"), "write a value of that kind")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(
            format!("missing field `{field}`"),
            format!("add `\"{field}\": …` to this object"),
        )
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown value `{variant}`"), offer(variant, expected))
    }
}

fn offer(name: &str, known: &'static [&'static str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    node: &'a Node,
}

impl Reader<'_> {
    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Raised> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) => visitor.visit_str(text),
            Value::Number(text) => match (text.parse::<u64>(), text.parse::<i64>()) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => visitor.visit_f64(text.parse().unwrap_or(f64::NAN)),
            },
            Value::Array(elements) => visitor.visit_seq(Elements { rest: elements.iter() }),
            Value::Object(members) => {
                visitor.visit_map(Members { rest: members.iter(), value: None })
            }
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Raised;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Raised> {
        self.visit(visitor).map_err(|error| error.or_at(self.node.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Raised> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
        .map_err(|error| error.or_at(self.node.span))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Raised> {
        if name == SPANNED {
            return visitor.visit_seq(Place { node: self.node, next: 0 });
        }
        let known = |member: &&Member| fields.contains(&&*member.key.value);
        let unknown = self.node.members().and_then(|members| members.iter().find(|m| !known(m)));
        if let Some(member) = unknown {
            let name = &member.key.value;
            let error = Raised::new(format!("unknown field `{name}`"), offer(name, fields));
            return Err(error.or_at(member.key.span));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Raised> {
        visitor.visit_newtype_struct(self).map_err(|error| error.or_at(self.node.span))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Raised> {
        let variant = match self.node.as_str() {
            Some(text) => visitor.visit_enum(text.into_deserializer()),
            None => Err(de::Error::invalid_type(
                de::Unexpected::Other(self.node.kind()),
                &"one of the known names, as a string",
            )),
        };
        variant.map_err(|error: Raised| error.or_at(self.node.span))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// The three fields that a [`Spanned`] reads.
struct Place<'a> {
    node: &'a Node,
    next: u8,
}

impl<'de> SeqAccess<'de> for Place<'_> {
    type Error = Raised;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Raised> {
        self.next += 1;
        let span = self.node.span;
        match self.next {
            1 => seed.deserialize(span.start.into_deserializer()),
            2 => seed.deserialize(span.end.into_deserializer()),
            _ => seed.deserialize(Reader { node: self.node }),
        }
        .map(Some)
        .map_err(|error| error.or_at(span))
    }
}

struct Elements<'a> {
    rest: std::slice::Iter<'a, Node>,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Raised;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Raised> {
        let Some(node) = self.rest.next() else {
            return Ok(None);
        };
        seed.deserialize(Reader { node }).map(Some).map_err(|error| error.or_at(node.span))
    }
}

struct Members<'a> {
    rest: std::slice::Iter<'a, Member>,
    value: Option<&'a Node>,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Raised;

    fn next_key_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Raised> {
        let Some(member) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(&member.value);
        seed.deserialize((*member.key.value).into_deserializer())
            .map(Some)
            .map_err(|error: Raised| error.or_at(member.key.span))
    }

    fn next_value_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Raised> {
        match self.value.take() {
            Some(node) => seed.deserialize(Reader { node }).map_err(|error| error.or_at(node.span)),
            None => Err(de::Error::custom("a value was asked for before its key")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Limits, parse_json};

    #[derive(Debug, Deserialize)]
    struct Bundle {
        #[expect(dead_code, reason = "only its shape is under test")]
        version: u32,
        #[expect(dead_code, reason = "only its shape is under test")]
        names: Option<Vec<Spanned<String>>>,
    }

    fn error(text: &str) -> (String, String, String) {
        let node = parse_json(text, &Limits::default()).unwrap();
        let error = decode::<Bundle>(&node).unwrap_err();
        let under = text.get(error.span.start as usize..error.span.end as usize).unwrap();
        (error.message, error.help, under.to_owned())
    }

    #[test]
    fn errors_point_at_the_value_or_key() {
        let owned = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(
            error(r#"{"version": 1, "nams": []}"#),
            owned("unknown field `nams`", "did you mean `names`?", "\"nams\"")
        );
        assert_eq!(
            error(r#"{"version": "1"}"#),
            owned("found string \"1\", expected u32", "write a value of that kind", "\"1\"")
        );
        assert_eq!(
            error(r#"{"names": []}"#),
            owned(
                "missing field `version`",
                "add `\"version\": …` to this object",
                r#"{"names": []}"#
            )
        );
        assert_eq!(
            error(r#"{"version": 1, "names": ["a", {}]}"#),
            owned("found an object, expected a string", "write a value of that kind", "{}")
        );
    }
}
