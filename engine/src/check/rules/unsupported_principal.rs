//! Principals that secrets and keys do not know.

use super::shared::words::quote;
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::{PolicyKind, Principal},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "unsupported-principal",
    severity: Severity::Error,
    summary: "a federated provider or canonical user id in a secret's or key's policy",
    why: "`Federated` is for the trust policies of roles and `CanonicalUser` for Amazon S3. In the policy of a secret \
          or key they stand for nobody.",
    bad: r#""Principal": {"Federated": "arn:aws:iam::444455556666:saml-provider/Corp"}"#,
    good: r#""Principal": {"AWS": "arn:aws:iam::444455556666:role/Corp"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let kind = view.document.kind;
        if !matches!(kind, PolicyKind::Secret | PolicyKind::Key) {
            continue;
        }
        for entry in statement.principals.iter().flat_map(|element| &element.list) {
            let (text, what, help) = match &entry.value {
                Principal::Federated(text) => (
                    text,
                    "an identity provider",
                    "name the role that its users assume, under `AWS`",
                ),
                Principal::CanonicalUser(text) => {
                    (text, "a canonical user id", "name the account, under `AWS`")
                }
                _ => continue,
            };
            let message = format!("{} is {what}, which stands for nobody in a {kind}", quote(text));
            findings.push(view.finding(
                &RULE,
                Some(statement),
                entry.span,
                message,
                help.to_owned(),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    #[test]
    fn providers_are_nobody() {
        let provider = "arn:aws:iam::444455556666:saml-provider/Corp";
        let found = secret(&format!(r#""Principal": {{"Federated": "{provider}"}}"#));
        only(&found, "unsupported-principal", &[provider]);
    }

    #[test]
    fn roles_are_somebody() {
        assert_eq!(secret("").rules(), [""; 0]);
    }
}
