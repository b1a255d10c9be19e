//! Statement ids that IAM refuses.

use super::shared::words::quote;
use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::PolicyKind,
    text::Location,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "invalid-sid",
    severity: Severity::Error,
    summary: "a Sid that IAM refuses in a policy of this kind",
    why: "In policies of IAM and Organizations a Sid holds ASCII letters and digits only, and no two statements of a \
          document share one. Key policies may have blanks in it; a Sid that was fine there is refused here.",
    bad: r#""Sid": "Allow use of the key""#,
    good: r#""Sid": "AllowUseOfTheKey""#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies() {
        let of_iam = matches!(
            view.document.kind,
            PolicyKind::Identity
                | PolicyKind::PermissionsBoundary
                | PolicyKind::Session
                | PolicyKind::ServiceControl
        );
        if !of_iam {
            continue;
        }
        let sids = || view.policy.statements.iter().filter_map(|s| Some((s, s.sid.as_ref()?)));
        for (number, (statement, sid)) in sids().enumerate() {
            let text = sid.value.as_str();
            let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
            if plain != text {
                let message = format!("{} holds more than ASCII letters and digits", quote(text));
                let help = match plain.as_str() {
                    "" => "write letters and digits only, or leave the Sid out".to_owned(),
                    plain => format!("write `{plain}`"),
                };
                findings.push(view.finding(&RULE, Some(statement), sid.span, message, help));
            }
            let first = sids().take(number).find(|(_, other)| other.value == text);
            if let Some((_, first)) = first.filter(|_| !text.is_empty()) {
                let message = format!("{} is the Sid of another statement too", quote(text));
                let help = "give each statement a Sid of its own, or leave it out".to_owned();
                let finding = view.finding(&RULE, Some(statement), sid.span, message, help);
                let related = vec![(
                    Location::new(view.policy.source, first.span),
                    "first written here".to_owned(),
                )];
                findings.push(Finding { related, ..finding });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{document, identity, key, only},
        *,
    };

    #[test]
    fn blanks_and_repeats_are_refused() {
        only(&identity(r#""Sid": "Read the secret""#), "invalid-sid", &["Read the secret"]);
        let one = r#"{"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;
        let two = one.replace("GetObject", "PutObject");
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{one}, {two}]}}"#);
        assert_eq!(document(PolicyKind::Identity, &text).found("invalid-sid"), ["A"]);
    }

    #[test]
    fn key_policies_may_have_blanks() {
        assert_eq!(
            key(r#""Sid": "Allow use of the key", "Condition": {
            "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#)
            .rules(),
            [""; 0]
        );
        assert_eq!(identity(r#""Sid": "ReadSecret1""#).rules(), [""; 0]);
    }
}
