//! Reports for programs: the engine's [`report`](crosskey_engine::report) as text.

use std::fmt::Write as _;

use crosskey_engine::{
    report::{CheckReport, FindingReport, IgnoredReport, RequestReport},
    text::{is_command, is_unsafe},
};
use serde::Serialize;

use super::{Part, RenderError, Report, Totals, list::List};

/// What a check came to, for programs.
#[derive(Debug)]
pub(crate) struct Json {
    findings: List,
    results: List,
    ignored: List,
}

impl Json {
    /// An empty report.
    pub(crate) const fn new() -> Self {
        // The lists are members of the report.
        Self { findings: List::new(1), results: List::new(1), ignored: List::new(1) }
    }
}

impl Report for Json {
    fn add(&mut self, part: Part<'_>) -> Result<(), RenderError> {
        for found in part.findings {
            self.findings.push(&FindingReport::new(part.sources, found))?;
        }
        for found in part.ignored {
            self.ignored.push(&IgnoredReport::new(part.sources, found))?;
        }
        if let Some(unit) = part.unit {
            for (request, answer) in unit.requests() {
                let result = RequestReport::new(unit.known, unit.name, request, answer);
                self.results.push(&result)?;
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>, totals: &Totals) -> Result<String, RenderError> {
        let Self { findings, results, ignored } = *self;
        document(&CheckReport::new(findings, results, totals.read, ignored))
    }
}

/// A report as text. What a terminal or a build server would obey is escaped, which changes nothing of what it means in
/// JSON.
pub(crate) fn document<T: Serialize>(report: &T) -> Result<String, RenderError> {
    let text = serde_json::to_string_pretty(report)?;
    let mut out = String::with_capacity(text.len() + 1);
    let mut rest = text.as_str();
    let is_suspect = |c: char| c != '\n' && (c == '#' || c.is_ascii_control() || !c.is_ascii());
    while let Some((before, from)) = rest.find(is_suspect).and_then(|at| rest.split_at_checked(at))
    {
        out.push_str(before);
        let mut characters = from.chars();
        let Some(character) = characters.next() else { break };
        let at = text.len() - from.len();
        match is_unsafe(character) || (character == '#' && is_command(&text, at)) {
            false => out.push(character),
            true => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
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
