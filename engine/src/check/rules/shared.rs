//! What several rules ask of statements, ARNs and conditions.

pub(super) mod actions;
pub(super) mod arns;
#[cfg(feature = "prove")]
pub(super) mod attachment;
pub(super) mod conditions;
pub(super) mod keys;
pub(super) mod overlap;
pub(super) mod placeholders;
pub(super) mod principals;
pub(super) mod secrets;
pub(super) mod suffix;
pub(super) mod words;
