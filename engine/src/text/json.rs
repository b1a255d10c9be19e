//! JSON in which every value knows where it stands.
//!
//! A parser of our own, because no well-kept one gives all that policies need at once: the span of every key and
//! value, numbers as the text that was written (IAM compares them as text), duplicate keys as errors, and errors
//! that name what people really paste (`<br>`, typographic quotes, trailing commas). It accepts exactly what
//! `serde_json` accepts, which a property test holds it to.

mod error;
mod parser;

pub(in crate::text) use self::parser::string_stretches;
pub use self::{
    error::{JsonError, JsonErrorKind},
    parser::parse_json,
};
use super::{Span, Spanned};

/// One JSON value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What was written.
    pub value: Value,
    /// Where, quotes and brackets included.
    pub span: Span,
}

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(Box<str>),
    /// A string, escapes resolved.
    String(Box<str>),
    /// An array.
    Array(Vec<Node>),
    /// An object, in the order written. Keys are unique.
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key, escapes resolved; its span includes the quotes.
    pub key: Spanned<Box<str>>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The member `key` of an object; `None` for a missing one or another kind of value.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members()?.iter().find(|member| &*member.key.value == key).map(|member| &member.value)
    }

    /// The members, if this is an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// How many values this is, counting itself.
    pub(crate) fn count(&self) -> usize {
        let inside: usize = match &self.value {
            Value::Array(elements) => elements.iter().map(Self::count).sum(),
            Value::Object(members) => members.iter().map(|member| member.value.count()).sum(),
            _ => 0,
        };
        inside + 1
    }

    /// The innermost value that stands at exactly this place.
    pub fn at(&self, span: Span) -> Option<&Self> {
        if self.span == span {
            return Some(self);
        }
        let inside = |child: &&Self| child.span.start <= span.start && span.end <= child.span.end;
        match &self.value {
            Value::Array(elements) => elements.iter().find(inside)?.at(span),
            Value::Object(members) => members.iter().map(|m| &m.value).find(inside)?.at(span),
            _ => None,
        }
    }

    /// Moves every place in this value to where `place` puts it.
    pub fn relocate(&mut self, place: &impl Fn(Span) -> Span) {
        self.span = place(self.span);
        match &mut self.value {
            Value::Array(elements) => {
                elements.iter_mut().for_each(|element| element.relocate(place));
            }
            Value::Object(members) => {
                for member in members {
                    member.key.span = place(member.key.span);
                    member.value.relocate(place);
                }
            }
            _ => {}
        }
    }

    /// Whether two values say the same, wherever they stand and in whatever order their members come.
    pub fn says_the_same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b))
            }
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len()
                    && a.iter().all(|member| {
                        let same = other.get(&member.key.value);
                        same.is_some_and(|value| member.value.says_the_same(value))
                    })
            }
            (a, b) => a == b,
        }
    }

    /// The elements, if this is an array.
    pub fn elements(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    pub const fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }
}
