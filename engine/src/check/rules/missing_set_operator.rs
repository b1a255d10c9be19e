//! Keys with several values under an operator for one.

use super::shared::conditions;
use crate::{
    aws::catalog,
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::Comparison,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "missing-set-operator",
    severity: Severity::Error,
    summary: "a key with several values without `ForAnyValue` or `ForAllValues`",
    why: "A request can carry several values of the key, and the operator has to say whether one or all of them must \
          match. Without that, an operator such as `StringEquals` matches nothing.",
    bad: r#""StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}"#,
    good: r#""ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in &statement.conditions {
            let operator = condition.operator.value;
            let many = catalog::context_key(&condition.key.value).is_some_and(|known| known.many);
            if !many || operator.quantifier.is_some() || operator.comparison == Comparison::Null {
                continue;
            }
            let key = condition.key.value.canonical();
            let negated = operator.comparison.is_negated();
            let holds = match conditions::holds_without_key(condition) {
                _ if negated => "what it says of them is not documented",
                true => "it holds only where the key is missing",
                false => "it never holds",
            };
            let message =
                format!("`{key}` can have several values, and `{operator}` is for one: {holds}");
            // The opposite of "some value matches" is "all values differ".
            let quantifier = if negated { "ForAllValues" } else { "ForAnyValue" };
            let help = format!("write `{quantifier}:{operator}`");
            findings.push(view.finding(&RULE, Some(statement), condition.key.span, message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    #[test]
    fn keys_with_several_values_need_a_set_operator() {
        let found =
            secret(r#""Condition": {"StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}"#);
        only(&found, "missing-set-operator", &["aws:PrincipalOrgPaths"]);
        assert_eq!(found.said("missing-set-operator")[0].2, "write `ForAnyValue:StringLike`");
    }

    #[test]
    fn keys_with_one_value_do_not() {
        for right in [
            r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}"#,
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
            r#"{"Null": {"aws:PrincipalOrgPaths": "false"}}"#,
        ] {
            let found = secret(&format!(r#""Condition": {right}"#));
            assert_eq!(found.rules(), [""; 0], "{right}");
        }
    }
}
