//! One page that needs nothing else: no network, no script, no file beside it.
//!
//! Whatever comes from the input is escaped twice over: characters that hide or reorder text are made visible, and
//! the template escapes what HTML would obey.

mod excerpt;
mod finding;
mod matrix;
mod path;
mod prose;

use crosskey_engine::{bundle::Decision, finding::Severity, text::escape};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::matrix::Matrix;
use super::{
    CheckedUnit, Part, RenderError, Report, Totals,
    words::{count, expected},
};

/// Nothing is loaded and nothing runs, whatever the page holds.
/// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy>
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE: &str = include_str!("html/style.css");
/// Requests that came out as expected are folded where there are more than this.
const UNFOLDED: usize = 8;
/// The order of findings on the page.
const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

/// How good something is. Each has a mark and a word, so that nothing is told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    /// As it should be.
    Good,
    /// Where it breaks.
    Bad,
    /// Not known.
    Open,
    /// Neither helps nor hurts.
    Plain,
}

impl Tone {
    const fn of(decision: Decision) -> Self {
        match decision {
            Decision::Allow => Self::Good,
            Decision::ExplicitDeny | Decision::ImplicitDeny => Self::Bad,
            Decision::Indeterminate | Decision::Invalid => Self::Open,
        }
    }

    const fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Bad,
            Severity::Warning => Self::Open,
            Severity::Info => Self::Plain,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Open => "open",
            Self::Plain => "plain",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Open => "?",
            Self::Plain => "·",
        }
    }

    /// The mark, which is drawn for the eye; the word beside it says the same.
    fn sign(self) -> Markup {
        html! { span class={ "sign " (self.class()) } aria-hidden="true" { (self.mark()) } }
    }
}

/// What a check came to.
#[derive(Debug, Default)]
pub(crate) struct Html {
    matrix: Matrix,
    /// How many requests there are.
    number: usize,
    /// The requests, those folded that came out as expected.
    folded: String,
    /// The requests as long as they are few: all unfolded.
    unfolded: String,
    /// By severity, worst first.
    findings: [String; 3],
}

impl Report for Html {
    fn add(&mut self, part: Part<'_>) -> Result<(), RenderError> {
        if let Some(unit) = part.unit.filter(|unit| !unit.answers.is_empty()) {
            for (number, (request, answer)) in (self.number + 1..).zip(unit.requests()) {
                self.matrix.add(number, request, answer);
            }
            let first = self.number + 1;
            self.number += unit.requests().count();
            self.folded.push_str(&requests(unit, first, false).into_string());
            match self.number <= UNFOLDED {
                true => self.unfolded.push_str(&requests(unit, first, true).into_string()),
                false => self.unfolded = String::new(),
            }
        }
        for (severity, out) in SEVERITIES.into_iter().zip(&mut self.findings) {
            for found in part.findings.iter().filter(|found| found.severity == severity) {
                out.push_str(&finding::finding(part.sources, found).into_string());
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>, totals: &Totals) -> Result<String, RenderError> {
        let requests = if self.number <= UNFOLDED { &self.unfolded } else { &self.folded };
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    title { "Crosskey: who can read these secrets" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        p.name { "Crosskey" }
                        h1 { "Who can read these secrets" }
                        (summary(totals))
                    }
                    main {
                        (self.matrix.shown())
                        @if self.number > 0 {
                            section aria-labelledby="requests" {
                                h2 #requests { "Requests" }
                                (PreEscaped(requests))
                            }
                        }
                        section aria-labelledby="findings" {
                            h2 #findings { "Findings" }
                            @if self.findings.iter().all(String::is_empty) {
                                p { (Tone::Good.sign()) " No findings." }
                            }
                            @for findings in &self.findings { (PreEscaped(findings)) }
                        }
                    }
                    footer { p { "Made offline by crosskey " (env!("CARGO_PKG_VERSION")) " from the files alone." } }
                }
            }
        };
        let mut text = page.into_string();
        text.push('\n');
        Ok(text)
    }
}

fn summary(totals: &Totals) -> Markup {
    let read = totals.read;
    let tile = |tone: Tone, number: usize, what: &str| {
        let tone = if number == 0 { Tone::Plain } else { tone };
        html! { li class=(tone.class()) { b { (number) } " " (what) } }
    };
    html! {
        ul.tiles aria-label="Summary" {
            @for (severity, number) in totals.severities {
                @let what = match (severity, number) {
                    (Severity::Info, _) => "info".to_owned(),
                    (severity, 1) => severity.to_string(),
                    (severity, _) => format!("{severity}s"),
                };
                (tile(Tone::of_severity(severity), number, &what))
            }
            (tile(Tone::Good, totals.met, "as expected"))
            (tile(Tone::Bad, totals.unmet, "not as expected"))
            (tile(Tone::Open, totals.open, "left open"))
        }
        p.read {
            (count(totals.requests, "request")) " decided, from "
            (count(read.bundles, "bundle")) ", " (count(read.policies, "policy")) " and "
            (count(read.files, "file")) "."
            @if read.values_unknown > 0 { " " (count(read.values_unknown, "value")) " unknown." }
            @if totals.unreadable > 0 {
                " " strong { (count(totals.unreadable, "problem")) " with input that could not be read: what hangs on it is not judged." }
            }
        }
    }
}

/// The requests of a bundle, numbered through the page.
fn requests(unit: CheckedUnit<'_>, first: usize, unfolded: bool) -> Markup {
    html! {
        h3.bundle { (escape(&unit.known.bundle.name)) }
        @for (number, (request, answer)) in (first..).zip(unit.requests()) {
            @let tone = Tone::of(answer.decision());
            @let id = format!("request-{number}");
            details.request id=(id) open[unfolded || answer.expectation_met != Some(true)] {
                summary {
                    (tone.sign())
                    h4 { (escape(&request.name)) }
                    span class={ "verdict " (tone.class()) } { (answer.decision()) }
                    @match (&request.expectation, answer.expectation_met) {
                        (Some(_), Some(true)) => { span.expectation { "as expected" } }
                        (Some(expectation), Some(false)) => {
                            span class="expectation bad" { "but expected " (escape(&expected(expectation))) }
                        }
                        _ => {}
                    }
                }
                (path::path(unit.known, request, answer))
            }
        }
    }
}
