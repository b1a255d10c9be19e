//! Allows that a Deny of the same policy takes back whole.

use super::shared::actions;
use crate::{
    aws::catalog::KnownAction,
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::{Principal, Resource, Statement},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "cancelled-statement",
    severity: Severity::Warning,
    summary: "an Allow that a Deny of the same policy takes back whole",
    why: "A Deny without conditions wins over every Allow for the same principals, actions and resources: such an \
          Allow gives nothing.",
    bad: r#"[{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}]"#,
    good: r#"[{"Effect": "Allow", "…": "…"}, {"Effect": "Deny", "…": "…", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/Reader"}}}]"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies() {
        // What AWS refuses in a statement is not in it.
        if view.document.policy().is_none() {
            continue;
        }
        let statements = &view.policy.statements;
        let denies: Vec<&Statement> =
            statements.iter().filter(|s| !s.allows() && s.conditions.is_empty()).collect();
        for allow in statements.iter().filter(|s| s.allows() && !denies.is_empty()) {
            let Some(wanted) = wanted(allow) else { continue };
            let cancels = |deny: &&&Statement| {
                principals(deny, allow) && resources(deny, allow) && actions(deny, &wanted)
            };
            let Some(deny) = denies.iter().find(cancels) else { continue };
            let message = format!("{} takes this Allow back whole", deny.name());
            let help = "narrow the Deny by a condition, or remove one of the two".to_owned();
            let finding = view.finding(&RULE, Some(allow), allow.effect.span, message, help);
            let related = vec![(view.policy.location(deny.effect.span), "denied here".to_owned())];
            findings.push(Finding { related, ..finding });
        }
    }
}

/// Each entry of `Action` with the actions that it covers, as far as we know them all.
type Wanted<'a> = Vec<(&'a str, Vec<&'static KnownAction>)>;

fn wanted(allow: &Statement) -> Option<Wanted<'_>> {
    let listed = !allow.actions.negated && !allow.actions.list.is_empty();
    let entries = allow.actions.list.iter().map(|entry| {
        // Of other services we do not know all actions.
        let ours = matches!(actions::service(&entry.value), "secretsmanager" | "kms");
        let covered = if ours { actions::covered_by(&entry.value) } else { Vec::new() };
        (entry.value.as_str(), covered)
    });
    listed.then(|| entries.collect())
}

fn principals(deny: &Statement, allow: &Statement) -> bool {
    match (&deny.principals, &allow.principals) {
        (None, None) => true,
        (Some(deny), Some(allow)) if !deny.negated => {
            let listed = |entry: &Principal| deny.list.iter().any(|other| other.value == *entry);
            let everyone =
                deny.list.iter().any(|entry| matches!(entry.value, Principal::Everyone { .. }));
            everyone || (!allow.negated && allow.list.iter().all(|entry| listed(&entry.value)))
        }
        _ => false,
    }
}

fn actions(deny: &Statement, wanted: &Wanted<'_>) -> bool {
    let same = |text: &str| {
        deny.actions.list.iter().any(|entry| entry.value == text || entry.value == "*")
    };
    let covers = |known: &&KnownAction| actions::covers(deny, known.full_name);
    !deny.actions.negated
        && wanted.iter().all(|(entry, covered)| {
            same(entry) || (!covered.is_empty() && covered.iter().all(covers))
        })
}

fn resources(deny: &Statement, allow: &Statement) -> bool {
    let (Some(deny), Some(allow)) = (&deny.resources, &allow.resources) else { return false };
    let any = deny.list.iter().any(|entry| entry.value == Resource::Any);
    let listed = |text: &Resource| deny.list.iter().any(|entry| entry.value == *text);
    !deny.negated
        && !allow.list.is_empty()
        && (any || (!allow.negated && allow.list.iter().all(|entry| listed(&entry.value))))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{Checked, changed},
        *,
    };
    use serde_json::{Value, json};

    fn with(deny: Value) -> Checked {
        changed(&[("/secrets/0/policy/Statement/-", deny)])
    }

    #[test]
    fn a_deny_for_all_takes_everything_back() {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"});
        assert_eq!(with(deny).found(RULE.id), ["Allow"]);
        let deny = json!({"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::444455556666:role/R_B"},
            "Action": "secretsmanager:GetSecretValue", "Resource": "*"});
        assert_eq!(with(deny).rules(), [RULE.id]);
    }

    #[test]
    fn a_deny_for_some_does_not() {
        for (element, value) in [
            ("Condition", json!({"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}})),
            ("Action", json!("secretsmanager:PutSecretValue")),
            ("Principal", json!({"AWS": "arn:aws:iam::444455556666:role/Other"})),
        ] {
            let mut deny = json!({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"});
            deny[element] = value;
            assert!(with(deny).found(RULE.id).is_empty(), "{element}");
        }
    }
}
