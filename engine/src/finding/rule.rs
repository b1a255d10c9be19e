use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Likely not what was meant.
    Warning,
    /// It will not work, or it opens what should be closed.
    Error,
}

impl Severity {
    /// As answers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A kind of finding. The catalogue, the documentation and every report are made from these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, in kebab case; it never changes its meaning.
    pub id: &'static str,
    /// Its usual severity.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Why that is a mistake, and where AWS says so.
    pub why: &'static str,
    /// A policy or part of one that it finds.
    pub bad: &'static str,
    /// The same, mended.
    pub good: &'static str,
    /// The page of AWS that the rule rests on.
    pub reference: &'static str,
}
