use crosskey_engine::{bundle::Decision, check::RequestAnswer, finding::Severity};

use super::{
    style::{BAD, GOOD, of_decision, of_severity, paint},
    text::count,
};

/// What a check came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    /// Findings by severity.
    pub(crate) severities: [(Severity, usize); 3],
    /// Requests decided.
    pub(crate) requests: usize,
    /// Those of them whose expectation is met.
    pub(crate) expected: usize,
    /// Bundles read.
    pub(crate) bundles: usize,
    /// Policies read.
    pub(crate) policies: usize,
    /// Files read.
    pub(crate) files: usize,
    /// JSON files passed over.
    pub(crate) skipped: usize,
    /// Files that the settings leave out.
    pub(crate) excluded: usize,
    /// Findings that the settings accept.
    pub(crate) ignored: usize,
    /// Values that answers hang on.
    pub(crate) unknown: usize,
}

/// What a check came to, in a line or two.
pub(crate) fn summary(summary: &Summary) -> String {
    let found: Vec<_> = summary
        .severities
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| {
            let text = match severity {
                Severity::Info => format!("{number} info"),
                severity => count(*number, severity.as_str()),
            };
            paint(of_severity(*severity), text)
        })
        .collect();
    let found = match found.as_slice() {
        [] => paint(GOOD, "no findings"),
        found => found.join(", "),
    };
    let read = [
        count(summary.bundles, "bundle"),
        count(summary.policies, "policy"),
        count(summary.files, "file"),
    ];
    let mut text = format!("{found} in {}\n", read.join(", "));
    if summary.requests > 0 {
        let requests = count(summary.requests, "request");
        text.push_str(&format!("{requests} decided, {} as expected", summary.expected));
        if summary.unknown > 0 {
            text.push_str(&format!(", {} unknown", count(summary.unknown, "value")));
        }
        text.push('\n');
    }
    if summary.ignored > 0 {
        text.push_str(&format!("{} ignored by the settings\n", count(summary.ignored, "finding")));
    }
    if summary.excluded > 0 {
        text.push_str(&format!("{} left out by the settings\n", count(summary.excluded, "file")));
    }
    if summary.skipped > 0 {
        let files = count(summary.skipped, "JSON file");
        text.push_str(&format!("{files} passed over: neither a bundle nor a policy\n"));
    }
    text
}

/// How many requests were decided how.
pub(crate) fn tally(answers: &[&RequestAnswer]) -> String {
    let all = [
        Decision::Allow,
        Decision::ExplicitDeny,
        Decision::ImplicitDeny,
        Decision::Indeterminate,
        Decision::Invalid,
    ];
    let parts: Vec<_> = all
        .into_iter()
        .filter_map(|decision| {
            let number = answers.iter().filter(|answer| answer.decision() == decision).count();
            (number > 0).then(|| paint(of_decision(decision), format!("{number} {decision}")))
        })
        .collect();
    let mut text = format!("{}: {}", count(answers.len(), "request"), parts.join(", "));
    let of = |met| answers.iter().filter(|answer| answer.expectation_met == Some(met)).count();
    match (of(true), of(false)) {
        (0, 0) => {}
        (met, 0) => text.push_str(&format!("; {}", paint(GOOD, format!("{met} as expected")))),
        (_, not) => text.push_str(&format!("; {}", paint(BAD, format!("{not} not as expected")))),
    }
    text.push('\n');
    text
}
