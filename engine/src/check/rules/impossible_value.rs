//! Condition values that a key never has.

use super::shared::{conditions, keys, words::quote};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::{Condition, Template},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "impossible-value",
    severity: Severity::Error,
    summary: "a value that the condition key never has",
    why: "An account id has twelve digits, a VPC is `vpc-…`, a VPC endpoint `vpce-…`, a path of an organization ends \
          with `/`. A condition with another value never holds, and its negation always does.",
    bad: r#""StringEquals": {"aws:SourceVpc": "vpce-1a2b3c4d"}"#,
    good: r#""StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in statement.conditions.iter().filter(|c| conditions::compares_text(c)) {
            let key = condition.key.value.lower();
            let shapes = keys::shapes(key);
            if shapes.is_empty() {
                continue;
            }
            let possible = |value: &Template| {
                shapes.iter().any(|shape| conditions::can_be(condition, value, shape))
            };
            let some = condition.values.iter().any(|value| possible(&value.value));
            for value in condition.values.iter().filter(|value| !possible(&value.value)) {
                let text = value.value.as_str();
                let name = condition.key.value.canonical();
                let negated = condition.operator.value.comparison.is_negated();
                let outcome = match (some, negated) {
                    (true, _) => "it changes nothing here",
                    (false, false) => "the condition never holds",
                    (false, true) => "the condition always holds",
                };
                let message = format!("{} is never the value of `{name}`: {outcome}", quote(text));
                let help = help(key, text, condition);
                let finding = view.finding(&RULE, Some(statement), value.span, message, help);
                let severity = if some { Severity::Warning } else { Severity::Error };
                findings.push(Finding { severity, ..finding });
            }
        }
    }
}

fn help(key: &str, text: &str, condition: &Condition) -> String {
    let account = text.split(':').nth(4).filter(|field| field.len() == 12);
    match (key, account) {
        ("aws:sourcevpc", _) if text.starts_with("vpce-") => "write `aws:SourceVpce`".into(),
        ("aws:sourcevpce", _) if text.starts_with("vpc-") => "write `aws:SourceVpc`".into(),
        (_, Some(account)) if keys::ACCOUNT.contains(&key) => format!("write `{account}`"),
        (_, None) if keys::ACCOUNT.contains(&key) => {
            "write the twelve digits of the account's id".into()
        }
        _ if key.ends_with("orgid") => {
            "write the id of the organization, such as `o-a1b2c3d4e5`".into()
        }
        _ if key.ends_with("orgpaths") && text.starts_with("o-") => {
            let wildcards = condition.operator.value.comparison.has_wildcards();
            let end = if wildcards { "/*" } else { "/" };
            format!("end it with `/`: {}", quote(&format!("{text}{end}")))
        }
        _ if key.ends_with("orgpaths") => {
            "write a path such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*`".into()
        }
        _ => {
            let shapes: Vec<String> =
                keys::shapes(key).iter().map(|s| format!("`{}`", s.replace("**", "*"))).collect();
            format!("its values look like {}", shapes.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{only, secret},
        *,
    };

    #[test]
    fn values_of_another_kind_are_found() {
        let with = |key: &str, value: &str| {
            secret(&format!(r#""Condition": {{"StringEquals": {{"{key}": "{value}"}}}}"#))
        };
        let found = with("aws:SourceVpc", "vpce-1a2b3c4d");
        only(&found, "impossible-value", &["vpce-1a2b3c4d"]);
        assert_eq!(found.said("impossible-value")[0].2, "write `aws:SourceVpce`");
        let root = "arn:aws:iam::444455556666:root";
        assert!(with("aws:PrincipalAccount", root).rules().contains(&"impossible-value"));
        only(&with("aws:PrincipalType", "Role"), "impossible-value", &["Role"]);
        let path = r#""Condition": {"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12"}}"#;
        assert_eq!(
            secret(path).said("impossible-value")[0].2,
            "end it with `/`: `o-a1b2c3d4e5/r-ab12/`"
        );
    }

    #[test]
    fn a_value_beside_possible_ones_is_less_bad() {
        let found = secret(
            r#""Condition": {"StringEquals": {"aws:SourceVpc": ["vpc-1a2b3c4d", "vpce-1a2b3c4d"]}}"#,
        );
        assert_eq!(found.severities("impossible-value"), [Severity::Warning]);
    }

    #[test]
    fn possible_values_are_let_pass() {
        for right in [
            r#"{"StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#,
            r#"{"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}"#,
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:*"}}"#,
            r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}"#,
            r#"{"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#,
        ] {
            let found = secret(&format!(r#""Principal": "*", "Condition": {right}"#));
            assert_eq!(found.rules(), [""; 0], "{right}");
        }
    }
}
