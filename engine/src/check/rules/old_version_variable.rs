//! Policy variables in documents of the older version, which has none.

use super::shared::words::quote;
use crate::{
    aws::ContextKey,
    check::subject::{Findings, PolicyView, Subject},
    finding::{Rule, Severity},
    policy::{Resource, Statement, Template, Version},
    text::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "old-version-variable",
    severity: Severity::Error,
    summary: "a policy variable in a document whose version has none",
    why: "Policy variables came with version 2012-10-17. In a document of version 2008-10-17, or without a version, \
          `${aws:username}` is these characters and nothing else.",
    bad: r#"{"Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:${aws:username}-??????"}}"#,
    good: r#"{"Version": "2012-10-17", "Statement": {"…": "…"}}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies().filter(|view| view.policy.version == Version::V2008) {
        for statement in &view.policy.statements {
            let mut report = |text: &str, span| report(view, statement, text, span, findings);
            for entry in statement.resources.iter().flat_map(|element| &element.list) {
                if let Resource::Arn(template) = &entry.value {
                    report(template.as_str(), entry.span);
                }
            }
            for value in statement.conditions.iter().flat_map(|condition| &condition.values) {
                report(value.value.as_str(), value.span);
            }
        }
    }
}

fn report(
    view: PolicyView<'_>,
    statement: &Statement,
    text: &str,
    span: Span,
    findings: &mut Findings,
) {
    let newer = Template::with_variables(text);
    let Some(key) = newer.variables().next().map(ContextKey::as_str) else { return };
    let version = match view.policy.version_span {
        Some(_) => "version 2008-10-17 has no policy variables",
        None => "a document without `Version` has no policy variables",
    };
    let message = format!("{} is plain text here: {version}", quote(&format!("${{{key}}}")));
    let help = "write `\"Version\": \"2012-10-17\"` at the top of the document".to_owned();
    findings.push(view.finding(&RULE, Some(statement), span, message, help));
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use crate::policy::PolicyKind;

    #[test]
    fn only_the_newer_version_has_variables() {
        let found = |version: &str| {
            let text = format!(
                r#"{{{version}"Statement": {{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
                "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:${{aws:username}}-??????"}}}}"#
            );
            document(PolicyKind::Identity, &text).rules().join(" ")
        };
        assert_eq!(found(""), "old-version-variable");
        assert_eq!(found(r#""Version": "2008-10-17", "#), "old-version-variable");
        assert_eq!(found(r#""Version": "2012-10-17", "#), "");
    }
}
