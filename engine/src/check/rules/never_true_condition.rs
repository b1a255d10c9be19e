//! Conditions that no request can meet.

use super::shared::{actions, conditions, keys, overlap::overlap, words::quote};
use crate::{
    aws::catalog::KnownAction,
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::{Comparison, Condition, Principal, Statement},
    text::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "never-true-condition",
    severity: Severity::Error,
    summary: "a condition that cannot hold for any request that the statement is about",
    why: "A condition on a key that the call never carries is false, and all conditions of a statement must hold. \
          Keys of KMS are never in a call of Secrets Manager, nor the other way round; aws:SourceArn and the like \
          are in calls of AWS services only; two conditions on one key must be met by the same value.",
    bad: r#"{"Action": "kms:Decrypt", "Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}}"#,
    good: r#"{"Action": "kms:Decrypt", "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let covered = actions::covered(&statement.actions);
        for (number, condition) in statement.conditions.iter().enumerate() {
            let reason = never_carried(&covered, statement, condition)
                .or_else(|| service_only(view.document.kind.has_principal(), statement, condition))
                .or_else(|| contradiction(statement, number, condition));
            let Some((span, message, help)) = reason else { continue };
            let finding = view.finding(&RULE, Some(statement), span, message, help);
            // A Deny that never applies protects nothing; an Allow gives nothing.
            findings.push(Finding { severity: Severity::Error, ..finding });
        }
    }
}

/// The key is in no call that the statement is about.
fn never_carried(
    covered: &[&KnownAction],
    statement: &Statement,
    condition: &Condition,
) -> Option<(Span, String, String)> {
    let key = &condition.key.value;
    let foreign = statement.actions.list.iter().any(|entry| {
        // An action of another service, of which we know nothing.
        actions::covered_by(&entry.value).is_empty()
    });
    let impossible = !covered.is_empty()
        && !foreign
        && conditions::needs_key(condition)
        && !covered.iter().any(|action| action.can_carry(key));
    if !impossible {
        return None;
    }
    let name = key.canonical();
    let (what, help) = match (key.prefix(), covered) {
        ("kms", [action, ..]) if action.full_name.starts_with("secretsmanager:") => (
            "calls of Secrets Manager never carry keys of KMS".to_owned(),
            "move the condition to the key: into its policy, or where kms:Decrypt is allowed",
        ),
        ("secretsmanager", [action, ..]) if action.full_name.starts_with("kms:") => (
            "calls of KMS never carry keys of Secrets Manager".to_owned(),
            "move the condition to the secret: into its policy, or where secretsmanager:GetSecretValue is allowed",
        ),
        (_, [action]) => (
            format!("`{}` never carries it", action.full_name),
            "remove the condition, or write it where the action that carries the key is allowed",
        ),
        _ => (
            "none of the actions here carries it".to_owned(),
            "remove the condition, or write it where the action that carries the key is allowed",
        ),
    };
    Some((
        condition.key.span,
        format!("the condition on `{name}` never holds: {what}"),
        help.to_owned(),
    ))
}

/// The key is in calls of AWS services only, and the statement is about users and roles.
fn service_only(
    has_principal: bool,
    statement: &Statement,
    condition: &Condition,
) -> Option<(Span, String, String)> {
    let key = condition.key.value.lower();
    let of_services = keys::SOURCE.contains(&key) || key.starts_with("aws:principalservicename");
    let never_service = match &statement.principals {
        None => !has_principal,
        Some(element) => {
            !element.negated
                && !element.list.is_empty()
                && element.list.iter().all(|entry| {
                    !matches!(entry.value, Principal::Service(_) | Principal::Everyone { .. })
                })
        }
    };
    if !of_services || !never_service || !conditions::needs_key(condition) {
        return None;
    }
    let name = condition.key.value.canonical();
    let message = format!(
        "the condition on `{name}` never holds: only calls of AWS services on their own behalf carry it, and the \
         statement is about users and roles"
    );
    let help = "for users and roles write `aws:PrincipalAccount`, `aws:PrincipalArn` or `aws:PrincipalOrgID`";
    Some((condition.key.span, message, help.to_owned()))
}

/// Another condition of the statement rules out every value that this one accepts. Said once, at the later one.
fn contradiction(
    statement: &Statement,
    number: usize,
    condition: &Condition,
) -> Option<(Span, String, String)> {
    let earlier = statement.conditions.iter().take(number);
    let other = earlier.filter(|other| other.key.value == condition.key.value).find(|other| {
        let demands_absence = |c: &Condition| {
            c.operator.value.comparison == Comparison::Null
                && c.operator.value.quantifier.is_none()
                && !c.values.is_empty()
                && c.values.iter().all(|v| v.value.as_str().eq_ignore_ascii_case("true"))
        };
        let absent = (demands_absence(other) && conditions::needs_key(condition))
            || (demands_absence(condition) && conditions::needs_key(other));
        absent || disjoint(condition, other)
    })?;
    let name = condition.key.value.canonical();
    let message = format!(
        "no value of `{name}` meets both this condition and the one under `{}`",
        other.operator.value
    );
    let values: Vec<String> =
        other.values.iter().map(|value| quote(value.value.as_str())).collect();
    let help = format!(
        "all conditions of a statement must hold: remove one, or list {} here too",
        values.join(", ")
    );
    Some((condition.key.span, message, help))
}

