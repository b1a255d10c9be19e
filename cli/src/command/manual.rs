//! What other programs make of the command line: completions of shells, the manual page.

use super::Failure;
use crate::{
    args::{self, Completions},
    exit::Exit,
    write::{Output, WriteError},
};

/// Prints the completions of a shell.
pub(super) fn completions(arguments: &Completions, output: &Output) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut args::command(), "crosskey", &mut text);
    print(&text, output)
}

/// Prints the manual page, with a section a command.
pub(super) fn page(output: &Output) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(args::command().flatten_help(true))
        .render(&mut text)
        .map_err(WriteError::Stdout)?;
    print(&text, output)
}

fn print(text: &[u8], output: &Output) -> Result<Exit, Failure> {
    output.report(&String::from_utf8_lossy(text))?;
    Ok(Exit::Clean)
}
