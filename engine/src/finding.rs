//! What is said to people: findings, each made by a rule. Findings are data; how they look is the renderers' business.

mod edit;
mod fingerprint;
mod rule;

use crate::text::{Location, Position, Sources};

pub use self::{
    edit::Edit,
    fingerprint::{Fingerprints, fingerprint},
    rule::{Rule, Severity},
};

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How bad it is here; a rule can say less than its usual severity.
    pub severity: Severity,
    /// What is wrong: one sentence, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Where.
    pub place: Place,
    /// Other places that belong to it, and what stands there.
    pub related: Vec<(Location, String)>,
    /// The statement at fault.
    pub statement: Option<FindingStatement>,
    /// A request that shows it, for findings that the solver proved.
    pub witness: Option<serde_json::Value>,
    /// Edits of the statement that mend it, where they were proved to.
    pub fix: Vec<Edit>,
    /// Where it is about what could not be judged, rather than about what the input says: why not.
    pub gap: Option<Gap>,
    /// The same for the same mistake in the same statement, whatever the formatting, the order of statements and
    /// their Sids.
    pub fingerprint: String,
}

/// Why something could not be judged. A run with a gap is never clean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gap {
    /// The input cannot be read.
    Unreadable,
    /// A proof came to a bound, or hangs on what AWS's documents leave open.
    Undecided,
    /// A defect of this program.
    Internal,
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a source.
    Source(Location),
    /// In a file that has no text to point into.
    File(String),
}

/// The statement that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingStatement {
    /// Its policy, as the manifest names it.
    pub policy: String,
    /// Its number, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<String>,
}

impl Finding {
    /// Whether it is about input that could not be read.
    pub fn is_unreadable(&self) -> bool {
        self.gap == Some(Gap::Unreadable)
    }

    /// Whether something was left unjudged that nobody can accept: silence about it would look like approval.
    pub fn is_unjudged(&self) -> bool {
        matches!(self.gap, Some(Gap::Unreadable | Gap::Internal))
    }

    /// The name of the file that it is in.
    pub fn file<'a>(&'a self, sources: &'a Sources) -> &'a str {
        match &self.place {
            Place::Source(location) => sources.name(location.source),
            Place::File(name) => name,
        }
    }

    /// First and last position of its place, the last one behind the last character; `None` for a file that has no
    /// text to point into.
    pub fn positions(&self, sources: &Sources) -> Option<(Position, Position)> {
        match self.place {
            Place::Source(location) => sources.positions(location),
            Place::File(_) => None,
        }
    }
}
