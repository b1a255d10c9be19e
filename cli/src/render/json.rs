//! Reports for programs. The types here are the contract: their JSON Schemas are printed by `crosskey schema`, and
//! the order of their fields is that of the output.

mod access;
mod answer;
mod diff;
mod finding;
mod public;
mod rule;

use std::fmt::Write as _;

use crosskey_engine::text::is_unsafe;
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use self::{
    access::{WhoCanReport, who_can},
    answer::{RequestReport, SimulateReport, diagnostics, mistake, result, unusable},
    diff::{DiffReport, diff},
    finding::{CheckReport, ReadReport, check},
    public::{PublicReport, public},
    rule::RulesReport,
};

/// The version of all reports.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// A problem with the input that is no finding of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Diagnostic {
    /// The field at fault, as the manifest calls it; empty where it is not one field.
    pub(crate) field: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: String,
    /// The file.
    pub(crate) file: String,
    /// Line, from 1.
    pub(crate) line: Option<u32>,
    /// Column in characters, from 1.
    pub(crate) column: Option<u32>,
}

/// A report as text. Characters that a terminal would obey are escaped, which changes nothing of what they mean in
/// JSON.
pub(crate) fn document<T: Serialize>(report: &T) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(report)?;
    let mut out = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if character == '\n' || !is_unsafe(character) {
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
    }
}
