use std::fmt::Write as _;

use annotate_snippets::{Element, Group, Level};
use anstyle::Style;
use crosskey_engine::{
    bundle::{Decision, PolicyId, Request},
    check::RequestAnswer,
    decide::{Answer, CheckAnswer, LayerAnswer, NearMiss},
    policy::Effect,
    report::Known,
    text::{Location, escape},
};

use super::{
    diagnostic::{diagnostic, remark, unusable},
    snippet::{Mark, pictures, renderer},
    style::{BAD, DIM, GOOD, HELP, OPEN, STRONG, mark, of_decision, paint},
    text::{WIDTH, indented, wrap},
};
use crate::render::words::{self, Outcome, Says, because};

/// The answer to a request: each check, its layers and what they say, and for a denial what is missing; where
/// `detailed`, for an allow the statements too.
pub(crate) fn answer(
    known: Known<'_>,
    request: &Request,
    found: &RequestAnswer,
    detailed: bool,
) -> String {
    let mut out = format!("{} {}\n", mark(found.decision()), paint(STRONG, escape(&request.name)),);
    let _ = writeln!(out, "  {}", outcome(found));
    call(&mut out, request);
    match &found.answer {
        Ok(answer) => {
            let detailed = detailed && answer.decision == Decision::Allow;
            // A policy that several checks need is shown once.
            let mut told = Vec::new();
            for check in &answer.checks {
                out.push('\n');
                let text = one_check(known, request, check, &told, detailed);
                out.push_str(&indented(&text, "  "));
                told.extend_from_slice(&check.invalid);
            }
            remarks(&mut out, answer);
        }
        Err(error) => {
            let span = error.span.unwrap_or(request.location.span);
            let location = Location::new(request.location.source, span);
            let message = format!("{}: {}", error.field, error.message);
            let text = diagnostic(known.sources, "error", &message, &error.help, location, None);
            let _ = write!(out, "\n{}", indented(&text, "    "));
        }
    }
    if let (Some(expectation), Some(met)) = (&request.expectation, found.expectation_met) {
        let verdict = if met { paint(GOOD, "met") } else { paint(BAD, "not met") };
        let _ = writeln!(out, "\n  expected {}: {verdict}", escape(&words::expected(expectation)));
    }
    out
}

/// The answer in a line.
pub(crate) fn answer_line(request: &Request, found: &RequestAnswer) -> String {
    let mut line =
        format!("  {} {}: {}", mark(found.decision()), escape(&request.name), outcome(found));
    match (found.expectation_met, &request.expectation) {
        (Some(true), _) => line.push_str(&paint(DIM, ", as expected")),
        (Some(false), Some(expectation)) => {
            let text = format!(", but expected {}", words::expected(expectation));
            line.push_str(&paint(BAD, escape(&text)));
        }
        _ => {}
    }
    line.push('\n');
    for unknown in words::unknowns(found) {
        for part in wrap(&escape(&unknown), WIDTH - 6) {
            let _ = writeln!(line, "      {}", paint(DIM, part));
        }
    }
    line
}

/// The decision, where it fell, and because of what.
fn outcome(found: &RequestAnswer) -> String {
    let Outcome { decision, reason, failure } = Outcome::of(found);
    let mut text = paint(of_decision(decision), decision);
    text.push_str(&reason);
    if let Some(code) = failure {
        let _ = write!(text, ", but the call fails: {}", paint(BAD, code));
    }
    text
}

/// Who calls what.
fn call(out: &mut String, request: &Request) {
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "    {} {}", paint(DIM, format!("{name:<9}")), escape(text));
    };
    line("caller", &words::principal(&request.principal.value));
    line("call", &words::call(request));
    if let Some(resource) = &request.resource {
        line("resource", &resource.value);
    }
    if let Some(region) = &request.region {
        line("Region", &region.value);
    }
}

fn one_check(
    known: Known<'_>,
    request: &Request,
    check: &CheckAnswer,
    told: &[PolicyId],
    detailed: bool,
) -> String {
    let mut out = format!(
        "{} {}: {}{}",
        mark(check.decision),
        paint(STRONG, &check.action),
        paint(of_decision(check.decision), check.decision),
        because(&check.because),
    );
    if check.optional {
        out.push_str(&paint(DIM, " (the operation goes on without it)"));
    }
    out.push('\n');
    if request.resource.as_ref().is_none_or(|typed| typed.value != check.resource) {
        let _ = writeln!(out, "  on {}", escape(&check.resource));
    }
    layers(&mut out, known, check);
    for reason in &check.reasons {
        line(&mut out, OPEN, "open", reason);
    }
    if !check.needs.is_empty() {
        let keys: Vec<_> = check.needs.iter().map(|key| key.canonical().into_owned()).collect();
        line(&mut out, OPEN, "unknown", &keys.join(", "));
    }
    for outcome in &check.outcomes {
        let key = outcome.key.canonical();
        let condition = match &outcome.value {
            Some(value) => format!("if {key} is {value}"),
            None => format!("if {key} is absent"),
        };
        let decision = paint(of_decision(outcome.decision), outcome.decision);
        let _ = writeln!(out, "    {decision} {}", escape(&condition));
    }
    for id in check.invalid.iter().filter(|id| !told.contains(id)) {
        let _ = write!(out, "\n{}", indented(&unusable(known, *id), "    "));
    }
    for miss in &check.near_misses {
        near_miss(&mut out, known, miss);
    }
    if detailed {
        permissions(&mut out, known, check);
    }
    out
}

