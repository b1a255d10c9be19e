use std::fmt;

use thiserror::Error;

use super::Template;
use crate::{
    aws::{ContextKey, assumption::OperatorCase},
    text::{Span, Spanned, nearest},
};

/// One line of a `Condition` block: an operator, a key and the values to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `ForAnyValue:StringLikeIfExists`, …
    pub operator: Spanned<Operator>,
    /// The context key.
    pub key: Spanned<ContextKey>,
    /// What is compared with; one of them suffices, or for a negated operator none may match.
    pub values: Vec<Spanned<Template>>,
    /// The key and its values.
    pub span: Span,
}

/// A condition operator with its set prefix and suffix.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
///
/// ```
/// use crosskey_engine::{aws::assumption::OperatorCase, policy::{Comparison, Operator, Quantifier}};
/// let operator = Operator::parse("ForAllValues:StringNotLikeIfExists", OperatorCase::Exact)?;
/// assert_eq!(operator.quantifier, Some(Quantifier::ForAllValues));
/// assert_eq!(operator.comparison, Comparison::StringNotLike);
/// assert!(operator.if_exists && operator.comparison.is_negated());
/// # Ok::<(), crosskey_engine::policy::OperatorError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    /// The set prefix, if there is one.
    pub quantifier: Option<Quantifier>,
    /// What is compared.
    pub comparison: Comparison,
    /// Whether an absent key counts as a match.
    pub if_exists: bool,
}

/// How a key with several values is compared.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// Every value of the request; true for none.
    ForAllValues,
    /// At least one value of the request.
    ForAnyValue,
}

/// Operators of one kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Text.
    String,
    /// Decimal numbers.
    Numeric,
    /// Instants.
    Date,
    /// `true` and `false`.
    Bool,
    /// Bytes in base64.
    Binary,
    /// Addresses and networks.
    Ip,
    /// ARNs, field by field.
    Arn,
    /// Whether the key is there.
    Null,
}

macro_rules! comparisons {
    ($( $name:ident: $family:ident, negated: $negated:literal; )+) => {
        /// The bare operators.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are IAM's own and say all there is")]
        pub enum Comparison { $( $name, )+ }

        impl Comparison {
            /// Every operator name.
            pub const ALL: &[(&str, Self)] = &[ $( (stringify!($name), Self::$name), )+ ];

            /// The name as IAM writes it.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$name => stringify!($name), )+ }
            }

            /// What kind of values it compares.
            pub const fn family(self) -> Family {
                match self { $( Self::$name => Family::$family, )+ }
            }

            /// Whether it is true when nothing listed matches, and so on an absent key.
            pub const fn is_negated(self) -> bool {
                match self { $( Self::$name => $negated, )+ }
            }
        }
    };
}

comparisons! {
    StringEquals: String, negated: false;
    StringNotEquals: String, negated: true;
    StringEqualsIgnoreCase: String, negated: false;
    StringNotEqualsIgnoreCase: String, negated: true;
    StringLike: String, negated: false;
    StringNotLike: String, negated: true;
    NumericEquals: Numeric, negated: false;
    NumericNotEquals: Numeric, negated: true;
    NumericLessThan: Numeric, negated: false;
    NumericLessThanEquals: Numeric, negated: false;
    NumericGreaterThan: Numeric, negated: false;
    NumericGreaterThanEquals: Numeric, negated: false;
    DateEquals: Date, negated: false;
    DateNotEquals: Date, negated: true;
    DateLessThan: Date, negated: false;
    DateLessThanEquals: Date, negated: false;
    DateGreaterThan: Date, negated: false;
    DateGreaterThanEquals: Date, negated: false;
    Bool: Bool, negated: false;
    BinaryEquals: Binary, negated: false;
    IpAddress: Ip, negated: false;
    NotIpAddress: Ip, negated: true;
    ArnEquals: Arn, negated: false;
    ArnNotEquals: Arn, negated: true;
    ArnLike: Arn, negated: false;
    ArnNotLike: Arn, negated: true;
    Null: Null, negated: false;
}

