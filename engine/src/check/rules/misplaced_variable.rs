//! Policy variables where IAM does not replace them.

use super::shared::{arns, words::quote};
use crate::{
    aws::{ContextKey, catalog},
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::{Resource, Statement, Template, Version},
    text::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "misplaced-variable",
    severity: Severity::Error,
    summary: "a policy variable in front of the last field of an ARN, in an action, or of a key with several values",
    why: "In Resource, IAM replaces variables behind the fifth colon only, and in Action not at all. Anywhere else \
          `${aws:PrincipalAccount}` is these characters, and matches nothing. Only keys with one value can be \
          variables.",
    bad: r#""Resource": "arn:aws:secretsmanager:us-east-1:${aws:PrincipalAccount}:secret:DevSecret-??????""#,
    good: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????""#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        if view.policy.version == Version::V2008 {
            continue;
        }
        let finding = |text: &str, span, place: &str| {
            let message =
                format!("{} is plain text in {place} of {}", quote(&variable(text)), quote(text));
            let help = "write the value itself, or `*` with a condition that compares the variable"
                .to_owned();
            view.finding(&RULE, Some(statement), span, message, help)
        };
        for entry in arns::entries(view, statement) {
            let text = entry.template.as_str();
            let Some([_, partition, service, region, account, _]) = arns::fields(text) else {
                continue;
            };
            for (field, name) in [
                (partition, "the partition"),
                (service, "the service"),
                (region, "the Region"),
                (account, "the account"),
            ] {
                if Template::with_variables(field).has_variable() {
                    findings.push(finding(text, entry.span, name));
                }
            }
        }
        for (template, span) in templates(statement) {
            let several =
                |key: &&ContextKey| catalog::context_key(key).is_some_and(|known| known.many);
            if let Some(key) = template.variables().find(several) {
                let message = format!(
                    "`{}` can have several values, and only keys with one can be variables",
                    key.canonical()
                );
                let help =
                    "compare the key itself, with `ForAnyValue` or `ForAllValues`".to_owned();
                findings.push(view.finding(&RULE, Some(statement), span, message, help));
            }
        }
        for action in &statement.actions.list {
            if Template::with_variables(&action.value).has_variable() {
                findings.push(finding(&action.value, action.span, "the action"));
            }
        }
    }
}

/// The texts in which variables are replaced.
fn templates(statement: &Statement) -> Vec<(&Template, Span)> {
    let resources = statement.resources.iter().flat_map(|element| &element.list);
    let resources = resources.filter_map(|entry| match &entry.value {
        Resource::Arn(template) => Some((template, entry.span)),
        Resource::Any => None,
    });
    let values = statement.conditions.iter().flat_map(|condition| &condition.values);
    resources.chain(values.map(|value| (&value.value, value.span))).collect()
}

/// The first variable in a text, as written.
fn variable(text: &str) -> String {
    let behind = text.split_once("${").and_then(|(_, rest)| rest.split_once('}'));
    behind.map_or_else(String::new, |(name, _)| format!("${{{name}}}"))
}

#[cfg(test)]
mod tests {
    use super::{super::testing::bare, *};
    use crate::policy::PolicyKind;

    #[test]
    fn variables_are_for_the_last_field() {
        let found = |account: &str, name: &str| {
            let text = format!("arn:aws:secretsmanager:us-east-1:{account}:secret:{name}-??????");
            bare(PolicyKind::Identity, &format!(r#""Resource": "{text}""#)).rules().join(" ")
        };
        assert_eq!(found("${aws:PrincipalAccount}", "a"), "misplaced-variable");
        assert_eq!(found("111122223333", "${aws:username}"), "");
        let action = bare(
            PolicyKind::Identity,
            r#""Action": "secretsmanager:${aws:PrincipalTag/action}", "Resource": "*""#,
        );
        assert_eq!(action.found(RULE.id).len(), 1);
        let several = bare(
            PolicyKind::Identity,
            r#""Condition": {"StringLike": {"aws:PrincipalTag/path": "${aws:PrincipalOrgPaths}"}}"#,
        );
        assert_eq!(several.rules(), ["misplaced-variable"]);
    }
}
