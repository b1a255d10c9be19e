use crosskey_engine::{
    aws::{Arn, Service},
    bundle::Bundle,
    decide::{Truth, World},
    prove::{ProveError, WhoCan, who_can},
    report::{WhoCanReport, WhoCanResult},
};

use super::{Failure, configured, unread};
use crate::{
    args::{self, Format},
    exit::Exit,
    progress::Progress,
    read::{self, Wanted},
    render::{human, json},
    write::Output,
};

/// Lists everyone who can make a call.
pub(super) fn run(
    arguments: &args::WhoCan,
    format: Format,
    output: &Output,
) -> Result<Exit, Failure> {
    let paths = std::slice::from_ref(&arguments.path);
    let config = configured(&arguments.config, paths, output)?;
    let input = read::read(paths, Wanted::Bundles, &config);
    let mut diagnostics = Vec::new();
    let errors = input.units.iter().flat_map(|unit| &unit.loaded.errors).chain(&input.errors);
    let mut exit = unread(&input.sources, errors, output, &mut diagnostics);
    let mut answers: Vec<(&str, Arn, WhoCan)> = Vec::new();
    let mut refused = Vec::new();
    let bundles = input.units.iter().map(|unit| &unit.loaded.bundle);
    let progress = Progress::new("asking", output);
    progress.expect(bundles.map(|bundle| resources(bundle, arguments).len()).sum());
    for unit in &input.units {
        let bundle = &unit.loaded.bundle;
        let world = World::new(bundle);
        for resource in resources(bundle, arguments) {
            match who_can(&world, &arguments.action, &resource, config.options.bounds) {
                Ok(answer) => answers.push((&unit.name, resource, answer)),
                Err(ProveError::Request(error)) => refused.push(error),
                Err(error @ ProveError::OnNothing { .. }) => {
                    return Err(Failure::asked_wrongly(&error));
                }
                Err(error) => return Err(error.into()),
            }
            progress.step();
        }
    }
    drop(progress);
    for error in refused {
        output.message(&human::failure(&error.message, Some(&error.help)));
        exit = Exit::Unreadable;
    }
    if answers.is_empty() && exit == Exit::Clean {
        let (message, help) = match &arguments.resource {
            Some(arn) => (format!("no bundle has `{arn}`"), "name a secret or key of the bundle"),
            None if input.units.is_empty() => {
                ("no bundle was found".to_owned(), "name a bundle.json or a folder that has one")
            }
            None => (
                format!("the bundle has nothing that {} is called on", arguments.action),
                "add `secrets` or `keys`",
            ),
        };
        return Err(Failure::Usage { message, help: help.to_owned() });
    }
    let text = match format {
        Format::Json => {
            let results = answers.iter();
            let results =
                results.map(|(name, arn, answer)| WhoCanResult::new(name, arn.as_str(), answer));
            let results = results.collect();
            json::document(&WhoCanReport::new(&arguments.action, results, diagnostics))?
        }
        Format::Human => {
            let texts = answers.iter();
            let texts =
                texts.map(|(_, arn, answer)| human::who_can(&arguments.action, arn, answer));
            texts.collect::<Vec<_>>().join("\n")
        }
    };
    output.report(&text)?;
    Ok(answers.iter().map(|(_, _, answer)| exit_of(answer)).fold(exit, Exit::max))
}

/// What is asked about: the resource named, or everything of the bundle that the action is for.
fn resources(bundle: &Bundle, arguments: &args::WhoCan) -> Vec<Arn> {
    let secrets = bundle.secrets.iter().map(|secret| secret.arn.value.clone());
    let keys = bundle.keys.iter().map(|key| key.arn.value.clone());
    if let Some(named) = &arguments.resource {
        return secrets.chain(keys).filter(|arn| arn == named).collect();
    }
    match arguments.action.service() {
        Service::SecretsManager => secrets.collect(),
        Service::Kms => keys.collect(),
        Service::Other => Vec::new(),
    }
}

fn exit_of(answer: &WhoCan) -> Exit {
    let open = answer.listed.iter().any(|found| found.can == Truth::Unknown);
    if open || !answer.undecided.is_empty() { Exit::Indeterminate } else { Exit::Clean }
}
