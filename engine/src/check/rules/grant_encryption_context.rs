//! Grants whose encryption context no call for a secret has.

use super::shared::words::quote;
use crate::{
    bundle::GrantConstraint,
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "grant-encryption-context",
    severity: Severity::Error,
    summary: "a grant whose encryption context does not fit the calls of Secrets Manager",
    why: "Secrets Manager sends two pairs, `SecretARN` and `SecretVersionId`. `EncryptionContextEquals` wants exactly \
          the pairs that it lists, in their case and without wildcards; with `SecretARN` alone it never fits, where \
          `EncryptionContextSubset` does.",
    bad: r#""Constraints": {"EncryptionContextEquals": {"SecretARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3"}}"#,
    good: r#""Constraints": {"EncryptionContextSubset": {"SecretARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3"}}"#,
    reference: "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for grant in subject.bundle.keys.iter().flat_map(|key| &key.grants) {
        let (pairs, exact) = match &grant.constraint {
            GrantConstraint::Equals(pairs) => (pairs, true),
            GrantConstraint::Subset(pairs) => (pairs, false),
            GrantConstraint::None => continue,
        };
        let value = |name: &str| pairs.get(name);
        let any_case = pairs.keys().find(|name| {
            ["SecretARN", "SecretVersionId"]
                .iter()
                .any(|right| name.eq_ignore_ascii_case(right) && *name != right)
        });
        let arn = value("SecretARN");
        let about_secrets = any_case.is_some() || arn.is_some();
        let (message, help) = if let Some(name) = any_case {
            let right = if name.eq_ignore_ascii_case("SecretARN") {
                "SecretARN"
            } else {
                "SecretVersionId"
            };
            (
                format!("{} is written `{right}`, and in a grant case counts", quote(name)),
                format!("write `{right}`"),
            )
        } else if let Some(arn) = arn.filter(|arn| arn.contains(['*', '?'])) {
            (
                format!("{} is compared letter for letter: grants have no wildcards", quote(arn)),
                "write the full ARN of the secret".to_owned(),
            )
        } else if about_secrets && exact && value("SecretVersionId").is_none() {
            ("`EncryptionContextEquals` with `SecretARN` alone never fits: Secrets Manager sends `SecretVersionId` too"
                .to_owned(),
             "use `EncryptionContextSubset`".to_owned())
        } else {
            continue;
        };
        findings.push(Findings::at(&RULE, grant.location, message, help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Checked, SECRET, changed};
    use serde_json::{Value, json};

    fn with(constraints: Value) -> Checked {
        changed(&[(
            "/keys/0/grants",
            json!([{"GranteePrincipal": "arn:aws:iam::444455556666:role/R_B",
            "Operations": ["Decrypt"], "Constraints": constraints}]),
        )])
    }

    #[test]
    fn contexts_that_are_never_sent_are_found() {
        for wrong in [
            json!({"EncryptionContextEquals": {"SecretARN": SECRET}}),
            json!({"EncryptionContextSubset": {"SecretArn": SECRET}}),
            json!({"EncryptionContextSubset": {"SecretARN": SECRET.replace("a1B2c3", "??????")}}),
        ] {
            assert_eq!(with(wrong.clone()).rules(), ["grant-encryption-context"], "{wrong}");
        }
    }

    #[test]
    fn contexts_that_are_sent_are_let_pass() {
        for right in [
            json!({"EncryptionContextSubset": {"SecretARN": SECRET}}),
            json!({"EncryptionContextEquals": {"SecretARN": SECRET, "SecretVersionId": "v"}}),
            json!({"EncryptionContextSubset": {"aws:s3:arn": "x"}}),
        ] {
            assert_eq!(with(right.clone()).rules(), [""; 0], "{right}");
        }
    }
}
