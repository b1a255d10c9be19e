use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose};
use ipnet::IpNet;
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::{
    aws::{
        ArnPattern, ContextKey, Pattern,
        catalog::{self, KeyType, KnownKey},
        parse_instant,
    },
    policy::{Comparison, Condition, Family, Operator, Template},
    request::UnknownEnd,
};

/// One condition: an operator, a key and the values to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// The operator.
    pub operator: Operator,
    /// The key.
    pub key: ContextKey,
    /// Whether the catalogue says that a request can carry several values of the key.
    pub many: bool,
    /// The values.
    pub values: ValueSet,
}

/// The values of a condition, by what they are compared as. A value that cannot be read as that is `None`: it
/// matches nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueSet {
    /// Text; with `fold`, without regard to case.
    Text {
        /// The patterns.
        list: Vec<TextTest>,
        /// Whether case is ignored.
        fold: bool,
    },
    /// ARNs, field by field.
    Arn(Vec<ArnTest>),
    /// Numbers.
    Number(Relation, Vec<Option<Decimal>>),
    /// Instants.
    Date(Relation, Vec<Option<Timestamp>>),
    /// Truth values.
    Bool(Vec<Option<bool>>),
    /// Bytes.
    Binary(Vec<Option<Vec<u8>>>),
    /// Networks.
    Ip(Vec<Option<IpNet>>),
    /// Whether the key must be absent.
    Null(Vec<Option<bool>>),
}

/// A text to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum TextTest {
    /// Without variables.
    Fixed(Pattern),
    /// With variables; `wildcards` says whether `*` and `?` of the text are.
    Variable {
        /// The text.
        template: Template,
        /// Whether `*` and `?` are wildcards.
        wildcards: bool,
    },
}

/// An ARN to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum ArnTest {
    /// Without variables; `None` for text that is no ARN pattern.
    Fixed(Option<ArnPattern>),
    /// With variables.
    Variable(Template),
}

/// How two numbers or instants are compared: the request's value stands on the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `≤`
    LessOrEqual,
    /// `>`
    Greater,
    /// `≥`
    GreaterOrEqual,
}

impl Relation {
    fn of(comparison: Comparison) -> Self {
        match comparison {
            Comparison::NumericLessThan | Comparison::DateLessThan => Self::Less,
            Comparison::NumericLessThanEquals | Comparison::DateLessThanEquals => Self::LessOrEqual,
            Comparison::NumericGreaterThan | Comparison::DateGreaterThan => Self::Greater,
            Comparison::NumericGreaterThanEquals | Comparison::DateGreaterThanEquals => {
                Self::GreaterOrEqual
            }
            _ => Self::Equal,
        }
    }

    /// Whether `left` stands in this relation to `right`.
    pub fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl Clause {
    /// Compiles one condition.
    pub fn new(condition: &Condition) -> Self {
        let key = condition.key.value.clone();
        let known = catalog::context_key(&key);
        let many = known.is_some_and(|known| known.many);
        let comparison = condition.operator.value.comparison;
        let texts = || condition.values.iter().map(|value| &value.value);
        let plain = || texts().map(Template::as_str);
        let values = match comparison.family() {
            Family::String => {
                let fold = matches!(
                    comparison,
                    Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase
                );
                let list =
                    texts().map(|t| TextTest::new(t, comparison.has_wildcards(), fold)).collect();
                ValueSet::Text { list, fold }
            }
            Family::Arn => ValueSet::Arn(texts().map(ArnTest::new).collect()),
            Family::Numeric => {
                ValueSet::Number(Relation::of(comparison), plain().map(parse_number).collect())
            }
            Family::Date => {
                ValueSet::Date(Relation::of(comparison), plain().map(parse_instant).collect())
            }
            Family::Bool => ValueSet::Bool(plain().map(parse_bool).collect()),
            Family::Binary => ValueSet::Binary(plain().map(parse_binary).collect()),
            Family::Ip => ValueSet::Ip(plain().map(parse_network).collect()),
            Family::Null => ValueSet::Null(plain().map(parse_bool).collect()),
        };
        let values = match known {
            Some(known) if !fits(comparison.family(), known) => values.unreadable(),
            _ => values,
        };
        Self { operator: condition.operator.value, key, many, values }
    }
}

/// Whether values of a key can be compared by the operators of a family. Text can always be compared as text, and as an
/// ARN; tags and encryption contexts hold whatever their author wrote.
fn fits(family: Family, key: &KnownKey) -> bool {
    let is_free = key.name.ends_with(['/', ':']);
    match family {
        Family::String | Family::Null | Family::Binary => true,
        _ if is_free => true,
        Family::Arn => matches!(key.value, KeyType::Arn | KeyType::String),
        Family::Bool => key.value == KeyType::Bool,
        Family::Ip => key.value == KeyType::Ip,
        Family::Date => key.value == KeyType::Date,
        Family::Numeric => {
            key.value == KeyType::Numeric || key.name.eq_ignore_ascii_case("aws:EpochTime")
        }
    }
}

impl ValueSet {
    /// How many values are listed.
    pub const fn len(&self) -> usize {
        match self {
            Self::Text { list, .. } => list.len(),
            Self::Arn(list) => list.len(),
            Self::Number(_, list) => list.len(),
            Self::Date(_, list) => list.len(),
            Self::Bool(list) | Self::Null(list) => list.len(),
            Self::Binary(list) => list.len(),
            Self::Ip(list) => list.len(),
        }
    }

