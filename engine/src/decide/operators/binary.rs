//! `BinaryEquals`: bytes, each side in base64.

use super::{Match, compare_read};
use crate::compile::parse_binary;

pub(super) fn matches(value: &str, list: &[Option<Vec<u8>>]) -> Match {
    compare_read(parse_binary(value), list, |value, listed| value == listed)
}
