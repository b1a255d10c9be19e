//! `IfExists` on keys that the callers to be kept out do not have.

use super::shared::{conditions, keys};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::{Condition, Principal, Statement},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "open-if-exists",
    severity: Severity::Warning,
    summary: "an Allow whose restriction passes where its key is missing, by `IfExists`",
    why: "With `IfExists` a condition holds wherever the key is missing. Callers in no organization have no \
          aws:PrincipalOrgID, direct calls no kms:ViaService: the restriction does not hold for exactly those that \
          it is there to keep out.",
    bad: r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
    good: r#""StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements().filter(|(_, statement)| statement.allows()) {
        for condition in &statement.conditions {
            let operator = condition.operator.value;
            let restricts = operator.if_exists && !operator.comparison.is_negated();
            let Some(when) = keys::missing_when(condition.key.value.lower()).filter(|_| restricts)
            else {
                continue;
            };
            if conditions::key_is_required(statement, &condition.key.value)
                || is_complemented(statement, condition)
            {
                continue;
            }
            let key = condition.key.value.canonical();
            let message =
                format!("`{operator}` also holds where `{key}` is missing, as it is {when}");
            let mut plain = operator;
            plain.if_exists = false;
            let help = format!("write `{plain}`");
            let finding =
                view.finding(&RULE, Some(statement), condition.operator.span, message, help);
            findings.push(Finding { severity: severity(statement), ..finding });
        }
    }
}

/// For everyone the hole is an open door, unless another condition closes it.
pub(super) fn severity(statement: &Statement) -> Severity {
    let everyone = statement.principals.as_ref().is_some_and(|element| {
        element.negated
            || element.list.iter().any(|entry| matches!(entry.value, Principal::Everyone { .. }))
    });
    let closed = statement.conditions.iter().any(|condition| {
        let key = condition.key.value.lower();
        let who = keys::ACCOUNT.contains(&key)
            || key == "aws:principalarn"
            || keys::missing_when(key).is_some();
        // How a call comes says nothing of who makes it.
        conditions::narrows(condition) && who && !keys::THROUGH_SERVICE.contains(&key)
    });
    if everyone && !closed { Severity::Error } else { Severity::Warning }
}

/// A call has either an address or an endpoint: with both restricted, one of the two always counts.
fn is_complemented(statement: &Statement, condition: &Condition) -> bool {
    let restricts = |keys: &[&str]| {
        statement.conditions.iter().any(|other| {
            keys.contains(&other.key.value.lower()) && !other.operator.value.comparison.is_negated()
        })
    };
    // A call that comes through a service has no network of the caller's.
    let key = condition.key.value.lower();
    if keys::NETWORK.contains(&key) && conditions::narrowed_by(statement, keys::THROUGH_SERVICE) {
        return true;
    }
    match key {
        "aws:sourceip" => restricts(&["aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"]),
        "aws:sourcevpc" | "aws:sourcevpce" | "aws:vpcsourceip" => restricts(&["aws:sourceip"]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{key, only, secret},
        *,
    };

    #[test]
    fn a_missing_key_opens_the_statement() {
        let org =
            r#""Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#;
        let found = secret(&format!(r#""Principal": "*", {org}"#));
        assert_eq!(found.said(RULE.id)[0].0, Severity::Error);
        assert_eq!(found.said(RULE.id)[0].2, "write `StringEquals`");
        let found = secret(org);
        only(&found, "open-if-exists", &["StringEqualsIfExists"]);
        assert_eq!(found.severities(RULE.id), [Severity::Warning]);
        let via = r#""Condition": {"StringEqualsIfExists": {
            "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;
        assert_eq!(key(via).found(RULE.id), ["StringEqualsIfExists"]);
    }

    #[test]
    fn keys_that_are_always_there_and_closed_holes_are_let_pass() {
        for right in [
            r#"{"StringEqualsIfExists": {"aws:PrincipalAccount": "444455556666"}}"#,
            r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "Null": {"aws:PrincipalOrgID": "false"}}"#,
            r#"{"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
            r#"{"StringEqualsIfExists": {"aws:ResourceTag/env": "dev"}}"#,
            r#"{"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}, "StringEqualsIfExists": {"aws:SourceVpc": "vpc-1a2b3c4d"}}"#,
        ] {
            let found = secret(&format!(r#""Condition": {right}"#));
            assert!(found.found(RULE.id).is_empty(), "{right}");
        }
        let deny = r#""Effect": "Deny", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#;
        assert!(secret(deny).found(RULE.id).is_empty());
    }
}
