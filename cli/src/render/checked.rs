use crosskey_engine::{
    bundle::Request,
    check::{Ignored, RequestAnswer},
    finding::{Finding, Severity},
    report::{Known, ReadReport},
    text::Sources,
};
use thiserror::Error;

use crate::exit::Exit;

/// A part of what a check came to: a bundle or a policy by itself, or findings that belong to neither. The parts of a
/// run come in order, and none is kept: what a format needs of it later, it notes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// The texts that it points into.
    pub(crate) sources: &'a Sources,
    /// What was judged, with the answers.
    pub(crate) unit: Option<CheckedUnit<'a>>,
    /// What the rules found.
    pub(crate) findings: &'a [Finding],
    /// Findings that the settings accept.
    pub(crate) ignored: &'a [Ignored],
}

/// A bundle, or a policy by itself, and what came out for its requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckedUnit<'a> {
    /// How answers call it.
    pub(crate) name: &'a str,
    /// What was read.
    pub(crate) known: Known<'a>,
    /// The answers to its requests.
    pub(crate) answers: &'a [RequestAnswer],
}

impl<'a> CheckedUnit<'a> {
    /// Each request with its answer.
    pub(crate) fn requests(self) -> impl Iterator<Item = (&'a Request, &'a RequestAnswer)> {
        let requests = &self.known.bundle.requests;
        self.answers.iter().filter_map(|answer| Some((requests.get(answer.request)?, answer)))
    }
}

impl<'a> Part<'a> {
    /// Each request with its answer.
    pub(super) fn requests(self) -> impl Iterator<Item = (&'a Request, &'a RequestAnswer)> {
        self.unit.into_iter().flat_map(CheckedUnit::requests)
    }
}

/// What all parts came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    /// How many findings there are of each severity, worst first.
    pub(crate) severities: [(Severity, usize); 3],
    /// Findings about input that could not be read.
    pub(crate) unreadable: usize,
    /// Findings that the settings accept.
    pub(crate) ignored: usize,
    /// Requests that were decided.
    pub(crate) requests: usize,
    /// Answers that are as expected.
    pub(crate) met: usize,
    /// Answers that are not.
    pub(crate) unmet: usize,
    /// Answers that are left open.
    pub(crate) open: usize,
    /// What was read.
    pub(crate) read: ReadReport,
    /// How the run ends.
    pub(crate) exit: Exit,
}

impl Totals {
    /// Of nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            severities: [Severity::Error, Severity::Warning, Severity::Info].map(|it| (it, 0)),
            unreadable: 0,
            ignored: 0,
            requests: 0,
            met: 0,
            unmet: 0,
            open: 0,
            read: ReadReport::default(),
            exit: Exit::Clean,
        }
    }

    /// Counts a part. Findings at the threshold or above make the run fail.
    pub(crate) fn add(&mut self, part: Part<'_>, threshold: Severity) {
        for finding in part.findings {
            let own = self.severities.iter_mut().find(|(known, _)| *known == finding.severity);
            own.into_iter().for_each(|(_, number)| *number += 1);
            self.unreadable += usize::from(finding.is_unreadable());
            self.exit = self.exit.max(finding.gap.map_or(Exit::Clean, Exit::from));
            if finding.severity >= threshold {
                self.exit = self.exit.max(Exit::Findings);
            }
        }
        self.ignored += part.ignored.len();
        for (_, answer) in part.requests() {
            self.requests += 1;
            self.met += usize::from(answer.expectation_met == Some(true));
            self.unmet += usize::from(answer.expectation_met == Some(false));
            if answer.is_open() {
                self.open += 1;
                self.exit = self.exit.max(Exit::Indeterminate);
            }
        }
    }
}

/// A report that is made part by part.
pub(crate) trait Report: Send {
    /// Adds a part.
    fn add(&mut self, part: Part<'_>) -> Result<(), RenderError>;

    /// The whole report.
    fn finish(self: Box<Self>, totals: &Totals) -> Result<String, RenderError>;
}

/// Why there is no report.
#[derive(Debug, Error)]
pub(crate) enum RenderError {
    /// It could not be turned into JSON.
    #[error("cannot write the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It could not be turned into XML.
    #[error("cannot write the report as XML: {0}")]
    Xml(#[from] quick_junit::SerializeError),
}
