//! Permissions by which an outsider can widen its own access.

use super::shared::{actions, conditions, principals};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::{PolicyKind, Statement},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "escalation",
    severity: Severity::Warning,
    summary: "another account that may change who has access",
    why: "Whoever may call PutResourcePolicy on a secret, PutKeyPolicy or CreateGrant on a key decides who else may \
          read: what the policy allows today is then no limit. Grants for AWS services alone can be told apart by \
          kms:GrantIsForAWSResource.",
    bad: r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "secretsmanager:*", "Resource": "*"}"#,
    good: r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}"#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let widening = match view.document.kind {
            PolicyKind::Secret => &["secretsmanager:PutResourcePolicy"][..],
            PolicyKind::Key => &["kms:PutKeyPolicy", "kms:CreateGrant"][..],
            _ => continue,
        };
        let outsiders = principals::outsiders(subject, view, statement);
        let Some(outsider) = outsiders.first() else { continue };
        for name in widening.iter().filter(|name| actions::covers(statement, name)) {
            if *name == "kms:CreateGrant" && is_for_services(statement) {
                continue;
            }
            let entry = actions::entry_for(statement, name);
            let span = entry.map_or(statement.actions.span, |entry| entry.span);
            // KMS takes PutKeyPolicy from the key's own account only; a wildcard says no more than the grant.
            let by_name = entry.is_some_and(|entry| entry.value.eq_ignore_ascii_case(name));
            if *name == "kms:PutKeyPolicy" && !by_name {
                continue;
            }
            let widest = outsiders.iter().find(|outsider| outsider.account.is_none());
            let who = widest.unwrap_or(outsider).name();
            let message = format!("`{name}` lets {who} decide who else has access");
            let help = match *name {
                "kms:CreateGrant" => {
                    "leave it out, or add `\"Bool\": {\"kms:GrantIsForAWSResource\": \"true\"}`"
                        .to_owned()
                }
                "kms:PutKeyPolicy" => {
                    "leave it out: KMS takes this call from the key's own account only".to_owned()
                }
                _ => "list the actions that are needed, such as `secretsmanager:GetSecretValue`"
                    .to_owned(),
            };
            findings.push(view.finding(&RULE, Some(statement), span, message, help));
        }
    }
}

fn is_for_services(statement: &Statement) -> bool {
    conditions::on(statement, &["kms:grantisforawsresource"]).any(|condition| {
        conditions::narrows(condition)
            && condition.values.iter().all(|v| v.value.as_str().eq_ignore_ascii_case("true"))
    }) || conditions::narrowed_by(statement, &["kms:viaservice"])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{key, secret};

    #[test]
    fn outsiders_must_not_decide_who_has_access() {
        assert_eq!(
            secret(r#""Action": "secretsmanager:*""#).found("escalation"),
            ["secretsmanager:*"]
        );
        assert_eq!(
            secret(r#""NotAction": "secretsmanager:DeleteSecret""#).found("escalation").len(),
            1
        );
        let found = key(r#""Action": ["kms:Decrypt", "kms:CreateGrant"]"#);
        assert_eq!(found.found("escalation"), ["kms:CreateGrant"]);
        assert_eq!(key(r#""Action": "kms:*""#).found("escalation"), ["kms:*"]);
        let found = key(r#""Action": "kms:PutKeyPolicy""#);
        assert_eq!(found.found("escalation"), ["kms:PutKeyPolicy"]);
    }

    #[test]
    fn the_owner_readers_and_services_are_let_pass() {
        let own = r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/Admin"}"#;
        assert!(
            secret(&format!(r#"{own}, "Action": "secretsmanager:*""#))
                .found("escalation")
                .is_empty()
        );
        assert!(secret(r#""Action": "secretsmanager:Get*""#).found("escalation").is_empty());
        let grant = r#""Action": "kms:CreateGrant", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}"#;
        assert!(key(grant).found("escalation").is_empty());
    }
}
