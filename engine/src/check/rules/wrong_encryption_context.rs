//! Encryption contexts that no secret has.

use super::shared::{
    arns, conditions,
    secrets::SECRET_ARN,
    words::{listed, quote},
};
use crate::{
    aws::{Arn, Pattern},
    bundle::KeyReference,
    check::subject::{Findings, PolicyView, Subject},
    finding::{Finding, Rule, Severity},
    policy::{Condition, Template},
    text::nearest,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "wrong-encryption-context",
    severity: Severity::Error,
    summary: "a SecretARN in the encryption context that is not the ARN of a secret",
    why: "Secrets Manager sends KMS the full ARN of the secret as `SecretARN`, whatever key it is encrypted with. A \
          condition that compares it with the ARN of the key, or with a name, can never hold on this path.",
    bad: r#""StringLike": {"kms:EncryptionContext:SecretARN": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}"#,
    good: r#""StringLike": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}"#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
};

const SHAPE: &str = "arn:*:secretsmanager:*:*:secret:**";

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let conditions = statement.conditions.iter().filter(|condition| {
            condition.key.value.lower() == SECRET_ARN && conditions::compares_text(condition)
        });
        for condition in conditions {
            for value in &condition.values {
                let judged = not_a_secret(subject, condition, &value.value)
                    .or_else(|| another_secret(subject, view, condition, &value.value));
                let Some((severity, message, help)) = judged else { continue };
                let finding = view.finding(&RULE, Some(statement), value.span, message, help);
                findings.push(Finding { severity, ..finding });
            }
        }
    }
}

fn not_a_secret(
    subject: &Subject<'_>,
    condition: &Condition,
    value: &Template,
) -> Option<(Severity, String, String)> {
    if conditions::can_be(condition, value, SHAPE) {
        return None;
    }
    let text = value.as_str();
    let shown = quote(text);
    let outcome = match condition.operator.value.comparison.is_negated() {
        false => "the condition can never hold on this path",
        true => "the condition holds for every secret",
    };
    let message = match arns::fields(text) {
        Some([_, _, "kms", ..]) => format!(
            "{shown} is the ARN of a key, and `SecretARN` in the encryption context is the ARN of the secret: {outcome}"
        ),
        _ => format!(
            "{shown} is not the ARN of a secret, which `SecretARN` in the encryption context always is: {outcome}"
        ),
    };
    let own = subject.bundle.secrets.first().map(|secret| pattern_of(&secret.arn.value));
    let right = own.unwrap_or_else(|| match arns::fields(text) {
        // Beside its key, in the same account as a rule.
        Some([_, partition, _, region, account, _]) => {
            format!("arn:{partition}:secretsmanager:{region}:{account}:secret:NAME-??????")
        }
        None => "arn:aws:secretsmanager:us-east-1:111122223333:secret:NAME-??????".to_owned(),
    });
    Some((
        Severity::Error,
        message,
        format!("write the ARN of the secret under `StringLike`: {}", quote(&right)),
    ))
}

/// For a key of the bundle: a secret's ARN, but that of none that is under the key. The key may serve secrets that
/// the bundle does not have, so only a likely slip is a warning.
fn another_secret(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    condition: &Condition,
    value: &Template,
) -> Option<(Severity, String, String)> {
    let keys = subject.keys_of(view);
    let uses = |reference: &KeyReference| match reference {
        KeyReference::Arn(arn) => keys.iter().any(|key| key.arn.value == *arn),
        KeyReference::Id(id) => keys.iter().any(|key| key.id() == id),
        KeyReference::Alias(alias) => keys.iter().any(|key| key.aliases.contains(alias)),
        KeyReference::AliasArn(arn) => {
            keys.iter().any(|key| key.aliases.iter().any(|alias| alias == arn.resource()))
        }
        KeyReference::Managed | KeyReference::NotKnown => false,
    };
    let secrets: Vec<_> = subject
        .bundle
        .secrets
        .iter()
        .filter(|secret| {
            uses(&secret.key) || secret.versions.iter().flatten().any(|version| uses(&version.key))
        })
        .collect();
    let name = arns::secret_name(value.as_str())?;
    // Whatever the operator: what it makes of wildcards is another matter.
    let pattern = Pattern::from_tokens(conditions::open_tokens(value, true));
    if secrets.is_empty() || secrets.iter().any(|secret| pattern.matches(secret.arn.value.as_str()))
    {
        return None;
    }
    if condition.operator.value.comparison.name().ends_with("IgnoreCase") {
        return None;
    }
    let names: Vec<String> = secrets.iter().map(|secret| quote(secret.name())).collect();
    let message = format!(
        "{} is none of the secrets under this key, which here are {}",
        quote(value.as_str()),
        listed(&names)
    );
    let stem = name.trim_end_matches(['?', '*']).trim_end_matches('-');
    let near = nearest(stem, secrets.iter().map(|secret| secret.name()));
    let slip =
        near.and_then(|near| secrets.iter().find(|secret| secret.name() == near && near != stem));
    Some(match slip {
        Some(secret) => (
            Severity::Warning,
            message,
            format!("did you mean {}?", quote(&pattern_of(&secret.arn.value))),
        ),
        None => {
            (Severity::Info, message, "add the secret to the bundle, or correct the ARN".to_owned())
        }
    })
}

/// A secret's ARN with its random end left open.
fn pattern_of(arn: &Arn) -> String {
    let text = arn.as_str();
    text.rsplit_once('-').map_or_else(|| text.to_owned(), |(base, _)| format!("{base}-??????"))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{Checked, KEY, SECRET, bare, key, only},
        *,
    };
    use crate::policy::PolicyKind;

    fn with(operator: &str, value: &str) -> Checked {
        key(&format!(
            r#""Condition": {{"StringEquals": {{"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}},
            "{operator}": {{"kms:EncryptionContext:SecretARN": "{value}"}}}}"#
        ))
    }

    #[test]
    fn the_arn_of_the_key_is_found() {
        let found = with("StringLike", KEY);
        only(&found, "wrong-encryption-context", &[KEY]);
        let (_, message, help) = found.said(RULE.id)[0];
        assert!(message.ends_with("the condition can never hold on this path"), "{message}");
        assert!(help.ends_with("secret:DevSecret-??????`"), "{help}");
        let keys = "arn:aws:kms:*:111122223333:key/*";
        only(&with("StringLike", keys), "wrong-encryption-context", &[keys]);
        only(
            &with("StringLike", "DevSecret-??????"),
            "wrong-encryption-context",
            &["DevSecret-??????"],
        );
        let condition = format!(
            r#""Condition": {{"StringLike": {{"kms:EncryptionContext:SecretARN": "{KEY}"}}}}"#
        );
        assert_eq!(bare(PolicyKind::Key, &condition).found(RULE.id), [KEY]);
    }

    #[test]
    fn a_slip_in_the_name_is_found() {
        let slip = SECRET.replace("DevSecret-a1B2c3", "DevSecrt-??????");
        assert_eq!(with("StringLike", &slip).severities(RULE.id), [Severity::Warning]);
        let other = SECRET.replace("DevSecret-a1B2c3", "Billing-??????");
        assert_eq!(with("StringLike", &other).severities(RULE.id), [Severity::Info]);
    }

    #[test]
    fn arns_of_secrets_are_let_pass() {
        for right in [
            "*",
            SECRET,
            "arn:aws:secretsmanager:*:111122223333:secret:*",
            "arn:aws:secretsmanager:*",
        ] {
            assert!(with("StringLike", right).found(RULE.id).is_empty(), "{right}");
        }
        assert!(with("ArnEquals", SECRET).rules().is_empty());
    }
}
