//! Condition operators in another case than IAM's.

use super::shared::words::quote;
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "operator-spelling",
    severity: Severity::Warning,
    summary: "a condition operator in another case than IAM writes it",
    why: "IAM documents the spelling of its operators and not what becomes of another. Tools that read the policy may \
          not know the operator.",
    bad: r#""Condition": {"stringequals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
    good: r#""Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let mut seen = Vec::new();
        for condition in &statement.conditions {
            let operator = &condition.operator;
            let written =
                subject.sources.slice(view.policy.location(operator.span)).trim_matches('"');
            let right = operator.value.to_string();
            if seen.contains(&operator.span)
                || written == right
                || !written.eq_ignore_ascii_case(&right)
            {
                continue;
            }
            seen.push(operator.span);
            let message = format!("{} is written `{right}`", quote(written));
            let help = format!("write `{right}`");
            findings.push(view.finding(&RULE, Some(statement), operator.span, message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    #[test]
    fn another_case_is_found_once_an_operator() {
        let found = secret(
            r#""Condition": {"stringEqualsIfexists": {
            "aws:PrincipalAccount": "444455556666", "aws:ResourceTag/env": "dev"}}"#,
        );
        only(&found, "operator-spelling", &["stringEqualsIfexists"]);
    }

    #[test]
    fn the_documented_spelling_is_not() {
        let found =
            secret(r#""Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#);
        assert_eq!(found.rules(), [""; 0]);
    }
}
