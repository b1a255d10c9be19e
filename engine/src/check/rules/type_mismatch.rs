//! Operators that compare another kind of value than the key or the condition holds.

use std::net::IpAddr;

use ipnet::IpNet;

use super::shared::words::quote;
use crate::{
    aws::catalog::{self, KeyType},
    aws::parse_instant,
    check::subject::{Findings, PolicyView, Subject},
    compile::{parse_binary, parse_bool, parse_number},
    finding::{Finding, Rule, Severity},
    policy::{Condition, Family, Statement, Template},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "type-mismatch",
    severity: Severity::Error,
    summary: "an operator that does not fit the key or the value",
    why: "IAM compares text with text, addresses with networks, numbers with numbers. `StringEquals` with a network \
          is true of no address, and `IpAddress` with a name of none either.",
    bad: r#""StringEquals": {"aws:SourceIp": "203.0.113.0/24"}"#,
    good: r#""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in &statement.conditions {
            if !unfit_key(view, statement, condition, findings) {
                unreadable_values(view, statement, condition, findings);
            }
        }
    }
}

/// Whether the operator does not fit the key.
fn unfit_key(
    view: PolicyView<'_>,
    statement: &Statement,
    condition: &Condition,
    findings: &mut Findings,
) -> bool {
    let Some(known) = catalog::context_key(&condition.key.value) else { return false };
    let operator = condition.operator.value.comparison;
    let family = operator.family();
    let all = |test: fn(&str) -> bool| condition.values.iter().all(|v| test(v.value.as_str()));
    // A tag or an encryption context holds what its owner put there.
    let free = known.name.ends_with(['/', ':']);
    let severity = match (known.value, family) {
        (_, Family::Null)
        | (KeyType::String | KeyType::Arn, Family::String | Family::Arn)
        | (KeyType::Ip, Family::Ip)
        | (KeyType::Bool, Family::Bool)
        | (KeyType::Numeric, Family::Numeric)
        | (KeyType::Date, Family::Date) => return false,
        (KeyType::Date, Family::Numeric) if known.name == "aws:EpochTime" => return false,
        (KeyType::String, _) if free => return false,
        // The text may happen to be the same.
        (KeyType::Ip, Family::String) if all(|text| text.parse::<IpAddr>().is_ok()) => {
            Severity::Warning
        }
        (KeyType::Bool, Family::String) if all(|text| parse_bool(text).is_some()) => {
            Severity::Warning
        }
        (KeyType::Numeric, Family::String) if all(|text| parse_number(text).is_some()) => {
            Severity::Warning
        }
        _ => Severity::Error,
    };
    let (holds, instead) = match known.value {
        KeyType::String => ("text", "StringEquals"),
        KeyType::Arn => ("an ARN", "ArnLike"),
        KeyType::Bool => ("`true` or `false`", "Bool"),
        KeyType::Numeric => ("a number", "NumericEquals"),
        KeyType::Date => ("an instant", "DateLessThan"),
        KeyType::Ip if operator.is_negated() => ("an address", "NotIpAddress"),
        KeyType::Ip => ("an address", "IpAddress"),
    };
    let key = condition.key.value.canonical();
    let compares = what(family);
    let message = format!("`{}` compares {compares}, and `{key}` holds {holds}", operator.name());
    let help = format!("write `{instead}` or another operator for {holds}");
    let finding = view.finding(&RULE, Some(statement), condition.key.span, message, help);
    findings.push(Finding { severity, ..finding });
    true
}

