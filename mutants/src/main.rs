//! Tries every change of cargo-mutants to the engine in one build, and says which of them no test notices.
//!
//! `crosskey-mutants LIST TREE OUTCOME`: the list is the answer of `cargo mutants --list --json`, the tree a copy of the
//! repository that may be written to, the outcome a file to write. cargo-mutants builds once a change, which takes days
//! for some thousands; here all of them are built together, each behind a switch, and one is switched on at a time.

mod build;
mod list;
mod outcome;
mod switch;
mod trial;

use std::path::PathBuf;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let mut next = |what: &str| arguments.next().with_context(|| format!("no {what} given"));
    let (list, tree, outcome) = (next("list")?, next("tree")?, next("outcome")?);

    let changes = list::read(&list)?;
    let built = build::all(&tree, &changes)?;
    let tests = trial::prepare(&tree, &built)?;
    let found = trial::all(&tree, &changes, &built, &tests)?;
    outcome::tell(&changes, &found, &outcome)
}
