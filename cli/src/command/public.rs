use crosskey_engine::{
    decide::Truth,
    prove::{Exposure, ProveError, PublicAnswer, PublicOptions, public},
    report::{Diagnostic, PublicReport, PublicResult},
};

use super::{Failure, configured, unread, unusable};
use crate::{
    args::{Format, Public},
    exit::Exit,
    read::{self, Wanted},
    render::{human, json},
    write::Output,
};

/// Tells of each policy whether it is public or too broad.
pub(super) fn run(arguments: &Public, format: Format, output: &Output) -> Result<Exit, Failure> {
    let wanted = Wanted::Policies(arguments.kind.map(Into::into));
    let config = configured(&arguments.config, &arguments.files, output)?;
    let input = read::read(&arguments.files, wanted, &config);
    let options = PublicOptions {
        owner: arguments.owner,
        trusted_accounts: config.options.trusted_accounts.clone(),
        trusted_organizations: config.options.trusted_organizations.clone(),
        assumptions: config.assumed.assumptions(),
        bounds: config.options.bounds,
        ..PublicOptions::default()
    };
    let mut diagnostics = Vec::new();
    let mut exit = unread(&input.sources, &input.errors, output, &mut diagnostics);
    let mut answers = Vec::new();
    for unit in &input.units {
        let documents = unit.loaded.bundle.policies.iter();
        for policy in documents.filter_map(|(_, document)| document.policy()) {
            match public(policy, &options) {
                Ok(answer) => answers.push((policy, answer)),
                Err(error @ ProveError::NotResourceBased { .. }) => {
                    let place = policy.location(policy.span);
                    let (message, help) = (error.to_string(), error.help());
                    output.message(&human::mistake(&input.sources, &message, help, place));
                    diagnostics.push(Diagnostic::at(&input.sources, message, help, place));
                    exit = Exit::Unreadable;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    exit = exit.max(unusable(&input, output, &mut diagnostics));
    let text = match format {
        Format::Json => {
            let results = answers.iter();
            let results =
                results.map(|(policy, answer)| PublicResult::new(&input.sources, policy, answer));
            json::document(&PublicReport::new(results.collect(), diagnostics))?
        }
        Format::Human => {
            let texts = answers.iter();
            let texts: Vec<_> = texts
                .map(|(policy, answer)| human::public(&input.sources, policy, answer))
                .collect();
            texts.join("\n")
        }
    };
    output.report(&text)?;
    Ok(answers.iter().map(|(_, answer)| exit_of(answer)).fold(exit, Exit::max))
}

/// A policy fails if everyone is let in, or if it is public by the letter of S3's definition, which the guide to
/// Secrets Manager refers to. The definition of its console calls every `*` public, however narrow its conditions,
/// and is reported only.
fn exit_of(answer: &PublicAnswer) -> Exit {
    let open = answer.s3.public == Truth::Unknown
        || answer.secrets_manager.public == Truth::Unknown
        || !answer.undecided.is_empty();
    match answer.s3.public {
        Truth::True => Exit::Findings,
        _ if answer.exposure == Exposure::Public => Exit::Findings,
        _ if open => Exit::Indeterminate,
        _ => Exit::Clean,
    }
}
