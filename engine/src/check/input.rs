use std::collections::BTreeMap;

use crate::{
    bundle::Decision, decide::Answer, finding::Severity, request::RequestError, text::Limits,
};

/// What to look for.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Accounts that are trusted as if they were the owner's.
    pub trusted_accounts: Vec<crate::aws::AccountId>,
    /// Organizations that are trusted.
    pub trusted_organizations: Vec<String>,
    /// What to make of the findings of a rule, by its id; the others are as bad as they say. Rules about input that
    /// cannot be judged ([`is_about_input`](super::is_about_input)) stay as they are, and so does every rule in a
    /// policy that cannot be judged.
    pub grades: BTreeMap<&'static str, Grade>,
    /// How far proofs go.
    #[cfg(feature = "prove")]
    pub bounds: crate::prove::Bounds,
    /// How many findings of each rule are told; see [`Tally`](super::Tally).
    pub findings: usize,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            trusted_accounts: Vec::new(),
            trusted_organizations: Vec::new(),
            grades: BTreeMap::new(),
            #[cfg(feature = "prove")]
            bounds: crate::prove::Bounds::default(),
            findings: Limits::DEFAULT_FINDINGS,
        }
    }
}

/// What to make of the findings of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// They are left out, and explain no other finding away.
    Off,
    /// They are as bad as this.
    Severity(Severity),
}

/// The answer to one request of a bundle.
#[derive(Clone, Debug)]
pub struct RequestAnswer {
    /// Its number among the bundle's requests.
    pub request: usize,
    /// The answer, or why there is none.
    pub answer: Result<Answer, RequestError>,
    /// Whether what the manifest expects is what came out; `None` where it expects nothing.
    pub expectation_met: Option<bool>,
}

impl RequestAnswer {
    /// The decision; a request that cannot be evaluated is invalid.
    pub fn decision(&self) -> Decision {
        self.answer.as_ref().map_or(Decision::Invalid, |answer| answer.decision)
    }

    /// Whether it is left open, and the manifest did not say what to expect.
    pub fn is_open(&self) -> bool {
        self.expectation_met.is_none() && self.decision() == Decision::Indeterminate
    }
}
