use crosskey_engine::finding::Severity;

use super::{
    answer::answer_line,
    finding::finding,
    style::{GOOD, as_expected, heading, of_severity, paint},
};
use crate::render::{Checked, words::count};

/// What a check came to: the answers, the findings, and how many of what.
pub(crate) fn check(checked: &Checked<'_>, quiet: bool) -> String {
    let mut out = String::new();
    if !quiet {
        answers(&mut out, checked);
    }
    for found in &checked.findings {
        out.push_str(&finding(checked.sources, found));
        out.push('\n');
    }
    if !quiet {
        out.push_str(&summary(checked));
    }
    out
}

/// The answers, a line each; among several bundles, those that are as expected are only counted.
fn answers(out: &mut String, checked: &Checked<'_>) {
    let asked = checked.units.iter().filter(|unit| !unit.answers.is_empty());
    let all = asked.count() == 1;
    let before = out.len();
    for unit in &checked.units {
        let (expected, told): (Vec<_>, Vec<_>) =
            unit.requests().partition(|(_, answer)| !all && answer.expectation_met == Some(true));
        let name = &unit.known.bundle.name;
        match (told.is_empty(), expected.len()) {
            (true, 0) => continue,
            (true, number) => out.push_str(&as_expected(name, number)),
            (false, _) => out.push_str(&heading(name)),
        }
        for (request, answer) in told {
            out.push_str(&answer_line(request, answer));
        }
    }
    if out.len() > before {
        out.push('\n');
    }
}

/// What a check came to, in a line or two.
fn summary(checked: &Checked<'_>) -> String {
    let found = checked.severities().into_iter().filter(|(_, number)| *number > 0);
    let found: Vec<_> = found
        .map(|(severity, number)| {
            let text = match severity {
                Severity::Info => format!("{number} info"),
                severity => count(number, severity.as_str()),
            };
            paint(of_severity(severity), text)
        })
        .collect();
    let found = match found.as_slice() {
        [] => paint(GOOD, "no findings"),
        found => found.join(", "),
    };
    let read = checked.read;
    let what =
        [count(read.bundles, "bundle"), count(read.policies, "policy"), count(read.files, "file")];
    let mut text = format!("{found} in {}\n", what.join(", "));
    let requests = checked.requests().count();
    if requests > 0 {
        text.push_str(&format!("{} decided", count(requests, "request")));
        let expectations = checked.requests().filter_map(|(_, answer)| answer.expectation_met);
        let met: Vec<bool> = expectations.collect();
        if !met.is_empty() {
            let expected = met.iter().filter(|met| **met).count();
            text.push_str(&format!(", {expected} as expected"));
        }
        if read.values_unknown > 0 {
            text.push_str(&format!(", {} unknown", count(read.values_unknown, "value")));
        }
        text.push('\n');
    }
    let ignored = checked.ignored.len();
    if ignored > 0 {
        text.push_str(&format!("{} ignored by the settings\n", count(ignored, "finding")));
    }
    if read.excluded > 0 {
        text.push_str(&format!("{} left out by the settings\n", count(read.excluded, "file")));
    }
    if read.skipped > 0 {
        let files = count(read.skipped, "file");
        text.push_str(&format!("{files} passed over: nothing that is judged\n"));
    }
    text
}
