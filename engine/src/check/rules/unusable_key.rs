//! Keys that cannot decrypt a secret whatever the policies say.

use super::{old_version_key::resolve, shared::words::quote};
use crate::{
    bundle::KeyReference,
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "unusable-key",
    severity: Severity::Warning,
    summary: "a secret under a key that is not enabled, or not for symmetric encryption",
    why: "Secrets Manager uses symmetric encryption keys, and KMS decrypts with enabled keys only. Authorization is \
          not asked first: the call fails for everyone.",
    bad: r#"{"arn": "arn:aws:kms:…:key/…", "state": "PendingDeletion"}"#,
    good: r#"{"arn": "arn:aws:kms:…:key/…", "state": "Enabled"}"#,
    reference: "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for secret in &subject.bundle.secrets {
        let KeyReference::Arn(arn) = resolve(subject, secret, &secret.key) else { continue };
        let Some(key) = subject.bundle.key(&arn) else { continue };
        let spec = key.spec.as_deref().filter(|spec| *spec != "SYMMETRIC_DEFAULT");
        let (severity, message, help) = match (spec, key.state.failure()) {
            (Some(spec), _) => (
                Severity::Error,
                format!(
                    "the key is of the spec {}, and Secrets Manager uses symmetric keys only",
                    quote(spec)
                ),
                "encrypt the secret with a key of the spec `SYMMETRIC_DEFAULT`",
            ),
            (None, Some(failure)) => (
                Severity::Warning,
                format!(
                    "the key is in the state `{:?}`: reading the secret fails with {failure}",
                    key.state
                ),
                "enable the key, or encrypt the secret with another one while the key can still decrypt",
            ),
            (None, None) => continue,
        };
        let location = secret.key_location.unwrap_or(secret.arn.location);
        let finding = Findings::at(&RULE, location, message, help.to_owned());
        let related = vec![(key.arn.location, "the key".to_owned())];
        findings.push(Finding { severity, related, ..finding });
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::changed, *};
    use serde_json::json;

    #[test]
    fn keys_that_cannot_decrypt_are_found() {
        let found = changed(&[("/keys/0/state", json!("PendingDeletion"))]);
        assert_eq!(found.severities(RULE.id), [Severity::Warning]);
        let found = changed(&[("/keys/0/key_spec", json!("RSA_2048"))]);
        assert_eq!(found.severities(RULE.id), [Severity::Error]);
    }

    #[test]
    fn a_key_that_is_being_updated_still_decrypts() {
        assert_eq!(changed(&[("/keys/0/state", json!("Updating"))]).rules(), [""; 0]);
    }
}