/// A line a layer: what it says, and by which statements.
fn layers(out: &mut String, known: Known<'_>, check: &CheckAnswer) {
    let longest = check.layers.iter().map(|answer| answer.layer.as_str().len()).max();
    let longest = longest.unwrap_or_default();
    for answer in &check.layers {
        let says = Says::of(answer, check);
        let style = of_says(says);
        let alone = check.layers.iter().filter(|other| other.layer == answer.layer).count() == 1;
        let effect = says.effect().filter(|_| alone);
        let places = effect.map(|effect| places(known, check, answer, effect)).unwrap_or_default();
        let name = answer.layer.as_str();
        let _ = match places.as_str() {
            "" => writeln!(out, "    {name:<longest$}  {}", paint(style, says.as_str())),
            places => {
                let says = paint(style, format!("{:<9}", says.as_str()));
                writeln!(out, "    {name:<longest$}  {says}  {}", paint(DIM, places))
            }
        };
    }
}

const fn of_says(says: Says) -> Style {
    match says {
        Says::Allows => GOOD,
        Says::Denies | Says::DoesNotAllow => BAD,
        Says::Invalid | Says::MayDeny | Says::MayAllow => OPEN,
    }
}

/// The statements by which a layer says what it says.
fn places(known: Known<'_>, check: &CheckAnswer, answer: &LayerAnswer, effect: Effect) -> String {
    let places = known.applying(check, answer.layer, effect);
    let places = places.map(|place| match known.position(place.location) {
        Some(at) => format!("{}:{}:{}", escape(&place.policy), at.line, at.column),
        None => escape(&place.policy).into_owned(),
    });
    let places: Vec<_> = places.collect();
    places.join(", ")
}

/// The statements that carried an allow, underlined.
fn permissions(out: &mut String, known: Known<'_>, check: &CheckAnswer) {
    let marks: Vec<_> = check
        .statements
        .iter()
        .filter_map(|statement| {
            let place = known.statement(*statement);
            let label = format!("allows, as {}", place.layer);
            place.mark(None).map(|location| Mark { location, label })
        })
        .collect();
    if !marks.is_empty() {
        let group = Group::with_level(Level::NOTE);
        picture(out, group.elements(pictures(known.sources, &marks)));
    }
}

/// What denies or nearly allows, the part at fault underlined, and what to change.
fn near_miss(out: &mut String, known: Known<'_>, miss: &NearMiss) {
    let mut remarks: Vec<Element<'_>> = Vec::new();
    if !miss.remedy.is_empty() {
        remarks.push(remark(Level::HELP, &miss.remedy));
    }
    if let Some(snippet) = &miss.snippet {
        let text = serde_json::to_string_pretty(snippet).unwrap_or_default();
        let text: Vec<_> = text.lines().map(|line| escape(line).into_owned()).collect();
        remarks.push(Level::HELP.with_name("write").message(text.join("\n")).into());
    }
    let Some(statement) = miss.statement else {
        let title = Level::WARNING.with_name("missing");
        let title = title.primary_title(wrapped(&miss.reason, "missing: "));
        return picture(out, title.elements(remarks));
    };
    let place = known.statement(statement);
    let level = match statement.effect {
        Effect::Allow => Level::WARNING.with_name("nearest"),
        Effect::Deny => Level::ERROR.with_name("denied by"),
    };
    let title = level.primary_title(escape(&place.title()).into_owned());
    let marks: Vec<_> = place
        .mark(miss.part)
        .into_iter()
        .map(|location| Mark { location, label: String::new() })
        .collect();
    let why = remark(Level::NOTE.with_name("why"), &miss.reason);
    picture(out, title.elements(pictures(known.sources, &marks)).element(why).elements(remarks));
}

fn wrapped(text: &str, name: &str) -> String {
    wrap(&escape(text), WIDTH - 8 - name.len()).join("\n")
}

fn remarks(out: &mut String, answer: &Answer) {
    let mut lines = String::new();
    if let Some(failure) = &answer.failure {
        line(&mut lines, BAD, failure.code, &failure.reason);
    }
    for hinge in &answer.assumptions {
        let others: Vec<_> = hinge
            .others
            .iter()
            .map(|(value, decision)| format!("{decision} with {}={value}", hinge.name))
            .collect();
        let text =
            format!("{}={} decides; it would be {}", hinge.name, hinge.value, others.join(", "));
        line(&mut lines, OPEN, "assumption", &text);
    }
    for note in &answer.notes {
        line(&mut lines, HELP, "note", note);
    }
    if !lines.is_empty() {
        out.push('\n');
        out.push_str(&lines);
    }
}

fn line(out: &mut String, style: Style, name: &str, text: &str) {
    let indent = name.chars().count() + 6;
    for (number, part) in wrap(&escape(text), WIDTH - indent).iter().enumerate() {
        let _ = match number {
            0 => writeln!(out, "    {}: {part}", paint(style, name)),
            _ => writeln!(out, "{:indent$}{part}", ""),
        };
    }
}

fn picture(out: &mut String, group: Group<'_>) {
    out.push('\n');
    out.push_str(&indented(&renderer().render(&[group]), "    "));
}
