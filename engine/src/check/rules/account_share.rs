//! Secrets and keys shared with whole accounts.

use super::shared::principals;
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::Principal,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "account-share",
    severity: Severity::Info,
    summary: "a secret or key shared with the whole of another account",
    why: "An account as principal leaves it to that account's own policies who of its users and roles gets access, \
          now and later.",
    bad: r#""Principal": {"AWS": "arn:aws:iam::444455556666:root"}"#,
    good: r#""Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let narrowed = super::shared::conditions::narrowed_by(statement, &["aws:principalarn"]);
        for outsider in principals::outsiders(subject, view, statement) {
            let entries = statement.principals.iter().flat_map(|element| &element.list);
            let mut named = entries.filter(|entry| entry.span == outsider.span);
            let whole = named.any(|entry| matches!(entry.value, Principal::Account { .. }));
            let (Some(account), true) = (outsider.account, whole && !narrowed) else { continue };
            let message =
                format!("account {account} decides which of its users and roles have access");
            let help =
                format!("where they are known name them: `arn:aws:iam::{account}:role/NAME`");
            findings.push(view.finding(&RULE, Some(statement), outsider.span, message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::secret;

    #[test]
    fn a_whole_account_is_worth_knowing() {
        let found = secret(r#""Principal": {"AWS": ["444455556666"]}"#);
        assert_eq!(found.found("account-share"), ["444455556666"]);
        assert_eq!(found.rules(), [""; 0]);
    }

    #[test]
    fn the_owner_and_roles_are_let_pass() {
        for right in ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:role/R_B"] {
            let found = secret(&format!(r#""Principal": {{"AWS": "{right}"}}"#));
            assert!(found.found("account-share").is_empty(), "{right}");
        }
    }
}
