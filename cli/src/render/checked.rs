use crosskey_engine::{
    bundle::Request,
    check::{Ignored, RequestAnswer},
    finding::{Finding, Severity},
    report::{Known, ReadReport},
    text::Sources,
};

use crate::exit::Exit;

/// What a check came to: what every format is made from.
#[derive(Clone, Debug)]
pub(crate) struct Checked<'a> {
    /// All texts.
    pub(crate) sources: &'a Sources,
    /// What was judged, with the answers.
    pub(crate) units: Vec<CheckedUnit<'a>>,
    /// What the rules found, unit by unit.
    pub(crate) findings: Vec<&'a Finding>,
    /// Findings that the settings accept.
    pub(crate) ignored: &'a [Ignored],
    /// What was read.
    pub(crate) read: ReadReport,
    /// The least severity that makes the run fail.
    pub(crate) threshold: Severity,
    /// How the run ends.
    pub(crate) exit: Exit,
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

impl<'a> Checked<'a> {
    /// Each request with its answer, of all units.
    pub(super) fn requests(&self) -> impl Iterator<Item = (&'a Request, &'a RequestAnswer)> {
        self.units.iter().flat_map(|unit| unit.requests())
    }

    /// How many findings there are of each severity, worst first.
    pub(super) fn severities(&self) -> [(Severity, usize); 3] {
        [Severity::Error, Severity::Warning, Severity::Info].map(|severity| {
            let of = self.findings.iter().filter(|finding| finding.severity == severity);
            (severity, of.count())
        })
    }
}
