//! Versions that are still under an earlier key of their secret.

use super::shared::{actions, principals, words::quote};
use crate::{
    aws::Arn,
    bundle::{Key, KeyReference, Secret},
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "old-version-key",
    severity: Severity::Warning,
    summary: "a version of a secret that is encrypted under another key than the secret's",
    why: "The key belongs to the version. When a secret gets another key, versions that cannot be encrypted anew stay \
          under the old one and are read with it: moving a secret off the AWS managed key does not open its value to \
          other accounts until a new version is written.",
    bad: r#"{"kms_key_id": "arn:aws:kms:…:key/…", "versions": [{"stages": ["AWSCURRENT"], "kms_key_id": "alias/aws/secretsmanager"}]}"#,
    good: r#"{"kms_key_id": "arn:aws:kms:…:key/…", "versions": [{"stages": ["AWSCURRENT"]}]}"#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for secret in &subject.bundle.secrets {
        let own = resolve(subject, secret, &secret.key);
        for version in secret.versions.iter().flatten() {
            let key = resolve(subject, secret, &version.key);
            if key == own || key == KeyReference::NotKnown || version.stages.is_empty() {
                continue;
            }
            let current = version.stages.iter().any(|stage| stage == "AWSCURRENT");
            let managed = key == KeyReference::Managed;
            let shared = managed && is_shared(subject, secret);
            let severity = match (current, shared) {
                (true, true) => Severity::Error,
                (true, false) => Severity::Warning,
                (false, _) => Severity::Info,
            };
            let stages: Vec<String> = version.stages.iter().map(|stage| quote(stage)).collect();
            let stages = stages.join(", ");
            let message = match (managed, shared) {
                (true, true) => format!(
                    "the version {stages} is still under the AWS managed key: the other accounts that the secret is \
                     shared with cannot read it"
                ),
                (true, false) => format!("the version {stages} is still under the AWS managed key"),
                (false, _) => format!(
                    "the version {stages} is still under {}, whose policy decides who can read it",
                    quote(&shown(&key))
                ),
            };
            let help = "write a new version, or call UpdateSecret with the key as someone who may decrypt with the \
                        old one"
                .to_owned();
            let location = secret.key_location.unwrap_or(secret.arn.location);
            findings.push(Finding { severity, ..Findings::at(&RULE, location, message, help) });
        }
    }
}

/// Whether another account is let in by the secret's policy or asks for it.
fn is_shared(subject: &Subject<'_>, secret: &Secret) -> bool {
    let Some(view) = secret.policy.and_then(|slot| subject.policy(slot)) else { return false };
    view.policy.statements.iter().any(|statement| {
        actions::covers(statement, "secretsmanager:GetSecretValue")
            && !principals::outsiders(subject, view, statement).is_empty()
    })
}

/// The key behind a reference, as far as the bundle knows it.
pub(super) fn resolve(
    subject: &Subject<'_>,
    secret: &Secret,
    reference: &KeyReference,
) -> KeyReference {
    let here = |key: &&Key| {
        key.account == secret.account && key.arn.value.region() == secret.arn.value.region()
    };
    let mut keys = subject.bundle.keys.iter();
    let found = match reference {
        KeyReference::Managed => return KeyReference::Managed,
        KeyReference::NotKnown => return KeyReference::NotKnown,
        KeyReference::Arn(arn) => keys.find(|key| key.arn.value == *arn),
        KeyReference::Id(id) => keys.filter(here).find(|key| key.id() == id),
        KeyReference::Alias(alias) => keys.filter(here).find(|key| key.aliases.contains(alias)),
        KeyReference::AliasArn(arn) => keys.find(|key| {
            let of = |own: &Arn| {
                (own.region(), own.account_field()) == (arn.region(), arn.account_field())
            };
            of(&key.arn.value) && key.aliases.iter().any(|alias| alias == arn.resource())
        }),
    };
    match found {
        Some(key) if key.is_aws_managed() => KeyReference::Managed,
        Some(key) => KeyReference::Arn(key.arn.value.clone()),
        None => reference.clone(),
    }
}

fn shown(reference: &KeyReference) -> String {
    match reference {
        KeyReference::Managed => KeyReference::MANAGED_ALIAS.to_owned(),
        KeyReference::Arn(arn) | KeyReference::AliasArn(arn) => arn.to_string(),
        KeyReference::Id(text) | KeyReference::Alias(text) => text.clone(),
        KeyReference::NotKnown => "a key that is not known".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{KEY, changed},
        *,
    };
    use serde_json::json;

    #[test]
    fn the_current_version_counts_most() {
        let with = |stage: &str, key: &str| {
            changed(&[(
                "/secrets/0/versions",
                json!([{"stages": [stage], "kms_key_id": key},
                {"stages": ["blue"]}]),
            )])
        };
        let managed = "alias/aws/secretsmanager";
        assert_eq!(with("AWSCURRENT", managed).severities(RULE.id), [Severity::Error]);
        assert_eq!(with("AWSPREVIOUS", managed).severities(RULE.id), [Severity::Info]);
        let other = KEY.replace("1234abcd", "0987dcba");
        assert_eq!(with("AWSCURRENT", &other).severities(RULE.id), [Severity::Warning]);
    }

    #[test]
    fn the_same_key_by_another_name_is_the_same() {
        for name in [KEY, "alias/DevSecretKMS", "1234abcd-12ab-34cd-56ef-1234567890ab"] {
            let found = changed(&[(
                "/secrets/0/versions",
                json!([{"stages": ["AWSCURRENT"], "kms_key_id": name}]),
            )]);
            assert_eq!(found.rules(), [""; 0], "{name}");
        }
    }
}
