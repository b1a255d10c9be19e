//! Files, manifests and their entries that cannot be read.

use crate::{
    check::{
        rules::internal_error,
        subject::{Findings, Subject},
    },
    finding::{Finding, Gap, Place, Rule, Severity, fingerprint},
    ingest::IngestErrorKind,
    text::Location,
};

/// The rule.
pub(in crate::check) const RULE: Rule = Rule {
    id: "unreadable-input",
    severity: Severity::Error,
    summary: "an input file, or a part of one, cannot be read",
    why: "What cannot be read cannot be judged: silence about it would look like approval.",
    bad: r#"{"version": 1, "secretz": []}"#,
    good: r#"{"version": 1, "secrets": []}"#,
    reference: "the bundle's JSON Schema: `crosskey schema bundle`",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for error in subject.errors {
        let field = match error.field.as_str() {
            "" => String::new(),
            field => format!("{field}: "),
        };
        let related = error
            .kind
            .related()
            .zip(error.location)
            .map(|((span, label), at)| (Location::new(at.source, span), label.to_owned()));
        let message = format!("{field}{error}");
        let (rule, gap) = match error.kind {
            IngestErrorKind::Defect { .. } => (&internal_error::RULE, Gap::Internal),
            _ => (&RULE, Gap::Unreadable),
        };
        findings.push(Finding {
            rule,
            severity: rule.severity,
            help: error.kind.help(),
            place: match error.location {
                Some(location) => Place::Source(location),
                None => Place::File(error.file.clone()),
            },
            related: related.into_iter().collect(),
            statement: None,
            witness: None,
            fix: Vec::new(),
            gap: Some(gap),
            fingerprint: fingerprint(rule.id, None, None, &message),
            message,
        });
    }
}