fn unreadable_values(
    view: PolicyView<'_>,
    statement: &Statement,
    condition: &Condition,
    findings: &mut Findings,
) {
    let operator = condition.operator.value.comparison;
    for value in condition.values.iter().filter(|v| !is_readable(operator.family(), &v.value)) {
        let text = value.value.as_str();
        let compares = what(operator.family());
        let message = format!(
            "{} is not {}, which `{}` compares",
            quote(text),
            one(operator.family()),
            operator.name()
        );
        let help = match operator.family() {
            Family::Ip => "write an address or a network such as `203.0.113.0/24`".to_owned(),
            Family::Arn => {
                "write an ARN with its six fields, such as `arn:aws:iam::444455556666:role/*`; \
                 `StringLike` compares other text"
                    .to_owned()
            }
            Family::Date => "write an instant such as `2026-01-31T00:00:00Z`".to_owned(),
            Family::Bool | Family::Null => "write `true` or `false`".to_owned(),
            Family::Binary => "write the bytes in base64".to_owned(),
            Family::Numeric | Family::String => format!("write {compares}"),
        };
        findings.push(view.finding(&RULE, Some(statement), value.span, message, help));
    }
}

fn is_readable(family: Family, value: &Template) -> bool {
    let text = value.as_str();
    match family {
        Family::String => true,
        Family::Arn => value.has_variable() || text.splitn(6, ':').count() == 6,
        Family::Numeric => parse_number(text).is_some(),
        Family::Date => parse_instant(text).is_some(),
        // Documents disagree on whether a variable is replaced here.
        Family::Bool => parse_bool(text).is_some() || text.starts_with("${"),
        Family::Null => parse_bool(text).is_some(),
        Family::Binary => parse_binary(text).is_some(),
        Family::Ip => text.parse::<IpNet>().is_ok() || text.parse::<IpAddr>().is_ok(),
    }
}

const fn what(family: Family) -> &'static str {
    match family {
        Family::String => "text",
        Family::Numeric => "numbers",
        Family::Date => "instants",
        Family::Bool | Family::Null => "`true` and `false`",
        Family::Binary => "bytes",
        Family::Ip => "addresses",
        Family::Arn => "ARNs",
    }
}

const fn one(family: Family) -> &'static str {
    match family {
        Family::String => "text",
        Family::Numeric => "a number",
        Family::Date => "an instant",
        Family::Bool | Family::Null => "`true` or `false`",
        Family::Binary => "base64",
        Family::Ip => "an address or network",
        Family::Arn => "an ARN",
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{only, secret},
        *,
    };

    fn with(condition: &str) -> super::super::testing::Checked {
        secret(&format!(r#""Condition": {{{condition}}}"#))
    }

    #[test]
    fn operators_that_do_not_fit_are_found() {
        let found = with(r#""StringEquals": {"aws:SourceIp": "203.0.113.0/24"}"#);
        only(&found, "type-mismatch", &["aws:SourceIp"]);
        assert_eq!(
            found.said("type-mismatch")[0].2,
            "write `IpAddress` or another operator for an address"
        );
        only(
            &with(r#""IpAddress": {"aws:SourceIp": "203.0.113.300"}"#),
            "type-mismatch",
            &["203.0.113.300"],
        );
        only(
            &with(r#""ArnLike": {"aws:PrincipalArn": "role/R_B"}"#),
            "type-mismatch",
            &["role/R_B"],
        );
        only(
            &with(r#""DateLessThan": {"aws:CurrentTime": "tomorrow"}"#),
            "type-mismatch",
            &["tomorrow"],
        );
        only(&with(r#""Null": {"aws:PrincipalOrgID": "no"}"#), "type-mismatch", &["no"]);
        let found = with(r#""StringEquals": {"aws:SecureTransport": "true"}"#);
        assert_eq!(found.severities("type-mismatch"), [Severity::Warning]);
    }

    #[test]
    fn operators_that_fit_are_not() {
        for right in [
            r#""StringLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}"#,
            r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/R_B"}"#,
            r#""NumericLessThan": {"aws:EpochTime": 1800000000}"#,
            r#""DateLessThan": {"aws:CurrentTime": "2027-01-31"}"#,
            r#""NumericEquals": {"aws:PrincipalTag/level": "3"}"#,
            r#""Bool": {"aws:SecureTransport": true}"#,
            r#""IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::1"]}"#,
        ] {
            assert_eq!(with(right).rules(), [""; 0], "{right}");
        }
    }
}
