//! Which findings explain others away: one mistake is said once, by the rule that knows most of it.

use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Place},
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
];

/// Drops what another finding explains.
pub(super) fn silence(subject: &Subject<'_>, findings: &mut Findings) {
    let places = scopes(subject);
    let explained: Vec<bool> = findings
        .list
        .iter()
        .map(|finding| {
            let Some(at) = location(finding) else { return false };
            SILENCES.iter().filter(|(_, _, silenced)| silenced.contains(&finding.rule.id)).any(
                |(id, near, _)| {
                    let mut others = findings.list.iter().filter(|other| other.rule.id == *id);
                    others.any(|other| {
                        location(other).is_some_and(|other| are_near(&places, at, other, *near))
                    })
                },
            )
        })
        .collect();
    let mut explained = explained.into_iter();
    findings.list.retain(|_| !explained.next().unwrap_or_default());
}

const fn location(finding: &Finding) -> Option<Location> {
    match finding.place {
        Place::Source(location) => Some(location),
        Place::File(_) => None,
    }
}

/// Where the statements and conditions of the bundle stand.
struct Scopes {
    statements: Vec<Location>,
    conditions: Vec<Location>,
}

fn scopes(subject: &Subject<'_>) -> Scopes {
    let mut scopes = Scopes { statements: Vec::new(), conditions: Vec::new() };
    for (view, statement) in subject.statements() {
        scopes.statements.push(view.policy.location(statement.span));
        for condition in &statement.conditions {
            // The operator stands in front of the key.
            scopes.conditions.push(view.policy.location(condition.span));
        }
    }
    scopes
}

fn are_near(scopes: &Scopes, a: Location, b: Location, near: Near) -> bool {
    if a.source != b.source {
        return false;
    }
    let contains = |outer: Span, inner: Span| outer.start <= inner.start && inner.end <= outer.end;
    let together = |list: &[Location]| {
        list.iter().any(|scope| {
            scope.source == a.source && contains(scope.span, a.span) && contains(scope.span, b.span)
        })
    };
    let touching = contains(a.span, b.span) || contains(b.span, a.span);
    match near {
        Near::Text => touching,
        Near::Condition => touching || together(&scopes.conditions),
        Near::Statement => touching || together(&scopes.statements),
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
        for (id, _, silenced) in SILENCES {
            for id in [id].into_iter().chain(silenced.iter()) {
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
