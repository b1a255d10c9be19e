//! `Null` behind a set operator.

use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::{Comparison, Quantifier},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "null-set-operator",
    severity: Severity::Error,
    summary: "`Null` behind `ForAllValues` or `ForAnyValue`",
    why: "Whether a key is there is no question about its values: `ForAllValues:Null` is always true and \
          `ForAnyValue:Null` always false.",
    bad: r#""ForAllValues:Null": {"aws:PrincipalOrgPaths": "false"}"#,
    good: r#""Null": {"aws:PrincipalOrgPaths": "false"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in &statement.conditions {
            let operator = condition.operator.value;
            let truth = match operator.quantifier {
                Some(Quantifier::ForAllValues) => "always true",
                Some(Quantifier::ForAnyValue) => "always false",
                None => continue,
            };
            if operator.comparison != Comparison::Null {
                continue;
            }
            let message = format!("`{operator}` is {truth}, whatever the request holds");
            let help = "write `Null`".to_owned();
            findings.push(view.finding(
                &RULE,
                Some(statement),
                condition.operator.span,
                message,
                help,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    #[test]
    fn a_set_operator_makes_null_vacuous() {
        let found =
            secret(r#""Condition": {"ForAnyValue:Null": {"aws:PrincipalOrgPaths": "false"}}"#);
        only(&found, "null-set-operator", &["ForAnyValue:Null"]);
    }

    #[test]
    fn null_alone_is_right() {
        let found = secret(r#""Condition": {"Null": {"aws:PrincipalOrgPaths": "false"}}"#);
        assert_eq!(found.rules(), [""; 0]);
    }
}
