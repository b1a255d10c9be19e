//! Conditions that hold nothing.

use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::{Comparison, Quantifier},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "empty-condition",
    severity: Severity::Warning,
    summary: "an empty `Condition`, or a condition without values",
    why: "An empty `Condition` restricts nothing, though it looks as if it should. A condition without values holds \
          always or never, depending on its operator.",
    bad: r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", "Condition": {}}"#,
    good: r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        if let Some(span) = statement.empty_condition {
            let message =
                "`Condition` is empty: the statement applies without any condition".to_owned();
            let help = "write the condition that was meant, or remove the element".to_owned();
            findings.push(view.finding(&RULE, Some(statement), span, message, help));
        }
        for condition in statement.conditions.iter().filter(|c| c.values.is_empty()) {
            let operator = condition.operator.value;
            let holds = match operator.quantifier {
                _ if operator.comparison == Comparison::Null => "it never holds",
                Some(Quantifier::ForAllValues) if operator.comparison.is_negated() => {
                    "it always holds"
                }
                Some(Quantifier::ForAllValues) => "it holds only where the key is missing",
                None if operator.comparison.is_negated() => "it always holds",
                _ if operator.if_exists => "it holds only where the key is missing",
                _ => "it never holds",
            };
            let key = condition.key.value.canonical();
            let message = format!("the condition on `{key}` has no values: {holds}");
            let help = "write the values that were meant, or remove the condition".to_owned();
            findings.push(view.finding(&RULE, Some(statement), condition.span, message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    #[test]
    fn empty_conditions_are_found() {
        only(&secret(r#""Condition": {}"#), "empty-condition", &[r#"Condition": {}"#]);
        let found = secret(r#""Condition": {"StringEquals": {"aws:PrincipalAccount": []}}"#);
        only(&found, "empty-condition", &[r#"aws:PrincipalAccount": []"#]);
    }

    #[test]
    fn other_conditions_are_not() {
        let right = r#""Condition": {"StringEquals": {"aws:PrincipalAccount": ["444455556666"]}}"#;
        assert_eq!(secret(right).rules(), [""; 0]);
    }
}
