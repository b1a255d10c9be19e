//! Statements of a secret's or key's policy about another secret or key.

use super::shared::{
    arns,
    conditions::open_tokens,
    words::{listed, quote},
};
use crate::{
    aws::{Arn, ArnPattern},
    check::subject::{Findings, PolicyView, Subject},
    finding::{Finding, Rule, Severity},
    policy::{PolicyKind, Resource, Statement},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "foreign-resource",
    severity: Severity::Warning,
    summary: "a secret's or key's policy that names another secret or key",
    why: "The policy of a secret or key decides about that secret or key alone. A `Resource` with another ARN is \
          accepted and applies to nothing; `*` means the one that the policy is attached to.",
    bad: r#""Resource": "arn:aws:kms:us-east-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321""#,
    good: r#""Resource": "*""#,
    reference: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let (what, service) = match view.document.kind {
            PolicyKind::Secret => ("secret", "secretsmanager"),
            PolicyKind::Key => ("key", "kms"),
            _ => continue,
        };
        let Some(element) = statement.resources.as_ref().filter(|element| !element.negated) else {
            continue;
        };
        let own = attached(subject, view);
        if element.list.is_empty() || element.list.iter().any(|entry| entry.value == Resource::Any)
        {
            continue;
        }
        let inert: Vec<&&Arn> = own.iter().filter(|arn| !covers(view, statement, arn)).collect();
        for entry in arns::entries(view, statement) {
            let text = entry.template.as_str();
            let of_service =
                arns::fields(text).is_some_and(|[_, _, of, ..]| of == service || arns::is_open(of));
            let covered = |arn: &&&Arn| matches(&entry, arn);
            let (severity, message) = if !of_service {
                (
                    Severity::Warning,
                    format!("{} is no {what}: the entry applies to nothing", quote(text)),
                )
            } else if own.is_empty() || own.iter().all(|arn| covered(&arn)) {
                continue;
            } else if inert.is_empty() {
                // Another entry covers what this one does not.
                if own.iter().any(|arn| covered(&arn)) {
                    continue;
                }
                (
                    Severity::Info,
                    format!("{} is another {what}: the entry applies to nothing", quote(text)),
                )
            } else {
                let names: Vec<String> = inert.iter().map(|arn| quote(arn.as_str())).collect();
                let names = listed(&names);
                let message = format!(
                    "{} does not match {names}, which the policy is attached to: the statement applies to nothing there",
                    quote(text)
                );
                (Severity::Warning, message)
            };
            let help = format!("write `*`, which means the {what} that the policy is attached to");
            let finding = view.finding(&RULE, Some(statement), entry.span, message, help);
            findings.push(Finding { severity, ..finding });
        }
    }
}

fn attached<'a>(subject: &Subject<'a>, view: PolicyView<'_>) -> Vec<&'a Arn> {
    let secrets = subject.secrets_of(view).iter().map(|secret| &secret.arn.value);
    secrets.chain(subject.keys_of(view).iter().map(|key| &key.arn.value)).collect()
}

fn covers(view: PolicyView<'_>, statement: &Statement, arn: &Arn) -> bool {
    arns::entries(view, statement).iter().any(|entry| matches(entry, arn))
}

fn matches(entry: &arns::Entry, arn: &Arn) -> bool {
    let tokens = open_tokens(&entry.template, true);
    ArnPattern::from_tokens(&tokens).is_some_and(|pattern| pattern.matches(arn))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{KEY, SECRET, bare, changed, key, only, secret, sound},
        *,
    };
    use serde_json::json;

    #[test]
    fn another_secret_or_key_is_found() {
        let other = KEY.replace("1234abcd", "0987dcba");
        let via = r#""Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;
        only(&key(&format!(r#""Resource": "{other}", {via}"#)), "foreign-resource", &[&other]);
        let other = SECRET.replace("DevSecret", "Other");
        only(&secret(&format!(r#""Resource": "{other}""#)), "foreign-resource", &[&other]);
        let found = bare(PolicyKind::Secret, &format!(r#""Resource": "{KEY}""#));
        assert_eq!(found.rules(), ["foreign-resource"]);
    }

    #[test]
    fn a_replica_has_an_arn_of_its_own() {
        let mut policy = sound()["secrets"][0]["policy"].clone();
        policy["Statement"][0]["Resource"] = json!(SECRET);
        let replica = SECRET.replace("us-east-1", "eu-west-1");
        let found = changed(&[(
            "/secrets/-",
            json!({"arn": replica, "policy": policy, "kms_key_id": KEY.replace("us-east-1", "eu-west-1")}),
        )]);
        assert_eq!(found.found(RULE.id), [SECRET]);
    }

    #[test]
    fn a_star_and_the_own_arn_are_let_pass() {
        let via = r#""Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;
        for resource in ["*", KEY, "arn:aws:kms:*:111122223333:key/*"] {
            assert_eq!(
                key(&format!(r#""Resource": "{resource}", {via}"#)).rules(),
                [""; 0],
                "{resource}"
            );
        }
        assert_eq!(secret(&format!(r#""Resource": "{SECRET}""#)).rules(), [""; 0]);
    }
}
