use serde::Serialize;

use super::SCHEMA_VERSION;
use crate::finding::{Rule, Severity};

/// What `crosskey rules` prints.
#[derive(Clone, Debug, Serialize)]
pub struct RulesReport {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// The rules, in the order of the catalogue.
    pub rules: Vec<RuleReport>,
}

/// One rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RuleReport {
    /// Its name.
    pub id: &'static str,
    /// How bad its findings are unless they say otherwise.
    pub severity: Severity,
    /// What it finds.
    pub summary: &'static str,
    /// Why that is bad.
    pub why: &'static str,
    /// An example that it finds.
    pub bad: &'static str,
    /// The same as it should be.
    pub good: &'static str,
    /// Where AWS states what it rests on.
    pub reference: &'static str,
}

impl RulesReport {
    /// A report of these rules.
    pub fn new(rules: &[&'static Rule]) -> Self {
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
