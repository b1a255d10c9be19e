//! Elements that policies of Organizations cannot carry, or could not for long.

use crate::{
    check::subject::{Findings, PolicyView, Subject},
    finding::{Finding, Rule, Severity},
    policy::{PolicyKind, Principal, Resource, Statement},
    text::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "guardrail-grammar",
    severity: Severity::Warning,
    summary: "an element that a resource control policy cannot have, or that older service control policies could not",
    why: "Customers write Deny statements for everyone in resource control policies; the Allow comes from the \
          policy RCPFullAWSAccess of AWS. Service control policies long took no Condition, NotAction or specific \
          Resource in an Allow and no NotResource; AWS has opened them to the whole language since.",
    bad: r#"{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}"#,
    good: r#"{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}"#,
    reference: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let found = match view.document.kind {
            PolicyKind::ResourceControl => resource_control(statement),
            PolicyKind::ServiceControl => service_control(statement),
            _ => None,
        };
        if let Some((severity, span, message, help)) = found {
            report(view, statement, severity, span, message, help, findings);
        }
    }
}

fn report(
    view: PolicyView<'_>,
    statement: &Statement,
    severity: Severity,
    span: Span,
    message: &str,
    help: &str,
    findings: &mut Findings,
) {
    let finding = view.finding(&RULE, Some(statement), span, message.to_owned(), help.to_owned());
    findings.push(Finding { severity, ..finding });
}

type Found = (Severity, Span, &'static str, &'static str);

fn resource_control(statement: &Statement) -> Option<Found> {
    let everyone = statement.principals.as_ref().is_some_and(|element| {
        !element.negated
            && element.list.iter().all(|entry| matches!(entry.value, Principal::Everyone { .. }))
    });
    let everything = statement.actions.list.iter().all(|action| action.value == "*")
        && statement.conditions.is_empty()
        && !statement.actions.negated;
    if statement.allows() && !(everyone && everything) {
        return Some((
            Severity::Warning,
            statement.effect.span,
            "a resource control policy of one's own denies only: the Allow is that of RCPFullAWSAccess",
            "write what is to be denied",
        ));
    }
    let element = statement.principals.as_ref().filter(|_| !everyone)?;
    Some((
        Severity::Warning,
        element.span,
        "the principal of a resource control policy is `*`",
        "write `\"Principal\": \"*\"` and narrow it by a condition such as `aws:PrincipalArn`",
    ))
}

fn service_control(statement: &Statement) -> Option<Found> {
    let help = "no change is needed where the organization takes the whole language";
    let resources = statement.resources.as_ref();
    if let Some(element) = resources.filter(|element| element.negated) {
        let message = "service control policies did not always take `NotResource`";
        return Some((Severity::Info, element.span, message, help));
    }
    if !statement.allows() {
        return None;
    }
    let specific = resources
        .filter(|element| element.list.iter().any(|entry| entry.value != Resource::Any))
        .map(|element| element.span);
    let condition = statement.conditions.first().map(|condition| condition.span);
    let actions = statement.actions.negated.then_some(statement.actions.span);
    let span = specific.or(condition).or(actions)?;
    let message = "service control policies did not always take a condition, `NotAction` or a resource but `*` in an Allow";
    Some((Severity::Info, span, message, help))
}

#[cfg(test)]
mod tests {
    use super::{super::testing::bare, *};

    #[test]
    fn resource_control_policies_deny_everyone() {
        let found = bare(PolicyKind::ResourceControl, r#""Principal": "*""#);
        assert_eq!(found.found(RULE.id), ["Allow"]);
        let found = bare(PolicyKind::ResourceControl, r#""Effect": "Deny""#);
        assert_eq!(found.severities(RULE.id), [Severity::Warning]);
    }

    #[test]
    fn full_access_denials_and_the_new_language_are_let_pass() {
        for right in [r#""Effect": "Deny", "Principal": "*""#, r#""Principal": "*", "Action": "*""#]
        {
            assert!(bare(PolicyKind::ResourceControl, right).found(RULE.id).is_empty(), "{right}");
        }
        let text = r#""Action": "s3:*", "Resource": "arn:aws:s3:::bucket""#;
        assert_eq!(bare(PolicyKind::ServiceControl, text).severities(RULE.id), [Severity::Info]);
        assert!(bare(PolicyKind::ServiceControl, r#""Action": "*""#).found(RULE.id).is_empty());
    }
}
