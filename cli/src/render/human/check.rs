use crosskey_engine::finding::Severity;

use super::{
    answer::answer_line,
    finding::finding,
    style::{GOOD, as_expected, heading, of_severity, paint},
};
use crate::render::{CheckedUnit, Part, RenderError, Report, Totals, words::count};

/// What a check came to: the answers, the findings, and how many of what.
#[derive(Debug)]
pub(crate) struct Human {
    /// Whether only the findings are told.
    quiet: bool,
    /// What was asked of bundles.
    answers: Answers,
    findings: String,
}

/// The answers, a line each; among several bundles, those that are as expected are only counted.
#[derive(Debug)]
enum Answers {
    /// Nothing was asked yet.
    None,
    /// One bundle was asked: all its answers, and what is told of them should another be asked.
    Of { all: String, short: String },
    /// Several were.
    OfSeveral(String),
}

impl Human {
    /// An empty report.
    pub(crate) const fn new(quiet: bool) -> Self {
        Self { quiet, answers: Answers::None, findings: String::new() }
    }
}

impl Report for Human {
    fn add(&mut self, part: Part<'_>) -> Result<(), RenderError> {
        if let Some(unit) = part.unit.filter(|unit| !self.quiet && !unit.answers.is_empty()) {
            self.answers = match std::mem::replace(&mut self.answers, Answers::None) {
                Answers::None => {
                    Answers::Of { all: answers(unit, true), short: answers(unit, false) }
                }
                Answers::Of { short: before, .. } | Answers::OfSeveral(before) => {
                    Answers::OfSeveral(before + &answers(unit, false))
                }
            };
        }
        for found in part.findings {
            self.findings.push_str(&finding(part.sources, found));
            self.findings.push('\n');
        }
        Ok(())
    }

    fn finish(self: Box<Self>, totals: &Totals) -> Result<String, RenderError> {
        let mut out = match self.answers {
            Answers::None => String::new(),
            Answers::Of { all: text, .. } | Answers::OfSeveral(text) => text,
        };
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&self.findings);
        if !self.quiet {
            out.push_str(&summary(totals));
        }
        Ok(out)
    }
}

/// The answers of a bundle: all of them, or those alone that are not as expected.
fn answers(unit: CheckedUnit<'_>, all: bool) -> String {
    let (expected, told): (Vec<_>, Vec<_>) =
        unit.requests().partition(|(_, answer)| !all && answer.expectation_met == Some(true));
    let name = &unit.known.bundle.name;
    let mut out = match (told.is_empty(), expected.len()) {
        (true, 0) => return String::new(),
        (true, number) => as_expected(name, number),
        (false, _) => heading(name),
    };
    out.extend(told.into_iter().map(|(request, answer)| answer_line(request, answer)));
    out
}

/// What a check came to, in a line or two.
fn summary(totals: &Totals) -> String {
    let found = totals.severities.into_iter().filter(|(_, number)| *number > 0);
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
    let read = totals.read;
    let what =
        [count(read.bundles, "bundle"), count(read.policies, "policy"), count(read.files, "file")];
    let mut text = format!("{found} in {}\n", what.join(", "));
    if totals.requests > 0 {
        text.push_str(&format!("{} decided", count(totals.requests, "request")));
        if totals.met + totals.unmet > 0 {
            text.push_str(&format!(", {} as expected", totals.met));
        }
        if read.values_unknown > 0 {
            text.push_str(&format!(", {} unknown", count(read.values_unknown, "value")));
        }
        text.push('\n');
    }
    if totals.ignored > 0 {
        let findings = count(totals.ignored, "finding");
        text.push_str(&format!("{findings} ignored by the settings\n"));
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
