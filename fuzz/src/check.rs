//! All rules over any policy, the proofs among them: a report whose places can be shown.

use crosskey_engine::{
    aws::Assumptions,
    check::{CheckOptions, check},
    finding::{Gap, Place},
    ingest::bare::{Bare, read_policy},
    text::Sources,
};

use crate::{
    Tried,
    text::{LIMITS, lies_in, source},
};

/// See the module.
pub fn run(data: &[u8]) -> Option<Tried> {
    let mut sources = Sources::new();
    let id = source("policy.json", data, &mut sources)?;
    let read = read_policy(id, None, &sources, &Assumptions::default(), &LIMITS);
    let Bare::Policy { loaded, .. } = read else { return Some(Tried) };
    let report = check(&loaded.bundle, &sources, &loaded.errors, &CheckOptions::default());
    for finding in &report.findings {
        assert!(!finding.message.is_empty());
        if let Place::Source(location) = &finding.place {
            let source = sources.get(location.source).expect("a finding is about what was read");
            lies_in(location.span, source.text());
        }
        // A rule that panics, and a witness that does not replay.
        assert_ne!(finding.gap, Some(Gap::Internal), "{}", finding.message);
    }
    Some(Tried)
}
