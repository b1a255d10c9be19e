//! Services that may act for anybody.

use super::shared::{actions, conditions, keys, words::quote};
use crate::{
    check::subject::{Findings, PolicyView, Subject},
    finding::{Rule, Severity},
    policy::{Policy, PolicyKind, Principal, Statement},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "service-without-source",
    severity: Severity::Warning,
    summary: "an AWS service that is let in without saying on whose behalf",
    why: "A service acts for all its customers. Unless the policy says for which account or resource it may come \
          (aws:SourceAccount, aws:SourceArn, aws:SourceOrgID), a stranger can have the service read the secret for \
          him: the confused deputy.",
    bad: r#"{"Effect": "Allow", "Principal": {"Service": "appflow.amazonaws.com"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}"#,
    good: r#"{"…": "…", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements().filter(|(_, statement)| statement.allows()) {
        let kind = view.document.kind;
        let about_resource =
            matches!(kind, PolicyKind::Secret | PolicyKind::Key | PolicyKind::OtherResource);
        let element =
            statement.principals.as_ref().filter(|element| !element.negated && about_resource);
        if conditions::narrowed_by(statement, keys::SOURCE)
            || names_its_source(statement)
            || denied_without_source(view.policy)
        {
            continue;
        }
        let owner = owner_id(subject, view);
        for entry in element.iter().flat_map(|element| &element.list) {
            let Principal::Service(name) = &entry.value else { continue };
            let message = format!("{} may come on behalf of any of its customers", quote(name));
            let help = format!(
                "add `\"StringEquals\": {{\"aws:SourceAccount\": \"{owner}\"}}`, or a condition on `aws:SourceArn`"
            );
            findings.push(view.finding(&RULE, Some(statement), entry.span, message, help));
        }
    }
}

fn owner_id(subject: &Subject<'_>, view: PolicyView<'_>) -> String {
    super::shared::principals::owner(subject, view)
        .map_or_else(|| "111122223333".to_owned(), |owner| owner.to_string())
}

/// Whether the encryption context says which resource the service comes for, as that of logs and trails does.
fn names_its_source(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| {
        let name = condition.key.value.lower().strip_prefix("kms:encryptioncontext:");
        name.is_some_and(|name| !matches!(name, "secretarn" | "secretversionid"))
            && conditions::narrows(condition)
    })
}

/// Whether a Deny of the policy already stops services that come for others.
fn denied_without_source(policy: &Policy) -> bool {
    policy.statements.iter().filter(|statement| !statement.allows()).any(|statement| {
        let about_all = statement.principals.as_ref().is_some_and(|element| {
            !element.negated
                && element.list.iter().any(|entry| {
                    matches!(entry.value, Principal::Everyone { .. } | Principal::Service(_))
                })
        });
        let guards = conditions::on(statement, keys::SOURCE).any(|condition| {
            condition.operator.value.comparison.is_negated()
                && condition.operator.value.quantifier.is_none()
        });
        let reads = ["secretsmanager:GetSecretValue", "kms:Decrypt"];
        about_all && guards && reads.iter().any(|name| actions::covers(statement, name))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    const SERVICE: &str = r#""Principal": {"Service": "appflow.amazonaws.com"}"#;

    #[test]
    fn a_service_needs_a_source() {
        only(&secret(SERVICE), "service-without-source", &["appflow.amazonaws.com"]);
        let found = secret(&format!(
            r#"{SERVICE}, "Condition": {{"StringEqualsIfExists": {{"aws:SourceAccount": "111122223333"}}}}"#
        ));
        assert_eq!(found.found("service-without-source"), ["appflow.amazonaws.com"]);
    }

    #[test]
    fn a_source_is_enough() {
        for right in [
            r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
            r#"{"ArnLike": {"aws:SourceArn": "arn:aws:appflow:*:111122223333:flow/*"}}"#,
        ] {
            let found = secret(&format!(r#"{SERVICE}, "Condition": {right}"#));
            assert_eq!(found.rules(), [""; 0], "{right}");
        }
    }
}
