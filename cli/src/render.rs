//! How reports look: a file a format.

mod checked;
pub(crate) mod human;
pub(crate) mod json;
mod window;
mod words;

pub(crate) use self::checked::{Checked, CheckedUnit};
