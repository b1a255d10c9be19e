//! Tries every change of cargo-mutants to the engine in one build, and says which of them no test notices.
//!
//! `crosskey-mutants LIST TREE OUTCOME [BEFORE]`: the list is the answer of `cargo mutants --list --json`, the tree a copy of
//! the repository that may be written to, the outcome a file to write. What an outcome of before tells to be noticed, or not
//! to compile, is taken over. cargo-mutants builds once a change, which takes days for some thousands; here all of them are
//! built together, each behind a switch, and one is switched on at a time.

mod build;
mod list;
mod outcome;
mod switch;
mod trial;

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let mut next = |what: &str| arguments.next().with_context(|| format!("no {what} given"));
    let (list, tree, outcome) = (next("list")?, next("tree")?, next("outcome")?);

    let mut before = match arguments.next() {
        Some(path) => outcome::read(&path)?,
        None => HashMap::new(),
    };

    let (settled, changes): (Vec<_>, Vec<_>) =
        list::read(&list)?.into_iter().partition(|change| before.contains_key(&change.name));
    let built = build::all(&tree, &changes)?;
    let tests = trial::prepare(&tree, &built)?;
    let mut found = trial::all(&tree, &changes, &built, &tests)?;
    found.extend(settled.iter().filter_map(|change| before.remove(&change.name)));
    let changes: Vec<_> = changes.into_iter().chain(settled).collect();
    outcome::tell(&changes, &found, &outcome)
}
