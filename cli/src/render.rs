//! How reports look: a file a format.

mod checked;
pub(crate) mod github;
pub(crate) mod html;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod junit;
mod list;
pub(crate) mod markdown;
pub(crate) mod sarif;
mod window;
mod words;

pub(crate) use self::checked::{CheckedUnit, Part, RenderError, Report, Totals};
