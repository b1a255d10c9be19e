use super::{
    input::{CheckOptions, RequestAnswer},
    rules::{self, attempt, attempt_request},
    subject::{Findings, Subject},
};
use crate::{
    bundle::{Bundle, Decision},
    decide::{Answer, World},
    finding::{Finding, Fingerprints},
    ingest::IngestError,
    text::Sources,
};

/// What is known of a bundle after a check.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the rules found, by place.
    pub findings: Vec<Finding>,
    /// The answer to each request.
    pub answers: Vec<RequestAnswer>,
}

/// Decides every request of a bundle.
pub fn answers(world: &World<'_>) -> Vec<RequestAnswer> {
    let requests = world.bundle.requests.iter().enumerate();
    requests
        .map(|(number, request)| {
            let answer = attempt_request(|| world.simulate(request));
            let expectation_met = request.expectation.as_ref().map(|expectation| match &answer {
                Ok(answer) => answer.meets(expectation),
                Err(_) => expectation.decisions.contains(&Decision::Invalid),
            });
            RequestAnswer { request: number, answer, expectation_met }
        })
        .collect()
}

/// Runs every rule over a bundle: reads what could not be read (`errors`), decides the requests, proves what is
/// public, and looks for known mistakes.
///
/// Findings come in the order of their places. A rule or decision that fails by a defect of this program is a finding
/// too, and hides nothing that the others found.
pub fn check(
    bundle: &Bundle,
    sources: &Sources,
    errors: &[IngestError],
    options: &CheckOptions,
) -> Report {
    let judge = || judge(bundle, sources, errors, options);
    attempt("the judgement", bundle, judge)
        .unwrap_or_else(|defect| Report { findings: vec![*defect], answers: Vec::new() })
}

fn judge(
    bundle: &Bundle,
    sources: &Sources,
    errors: &[IngestError],
    options: &CheckOptions,
) -> Report {
    let world = World::new(bundle);
    let answers = answers(&world);
    let mut findings = Findings::within(options.findings);
    let fingerprints = Fingerprints::default();
    let subject = Subject::new(bundle, sources, errors, &answers, options, &fingerprints);
    rules::run(&subject, &mut findings);
    let mut findings = findings.list;
    expected_defects(bundle, &answers, &mut findings);
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| match &finding.place {
            crate::finding::Place::Source(location) => (String::new(), Some(*location)),
            crate::finding::Place::File(name) => (name.clone(), None),
        };
        (place(a), a.rule.id).cmp(&(place(b), b.rule.id))
    });
    Report { findings, answers }
}

/// A bundle whose requests expect `invalid` keeps a document as a bad example on purpose: what is wrong with it is
/// then a finding like any other, not input that could not be read.
fn expected_defects(bundle: &Bundle, answers: &[RequestAnswer], findings: &mut [Finding]) {
    let mut expected = Vec::new();
    for answer in answers.iter().filter(|answer| answer.expectation_met == Some(true)) {
        let Ok(Answer { decision: Decision::Invalid, checks, .. }) = &answer.answer else {
            continue;
        };
        for id in checks.iter().flat_map(|check| &check.invalid) {
            expected.extend(bundle.policies.get(*id).map(|document| document.location.source));
        }
    }
    for finding in findings {
        if let crate::finding::Place::Source(location) = &finding.place
            && expected.contains(&location.source)
            && finding.is_unreadable()
        {
            finding.gap = None;
        }
    }
}
