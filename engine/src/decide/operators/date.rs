//! `DateEquals` and the other comparisons of instants, whatever their zones.

use jiff::Timestamp;

use super::{Match, compare_read};
use crate::compile::{Relation, parse_date};

pub(super) fn matches(value: &str, relation: Relation, list: &[Option<Timestamp>]) -> Match {
    compare_read(parse_date(value), list, |value, listed| {
        relation.holds(value, listed)
    })
}
