//! Set operators on keys with one value.

use crate::{
    aws::catalog,
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::{Comparison, Quantifier},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "set-operator-on-single-value",
    severity: Severity::Info,
    summary: "`ForAnyValue` or `ForAllValues` on a key with one value",
    why: "It works, and says nothing: a key with one value is a set of one. `ForAllValues` is also true where the key \
          is missing.",
    bad: r#""ForAnyValue:StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}"#,
    good: r#""StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in &statement.conditions {
            let operator = condition.operator.value;
            let single =
                catalog::context_key(&condition.key.value).is_some_and(|known| !known.many);
            if !single || operator.quantifier.is_none() || operator.comparison == Comparison::Null {
                continue;
            }
            let key = condition.key.value.canonical();
            let missing = match operator.quantifier {
                Some(Quantifier::ForAllValues) => ", and where the key is missing it is true",
                _ => "",
            };
            let message = format!("`{key}` has one value: the set operator adds nothing{missing}");
            let mut plain = operator;
            plain.quantifier = None;
            let help = format!("write `{plain}`");
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
    use super::{super::testing::secret, *};

    #[test]
    fn it_is_worth_knowing() {
        let found = secret(
            r#""Condition": {"ForAnyValue:StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#,
        );
        assert_eq!(found.found(RULE.id), ["ForAnyValue:StringEquals"]);
        assert_eq!(found.rules(), [""; 0]);
    }

    #[test]
    fn keys_with_several_values_need_one() {
        let right = r#""Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}"#;
        assert!(secret(right).found(RULE.id).is_empty());
    }
}
