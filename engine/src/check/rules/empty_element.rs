//! Lists of principals, actions or resources that hold nothing.

use crate::{
    check::subject::{Findings, PolicyView, Subject},
    finding::{Rule, Severity},
    text::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "empty-element",
    severity: Severity::Warning,
    summary: "a statement with an empty list of principals, actions or resources",
    why: "A statement about no principal, action or resource applies to nothing, whether it allows or denies.",
    bad: r#"{"Effect": "Deny", "Principal": {"AWS": []}, "Action": "secretsmanager:*", "Resource": "*"}"#,
    good: r#"{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let principals = statement.principals.iter().map(|element| {
            let name = if element.negated { "NotPrincipal" } else { "Principal" };
            (name, element.span, element.list.is_empty())
        });
        let actions = &statement.actions;
        let name = if actions.negated { "NotAction" } else { "Action" };
        let actions = [(name, actions.span, actions.list.is_empty())];
        let resources = statement.resources.iter().map(|element| {
            let name = if element.negated { "NotResource" } else { "Resource" };
            (name, element.span, element.list.is_empty())
        });
        for (name, span, empty) in principals.chain(actions).chain(resources) {
            // Entries that AWS refuses are not in the list.
            if !empty || has_error(view, span) {
                continue;
            }
            let message = format!("`{name}` is empty: {} applies to nothing", statement.name());
            let help = format!("write what belongs into `{name}`, or remove the statement");
            findings.push(view.finding(&RULE, Some(statement), span, message, help));
        }
    }
}

fn has_error(view: PolicyView<'_>, span: Span) -> bool {
    let errors = view.document.content.as_ref().map_or(&[][..], |parsed| &parsed.errors);
    errors.iter().any(|error| span.start <= error.span.start && error.span.end <= span.end)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    #[test]
    fn empty_lists_are_found() {
        let found = secret(r#""Principal": {"AWS": []}"#);
        assert_eq!(found.rules(), ["empty-element"]);
        assert!(found.found("empty-element")[0].starts_with("Principal"));
        only(&secret(r#""Action": []"#), "empty-element", &[r#"Action": []"#]);
        only(&secret(r#""Resource": []"#), "empty-element", &[r#"Resource": []"#]);
    }

    #[test]
    fn refused_entries_are_another_matter() {
        let found = secret(r#""Principal": {"AWS": ["arn:aws:iam::444455556666:role/*"]}"#);
        assert_eq!(found.rules(), ["invalid-principal"]);
    }
}
