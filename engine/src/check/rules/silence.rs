//! Which findings explain others away: one mistake is said once, by the rule that knows most of it.

use std::collections::BTreeMap;

use crate::{
    check::{
        grade,
        subject::{Findings, Subject},
    },
    finding::{self, Finding},
    text::{Location, Span},
};

/// How near two findings must be for one to explain the other.
#[derive(Clone, Copy)]
enum Near {
    /// At the same text, or one inside of the other.
    Text,
    /// In the same condition.
    Condition,
    /// In the same statement.
    Statement,
}

/// A rule, how near, and the rules that it silences.
const SILENCES: &[(&str, Near, &[&str])] = &[
    (
        "placeholder",
        Near::Text,
        &[
            "character-set",
            "wrong-partition",
            "foreign-resource",
            "region-mismatch",
            "type-mismatch",
            "wrong-principal-arn",
        ],
    ),
    (
        "placeholder",
        Near::Condition,
        &[
            "wrong-region",
            "never-true-condition",
            "impossible-value",
            "wrong-encryption-context",
            "sensitive-wildcard",
        ],
    ),
    (
        "malformed-arn",
        Near::Text,
        &["placeholder", "foreign-resource", "missing-suffix", "wrong-partition"],
    ),
    (
        "literal-wildcard",
        Near::Condition,
        &["never-true-condition", "impossible-value", "wrong-region", "version-stage-required"],
    ),
    (
        "literal-wildcard",
        Near::Text,
        &["missing-suffix", "broad-suffix", "wrong-encryption-context"],
    ),
    (
        "type-mismatch",
        Near::Condition,
        &["never-true-condition", "impossible-value", "literal-wildcard", "private-source-ip"],
    ),
    (
        "missing-suffix",
        Near::Text,
        &["foreign-resource", "wrong-encryption-context", "resource-case"],
    ),
    ("missing-suffix", Near::Condition, &["never-true-condition"]),
    ("stale-suffix", Near::Text, &["foreign-resource", "wrong-encryption-context"]),
    (
        "resource-case",
        Near::Text,
        &["foreign-resource", "wrong-encryption-context", "stale-suffix"],
    ),
    (
        "wrong-partition",
        Near::Text,
        &["foreign-resource", "wrong-encryption-context", "wrong-region"],
    ),
    ("wrong-region", Near::Text, &["wrong-encryption-context", "impossible-value"]),
    ("wrong-region", Near::Condition, &["never-true-condition"]),
    ("wrong-encryption-context", Near::Condition, &["never-true-condition"]),
    ("unreachable-network-key", Near::Condition, &["never-true-condition"]),
    ("impossible-value", Near::Condition, &["never-true-condition"]),
    ("impossible-value", Near::Text, &["sensitive-wildcard"]),
    ("wrong-principal-arn", Near::Condition, &["never-true-condition", "impossible-value"]),
    ("unknown-condition-key", Near::Condition, &["never-true-condition"]),
    ("private-source-ip", Near::Condition, &["never-true-condition"]),
    ("empty-condition", Near::Condition, &["never-true-condition"]),
    ("missing-set-operator", Near::Condition, &["never-true-condition", "impossible-value"]),
    (
        "null-set-operator",
        Near::Condition,
        &["missing-set-operator", "set-operator-on-single-value"],
    ),
    ("open-for-all-values", Near::Condition, &["set-operator-on-single-value"]),
    ("version-stage-case", Near::Condition, &["version-stage-required"]),
    ("never-true-condition", Near::Condition, &["version-stage-required", "version-id-pinned"]),
    ("malformed-arn", Near::Statement, &["inert-action"]),
    ("key-alias-resource", Near::Text, &["foreign-resource"]),
    ("escalation", Near::Text, &["inert-action"]),
    ("unknown-action", Near::Text, &["inert-action"]),
    ("misplaced-variable", Near::Text, &["unknown-action", "foreign-resource", "placeholder"]),
    ("service-without-source", Near::Statement, &["broad-access"]),
    (
        "wrong-policy-type",
        Near::Statement,
        &["invalid-element", "missing-resource", "inert-action", "foreign-resource"],
    ),
    ("policy-fragment", Near::Text, &["invalid-element"]),
    ("duplicate-statement", Near::Statement, &["redundant-statement"]),
    ("cancelled-statement", Near::Statement, &["dead-statement"]),
];

/// Rules about what keeps a part of a statement from holding, or from saying what it should. Where one of them speaks,
/// that the statement or entry does nothing is no news.
const KEEPS_FROM_HOLDING: &[&str] = &[
    "both-booleans",
    "character-set",
    "dangling-unique-id",
    "empty-condition",
    "empty-element",
    "foreign-resource",
    "impossible-value",
    "inert-action",
    "key-alias-resource",
    "literal-wildcard",
    "malformed-arn",
    "misplaced-variable",
    "missing-resource",
    "missing-set-operator",
    "missing-suffix",
    "never-true-condition",
    "null-set-operator",
    "placeholder",
    "private-source-ip",
    "region-mismatch",
    "resource-case",
    "stale-suffix",
    "type-mismatch",
    "unknown-action",
    "unknown-condition-key",
    "unreachable-network-key",
    "unsupported-principal",
    "version-stage-case",
    "wrong-encryption-context",
    "wrong-partition",
    "wrong-principal-arn",
    "wrong-region",
];

