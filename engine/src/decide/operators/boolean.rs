//! `Bool`.

use super::{Match, compare_read};
use crate::compile::parse_bool;

pub(super) fn matches(value: &str, list: &[Option<bool>]) -> Match {
    compare_read(parse_bool(value), list, |value, listed| value == listed)
}
