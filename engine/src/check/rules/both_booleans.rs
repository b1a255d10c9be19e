//! Conditions that accept both truth values.

use crate::{
    check::subject::{Findings, Subject},
    compile::parse_bool,
    finding::{Rule, Severity},
    policy::{Family, Quantifier},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "both-booleans",
    severity: Severity::Warning,
    summary: "a condition that accepts both `true` and `false`",
    why: "The values of a condition are alternatives. With both truth values among them it tests only whether the \
          key is there, and `Null` not even that.",
    bad: r#""Bool": {"aws:SecureTransport": ["true", "false"]}"#,
    good: r#""Bool": {"aws:SecureTransport": "true"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in &statement.conditions {
            let operator = condition.operator.value;
            let family = operator.comparison.family();
            let vacuous = family == Family::Null && operator.quantifier.is_some();
            let has = |wanted| {
                condition.values.iter().any(|v| parse_bool(v.value.as_str()) == Some(wanted))
            };
            if !matches!(family, Family::Bool | Family::Null)
                || vacuous
                || !has(true)
                || !has(false)
            {
                continue;
            }
            let key = condition.key.value.canonical();
            let absent_passes = family == Family::Null
                || operator.if_exists
                || operator.quantifier == Some(Quantifier::ForAllValues);
            let holds =
                if absent_passes { "always holds" } else { "holds wherever the key is there" };
            let message = format!("both `true` and `false`: the condition on `{key}` {holds}");
            let help = "keep the value that was meant".to_owned();
            findings.push(view.finding(&RULE, Some(statement), condition.span, message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::secret;

    #[test]
    fn both_values_test_nothing() {
        let found = secret(r#""Condition": {"Null": {"aws:PrincipalOrgID": [true, "false"]}}"#);
        assert_eq!(found.rules(), ["both-booleans"]);
        let found = secret(r#""Condition": {"Bool": {"aws:SecureTransport": ["true", "false"]}}"#);
        assert!(found.said("both-booleans")[0].1.ends_with("holds wherever the key is there"));
    }

    #[test]
    fn one_value_does() {
        let found = secret(r#""Condition": {"Bool": {"aws:SecureTransport": "true"}}"#);
        assert_eq!(found.rules(), [""; 0]);
    }
}