/// Whether two conditions on one key with one value accept no common value.
fn disjoint(a: &Condition, b: &Condition) -> bool {
    let plain = |c: &Condition| {
        let operator = c.operator.value;
        operator.quantifier.is_none()
            && conditions::compares_text(c)
            && !operator.comparison.name().ends_with("IgnoreCase")
            && !c.values.is_empty()
    };
    // Lists that long are not compared value by value.
    let too_many = a.values.len().saturating_mul(b.values.len()) > 10_000;
    if !plain(a) || !plain(b) || too_many {
        return false;
    }
    let tokens = |c: &Condition| -> Vec<_> {
        c.values.iter().map(|value| conditions::tokens(c, &value.value)).collect()
    };
    match (conditions::narrows(a), conditions::narrows(b)) {
        (true, true) => {
            let (a, b) = (tokens(a), tokens(b));
            !a.iter().any(|x| b.iter().any(|y| overlap(x, y)))
        }
        (true, false) => excluded(a, b),
        (false, true) => excluded(b, a),
        (false, false) => false,
    }
}

/// Whether a negated condition rules out each literal value of a positive one.
fn excluded(positive: &Condition, negated: &Condition) -> bool {
    let has_variable = |c: &Condition| c.values.iter().any(|value| value.value.has_variable());
    let literal = !positive.operator.value.comparison.has_wildcards()
        || !positive.values.iter().any(|value| conditions::has_wildcard(&value.value));
    if !literal
        || !negated.operator.value.comparison.is_negated()
        || has_variable(positive)
        || has_variable(negated)
    {
        return false;
    }
    positive.values.iter().all(|value| {
        let value = conditions::tokens(positive, &value.value);
        negated
            .values
            .iter()
            .any(|other| overlap(&value, &conditions::tokens(negated, &other.value)))
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{identity, key, only, secret},
        *,
    };

    fn found(checked: &super::super::testing::Checked) -> Vec<&str> {
        checked.found(RULE.id)
    }

    #[test]
    fn keys_of_another_service_never_hold() {
        let via = r#""Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;
        only(&secret(via), RULE.id, &["kms:ViaService"]);
        let stage = r#""Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT",
            "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;
        only(&key(stage), RULE.id, &["secretsmanager:VersionStage"]);
        let describe = r#""Action": "secretsmanager:DescribeSecret", "Condition": {
            "StringEquals": {"secretsmanager:VersionId": "x"}}"#;
        assert_eq!(found(&identity(describe)), ["secretsmanager:VersionId"]);
        let grant = r#""Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"},
            "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;
        only(&key(grant), RULE.id, &["kms:GrantIsForAWSResource"]);
    }

    #[test]
    fn users_and_roles_carry_no_source() {
        let source = r#""Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}"#;
        only(&secret(source), RULE.id, &["aws:SourceAccount"]);
        let service = format!(r#""Principal": {{"Service": "appflow.amazonaws.com"}}, {source}"#);
        assert!(found(&secret(&service)).is_empty());
        assert!(found(&secret(&format!(r#""Principal": "*", {source}"#))).is_empty());
    }

    #[test]
    fn conditions_that_exclude_each_other_never_hold() {
        for wrong in [
            r#""StringEquals": {"aws:PrincipalOrgID": "o-aaaaaaaaaa"}, "StringLike": {"aws:PrincipalOrgID": "o-bbbbbbbbbb"}"#,
            r#""StringEquals": {"aws:PrincipalOrgID": "o-aaaaaaaaaa"}, "Null": {"aws:PrincipalOrgID": "true"}"#,
            r#""StringEquals": {"aws:PrincipalOrgID": "o-aaaaaaaaaa"}, "StringNotEquals": {"aws:PrincipalOrgID": "o-aaaaaaaaaa"}"#,
        ] {
            let checked = secret(&format!(r#""Condition": {{{wrong}}}"#));
            assert_eq!(found(&checked), ["aws:PrincipalOrgID"], "{wrong}");
        }
    }

    #[test]
    fn conditions_that_can_hold_are_let_pass() {
        for right in [
            r#""StringEquals": {"aws:PrincipalOrgID": ["o-aaaaaaaaaa", "o-bbbbbbbbbb"]}, "StringNotEquals": {"aws:PrincipalOrgID": "o-bbbbbbbbbb"}"#,
            r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}, "StringNotLike": {"aws:PrincipalArn": "*/admin"}"#,
            r#""StringNotEquals": {"kms:ViaService": "x"}"#,
            r#""Null": {"kms:ViaService": "true"}"#,
        ] {
            assert!(found(&secret(&format!(r#""Condition": {{{right}}}"#))).is_empty(), "{right}");
        }
        let both = r#""Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"], "Resource": "*",
            "Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}"#;
        assert!(found(&identity(both)).is_empty());
    }
}