impl Comparison {
    /// Whether `*` and `?` in a value are wildcards.
    pub const fn has_wildcards(self) -> bool {
        matches!(self, Self::StringLike | Self::StringNotLike)
            || matches!(self.family(), Family::Arn)
    }

    /// Whether policy variables are substituted in its values.
    pub const fn has_variables(self) -> bool {
        // The page on operators lists Bool, the page on variables does not; a Bool value is never a variable in
        // practice, and the text then equals neither true nor false.
        matches!(self.family(), Family::String | Family::Arn)
    }
}

/// Text that is no condition operator.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OperatorError {
    /// No such name.
    #[error("`{text}` is not a condition operator")]
    Unknown {
        /// What was written.
        text: String,
        /// The nearest name.
        near: Option<&'static str>,
    },
    /// `NullIfExists`
    #[error("`Null` cannot be combined with `IfExists`")]
    NullIfExists,
}

impl OperatorError {
    /// What the user can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Unknown { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Unknown { near: None, .. } => {
                "write an operator of IAM, such as `StringEquals` or `ArnLike`".to_owned()
            }
            Self::NullIfExists => {
                "write `Null`: it says by itself whether the key is there".to_owned()
            }
        }
    }
}

impl Operator {
    /// Reads an operator's name.
    ///
    /// # Errors
    /// [`OperatorError`] for a name that IAM does not have.
    pub fn parse(text: &str, case: OperatorCase) -> Result<Self, OperatorError> {
        let same = |a: &str, b: &str| match case {
            OperatorCase::Exact => a == b,
            OperatorCase::Insensitive => a.eq_ignore_ascii_case(b),
        };
        let (quantifier, rest) = match text.split_once(':') {
            Some((prefix, rest)) if same(prefix, "ForAllValues") => {
                (Some(Quantifier::ForAllValues), rest)
            }
            Some((prefix, rest)) if same(prefix, "ForAnyValue") => {
                (Some(Quantifier::ForAnyValue), rest)
            }
            _ => (None, text),
        };
        let find = |name: &str| {
            Comparison::ALL.iter().find(|(known, _)| same(known, name)).map(|(_, found)| *found)
        };
        let split = rest.len().saturating_sub("IfExists".len());
        let bare = match (rest.get(..split), rest.get(split..)) {
            (Some(bare), Some(suffix)) if same(suffix, "IfExists") => Some(bare),
            _ => None,
        };
        let (comparison, if_exists) = match bare {
            Some(bare) => (find(bare), true),
            None => (find(rest), false),
        };
        match comparison {
            Some(Comparison::Null) if if_exists => Err(OperatorError::NullIfExists),
            Some(comparison) => Ok(Self { quantifier, comparison, if_exists }),
            None => Err(OperatorError::Unknown {
                text: text.to_owned(),
                near: nearest(bare.unwrap_or(rest), Comparison::ALL.iter().map(|(name, _)| *name)),
            }),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.quantifier {
            Some(Quantifier::ForAllValues) => f.write_str("ForAllValues:")?,
            Some(Quantifier::ForAnyValue) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        f.write_str(self.comparison.name())?;
        if self.if_exists { f.write_str("IfExists") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for (name, comparison) in Comparison::ALL {
            for quantifier in ["", "ForAllValues:", "ForAnyValue:"] {
                for suffix in ["", "IfExists"] {
                    let text = format!("{quantifier}{name}{suffix}");
                    let read = Operator::parse(&text, OperatorCase::Exact);
                    if *comparison == Comparison::Null && suffix == "IfExists" {
                        assert_eq!(read, Err(OperatorError::NullIfExists));
                        continue;
                    }
                    let read = read.unwrap();
                    assert_eq!((read.comparison, read.to_string()), (*comparison, text));
                }
            }
        }
    }

    #[test]
    fn case_is_an_assumption() {
        assert!(Operator::parse("stringequals", OperatorCase::Insensitive).is_ok());
        let error = Operator::parse("stringequals", OperatorCase::Exact).unwrap_err();
        assert_eq!(error.to_string(), "`stringequals` is not a condition operator");
        assert_eq!(error.help(), "did you mean `StringEquals`?");
        assert!(Operator::parse("ForAll:StringEquals", OperatorCase::Insensitive).is_err());
    }
}
