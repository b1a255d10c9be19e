//! Requests that name what the bundle lacks or make no sense.

use crate::{
    bundle::Decision,
    check::{
        rules::internal_error,
        subject::{Findings, Subject},
    },
    finding::{Gap, Rule, Severity},
    text::Location,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "unusable-request",
    severity: Severity::Error,
    summary: "a request that cannot be evaluated",
    why: "It names a principal, secret, key or parameter that does not exist in the bundle, so nothing can be said.",
    bad: r#"{"principal": "arn:aws:iam::444455556666:role/Raeder", "action": "secretsmanager:GetSecretValue"}"#,
    good: r#"{"principal": "arn:aws:iam::444455556666:role/Reader", "action": "secretsmanager:GetSecretValue"}"#,
    reference: "the bundle's JSON Schema: `crosskey schema bundle`",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for answer in subject.answers {
        let Some(request) = subject.bundle.requests.get(answer.request) else {
            continue;
        };
        let Err(error) = &answer.answer else { continue };
        let source = request.location.source;
        let place = error.span.map_or(request.location, |span| Location::new(source, span));
        let message = format!("{}: {error}", error.field);
        let rule = if error.defect { &internal_error::RULE } else { &RULE };
        let mut finding = Findings::at(rule, place, message, error.help.clone());
        let expects_it = request
            .expectation
            .as_ref()
            .is_some_and(|expectation| expectation.decisions.contains(&Decision::Invalid));
        finding.gap = match error.defect {
            true => Some(Gap::Internal),
            false => (!expects_it).then_some(Gap::Unreadable),
        };
        findings.push(finding);
    }
}
