//! Wildcards in keys whose values name one account, organization or network.

use super::shared::{conditions, words::quote};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "sensitive-wildcard",
    severity: Severity::Warning,
    summary: "a wildcard in a key that names one account, organization, VPC or endpoint",
    why: "AWS hands out these ids at random: a pattern over them covers accounts or networks of strangers. AWS calls \
          the keys sensitive and knows no use for a wildcard in them.",
    bad: r#""StringLike": {"aws:PrincipalOrgID": "o-*"}"#,
    good: r#""StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sensitive",
};

const SENSITIVE: &[&str] = &[
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "kms:calleraccount",
];

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in conditions::on(statement, SENSITIVE) {
            let operator = condition.operator.value;
            if !operator.comparison.has_wildcards() {
                continue;
            }
            for value in condition.values.iter().filter(|v| conditions::has_wildcard(&v.value)) {
                let key = condition.key.value.canonical();
                let message = format!(
                    "{} covers values of `{key}` that belong to strangers",
                    quote(value.value.as_str())
                );
                let exact = if operator.comparison.is_negated() {
                    "StringNotEquals"
                } else {
                    "StringEquals"
                };
                let help = format!("list the values in full, under `{exact}`");
                findings.push(view.finding(&RULE, Some(statement), value.span, message, help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    #[test]
    fn patterns_over_ids_are_found() {
        let found = secret(r#""Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}"#);
        only(&found, "sensitive-wildcard", &["vpc-*"]);
    }

    #[test]
    fn full_ids_and_paths_are_let_pass() {
        for right in [
            r#"{"StringLike": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
            r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}}"#,
            r#"{"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}"#,
        ] {
            let found = secret(&format!(r#""Condition": {right}"#));
            assert_eq!(found.rules(), [""; 0], "{right}");
        }
    }
}
