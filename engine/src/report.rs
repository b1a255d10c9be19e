//! Answers as data: what `--format json` prints, for programs of all kinds.
//!
//! The types here are a contract. Their JSON Schemas are printed by `crosskey schema`, and the order of their fields is
//! that of the output. Each is made from the answers of [`decide`](crate::decide), `prove` and [`check`](crate::check);
//! [`Review`](crate::review::Review) makes them for a whole bundle.

pub mod answer;
mod diagnostic;
pub mod finding;
mod place;
mod rule;

#[cfg(feature = "prove")]
pub mod access;
#[cfg(feature = "prove")]
pub mod diff;
#[cfg(feature = "prove")]
pub mod public;

#[cfg(feature = "prove")]
pub use self::{
    access::{WhoCanReport, WhoCanResult},
    diff::DiffReport,
    public::{PublicReport, PublicResult},
};
pub use self::{
    answer::{RequestReport, SimulateReport},
    diagnostic::Diagnostic,
    finding::{CheckReport, FindingReport, IgnoredReport, ReadReport},
    place::{Known, StatementPlace},
    rule::{RuleReport, RulesReport},
};

/// The version of all reports.
pub const SCHEMA_VERSION: u32 = 1;
