use std::path::{Path, PathBuf};

use crosskey_engine::{
    bundle::Bundle,
    decide::{Truth, World},
    policy::{Policy, PolicyKind},
    prove::{CompareOptions, NewAccess, ProveError, new_access, new_calls},
    report::DiffReport,
};

use super::{Failure, configured, unread, unusable};
use crate::{
    args::{self, Format},
    config::Config,
    exit::Exit,
    read::{self, Input, Unit, UnitKind, Wanted},
    render::{human, json},
    write::Output,
};

/// Tells whether the new policy or bundle allows anything that the old one did not.
pub(super) fn run(
    arguments: &args::Diff,
    format: Format,
    output: &Output,
) -> Result<Exit, Failure> {
    let (old, new) = (&arguments.old, &arguments.new);
    if old == new {
        return Err(Failure::Usage {
            message: "the old and the new one are one file".to_owned(),
            help: "name two files or folders".to_owned(),
        });
    }
    let paths = [old.clone(), new.clone()];
    let config = configured(&arguments.config, &paths, output)?;
    let inputs = paths.map(|path| input(&path, arguments.kind.map(Into::into), &config));
    let mut diagnostics = Vec::new();
    let mut exit = Exit::Clean;
    for input in &inputs {
        let errors = input.units.iter().flat_map(|unit| &unit.loaded.errors).chain(&input.errors);
        exit = exit.max(unread(&input.sources, errors, output, &mut diagnostics));
        exit = exit.max(unusable(input, output, &mut diagnostics));
    }
    let [old_input, new_input] = &inputs;
    let sides = (side(old_input, old)?, side(new_input, new)?);
    let (text, answered) = match sides {
        (Side::Bundle(before), Side::Bundle(after)) => {
            let [before, after] = [before, after].map(|unit| World::new(&unit.loaded.bundle));
            let mut found = new_calls(&before, &after, config.options.bounds)?;
            // What could not be read may be what is new.
            if exit != Exit::Clean && found.new_access == Truth::False {
                found.new_access = Truth::Unknown;
            }
            let text = match format {
                Format::Json => json::document(&DiffReport::of_bundles(&found, diagnostics))?,
                Format::Human => human::bundle_diff(&new.to_string_lossy(), &found),
            };
            (text, exit_of(found.new_access))
        }
        (Side::Policy(before), Side::Policy(after)) => {
            let options = CompareOptions {
                owner: arguments.owner,
                assumptions: config.assumed.assumptions(),
                bounds: config.options.bounds,
                ..CompareOptions::default()
            };
            let found = compared(&before.loaded.bundle, &after.loaded.bundle, &options)?;
            let sources = &new_input.sources;
            let found = found.as_ref().map(|(policy, found)| (*policy, found));
            let text = match format {
                Format::Json => json::document(&DiffReport::new(sources, found, diagnostics))?,
                Format::Human => found
                    .map(|(policy, found)| human::diff(sources, policy, found))
                    .unwrap_or_default(),
            };
            (text, found.map_or(Exit::Unreadable, |(_, found)| exit_of(found.new_access)))
        }
        (Side::Nothing, _) | (_, Side::Nothing) => {
            let text = match format {
                Format::Json => {
                    json::document(&DiffReport::new(&new_input.sources, None, diagnostics))?
                }
                Format::Human => String::new(),
            };
            (text, Exit::Unreadable)
        }
        (Side::Policy(_), Side::Bundle(_)) => return Err(differ(old, new)),
        (Side::Bundle(_), Side::Policy(_)) => return Err(differ(new, old)),
    };
    output.report(&text)?;
    Ok(exit.max(answered))
}

/// What is under a path. Beside a bundle in a folder, the folder's other files do not count.
fn input(path: &PathBuf, kind: Option<PolicyKind>, config: &Config) -> Input {
    let read = |wanted| read::read(std::slice::from_ref(path), wanted, config);
    if let Some(kind) = kind {
        return read(Wanted::Policies(Some(kind)));
    }
    if path.is_dir() {
        let bundles = read(Wanted::Bundles);
        if !bundles.units.is_empty() || !bundles.errors.is_empty() {
            return bundles;
        }
    }
    read(Wanted::Everything)
}

/// What a path holds.
enum Side<'i> {
    Bundle(&'i Unit),
    Policy(&'i Unit),
    /// Nothing that could be read; why was said.
    Nothing,
}

/// What is to be compared of what was read under a path: its bundle, or the policy that the path names.
fn side<'i>(input: &'i Input, path: &Path) -> Result<Side<'i>, Failure> {
    let is_policy = |unit: &&Unit| matches!(unit.kind, UnitKind::Policy(_));
    let (policies, bundles): (Vec<&Unit>, Vec<&Unit>) = input.units.iter().partition(is_policy);
    let shown = path.display();
    match (bundles.as_slice(), policies.as_slice()) {
        ([bundle], _) => Ok(Side::Bundle(bundle)),
        ([], [policy]) if !path.is_dir() => Ok(Side::Policy(policy)),
        ([], _) if !input.errors.is_empty() => Ok(Side::Nothing),
        ([], _) => Err(Failure::Usage {
            message: format!("no bundle was found in `{shown}`"),
            help: "name a folder with a bundle.json, or two policy files".to_owned(),
        }),
        ([first, second, ..], _) => Err(Failure::Usage {
            message: format!(
                "`{shown}` has several bundles, `{}` and `{}` among them, and one is compared",
                first.name, second.name
            ),
            help: "name the folder of one".to_owned(),
        }),
    }
}

fn differ(policy: &Path, bundle: &Path) -> Failure {
    Failure::Usage {
        message: format!(
            "`{}` is a policy and `{}` is a bundle, and two of one kind are compared",
            policy.display(),
            bundle.display()
        ),
        help: "name two policies or two bundles".to_owned(),
    }
}

const fn exit_of(new_access: Truth) -> Exit {
    match new_access {
        Truth::True => Exit::Findings,
        Truth::Unknown => Exit::Indeterminate,
        Truth::False => Exit::Clean,
    }
}

/// The new policy and what it allows anew; nothing where either could not be read.
fn compared<'i>(
    old: &Bundle,
    new: &'i Bundle,
    options: &CompareOptions,
) -> Result<Option<(&'i Policy, NewAccess)>, Failure> {
    let (Some(old), Some(new)) = (only_policy(old), only_policy(new)) else { return Ok(None) };
    match new_access(old, new, options) {
        Ok(found) => Ok(Some((new, found))),
        Err(error @ ProveError::KindsDiffer { .. }) => Err(Failure::asked_wrongly(&error)),
        Err(error) => Err(error.into()),
    }
}

fn only_policy(bundle: &Bundle) -> Option<&Policy> {
    bundle.policies.iter().find_map(|(_, document)| document.policy())
}
