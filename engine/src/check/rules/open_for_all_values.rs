//! `ForAllValues` on keys that the callers to be kept out do not have.

use super::{
    open_if_exists,
    shared::{conditions, keys},
};
use crate::{
    aws::catalog,
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::{Comparison, Condition, PolicyKind, Quantifier},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "open-for-all-values",
    severity: Severity::Warning,
    summary: "an Allow whose restriction passes where its key is missing, by `ForAllValues`",
    why: "`ForAllValues` is true of no values at all. In an Allow it lets in every caller that lacks the key, unless \
          a second condition demands it (`Null` with `false`). KMS refuses it on the encryption context.",
    bad: r#""ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
    good: r#""StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements().filter(|(_, statement)| statement.allows()) {
        for condition in statement.conditions.iter().filter(|c| is_for_all(c)) {
            let key = condition.key.value.lower();
            let name = condition.key.value.canonical();
            let operator = condition.operator.value;
            // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
            let refused = view.document.kind == PolicyKind::Key
                && (key.starts_with("kms:encryptioncontext:")
                    || key.starts_with("aws:requesttag/"));
            let (severity, message) = if refused {
                let message = format!(
                    "KMS refuses `{operator}` on `{name}`: it also holds where the key is missing"
                );
                (Severity::Error, message)
            } else {
                let Some(when) = keys::missing_when(key) else { continue };
                if conditions::key_is_required(statement, &condition.key.value) {
                    continue;
                }
                let message =
                    format!("`{operator}` also holds where `{name}` is missing, as it is {when}");
                (open_if_exists::severity(statement), message)
            };
            let many = catalog::context_key(&condition.key.value).is_some_and(|known| known.many);
            let mut plain = operator;
            plain.quantifier = None;
            plain.if_exists = false;
            let help = match many {
                true => format!(
                    "add `\"Null\": {{\"{name}\": \"false\"}}`, or write `ForAnyValue:{plain}`"
                ),
                false => format!("write `{plain}`"),
            };
            let finding =
                view.finding(&RULE, Some(statement), condition.operator.span, message, help);
            findings.push(Finding { severity, ..finding });
        }
    }
}

fn is_for_all(condition: &Condition) -> bool {
    let operator = condition.operator.value;
    operator.quantifier == Some(Quantifier::ForAllValues)
        && operator.comparison != Comparison::Null
        && !operator.comparison.is_negated()
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{key, secret},
        *,
    };

    #[test]
    fn a_missing_key_opens_the_statement() {
        let found = secret(
            r#""Principal": "*", "Condition": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
        );
        assert_eq!(found.said(RULE.id)[0].0, Severity::Error);
        assert_eq!(found.said(RULE.id)[0].2, "write `StringEquals`");
        assert!(found.found("set-operator-on-single-value").is_empty());
        let found = secret(
            r#""Condition": {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}"#,
        );
        assert!(found.said(RULE.id)[0].2.starts_with("add `\"Null\""));
    }

    #[test]
    fn kms_refuses_it_on_the_encryption_context() {
        let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";
        let found = key(&format!(
            r#""Condition": {{"ForAllValues:StringLike": {{"kms:EncryptionContext:SecretARN": "{arn}"}},
            "Null": {{"kms:EncryptionContext:SecretARN": "false"}},
            "StringEquals": {{"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}}}"#
        ));
        assert_eq!(found.severities(RULE.id), [Severity::Error]);
    }

    #[test]
    fn demanded_keys_and_request_parameters_are_let_pass() {
        for right in [
            r#"{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}, "Null": {"aws:PrincipalOrgPaths": "false"}}"#,
            r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["env"]}}"#,
        ] {
            let found = secret(&format!(r#""Condition": {right}"#));
            assert!(found.found(RULE.id).is_empty(), "{right}");
        }
        let grants = r#""Action": "kms:CreateGrant", "Condition": {"ForAllValues:StringEquals": {
            "kms:GrantOperations": ["Decrypt"]}, "Bool": {"kms:GrantIsForAWSResource": "true"}}"#;
        assert_eq!(key(grants).rules(), [""; 0]);
    }
}
