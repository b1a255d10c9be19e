//! Reports for programs: the engine's [`report`](crosskey_engine::report) as text.

use std::fmt::Write as _;

use crosskey_engine::{
    report::{CheckReport, RequestReport},
    text::{is_command, is_unsafe},
};
use serde::Serialize;

use super::Checked;

/// What a check came to, for programs.
pub(crate) fn check(checked: &Checked<'_>) -> Result<String, serde_json::Error> {
    let results = checked.units.iter().flat_map(|unit| {
        let requests = unit.requests();
        requests.map(|(request, answer)| RequestReport::new(unit.known, unit.name, request, answer))
    });
    let (sources, findings) = (checked.sources, checked.findings.iter().copied());
    let results = results.collect();
    document(&CheckReport::new(sources, findings, checked.ignored, results, checked.read))
}

/// A report as text. What a terminal or a build server would obey is escaped, which changes nothing of what it means in
/// JSON.
pub(crate) fn document<T: Serialize>(report: &T) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(report)?;
    let mut out = String::with_capacity(text.len() + 1);
    for (at, character) in text.char_indices() {
        let obeyed = is_unsafe(character) || (character == '#' && is_command(&text, at));
        if character == '\n' || !obeyed {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out.push('\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        let text = super::document(&["\u{9b}31m", "\u{202e}", "\u{e0001}", "naïve 秘密"]).unwrap();
        assert_eq!(
            text,
            "[\n  \"\\u009b31m\",\n  \"\\u202e\",\n  \"\\udb40\\udc01\",\n  \"naïve 秘密\"\n]\n"
        );
        let back: Vec<String> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, ["\u{9b}31m", "\u{202e}", "\u{e0001}", "naïve 秘密"]);
        let text = super::document(&["##[error]x", "::error::x"]).unwrap();
        assert_eq!(text, "[\n  \"\\u0023#[error]x\",\n  \"::error::x\"\n]\n");
    }
}
