use std::collections::BTreeMap;

use super::rules::unreadable_input;
use crate::{
    finding::{Finding, Gap, fingerprint},
    text::{LimitKind, Limits},
};

/// Counts findings, so that no rule tells more than people can read and memory holds: who writes a bad value writes
/// it a hundred thousand times.
#[derive(Clone, Debug)]
pub struct Tally {
    most: usize,
    taken: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// Takes so many findings of each rule.
    pub const fn new(most: usize) -> Self {
        Self { most, taken: BTreeMap::new() }
    }

    /// The finding, if it is among the first of its rule. In the place of the first that is one too many comes a finding
    /// that says so, which nobody can accept: a run that does not tell all it found is never clean.
    ///
    /// ```
    /// use crosskey_engine::{bundle::Bundle, check::{CheckOptions, Tally, check}, ingest::manifest::{NoFiles, read_manifest},
    ///     text::{Limits, Source, Sources}};
    /// let text = r#"{"version": 1, "secrets": [{"arn": "a"}, {"arn": "b"}, {"arn": "c"}]}"#;
    /// let mut sources = Sources::default();
    /// let id = sources.add(Source::new("bundle.json".to_owned(), text.to_owned()));
    /// let loaded = read_manifest(id, &mut sources, &mut NoFiles, &Limits::default());
    /// let found = check(&loaded.bundle, &sources, &loaded.errors, &CheckOptions::default()).findings;
    /// assert_eq!(found.len(), 3);
    /// let mut tally = Tally::new(1);
    /// let told: Vec<_> = found.into_iter().filter_map(|finding| tally.take(finding)).collect();
    /// assert_eq!(told.len(), 2);
    /// assert_eq!(told[1].message, "more than 1 findings of one rule, `unreadable-input`: the others are not told");
    /// ```
    pub fn take(&mut self, finding: Finding) -> Option<Finding> {
        let taken = self.taken.entry(finding.rule.id).or_default();
        *taken = taken.saturating_add(1);
        // A defect is told whatever happens: it is ours, and few ever show.
        if *taken <= self.most || finding.gap == Some(Gap::Internal) {
            return Some(finding);
        }
        (*taken == self.most.saturating_add(1)).then(|| self.full(finding))
    }

    fn full(&self, first: Finding) -> Finding {
        let rule = &unreadable_input::RULE;
        let (most, kind) = (self.most, LimitKind::Findings);
        let message =
            format!("more than {most} {kind}, `{}`: the others are not told", first.rule.id);
        Finding {
            rule,
            severity: rule.severity,
            help: kind.help(),
            related: Vec::new(),
            statement: None,
            witness: None,
            fix: Vec::new(),
            gap: Some(Gap::Unreadable),
            fingerprint: fingerprint(rule.id, None, None, &message),
            message,
            ..first
        }
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self::new(Limits::DEFAULT_FINDINGS)
    }
}
