//! `NumericEquals` and the other comparisons of decimal numbers.

use rust_decimal::Decimal;

use super::{Match, compare_read};
use crate::compile::{Relation, parse_number};

pub(super) fn matches(value: &str, relation: Relation, list: &[Option<Decimal>]) -> Match {
    compare_read(parse_number(value), list, |value, listed| relation.holds(value, listed))
}
