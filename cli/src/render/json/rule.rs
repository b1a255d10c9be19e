use crosskey_engine::finding::{Rule, Severity};
use serde::Serialize;

use super::SCHEMA_VERSION;

/// What `crosskey rules` prints.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RulesReport {
    schema_version: u32,
    rules: Vec<RuleReport>,
}

/// One rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct RuleReport {
    id: &'static str,
    severity: Severity,
    summary: &'static str,
    why: &'static str,
    bad: &'static str,
    good: &'static str,
    reference: &'static str,
}

impl RulesReport {
    /// A report of these rules.
    pub(crate) fn new(rules: &[&'static Rule]) -> Self {
        let rules = rules.iter().map(|rule| RuleReport::from(*rule)).collect();
        Self { schema_version: SCHEMA_VERSION, rules }
    }
}

impl From<&'static Rule> for RuleReport {
    fn from(rule: &'static Rule) -> Self {
        let &Rule { id, severity, summary, why, bad, good, reference } = rule;
        Self { id, severity, summary, why, bad, good, reference }
    }
}
