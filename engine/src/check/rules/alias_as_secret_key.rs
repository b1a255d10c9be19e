//! Secrets whose key is named by an alias.

use super::{old_version_key::resolve, shared::words::quote};
use crate::{
    bundle::KeyReference,
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "alias-as-secret-key",
    severity: Severity::Warning,
    summary: "a secret whose key is named by an alias",
    why: "An alias can be pointed at another key, and is looked up in the secret's own account and Region. For a \
          secret that other accounts read, AWS's instructions name the key by its ARN.",
    bad: r#""kms_key_id": "alias/DevSecretKMS""#,
    good: r#""kms_key_id": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab""#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for secret in &subject.bundle.secrets {
        let (Some(location), true) = (secret.key_location, secret.key.is_alias()) else { continue };
        let written = subject.sources.slice(location).trim_matches('"');
        let resolved = resolve(subject, secret, &secret.key);
        let (severity, message, help) = match &resolved {
            KeyReference::Arn(key) => (
                Severity::Info,
                format!("{} is an alias, which can come to stand for another key", quote(written)),
                format!("write the ARN of the key: {}", quote(key.as_str())),
            ),
            KeyReference::Managed => continue,
            _ => (
                Severity::Warning,
                format!(
                    "{} is an alias that no key here has: who can decrypt is not known",
                    quote(written)
                ),
                "write the ARN of the key, or add the key with this alias to `keys`".to_owned(),
            ),
        };
        findings.push(Finding { severity, ..Findings::at(&RULE, location, message, help) });
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
    fn an_alias_is_worth_knowing_and_an_unknown_one_a_warning() {
        let with = |alias: &str| changed(&[("/secrets/0/kms_key_id", json!(alias))]);
        let known = with("alias/DevSecretKMS");
        assert_eq!(known.severities(RULE.id), [Severity::Info]);
        assert_eq!(known.said(RULE.id)[0].2, format!("write the ARN of the key: `{KEY}`"));
        assert_eq!(with("alias/Other").severities(RULE.id), [Severity::Warning]);
        assert!(with("1234abcd-12ab-34cd-56ef-1234567890ab").found(RULE.id).is_empty());
    }
}
