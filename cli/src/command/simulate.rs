mod request;

use crosskey_engine::{
    bundle::Decision,
    check::{RequestAnswer, answers},
    decide::World,
    report::{Diagnostic, Known, RequestReport, SimulateReport},
};

use super::{Failure, configured, exit_of_unread};
use crate::{
    args::{Format, Simulate},
    exit::Exit,
    read::{self, Input, Wanted},
    render::{human, json},
    write::Output,
};

/// Decides the requests of a bundle, or one request given by flags.
pub(super) fn run(arguments: &Simulate, format: Format, output: &Output) -> Result<Exit, Failure> {
    let paths: Vec<_> = match &arguments.path {
        Some(path) => vec![path.clone()],
        None => arguments.world.secret_policy.iter().cloned().collect(),
    };
    let config = configured(&arguments.config, &paths, output)?;
    let input = match &arguments.path {
        None => request::without_bundle(arguments, &config)?,
        Some(_) => {
            let mut input = read::read(&paths, Wanted::Bundles, &config);
            if arguments.request.principal.is_some() {
                request::instead(&mut input, &arguments.request, &config)?;
            }
            input
        }
    };
    let mut answered = Vec::with_capacity(input.units.len());
    for unit in &input.units {
        answered.push(answers(&World::new(&unit.loaded.bundle)));
    }
    let errors = || input.units.iter().flat_map(|unit| &unit.loaded.errors).chain(&input.errors);
    for error in errors() {
        output.message(&format!("{}\n", human::error(&input.sources, error)));
    }
    let unreadable = errors().map(exit_of_unread).max().unwrap_or_default();
    let of_answers = answered.iter().flatten().map(exit).max().unwrap_or_default();
    let text = match format {
        Format::Json => as_json(&input, &answered)?,
        Format::Human => as_text(&input, &answered, output.quiet),
    };
    output.report(&text)?;
    let decided = answered.iter().any(|answers| !answers.is_empty());
    if !decided && unreadable == Exit::Clean {
        let (message, help) = match input.units.is_empty() {
            true => ("no bundle was found", "name a bundle.json or a folder that has one"),
            false => ("the bundle has no requests", "add `requests`, or give one by --principal"),
        };
        return Err(Failure::Usage { message: message.to_owned(), help: help.to_owned() });
    }
    Ok(of_answers.max(unreadable))
}

/// To decide is not to fail, whatever the decision: only an expectation can be disappointed.
fn exit(answer: &RequestAnswer) -> Exit {
    match (answer.decision(), answer.expectation_met) {
        _ if answer.answer.as_ref().is_err_and(|error| error.defect) => Exit::Internal,
        (_, Some(true)) => Exit::Clean,
        (Decision::Invalid, _) => Exit::Unreadable,
        (_, Some(false)) => Exit::Findings,
        (Decision::Indeterminate, None) => Exit::Indeterminate,
        (_, None) => Exit::Clean,
    }
}

fn as_json(input: &Input, answered: &[Vec<RequestAnswer>]) -> Result<String, Failure> {
    let (mut results, mut diagnostics) = (Vec::new(), Vec::new());
    let told = |error| Diagnostic::of_error(&input.sources, error);
    for (unit, answers) in input.units.iter().zip(answered) {
        let known = Known { bundle: &unit.loaded.bundle, sources: &input.sources };
        for answer in answers {
            if let Some(request) = known.bundle.requests.get(answer.request) {
                results.push(RequestReport::new(known, &unit.name, request, answer));
            }
        }
        diagnostics.extend(unit.loaded.errors.iter().map(told));
    }
    diagnostics.extend(input.errors.iter().map(told));
    Ok(json::document(&SimulateReport::new(results, diagnostics))?)
}

fn as_text(input: &Input, answered: &[Vec<RequestAnswer>], quiet: bool) -> String {
    let mut out = String::new();
    // There is room for the allowing statements where there is one answer.
    let alone = answered.iter().flatten().count() == 1;
    let several = answered.iter().filter(|answers| !answers.is_empty()).count() > 1;
    for (unit, answers) in input.units.iter().zip(answered) {
        let known = Known { bundle: &unit.loaded.bundle, sources: &input.sources };
        if several && !answers.is_empty() {
            out.push_str(&human::heading(&unit.loaded.bundle.name));
            out.push('\n');
        }
        for answer in answers {
            if let Some(request) = known.bundle.requests.get(answer.request) {
                out.push_str(&human::answer(known, request, answer, alone));
                out.push('\n');
            }
        }
    }
    let all: Vec<_> = answered.iter().flatten().collect();
    if !quiet && all.len() > 1 {
        out.push_str(&human::tally(&all));
    }
    out
}
