//! Secrets under the AWS managed key that other accounts are to read.

use super::shared::{actions, principals, words::quote};
use crate::{
    bundle::{KeyReference, Secret},
    check::subject::{Findings, PolicyView, Subject},
    finding::{Finding, Rule, Severity},
    text::Location,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "default-key-cross-account",
    severity: Severity::Error,
    summary: "a secret under the AWS managed key that another account is to read",
    why: "Without a key of one's own a secret is under `aws/secretsmanager`. The policy of that key admits callers of \
          its own account only and cannot be changed: nobody in another account can decrypt the secret.",
    bad: r#"{"arn": "…:secret:DevSecret-a1B2c3", "policy": "shared-with-444455556666.json"}"#,
    good: r#"{"arn": "…:secret:DevSecret-a1B2c3", "policy": "shared-with-444455556666.json", "kms_key_id": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}"#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html",
};

const HELP: &str = "encrypt the secret with a customer managed key (`kms_key_id`), let the other account use that key \
                    in its policy, and write a new version of the secret";

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for secret in subject.bundle.secrets.iter().filter(|secret| is_managed(subject, secret)) {
        let policy = secret.policy.and_then(|slot| subject.policy(slot));
        let granted = policy.and_then(|view| readers(subject, view).into_iter().next());
        let asked = || {
            subject.bundle.stated_requests().find(|request| {
                let account = principals::caller_account(&request.principal.value);
                let names = request
                    .resource
                    .as_ref()
                    .is_some_and(|resource| resource.value == secret.arn.value.as_str());
                names
                    && request.action.value.as_str() == "secretsmanager:GetSecretValue"
                    && account.is_some_and(|account| account != secret.account)
            })
        };
        let (who, related) = match granted {
            Some((name, location)) => {
                (format!("its policy lets {name} read it"), (location, "let in here"))
            }
            None => match asked() {
                Some(request) => (
                    format!("{} comes from another account", quote(&request.name)),
                    (request.location, "asked for here"),
                ),
                None => continue,
            },
        };
        let message = format!(
            "the secret is under the AWS managed key, which no other account can use, and {who}"
        );
        let finding = Findings::at(&RULE, secret.arn.location, message, HELP.to_owned());
        let (location, label) = related;
        findings.push(Finding { related: vec![(location, label.to_owned())], ..finding });
    }
}

pub(super) fn is_managed(subject: &Subject<'_>, secret: &Secret) -> bool {
    match &secret.key {
        KeyReference::Managed => true,
        KeyReference::Arn(arn) => {
            subject.bundle.key(arn).is_some_and(crate::bundle::Key::is_aws_managed)
        }
        _ => false,
    }
}

/// The outsiders whom a secret's policy lets read.
fn readers(subject: &Subject<'_>, view: PolicyView<'_>) -> Vec<(String, Location)> {
    let statements = view.policy.statements.iter().filter(|statement| {
        statement.resources.is_some() && actions::covers(statement, "secretsmanager:GetSecretValue")
    });
    let outsiders =
        statements.flat_map(|statement| principals::outsiders(subject, view, statement));
    outsiders.map(|outsider| (outsider.name(), view.policy.location(outsider.span))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SECRET, manifest, sound};
    use serde_json::json;

    #[test]
    fn nobody_outside_can_decrypt() {
        let mut bundle = sound();
        bundle["secrets"][0].as_object_mut().unwrap().remove("kms_key_id");
        let found = manifest(&bundle);
        assert_eq!(found.rules(), ["default-key-cross-account"]);
        assert_eq!(found.found("default-key-cross-account"), [SECRET]);
        bundle["secrets"][0].as_object_mut().unwrap().remove("policy");
        assert_eq!(manifest(&bundle).rules(), ["default-key-cross-account"]);
    }

    #[test]
    fn inside_its_account_the_key_is_fine() {
        let mut bundle = sound();
        bundle["secrets"][0].as_object_mut().unwrap().remove("kms_key_id");
        bundle["secrets"][0]["policy"]["Statement"][0]["Principal"] =
            json!({"AWS": "arn:aws:iam::111122223333:role/Own"});
        bundle["requests"] = json!([]);
        bundle["principals"] = json!([]);
        assert_eq!(manifest(&bundle).rules(), [""; 0]);
    }
}
