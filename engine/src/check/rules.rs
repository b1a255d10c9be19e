//! The catalogue: a file a rule, each with what it finds, why, and how to mend it beside its code.

mod expectation_not_met;
mod json_syntax;
mod missing_suffix;
mod policy_error;
mod unreadable_input;
mod unusable_request;

use super::subject::{Findings, Subject};
use crate::finding::Rule;

type Find = fn(&Subject<'_>, &mut Findings);

/// Every rule with its code. A rule without code of its own is reported by the one above it.
const REGISTRY: &[(&[&Rule], Find)] = &[
    (&[&unreadable_input::RULE], unreadable_input::find),
    (
        &[&json_syntax::RULE, &json_syntax::DUPLICATE_KEY],
        json_syntax::find,
    ),
    (policy_error::RULES, policy_error::find),
    (&[&unusable_request::RULE], unusable_request::find),
    (&[&expectation_not_met::RULE], expectation_not_met::find),
    (&[&missing_suffix::RULE], missing_suffix::find),
];

/// All rules, by id.
pub static RULES: std::sync::LazyLock<Vec<&'static Rule>> = std::sync::LazyLock::new(|| {
    let mut rules: Vec<&Rule> = REGISTRY
        .iter()
        .flat_map(|(rules, _)| rules.iter().copied())
        .collect();
    rules.sort_by_key(|rule| rule.id);
    rules
});

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

pub(super) fn run(subject: &Subject<'_>, findings: &mut Findings) {
    for (_, find) in REGISTRY {
        find(subject, findings);
    }
}
