//! Allows for one version of a secret by its id.

use super::shared::{conditions, words::quote};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "version-id-pinned",
    severity: Severity::Warning,
    summary: "an Allow for one version id of a secret",
    why: "Every new value has a new version id: the permission ends with the next rotation. On the key's side it also \
          stops CreateSecret and changes of the key, for which Secrets Manager sends \
          `RequestToValidateKeyAccess` as SecretVersionId.",
    bad: r#""StringEquals": {"kms:EncryptionContext:SecretVersionId": "11111111-2222-4333-8444-555555555555"}"#,
    good: r#""StringLike": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}"#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
};

const KEYS: &[&str] = &["kms:encryptioncontext:secretversionid", "secretsmanager:versionid"];
const VALIDATION: &str = "RequestToValidateKeyAccess";

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements().filter(|(_, statement)| statement.allows()) {
        for condition in conditions::on(statement, KEYS).filter(|c| conditions::narrows(c)) {
            let wildcards = condition.operator.value.comparison.has_wildcards();
            for value in &condition.values {
                let text = value.value.as_str();
                let open = wildcards && conditions::has_wildcard(&value.value);
                if open || text == VALIDATION || value.value.has_variable() {
                    continue;
                }
                let key = condition.key.value.canonical();
                let message = format!(
                    "{} is one version: the next value of the secret has another `{key}`",
                    quote(text)
                );
                let help = match condition.key.value.prefix() {
                    "kms" => "name the secret alone, by `kms:EncryptionContext:SecretARN`",
                    _ => "remove the condition, or write one on `secretsmanager:VersionStage`",
                };
                findings.push(view.finding(
                    &RULE,
                    Some(statement),
                    value.span,
                    message,
                    help.to_owned(),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{Checked, key, only, secret},
        *,
    };

    const ID: &str = "11111111-2222-4333-8444-555555555555";

    fn with(version: &str) -> Checked {
        key(&format!(
            r#""Condition": {{"StringEquals": {{"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}},
            "StringLike": {{"kms:EncryptionContext:SecretVersionId": "{version}"}}}}"#
        ))
    }

    #[test]
    fn a_version_is_not_the_secret() {
        only(&with(ID), "version-id-pinned", &[ID]);
        let found = secret(&format!(
            r#""Condition": {{"StringEquals": {{"secretsmanager:VersionId": "{ID}"}}}}"#
        ));
        only(&found, "version-id-pinned", &[ID]);
    }

    #[test]
    fn any_version_and_the_validation_are_let_pass() {
        for right in ["*", VALIDATION] {
            assert_eq!(with(right).rules(), [""; 0], "{right}");
        }
    }
}
