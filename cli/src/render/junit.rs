//! JUnit's XML, which build servers show as tests: a test case a request, and one a file.

use std::{cmp::Reverse, collections::BTreeMap};

use anstream::adapter::strip_str;
use crosskey_engine::{
    bundle::{Decision, Request},
    check::RequestAnswer,
    finding::{Finding, Place, Severity},
    text::{Location, Position, Sources, escape},
};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{
    CheckedUnit, Part, RenderError, Report, Totals, human,
    words::{self, Outcome},
};

/// What the findings stand in that no bundle has.
const OTHERS: &str = "other files";

/// What a check came to. A file that several bundles share has its test case in the first, with what was found in it for
/// all of them, so that no test case of a file is complete before the end.
#[derive(Debug)]
pub(crate) struct Junit {
    threshold: Severity,
    suites: Vec<Suite>,
    files: BTreeMap<String, File>,
}

/// A bundle: its requests, then its files.
#[derive(Debug)]
struct Suite {
    name: String,
    requests: Vec<TestCase>,
    /// Those of which no suite before has told.
    files: Vec<String>,
}

/// What was found in a file and not told with a request.
#[derive(Debug, Default)]
struct File {
    /// Whether a suite tells of it.
    has_suite: bool,
    findings: Vec<Told>,
}

/// What is told of a finding.
#[derive(Debug)]
struct Told {
    severity: Severity,
    is_unjudged: bool,
    rule: &'static str,
    message: String,
    start: Option<Position>,
    /// The finding as people read it.
    text: String,
}

impl Junit {
    /// An empty report, in which findings at the threshold or above do not pass.
    pub(crate) const fn new(threshold: Severity) -> Self {
        Self { threshold, suites: Vec::new(), files: BTreeMap::new() }
    }
}

impl Report for Junit {
    fn add(&mut self, part: Part<'_>) -> Result<(), RenderError> {
        let mut findings: Vec<&Finding> = part.findings.iter().collect();
        let mut suite = part.unit.map(|unit| self.requests(part, unit, &mut findings));
        for finding in findings {
            let file = self.files.entry(finding.file(part.sources).to_owned()).or_default();
            file.findings.push(Told::new(part.sources, finding));
        }
        if let Some((unit, suite)) = part.unit.zip(suite.as_mut()) {
            let bundle = unit.known.bundle;
            let documents = bundle.policies.iter();
            let documents =
                documents.map(|(_, document)| part.sources.name(document.location.source));
            for name in [bundle.name.as_str()].into_iter().chain(documents) {
                let file = self.files.entry(name.to_owned()).or_default();
                if !std::mem::replace(&mut file.has_suite, true) {
                    suite.files.push(name.to_owned());
                }
            }
        }
        self.suites.extend(suite);
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Totals) -> Result<String, RenderError> {
        let Self { threshold, suites, mut files } = *self;
        let mut report = quick_junit::Report::new("crosskey");
        for Suite { name, requests, files: own } in suites {
            let mut suite = TestSuite::new(&name);
            suite.add_test_cases(requests);
            for name_of_file in own {
                let findings = files.remove(&name_of_file).unwrap_or_default().findings;
                suite.add_test_case(of_file(threshold, &name, &name_of_file, &findings));
            }
            report.add_test_suite(suite);
        }
        let mut rest = TestSuite::new(OTHERS);
        for (name, File { findings, .. }) in &files {
            rest.add_test_case(of_file(threshold, OTHERS, name, findings));
        }
        if !rest.test_cases.is_empty() {
            report.add_test_suite(rest);
        }
        Ok(report.to_string()?)
    }
}

impl Junit {
    /// The requests of a bundle, and the findings that stand in them.
    fn requests(
        &self,
        part: Part<'_>,
        unit: CheckedUnit<'_>,
        findings: &mut Vec<&Finding>,
    ) -> Suite {
        let mut suite = Suite {
            name: escape(&unit.known.bundle.name).into_owned(),
            requests: Vec::new(),
            files: Vec::new(),
        };
        for (request, answer) in unit.requests() {
            let file = part.sources.name(request.location.source);
            let mut own = Vec::new();
            if !self.files.get(file).is_some_and(|file| file.has_suite) {
                let own_findings =
                    findings.extract_if(.., |finding| is_in(finding, request.location));
                own.extend(own_findings.map(|finding| Told::new(part.sources, finding)));
            }
            suite.requests.push(of_request(self.threshold, unit, request, answer, &own));
        }
        suite
    }
}

