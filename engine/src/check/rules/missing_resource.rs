//! Statements of a resource's policy without `Resource`.

use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::PolicyKind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "missing-resource",
    severity: Severity::Warning,
    summary: "a statement of a secret's or key's policy without `Resource`",
    why: "KMS accepts such a statement and applies it to no key; of Secrets Manager nothing else is documented. `*` \
          stands for the secret or key that the policy is attached to.",
    bad: r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, "Action": "kms:Decrypt"}"#,
    good: r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
    reference: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let kind = view.document.kind;
        if statement.resources.is_some() || !matches!(kind, PolicyKind::Secret | PolicyKind::Key) {
            continue;
        }
        // Both of the pair, which is refused, is not the same as neither.
        let errors = view.document.content.as_ref().map_or(&[][..], |parsed| &parsed.errors);
        if errors
            .iter()
            .any(|e| matches!(e.kind, crate::policy::PolicyErrorKind::Both("Resource", _)))
        {
            continue;
        }
        let message = format!("{} has no `Resource` and applies to nothing", statement.name());
        let help =
            "add `\"Resource\": \"*\"`, which means what the policy is attached to".to_owned();
        findings.push(view.finding(&RULE, Some(statement), statement.span, message, help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{changed, manifest, sound};
    use serde_json::json;

    #[test]
    fn a_statement_without_resource_is_found() {
        let mut bundle = sound();
        bundle["keys"][0]["policy"]["Statement"][1].as_object_mut().unwrap().remove("Resource");
        assert_eq!(manifest(&bundle).rules(), ["missing-resource"]);
    }

    #[test]
    fn a_star_is_right() {
        let found = changed(&[("/keys/0/policy/Statement/1/Resource", json!("*"))]);
        assert_eq!(found.rules(), [""; 0]);
    }
}
