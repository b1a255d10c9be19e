//! How reports look: a file a format.

pub(crate) mod human;
pub(crate) mod json;