fn silences() -> impl Iterator<Item = (&'static str, Near, &'static [&'static str])> {
    let dead = KEEPS_FROM_HOLDING.iter().flat_map(|id| {
        let entries: &[&str] = &["dead-entry", "redundant-entry"];
        let statement: &[&str] = &["dead-statement"];
        [(*id, Near::Statement, statement), (*id, Near::Condition, entries)]
    });
    SILENCES.iter().copied().chain(dead)
}

/// Drops what another finding explains.
pub(super) fn silence(subject: &Subject<'_>, findings: &mut Findings) {
    let scopes = Scopes::of(subject);
    let places: Vec<Option<Place>> =
        findings.list.iter().map(|finding| scopes.place(finding)).collect();
    // The findings that silence others, by rule and statement.
    let mut known: BTreeMap<(&str, Option<Location>), Vec<Place>> = BTreeMap::new();
    for (finding, place) in findings.list.iter().zip(&places) {
        let silences = silences().any(|(id, ..)| id == finding.rule.id)
            && !grade::lowers(subject.options, finding.rule);
        if let Some(place) = place.filter(|_| silences) {
            known.entry((finding.rule.id, place.statement)).or_default().push(place);
        }
    }
    let is_explained = |finding: &Finding, place: &Option<Place>| {
        let Some(place) = place else { return false };
        let mut rows = silences().filter(|(_, _, silenced)| silenced.contains(&finding.rule.id));
        rows.any(|(id, near, _)| {
            let others = known.get(&(id, place.statement)).map_or(&[][..], Vec::as_slice);
            others.iter().any(|other| place.is_near(other, near))
        })
    };
    let mut explained = findings
        .list
        .iter()
        .zip(&places)
        .map(|(finding, place)| is_explained(finding, place))
        .collect::<Vec<bool>>()
        .into_iter();
    findings.list.retain(|_| !explained.next().unwrap_or_default());
}

/// Where a finding is, and in which statement and condition.
#[derive(Clone, Copy)]
struct Place {
    at: Location,
    statement: Option<Location>,
    condition: Option<Location>,
}

impl Place {
    fn is_near(&self, other: &Self, near: Near) -> bool {
        let same = |a: Option<Location>, b: Option<Location>| a.is_some() && a == b;
        let touching = self.at.source == other.at.source
            && (contains(self.at.span, other.at.span) || contains(other.at.span, self.at.span));
        match near {
            Near::Text => touching,
            Near::Condition => touching || same(self.condition, other.condition),
            Near::Statement => touching || same(self.statement, other.statement),
        }
    }
}

const fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Where the statements and conditions of the bundle stand, in order; neither lie inside of one another.
struct Scopes {
    statements: Vec<Location>,
    conditions: Vec<Location>,
}

impl Scopes {
    fn of(subject: &Subject<'_>) -> Self {
        let mut scopes = Self { statements: Vec::new(), conditions: Vec::new() };
        for (view, statement) in subject.statements() {
            scopes.statements.push(view.policy.location(statement.span));
            let conditions = statement.conditions.iter();
            scopes.conditions.extend(conditions.map(|c| view.policy.location(c.span)));
        }
        scopes.statements.sort_unstable();
        scopes.conditions.sort_unstable();
        scopes
    }

    fn place(&self, finding: &Finding) -> Option<Place> {
        let finding::Place::Source(at) = finding.place else { return None };
        let around = |list: &[Location]| {
            let behind = list.partition_point(|scope| {
                (scope.source, scope.span.start) <= (at.source, at.span.start)
            });
            let scope = list.get(behind.checked_sub(1)?)?;
            (scope.source == at.source && contains(scope.span, at.span)).then_some(*scope)
        };
        let (statement, condition) = (around(&self.statements), around(&self.conditions));
        Some(Place { at, statement, condition })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{manifest, secret, sound},
        *,
    };
    use crate::check::rule;

    #[test]
    fn the_table_names_rules() {
        for (id, _, silenced) in silences() {
            for id in [&id].into_iter().chain(silenced) {
                assert!(rule(id).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn a_condition_is_a_scope_of_its_own() {
        // The placeholder explains nothing in the other condition.
        let found = secret(
            r#""Condition": {"StringEquals": {"aws:PrincipalAccount": "ACCOUNT_ID", "aws:SourceVpc": "vpce-1"}}"#,
        );
        assert_eq!(found.rules(), ["impossible-value", "placeholder"]);
    }

    #[test]
    fn a_policy_of_the_wrong_type_is_that_and_no_more() {
        let mut bundle = sound();
        let of_identity = bundle["principals"][0]["identity_policies"][0].clone();
        let of_secret = bundle["secrets"][0]["policy"].clone();
        bundle["secrets"][0]["policy"] = of_identity.clone();
        bundle["keys"][0]["policy"] = of_identity;
        bundle["principals"][0]["identity_policies"][0] = of_secret;
        assert_eq!(manifest(&bundle).rules(), ["wrong-policy-type"]);
    }
}
