//! Policy files that are not JSON.

use crate::{
    bundle::DocumentError,
    check::subject::{Findings, Subject},
    finding::{Finding, Gap, Place, Rule, Severity, fingerprint},
    text::{JsonErrorKind, Location},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "json-syntax",
    severity: Severity::Error,
    summary: "a policy file is not JSON",
    why: "AWS refuses the document. Text that was copied from a web page or a word processor often carries markup, \
          typographic quotes or a trailing comma.",
    bad: r#"{"AWS": ["arn:aws:iam::444455556666:role/Reader",]}"#,
    good: r#"{"AWS": ["arn:aws:iam::444455556666:role/Reader"]}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
};

/// The same key twice: a mistake of its own, since readers keep one of the two silently.
pub(super) const DUPLICATE_KEY: Rule = Rule {
    id: "duplicate-key",
    severity: Severity::Error,
    summary: "an object of a policy has the same key twice",
    why: "Readers of JSON keep one of the two, and not all the same one: what a reviewer reads may not be what is \
          in force. IAM refuses it.",
    bad: r#"{"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}"#,
    good: r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    let mut seen = Vec::new();
    for (_, document) in subject.bundle.policies.iter() {
        let Err(DocumentError::Json(error)) = &document.content else {
            continue;
        };
        // A file that several slots name is told once; a file may also hold several documents.
        let source = document.location.source;
        if seen.contains(&document.location) {
            continue;
        }
        seen.push(document.location);
        let rule = match error.kind {
            JsonErrorKind::DuplicateKey { .. } => &DUPLICATE_KEY,
            _ => &RULE,
        };
        let message = error.to_string();
        let related = error.kind.related();
        findings.push(Finding {
            rule,
            severity: rule.severity,
            help: error.kind.help(),
            place: Place::Source(Location::new(source, error.span)),
            related: related
                .map(|(span, label)| (Location::new(source, span), label.to_owned()))
                .into_iter()
                .collect(),
            statement: None,
            witness: None,
            fix: Vec::new(),
            gap: Some(Gap::Unreadable),
            fingerprint: fingerprint(rule.id, None, None, &format!("{} {message}", document.label)),
            message,
        });
    }
}
