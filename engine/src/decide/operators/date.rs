//! `DateEquals` and the other comparisons of instants, whatever their zones.

use jiff::Timestamp;

use super::{Match, compare_read};
use crate::{aws::parse_instant, compile::Relation};

pub(super) fn matches(value: &str, relation: Relation, list: &[Option<Timestamp>]) -> Match {
    compare_read(parse_instant(value), list, |value, listed| relation.holds(value, listed))
}
