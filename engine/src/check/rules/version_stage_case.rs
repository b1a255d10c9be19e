//! Staging labels in another case than Secrets Manager's.

use super::shared::{conditions, words::quote};
use crate::{
    aws::{Pattern, Token},
    bundle::ContextValue,
    check::subject::{Findings, Subject},
    compile::fold_token,
    finding::{Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "version-stage-case",
    severity: Severity::Warning,
    summary: "a staging label such as `AWSCURRENT` in another case",
    why: "Staging labels are compared letter for letter, by conditions and by Secrets Manager itself: there is no \
          version with the label `AWSCurrent`.",
    bad: r#""StringEquals": {"secretsmanager:VersionStage": "AWSCurrent"}"#,
    good: r#""StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}"#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html",
};

const LABELS: &[&str] = &["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"];

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in conditions::on(statement, &["secretsmanager:versionstage"]) {
            if condition.operator.value.comparison.name().ends_with("IgnoreCase") {
                continue;
            }
            for value in &condition.values {
                let tokens = conditions::tokens(condition, &value.value);
                let Some(label) = meant(tokens) else { continue };
                let message = format!(
                    "{} is not the label `{label}`: case counts",
                    quote(value.value.as_str())
                );
                let help = format!("write `{label}`");
                findings.push(view.finding(&RULE, Some(statement), value.span, message, help));
            }
        }
    }
    for request in &subject.bundle.requests {
        let passed = request.parameters.get("VersionStage").and_then(|value| value.as_str());
        let stated =
            request.context.iter().filter(|(key, _)| key.lower() == "secretsmanager:versionstage");
        let stated = stated.flat_map(|(_, value)| match value {
            ContextValue::Values(values) => values.as_slice(),
            ContextValue::Absent => &[],
        });
        for text in passed.into_iter().chain(stated.map(String::as_str)) {
            let Some(label) = meant(text.chars().map(Token::Literal).collect()) else { continue };
            let name = quote(&request.name);
            let message = format!(
                "{name} asks for {}, which is not the label `{label}`: case counts",
                quote(text)
            );
            let help = format!("pass `{label}`");
            findings.push(Findings::at(&RULE, request.location, message, help));
        }
    }
}

/// The label that a pattern matches but for its case.
fn meant(tokens: Vec<Token>) -> Option<&'static str> {
    let exact = Pattern::from_tokens(tokens.iter().copied());
    if LABELS.iter().any(|label| exact.matches(label)) {
        return None;
    }
    let folded = Pattern::from_tokens(tokens.into_iter().flat_map(fold_token));
    LABELS.iter().copied().find(|label| folded.matches(&label.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{changed, only, secret},
        *,
    };
    use serde_json::json;

    #[test]
    fn policies_and_calls_must_write_the_label() {
        let with = |stage: &str| {
            secret(&format!(
                r#""Condition": {{"StringEquals": {{"secretsmanager:VersionStage": "{stage}"}}}}"#
            ))
        };
        only(&with("AWSCurrent"), "version-stage-case", &["AWSCurrent"]);
        assert!(with("AWSCURRENT").found(RULE.id).is_empty());
        assert!(with("blue").found(RULE.id).is_empty());
        let found = changed(&[("/requests/0/parameters/VersionStage", json!("awscurrent"))]);
        assert_eq!(found.said(RULE.id)[0].2, "pass `AWSCURRENT`");
    }

    #[test]
    fn operators_that_ignore_case_do() {
        let right = r#""Condition": {"StringEqualsIgnoreCase": {"secretsmanager:VersionStage": "AWSCurrent"}}"#;
        assert!(secret(right).found(RULE.id).is_empty());
    }
}
