//! Requests that name what the bundle lacks or make no sense.

use crate::{
    bundle::Decision,
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
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
        let mut finding = Findings::at(&RULE, place, message, error.help.clone());
        let expects_it = request
            .expectation
            .as_ref()
            .is_some_and(|expectation| expectation.decisions.contains(&Decision::Invalid));
        finding.unreadable = !expects_it;
        findings.push(finding);
    }
}