fn is_in(finding: &Finding, whole: Location) -> bool {
    match finding.place {
        Place::Source(Location { source, span }) => {
            source == whole.source && whole.span.to(span) == whole.span
        }
        Place::File(_) => false,
    }
}

impl Told {
    fn new(sources: &Sources, finding: &Finding) -> Self {
        Self {
            severity: finding.severity,
            is_unjudged: finding.is_unjudged(),
            rule: finding.rule.id,
            message: finding.message.clone(),
            start: finding.positions(sources).map(|(start, _)| start),
            text: plain(&human::finding(sources, finding)),
        }
    }
}

/// A request passes where nothing is wrong with it and what came out is what was expected, if anything was.
fn of_request(
    threshold: Severity,
    unit: CheckedUnit<'_>,
    request: &Request,
    answer: &RequestAnswer,
    findings: &[Told],
) -> TestCase {
    let outcome = Outcome::of(answer);
    let expected = request.expectation.as_ref().map(words::expected).unwrap_or_default();
    let status = if let Some(status) = objections(threshold, findings) {
        status
    } else if answer.expectation_met == Some(false) {
        let message = format!("{outcome}, but expected {expected}");
        not_passed(NonSuccessKind::Failure, "expectation", &message, String::new())
    } else if answer.is_open() {
        let mut status = TestCaseStatus::skipped();
        status.set_message(escape(&words::open(request, answer)));
        status
    } else if answer.decision() == Decision::Invalid && answer.expectation_met.is_none() {
        not_passed(NonSuccessKind::Error, "invalid", &outcome.to_string(), String::new())
    } else {
        TestCaseStatus::success()
    };
    let passes = matches!(status, TestCaseStatus::Success { .. });
    let mut case = TestCase::new(escape(&request.name), status);
    case.set_classname(escape(&unit.known.bundle.name));
    let sources = unit.known.sources;
    let start = sources.positions(request.location).map(|(start, _)| start);
    stands_at(&mut case, sources.name(request.location.source), start);
    if !passes {
        case.set_system_out(plain(&human::answer(unit.known, request, answer, false)));
    }
    case
}

/// A file passes where no finding is at or above the threshold; what is below it is told all the same.
fn of_file(threshold: Severity, class: &str, file: &str, findings: &[Told]) -> TestCase {
    let objections = objections(threshold, findings);
    let passes = objections.is_none();
    let mut case = TestCase::new(escape(file), objections.unwrap_or_else(TestCaseStatus::success));
    case.set_classname(class);
    stands_at(&mut case, file, findings.iter().find_map(|finding| finding.start));
    if passes && !findings.is_empty() {
        case.set_system_out(told(findings));
    }
    case
}

/// Why something does not pass, by its findings.
fn objections(threshold: Severity, findings: &[Told]) -> Option<TestCaseStatus> {
    let unjudged = findings.iter().find(|finding| finding.is_unjudged);
    let failing = findings.iter().filter(|finding| finding.severity >= threshold);
    let worst = failing.min_by_key(|finding| Reverse(finding.severity));
    let (kind, finding) = match (unjudged, worst) {
        (Some(finding), _) => (NonSuccessKind::Error, finding),
        (None, finding) => (NonSuccessKind::Failure, finding?),
    };
    Some(not_passed(kind, finding.rule, &finding.message, told(findings)))
}

fn not_passed(kind: NonSuccessKind, name: &str, message: &str, told: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(name).set_message(escape(message));
    if !told.is_empty() {
        status.set_description(told);
    }
    status
}

/// The findings as people read them.
fn told(findings: &[Told]) -> String {
    let texts: Vec<_> = findings.iter().map(|finding| finding.text.as_str()).collect();
    texts.join("\n")
}

fn plain(text: &str) -> String {
    strip_str(text).to_string()
}

/// Where a test case is to be found, for the servers that link to it.
fn stands_at(case: &mut TestCase, file: &str, start: Option<Position>) {
    case.extra.insert("file".into(), escape(file).into());
    if let Some(start) = start {
        case.extra.insert("line".into(), start.line.to_string().into());
    }
}
