//! The changes that cargo-mutants thinks of.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// One change, as `cargo mutants --list --json` tells it. Its number is its place in the list.
#[derive(Deserialize)]
pub struct Change {
    /// What people read: the place and what is done there.
    pub name: String,
    /// The file, from the root of the repository.
    pub file: String,
    pub genre: Genre,
    pub span: Span,
    pub replacement: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    /// Kinds that have no switch here, such as a field left out of a literal.
    #[serde(other)]
    Other,
}

/// What is replaced.
#[derive(Clone, Copy, Deserialize)]
pub struct Span {
    pub start: Position,
    pub end: Position,
}

/// Lines and columns from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Reads the list.
pub fn read(path: &Path) -> Result<Vec<Change>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}
