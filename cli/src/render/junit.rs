//! JUnit's XML, which build servers show as tests: a test case a request, and one a file.

use std::{cmp::Reverse, collections::BTreeMap};

use anstream::adapter::strip_str;
use crosskey_engine::{
    bundle::{Decision, Request},
    check::RequestAnswer,
    finding::{Finding, Place},
    text::{Location, Position, escape},
};
use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::{
    Checked, CheckedUnit, human,
    words::{self, Outcome},
};

/// The findings of each file that no test case has told of yet; `None` for a file that has had its test case.
type Untold<'a> = BTreeMap<&'a str, Option<Vec<&'a Finding>>>;

/// What a check came to.
pub(crate) fn check(checked: &Checked<'_>) -> Result<String, SerializeError> {
    let mut untold = Untold::new();
    for finding in &checked.findings {
        let findings = untold.entry(finding.file(checked.sources));
        findings.or_insert_with(|| Some(Vec::new())).get_or_insert_default().push(finding);
    }
    let mut report = Report::new("crosskey");
    report.add_test_suites(checked.units.iter().map(|unit| suite(checked, *unit, &mut untold)));
    let mut rest = TestSuite::new("other files");
    for (file, findings) in untold {
        if let Some(findings) = findings {
            rest.add_test_case(of_file(checked, "other files", file, &findings));
        }
    }
    if !rest.test_cases.is_empty() {
        report.add_test_suite(rest);
    }
    report.to_string()
}

/// A bundle: its requests, then its files.
fn suite<'a>(checked: &Checked<'a>, unit: CheckedUnit<'a>, untold: &mut Untold<'a>) -> TestSuite {
    let bundle = unit.known.bundle;
    let name = escape(&bundle.name);
    let mut suite = TestSuite::new(&name);
    for (request, answer) in unit.requests() {
        let mut own = Vec::new();
        let file = checked.sources.name(request.location.source);
        if let Some(Some(findings)) = untold.get_mut(file) {
            own = findings.extract_if(.., |finding| is_in(finding, request.location)).collect();
        }
        suite.add_test_case(of_request(checked, unit, request, answer, &own));
    }
    let documents = bundle.policies.iter();
    let documents = documents.map(|(_, document)| checked.sources.name(document.location.source));
    for file in [bundle.name.as_str()].into_iter().chain(documents) {
        if let Some(findings) = untold.insert(file, None).unwrap_or_else(|| Some(Vec::new())) {
            suite.add_test_case(of_file(checked, &name, file, &findings));
        }
    }
    suite
}

fn is_in(finding: &Finding, whole: Location) -> bool {
    match finding.place {
        Place::Source(Location { source, span }) => {
            source == whole.source && whole.span.to(span) == whole.span
        }
        Place::File(_) => false,
    }
}

/// A request passes where nothing is wrong with it and what came out is what was expected, if anything was.
fn of_request(
    checked: &Checked<'_>,
    unit: CheckedUnit<'_>,
    request: &Request,
    answer: &RequestAnswer,
    findings: &[&Finding],
) -> TestCase {
    let outcome = Outcome::of(answer);
    let expected = request.expectation.as_ref().map(words::expected).unwrap_or_default();
    let status = if let Some(status) = objections(checked, findings) {
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
    let start = checked.sources.positions(request.location).map(|(start, _)| start);
    stands_at(&mut case, checked.sources.name(request.location.source), start);
    if !passes {
        case.set_system_out(plain(&human::answer(unit.known, request, answer, false)));
    }
    case
}

/// A file passes where no finding is at or above the threshold; what is below it is told all the same.
fn of_file(checked: &Checked<'_>, class: &str, file: &str, findings: &[&Finding]) -> TestCase {
    let objections = objections(checked, findings);
    let passes = objections.is_none();
    let mut case = TestCase::new(escape(file), objections.unwrap_or_else(TestCaseStatus::success));
    case.set_classname(class);
    let first = findings.iter().find_map(|finding| finding.positions(checked.sources));
    stands_at(&mut case, file, first.map(|(start, _)| start));
    if passes && !findings.is_empty() {
        case.set_system_out(told(checked, findings));
    }
    case
}

/// Why something does not pass, by its findings.
fn objections(checked: &Checked<'_>, findings: &[&Finding]) -> Option<TestCaseStatus> {
    let unjudged = findings.iter().find(|finding| finding.is_unjudged());
    let failing = findings.iter().filter(|finding| finding.severity >= checked.threshold);
    let worst = failing.min_by_key(|finding| Reverse(finding.severity));
    let (kind, finding) = match (unjudged, worst) {
        (Some(finding), _) => (NonSuccessKind::Error, finding),
        (None, finding) => (NonSuccessKind::Failure, finding?),
    };
    Some(not_passed(kind, finding.rule.id, &finding.message, told(checked, findings)))
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
fn told(checked: &Checked<'_>, findings: &[&Finding]) -> String {
    let findings = findings.iter().map(|finding| human::finding(checked.sources, finding));
    plain(&findings.collect::<Vec<_>>().join("\n"))
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
