use crosskey_engine::{
    decide::Truth,
    policy::Policy,
    prove::{CompareOptions, NewAccess, ProveError, new_access},
    report::DiffReport,
};

use super::{Failure, configured, unread, unusable};
use crate::{
    args::{self, Format},
    exit::Exit,
    read::{self, Input, Wanted},
    render::{human, json},
    write::Output,
};

/// Tells whether the new policy allows anything that the old one did not.
pub(super) fn run(
    arguments: &args::Diff,
    format: Format,
    output: &Output,
) -> Result<Exit, Failure> {
    for path in [&arguments.old, &arguments.new] {
        if path.is_dir() {
            return Err(Failure::Usage {
                message: format!(
                    "`{}` is a folder, and two policy files are compared",
                    path.display()
                ),
                help: "name the policy files; to see who can read a secret, use `crosskey who-can`"
                    .to_owned(),
            });
        }
    }
    if arguments.old == arguments.new {
        return Err(Failure::Usage {
            message: "the old and the new policy are one file".to_owned(),
            help: "name two files".to_owned(),
        });
    }
    let paths = [arguments.old.clone(), arguments.new.clone()];
    let wanted = Wanted::Policies(arguments.kind.map(Into::into));
    let config = configured(&arguments.config, &arguments.assume, &paths, output)?;
    let input = read::read(&paths, wanted, &config);
    let mut diagnostics = Vec::new();
    let exit = unread(&input.sources, &input.errors, output, &mut diagnostics);
    let exit = exit.max(unusable(&input, output, &mut diagnostics));
    let options = CompareOptions {
        owner: arguments.owner,
        assumptions: config.assumed.assumptions(),
        ..CompareOptions::default()
    };
    let found = compared(&input, &options)?;
    let found = found.as_ref().map(|(policy, found)| (*policy, found));
    let text = match format {
        Format::Json => json::document(&DiffReport::new(&input.sources, found, diagnostics))?,
        Format::Human => found
            .map(|(policy, found)| human::diff(&input.sources, policy, found))
            .unwrap_or_default(),
    };
    output.report(&text)?;
    let answered = match found.map(|(_, found)| found.new_access) {
        Some(Truth::True) => Exit::Findings,
        Some(Truth::Unknown) => Exit::Indeterminate,
        Some(Truth::False) => Exit::Clean,
        None => Exit::Unreadable,
    };
    Ok(exit.max(answered))
}

/// The new policy and what it allows anew; nothing where either could not be read.
fn compared<'i>(
    input: &'i Input,
    options: &CompareOptions,
) -> Result<Option<(&'i Policy, NewAccess)>, Failure> {
    let policies = input.units.iter().map(|unit| unit.loaded.bundle.policies.iter());
    let policies: Vec<&Policy> =
        policies.flatten().filter_map(|(_, document)| document.policy()).collect();
    let [old, new] = policies.as_slice() else { return Ok(None) };
    match new_access(old, new, options) {
        Ok(found) => Ok(Some((new, found))),
        Err(error @ ProveError::KindsDiffer { .. }) => {
            Err(Failure::Usage { message: error.to_string(), help: error.help().to_owned() })
        }
        Err(error) => Err(error.into()),
    }
}
