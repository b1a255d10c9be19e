//! The commands: a file each.

mod baseline;
mod check;
mod diff;
mod init;
mod manual;
mod public;
mod rules;
mod schema;
mod share;
mod simulate;
mod who_can;

use std::{
    ffi::OsString,
    panic,
    path::{Path, PathBuf},
};

use anstream::ColorChoice;
use clap::{FromArgMatches as _, ValueEnum as _};
use crosskey_engine::{
    ingest::{IngestError, IngestErrorKind},
    prove::ProveError,
    report::{Diagnostic, Known},
    text::{Sources, escape},
};
use thiserror::Error;

use crate::{
    args::{self, Arguments, Command, Common, ConfigArguments, Format, ReportFormat},
    config::{self, Baseline, Config},
    defect,
    exit::Exit,
    read::Input,
    render::{RenderError, human},
    write::{Output, WriteError},
};

/// Why a command gave no answer.
#[derive(Debug, Error)]
enum Failure {
    /// Something about the command line that the parser cannot know.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: String,
    },
    /// The settings cannot be used.
    #[error("the settings cannot be used")]
    Config {
        /// What is wrong, with the place.
        shown: String,
    },
    /// The report could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The solver cannot be used, or does not agree with itself.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// There is no report.
    #[error(transparent)]
    Render(#[from] RenderError),
}

impl Failure {
    /// The question cannot be asked of what was named.
    fn asked_wrongly(error: &ProveError) -> Self {
        Self::Usage { message: error.to_string(), help: error.help().to_owned() }
    }
}

/// The settings that count for a run over these paths.
fn configured(
    arguments: &ConfigArguments,
    paths: &[PathBuf],
    output: &Output,
) -> Result<Config, Failure> {
    let first = paths.first().map_or(Path::new("."), PathBuf::as_path);
    config::load(arguments, first, Baseline::Needed, output)
        .map_err(|shown| Failure::Config { shown })
}

/// Tells of what could not be read, and says how the run ends for it.
fn unread<'e>(
    sources: &Sources,
    errors: impl IntoIterator<Item = &'e IngestError>,
    output: &Output,
    diagnostics: &mut Vec<Diagnostic>,
) -> Exit {
    let mut exit = Exit::Clean;
    for error in errors {
        output.message(&format!("{}\n", human::error(sources, error)));
        diagnostics.push(Diagnostic::of_error(sources, error));
        exit = exit.max(exit_of_unread(error));
    }
    exit
}

/// How a run ends for something that could not be read.
fn exit_of_unread(error: &IngestError) -> Exit {
    match error.kind {
        IngestErrorKind::Defect { .. } => Exit::Internal,
        _ => Exit::Unreadable,
    }
}

/// Tells of policies that AWS would refuse, and says how the run ends for them.
fn unusable(input: &Input, output: &Output, diagnostics: &mut Vec<Diagnostic>) -> Exit {
    let mut exit = Exit::Clean;
    for unit in &input.units {
        let known = Known { bundle: &unit.loaded.bundle, sources: &input.sources };
        let documents = known.bundle.policies.iter();
        for (id, _) in documents.filter(|(_, document)| document.policy().is_none()) {
            output.message(&human::unusable(known, id));
            diagnostics.extend(Diagnostic::of_policy(known, id));
            exit = Exit::Unreadable;
        }
    }
    exit
}

/// Runs the program.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> Exit {
    let arguments: Vec<_> = arguments.collect();
    panic::set_hook(Box::new(defect::tell));
    defect::attempt(|| parse(&arguments)).unwrap_or(Exit::Internal)
}

fn parse(arguments: &[OsString]) -> Exit {
    let matches = args::command().try_get_matches_from(arguments);
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(Arguments { command, common }) => {
            let Common { format, output, color, quiet } = common;
            let output = Output { file: output, color: color.into(), quiet };
            let plain = || answer_format(format);
            let done = match &command {
                Command::Check(arguments) => check::run(arguments, format, &output),
                Command::Simulate(arguments) => {
                    plain().and_then(|format| simulate::run(arguments, format, &output))
                }
                Command::Public(arguments) => {
                    plain().and_then(|format| public::run(arguments, format, &output))
                }
                Command::Rules(arguments) => {
                    plain().and_then(|format| rules::run(arguments, format, &output))
                }
                Command::WhoCan(arguments) => {
                    plain().and_then(|format| who_can::run(arguments, format, &output))
                }
                Command::Diff(arguments) => {
                    plain().and_then(|format| diff::run(arguments, format, &output))
                }
                Command::Init(arguments) => {
                    plain().and_then(|format| init::run(arguments, format, &output))
                }
                Command::Baseline(arguments) => baseline::run(arguments, &output),
                Command::Schema(arguments) => schema::run(arguments, &output),
                Command::Completions(arguments) => manual::completions(arguments, &output),
                Command::Man => manual::page(&output),
            };
            ended(done, &output)
        }
        Err(error) => {
            let output = Output { file: None, color: ColorChoice::Auto, quiet: false };
            let mut text = error.render().ansi().to_string();
            // What is wrong is shown as it was written.
            let given = arguments.iter().map(|argument| argument.to_string_lossy());
            if given.into_iter().any(|argument| escape(&argument) != argument) {
                let plain = error.render().to_string();
                text = plain.lines().map(|line| format!("{}\n", escape(line))).collect();
            }
            if error.use_stderr() {
                output.message(&text);
                return Exit::Unreadable;
            }
            ended(output.report(&text).map(|()| Exit::Clean).map_err(Failure::from), &output)
        }
    }
}

/// The format for a command that only knows the two that all commands know.
fn answer_format(format: ReportFormat) -> Result<Format, Failure> {
    Format::try_from(format).map_err(|format| {
        let name = format.to_possible_value().map(|value| value.get_name().to_owned());
        let name = name.unwrap_or_default();
        Failure::Usage {
            message: format!("`--format {name}` is for `check` alone"),
            help: "take `human` or `json`".to_owned(),
        }
    })
}

/// Tells of a failure, and by which code it ends.
fn ended(done: Result<Exit, Failure>, output: &Output) -> Exit {
    match done {
        Ok(exit) => exit,
        Err(Failure::Write(WriteError::Closed)) => Exit::Internal,
        Err(Failure::Prove(error)) => {
            output.message(&human::failure(&error.to_string(), Some(error.help())));
            Exit::Internal
        }
        Err(error @ (Failure::Write(_) | Failure::Render(_))) => {
            output.message(&human::failure(&error.to_string(), None));
            Exit::Internal
        }
        Err(Failure::Config { shown }) => {
            output.message(&shown);
            Exit::Unreadable
        }
        Err(Failure::Usage { message, help }) => {
            output.message(&human::failure(&message, Some(&help)));
            Exit::Unreadable
        }
    }
}
