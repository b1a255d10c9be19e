//! The condition operators: a file a family. Each says whether one value of the request matches a list of values;
//! negation, absence and sets are the business of `conditions`.

mod arn;
mod binary;
mod boolean;
mod date;
mod ip;
mod numeric;
mod string;

use crate::{
    aws::{Assumptions, ContextKey},
    compile::ValueSet,
    policy::Template,
};

/// Whether a value of the request matches some value of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// It matches none.
    No,
    /// It could not be read as what is compared, or a listed value could not, and it matches no other.
    Unreadable,
    /// It hangs on a policy variable whose value is not known.
    Unknown,
    /// It matches one.
    Yes,
}

impl From<bool> for Match {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// Says what policy variables hold.
pub trait Variables {
    /// The value of a key: `Ok(None)` where it is absent.
    ///
    /// # Errors
    /// `Err(())` where it is not known.
    #[expect(clippy::result_unit_err, reason = "not known is all there is to say")]
    fn variable(&mut self, key: &ContextKey) -> Result<Option<String>, ()>;
}

/// Whether `value` matches some value of `set`.
///
/// `Null` compares no values and never matches here.
pub fn value_matches(
    value: &str,
    set: &ValueSet,
    assumptions: &Assumptions,
    variables: &mut dyn Variables,
) -> Match {
    match set {
        ValueSet::Text { list, fold } => string::matches(value, list, *fold, variables),
        ValueSet::Arn(list) => arn::matches(value, list, variables),
        ValueSet::Number(relation, list) => numeric::matches(value, *relation, list),
        ValueSet::Date(relation, list) => date::matches(value, *relation, list),
        ValueSet::Bool(list) => boolean::matches(value, list),
        ValueSet::Binary(list) => binary::matches(value, list),
        ValueSet::Ip(list) => ip::matches(value, list, assumptions.mapped_address),
        ValueSet::Null(_) => Match::No,
    }
}

/// The best of the comparisons with each listed value.
fn best(comparisons: impl IntoIterator<Item = Match>) -> Match {
    let mut best = Match::No;
    for comparison in comparisons {
        best = best.max(comparison);
        if best == Match::Yes {
            break;
        }
    }
    best
}

/// Compares a value, once it is read, with the listed values that could be read.
fn compare_read<T, U>(
    value: Option<T>,
    list: &[Option<U>],
    same: impl Fn(&T, &U) -> bool,
) -> Match {
    let Some(value) = value else {
        return Match::Unreadable;
    };
    best(list.iter().map(|listed| match listed {
        Some(listed) => same(&value, listed).into(),
        None => Match::Unreadable,
    }))
}

/// The tokens of a template: `Ok(None)` where a variable is absent and has no default.
fn resolve(
    template: &Template,
    wildcards: bool,
    variables: &mut dyn Variables,
) -> Result<Option<Vec<crate::aws::Token>>, ()> {
    template.tokens(wildcards, |key| variables.variable(key))
}
