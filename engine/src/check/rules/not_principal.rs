//! `NotPrincipal` that does not exempt whom it seems to, or admits everyone else.

use crate::{
    aws::AccountId,
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::{PolicyKind, Principal, Principals},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "not-principal",
    severity: Severity::Error,
    summary: "`NotPrincipal` in an Allow, or in a Deny that lists a role or user without its account",
    why: "Allow with `NotPrincipal` is about everyone else in the world. Deny with `NotPrincipal` exempts a caller \
          only if every level of it is listed: for a role its account too, for a session also the session. \
          AWS advises a condition on aws:PrincipalArn instead.",
    bad: r#"{"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, "Action": "secretsmanager:*", "Resource": "*"}"#,
    good: r#"{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Reader"}}}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let kind = view.document.kind;
        let about_resource = matches!(kind, PolicyKind::Secret | PolicyKind::Key);
        let Some(element) = statement.principals.as_ref().filter(|e| e.negated && about_resource)
        else {
            continue;
        };
        if statement.allows() {
            let message =
                "Allow with `NotPrincipal` lets in everyone who is not listed, strangers included"
                    .to_owned();
            let help = "list those to be let in, under `Principal`".to_owned();
            findings.push(view.finding(&RULE, Some(statement), element.span, message, help));
            continue;
        }
        for entry in &element.list {
            let Some((what, account)) = lacks_account(element, &entry.value) else { continue };
            let message = format!(
                "the {what} is listed without its account: the Deny can cover it all the same"
            );
            let help = format!(
                "write `\"Principal\": \"*\"` with a condition `ArnNotEquals` on `aws:PrincipalArn`, or list \
                 `arn:aws:iam::{account}:root` too"
            );
            let finding = view.finding(&RULE, Some(statement), entry.span, message, help);
            findings.push(Finding { severity: Severity::Warning, ..finding });
        }
    }
}

fn lacks_account(element: &Principals, entry: &Principal) -> Option<(&'static str, AccountId)> {
    let what = match entry {
        Principal::User(_) => "user",
        Principal::Role(_) => "role",
        Principal::RoleSession(_) => "session",
        Principal::FederatedUser(_) => "federated user",
        _ => return None,
    };
    let account = entry.account()?;
    let listed = element.list.iter().any(
        |other| matches!(&other.value, Principal::Account { account: own, .. } if *own == account),
    );
    (!listed).then_some((what, account))
}

#[cfg(test)]
mod tests {
    use super::{super::testing::secret, *};

    const ROLE: &str = "arn:aws:iam::444455556666:role/R_B";

    #[test]
    fn everyone_else_is_everyone() {
        let found = secret(&format!(r#""NotPrincipal": {{"AWS": "{ROLE}"}}"#));
        assert_eq!(found.severities(RULE.id), [Severity::Error]);
    }

    #[test]
    fn an_exempted_role_needs_its_account() {
        let deny = |list: &str| {
            secret(&format!(r#""Effect": "Deny", "NotPrincipal": {{"AWS": [{list}]}}"#))
        };
        assert_eq!(deny(&format!("\"{ROLE}\"")).found(RULE.id), [ROLE]);
        let both = format!("\"{ROLE}\", \"arn:aws:iam::444455556666:root\"");
        assert!(deny(&both).found(RULE.id).is_empty());
    }
}
