//! Statements that say what another one says.

use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity, fingerprint},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "duplicate-statement",
    severity: Severity::Info,
    summary: "a statement that repeats another of its policy",
    why: "It changes nothing, takes space, and the next person may mend one of the two only.",
    bad: r#"[{"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"}, {"Sid": "B", "Effect": "Allow", "Action": "*", "Resource": "*"}]"#,
    good: r#"[{"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"}]"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies() {
        let mut seen: Vec<(String, crate::text::Span)> = Vec::new();
        for statement in &view.policy.statements {
            let same = fingerprint(RULE.id, None, Some(statement), "");
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == same) {
                let message = format!("{} says what an earlier one says", statement.name());
                let help = "remove one of the two".to_owned();
                let finding = view.finding(&RULE, Some(statement), statement.span, message, help);
                let related = vec![(view.policy.location(*first), "first written here".to_owned())];
                findings.push(Finding { related, ..finding });
                continue;
            }
            // Entries that were refused are not compared.
            let errors =
                view.document.content.as_ref().is_ok_and(|parsed| !parsed.errors.is_empty());
            if !errors {
                seen.push((same, statement.span));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use crate::policy::PolicyKind;

    #[test]
    fn order_and_sids_do_not_make_a_difference() {
        let found = |second: &str| {
            let first =
                r#"{"Sid": "A", "Effect": "Allow", "Action": ["a:b", "a:c"], "Resource": "*"}"#;
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{first}, {second}]}}"#);
            document(PolicyKind::Identity, &text).found("duplicate-statement").len()
        };
        assert_eq!(
            found(
                r#"{"Sid": "B", "Effect": "Allow", "Action": ["a:c", "a:b"], "Resource": ["*"]}"#
            ),
            1
        );
        assert_eq!(found(r#"{"Effect": "Allow", "Action": ["a:c"], "Resource": "*"}"#), 0);
        assert_eq!(found(r#"{"Effect": "Deny", "Action": ["a:c", "a:b"], "Resource": "*"}"#), 0);
    }
}
