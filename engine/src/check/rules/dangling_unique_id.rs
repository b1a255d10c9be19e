//! Unique ids as principals that no user or role of the bundle has.

use super::shared::words::quote;
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::Principal,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "dangling-unique-id",
    severity: Severity::Warning,
    summary: "a principal that is the unique id of an unknown user or role",
    why: "AWS keeps the id of the identity behind a principal's ARN, and shows the id in its place once the identity \
          is deleted. A new user or role of the same name has another id, and the statement does not apply to it.",
    bad: r#""Principal": {"AWS": "AROAUZ4VKPNWC5EXAMPLE"}"#,
    good: r#""Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for entry in statement.principals.iter().flat_map(|element| &element.list) {
            let Principal::UniqueId(id) = &entry.value else { continue };
            let known = |own: &Option<String>| own.as_deref() == Some(&**id);
            if subject.bundle.identities.iter().any(|identity| known(&identity.unique_id)) {
                continue;
            }
            let kind = if id.starts_with("AIDA") { "user" } else { "role" };
            let message = format!(
                "{} is the unique id of a {kind} that is not known here: most likely it was deleted, and the \
                 statement applies to nobody",
                quote(id)
            );
            let help = format!(
                "write the ARN of the {kind} again, such as `arn:aws:iam::444455556666:{kind}/NAME`, or remove the \
                 entry; an id that is in use belongs in `principals` of the bundle, as `unique_id`"
            );
            findings.push(view.finding(&RULE, Some(statement), entry.span, message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    #[test]
    fn an_id_that_nobody_has_dangles() {
        let found = secret(r#""Principal": {"AWS": "AROAUZ4VKPNWC5EXAMPLE"}"#);
        only(&found, "dangling-unique-id", &["AROAUZ4VKPNWC5EXAMPLE"]);
    }

    #[test]
    fn an_id_of_the_bundle_does_not() {
        let found = secret(r#""Principal": {"AWS": "AROAJQABLZS4A3EXAMPLE"}"#);
        assert_eq!(found.rules(), [""; 0]);
    }
}
