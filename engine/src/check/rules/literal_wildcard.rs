//! Wildcards under operators that take them for ordinary characters.

use super::shared::{conditions, words::quote};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::{Comparison, Condition, Family},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "literal-wildcard",
    severity: Severity::Error,
    summary: "`*` or `?` under an operator that has no wildcards",
    why: "`StringEquals` and its opposites compare every character: a `*` or `?` in their values matches nothing but \
          itself. Only `StringLike`, `ArnLike`, `ArnEquals` and their opposites have wildcards.",
    bad: r#""StringEquals": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}"#,
    good: r#""StringLike": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String",
};

/// Keys whose values may well hold a question mark or a star.
const FREE_TEXT: &[&str] = &["aws:referer", "aws:useragent", "secretsmanager:description"];

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in statement.conditions.iter().filter(|c| is_literal(c)) {
            for value in condition.values.iter().filter(|v| conditions::has_wildcard(&v.value)) {
                let operator = condition.operator.value;
                let key = condition.key.value.canonical();
                let message = format!(
                    "`{operator}` has no wildcards: no `{key}` is {}",
                    quote(value.value.as_str())
                );
                let mut like = operator;
                like.comparison = match operator.comparison.is_negated() {
                    true => Comparison::StringNotLike,
                    false => Comparison::StringLike,
                };
                let help = format!("write `{like}`, or a value without wildcards");
                findings.push(view.finding(&RULE, Some(statement), value.span, message, help));
            }
        }
    }
}

fn is_literal(condition: &Condition) -> bool {
    let comparison = condition.operator.value.comparison;
    comparison.family() == Family::String
        && !comparison.has_wildcards()
        && !FREE_TEXT.contains(&condition.key.value.lower())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{key, only, secret};

    #[test]
    fn wildcards_need_an_operator_that_has_them() {
        let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";
        let found = key(&format!(
            r#""Condition": {{"StringEquals": {{"kms:EncryptionContext:SecretARN": "{arn}",
            "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}}}"#
        ));
        only(&found, "literal-wildcard", &[arn]);
        let via = "secretsmanager.*.amazonaws.com";
        let found =
            key(&format!(r#""Condition": {{"StringEquals": {{"kms:ViaService": "{via}"}}}}"#));
        only(&found, "literal-wildcard", &[via]);
        let found = secret(
            r#""Effect": "Deny", "Principal": "*", "Condition": {"StringNotEquals": {
            "aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}"#,
        );
        assert_eq!(
            found.said("literal-wildcard")[0].2,
            "write `StringNotLike`, or a value without wildcards"
        );
    }

    #[test]
    fn operators_with_wildcards_and_literal_stars_are_let_pass() {
        for right in [
            r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}"#,
            r#"{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}"#,
            r#"{"StringEquals": {"aws:PrincipalTag/team": "${*}"}}"#,
            r#"{"StringLike": {"aws:PrincipalTag/team": "red"}}"#,
        ] {
            let found = secret(&format!(r#""Condition": {right}"#));
            assert_eq!(found.rules(), [""; 0], "{right}");
        }
    }
}