    /// Whether none is listed.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every value matches.
    pub fn matches_all(&self) -> bool {
        let Self::Text { list, .. } = self else { return false };
        list.iter().any(|test| matches!(test, TextTest::Fixed(pattern) if pattern.is_any()))
    }

    /// Whether some value that begins with `prefix` and ends in what is not known may match: text that is listed in full
    /// does not count where the end is random, as nobody guesses it.
    pub fn could_match(&self, prefix: &str, end: UnknownEnd) -> bool {
        let named = |pattern: &Pattern| end == UnknownEnd::Chosen || pattern.as_literal().is_none();
        match self {
            Self::Text { list, fold: false } => list.iter().any(|test| match test {
                TextTest::Fixed(pattern) => {
                    named(pattern) && pattern.matches_some_with_prefix(prefix)
                }
                TextTest::Variable { .. } => true,
            }),
            Self::Arn(list) => list.iter().any(|test| match test {
                ArnTest::Fixed(Some(pattern)) => {
                    let mut fields = pattern.fields().iter().zip(prefix.splitn(6, ':')).enumerate();
                    named(pattern.resource())
                        && fields.all(|(index, (pattern, field))| match index {
                            5 => pattern.matches_some_with_prefix(field),
                            _ => pattern.matches(field),
                        })
                }
                ArnTest::Fixed(None) => false,
                ArnTest::Variable(_) => true,
            }),
            Self::Text { .. } | Self::Null(_) => true,
            // What is listed of another type than the key's can be read as none.
            Self::Number(_, list) => list.iter().any(Option::is_some),
            Self::Date(_, list) => list.iter().any(Option::is_some),
            Self::Bool(list) => list.iter().any(Option::is_some),
            Self::Binary(list) => list.iter().any(Option::is_some),
            Self::Ip(list) => list.iter().any(Option::is_some),
        }
    }

    /// The same list where no entry can be read as what is compared.
    fn unreadable(self) -> Self {
        match self {
            Self::Number(relation, list) => Self::Number(relation, vec![None; list.len()]),
            Self::Date(relation, list) => Self::Date(relation, vec![None; list.len()]),
            Self::Bool(list) => Self::Bool(vec![None; list.len()]),
            Self::Ip(list) => Self::Ip(vec![None; list.len()]),
            Self::Arn(list) => Self::Arn(list.iter().map(|_| ArnTest::Fixed(None)).collect()),
            other => other,
        }
    }
}

impl TextTest {
    fn new(template: &Template, wildcards: bool, fold: bool) -> Self {
        let fixed = template.tokens(wildcards, |_| Err(()));
        match fixed {
            Ok(Some(tokens)) if fold => {
                Self::Fixed(Pattern::from_tokens(tokens.into_iter().flat_map(fold_token)))
            }
            Ok(Some(tokens)) => Self::Fixed(Pattern::from_tokens(tokens)),
            _ => Self::Variable { template: template.clone(), wildcards },
        }
    }
}

/// A token as it is compared without regard to case.
pub(crate) fn fold_token(token: crate::aws::Token) -> Vec<crate::aws::Token> {
    match token {
        crate::aws::Token::Literal(character) => {
            character.to_lowercase().map(crate::aws::Token::Literal).collect()
        }
        other => vec![other],
    }
}

impl ArnTest {
    fn new(template: &Template) -> Self {
        match template.tokens(true, |_| Err(())) {
            Ok(Some(tokens)) => Self::Fixed(ArnPattern::from_tokens(&tokens)),
            _ => Self::Variable(template.clone()),
        }
    }
}

/// A decimal number, exponents included.
pub(crate) fn parse_number(text: &str) -> Option<Decimal> {
    text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
}

/// `true` or `false`, in any case.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Bytes in base64, padding optional.
pub(crate) fn parse_binary(text: &str) -> Option<Vec<u8>> {
    general_purpose::STANDARD
        .decode(text)
        .or_else(|_| general_purpose::STANDARD_NO_PAD.decode(text))
        .ok()
}

/// A network: an address, with or without a prefix length, host bits masked off. A bare address is itself alone.
pub(crate) fn parse_network(text: &str) -> Option<IpNet> {
    match text.parse::<IpNet>() {
        Ok(network) => Some(network.trunc()),
        Err(_) => text.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal() {
        assert_eq!(parse_number("10"), parse_number("10.0"));
        assert_eq!(parse_number("1e3"), parse_number("1000"));
        assert_eq!(parse_number("ten"), None);
    }

    #[test]
    fn host_bits_are_masked() {
        let network = parse_network("203.0.113.77/24").unwrap();
        assert!(network.contains(&"203.0.113.1".parse::<IpAddr>().unwrap()));
        let one = parse_network("2001:db8::1").unwrap();
        assert_eq!(one.prefix_len(), 128);
        assert_eq!(parse_network("not an address"), None);
    }
}
