//! Limits of input and of proofs, under one flag.

use std::fmt::Write as _;

use crosskey_engine::{
    prove::{BoundKind, Bounds},
    text::{LimitError, LimitKind, Limits},
};

/// Reads `NAME=NUMBER`.
pub(super) fn parse(text: &str) -> Result<(String, String), String> {
    let (name, value) = super::pair(text)?;
    match set_limit(&mut Limits::default(), &mut Bounds::default(), &name, &value) {
        Ok(()) => Ok((name, value)),
        Err(error) => Err(format!("{error}; {}", error.help())),
    }
}

/// Sets a limit, whether it is one of input or of proofs.
pub(crate) fn set_limit(
    limits: &mut Limits,
    bounds: &mut Bounds,
    name: &str,
    value: &str,
) -> Result<(), LimitError> {
    let mut known = match limits.set(name, value) {
        Err(LimitError::Name { known, .. }) => known,
        set => return set,
    };
    match bounds.set(name, value) {
        Err(LimitError::Name { name, known: others }) => {
            known.extend(others);
            Err(LimitError::Name { name, known })
        }
        set => set,
    }
}

/// All limits, for the help.
pub(super) fn list() -> String {
    let of_input = LimitKind::ALL.map(|kind| (kind.name(), kind.summary()));
    let of_proofs = BoundKind::ALL.map(|kind| (kind.name(), kind.summary()));
    let mut text = "Limits (docs/limits.md has the defaults):\n".to_owned();
    for (name, summary) in of_input.into_iter().chain(of_proofs) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<10} {summary}");
    }
    text
}
