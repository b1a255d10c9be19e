use crate::{bundle::Decision, decide::Answer, request::RequestError};

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// Accounts that are trusted as if they were the owner's.
    pub trusted_accounts: Vec<crate::aws::AccountId>,
    /// Organizations that are trusted.
    pub trusted_organizations: Vec<String>,
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
