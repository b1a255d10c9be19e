//! Key policies that nobody can change any more.

use super::shared::{actions, principals};
use crate::{
    check::subject::{Findings, PolicyView, Subject},
    finding::{Rule, Severity},
    policy::{PolicyErrorKind, PolicyKind, Principal, Statement},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "key-lockout",
    severity: Severity::Error,
    summary: "a key policy that lets nobody of the key's own account change it",
    why: "A key has no other authority than its policy, the account's root user included. KMS refuses a policy that \
          leaves the caller unable to call PutKeyPolicy, and without the statement for the account's root no \
          identity policy of the account has any effect on the key.",
    bad: r#"[{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, "Action": "kms:Decrypt", "Resource": "*"}]"#,
    good: r#"[{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}, "…"]"#,
    reference: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies().filter(|view| view.document.kind == PolicyKind::Key) {
        if is_aws_managed(subject, view) {
            continue;
        }
        let errors = view.document.content.as_ref().map_or(&[][..], |parsed| &parsed.errors);
        // A part of a policy says nothing of the whole; what was refused may have been what is missed.
        let is_part = errors.iter().any(|error| match error.kind {
            PolicyErrorKind::Fragment
            | PolicyErrorKind::NoStatement
            | PolicyErrorKind::PrincipalMissing { .. } => true,
            PolicyErrorKind::Principal { .. } => view.policy.statements.iter().any(|statement| {
                let inside = statement.span.start <= error.span.start
                    && error.span.end <= statement.span.end;
                inside && administers(statement)
            }),
            PolicyErrorKind::NoEffect
            | PolicyErrorKind::Effect { .. }
            | PolicyErrorKind::Neither(_) => true,
            _ => false,
        });
        if is_part
            || view
                .policy
                .statements
                .iter()
                .any(|s| administers(s) && reaches_owner(subject, view, s))
        {
            continue;
        }
        let owner = principals::owner(subject, view);
        let account =
            owner.map_or_else(|| "its own account".to_owned(), |owner| format!("account {owner}"));
        let message = format!(
            "no statement lets anybody of {account} call kms:PutKeyPolicy: the key cannot be managed"
        );
        let id = owner.map_or_else(|| "111122223333".to_owned(), |owner| owner.to_string());
        let help = format!(
            "add `{{\"Effect\": \"Allow\", \"Principal\": {{\"AWS\": \"arn:aws:iam::{id}:root\"}}, \"Action\": \
             \"kms:*\", \"Resource\": \"*\"}}`{}",
            if owner.is_some() { "" } else { ", with the id of the account that owns the key" }
        );
        findings.push(view.finding(&RULE, None, view.policy.span, message, help));
    }
}

/// Nobody changes the policies of the keys that AWS manages; their ids say so.
fn is_aws_managed(subject: &Subject<'_>, view: PolicyView<'_>) -> bool {
    let id = view.policy.id.as_ref().map_or("", |id| id.value.as_str());
    id.starts_with("auto-") || subject.keys_of(view).iter().any(|key| key.is_aws_managed())
}

fn administers(statement: &Statement) -> bool {
    let applies = statement.resources.as_ref().is_some_and(|element| !element.list.is_empty());
    statement.allows() && applies && actions::covers(statement, "kms:PutKeyPolicy")
}

fn reaches_owner(subject: &Subject<'_>, view: PolicyView<'_>, statement: &Statement) -> bool {
    let owner = principals::owner(subject, view);
    let Some(element) = &statement.principals else { return false };
    element.negated
        || element.list.iter().any(|entry| match &entry.value {
            Principal::Everyone { .. } | Principal::UniqueId(_) => true,
            Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => false,
            principal => owner.is_none_or(|owner| principal.account() == Some(owner)),
        })
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{bare, changed, document},
        *,
    };
    use serde_json::json;

    const ROOT: &str = r#""Principal": {"AWS": "arn:aws:iam::111122223333:root"}"#;

    #[test]
    fn a_key_without_administrators_is_found() {
        let reader = json!([{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/R_B"},
            "Action": "kms:*", "Resource": "*"}]);
        let found = changed(&[("/keys/0/policy/Statement", reader)]);
        assert!(found.rules().contains(&"key-lockout"));
        assert!(found.said(RULE.id)[0].2.contains("arn:aws:iam::111122223333:root"));
        assert_eq!(bare(PolicyKind::Key, "").found(RULE.id).len(), 1);
    }

    #[test]
    fn root_or_administrators_are_enough() {
        for right in [
            format!(r#"{ROOT}, "Action": "kms:*""#),
            r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/Admin"}, "Action": ["kms:Put*"]"#.to_owned(),
        ] {
            assert!(bare(PolicyKind::Key, &right).found(RULE.id).is_empty(), "{right}");
        }
    }

    #[test]
    fn a_part_of_a_policy_is_not_judged() {
        let text =
            r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}"#;
        assert!(document(PolicyKind::Key, text).found(RULE.id).is_empty());
        let placeholder =
            r#""Principal": {"AWS": "arn:aws:iam::PRODUCTION:root"}, "Action": "kms:*""#;
        assert!(bare(PolicyKind::Key, placeholder).found(RULE.id).is_empty());
    }
}
