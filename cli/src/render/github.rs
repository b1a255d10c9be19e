//! Workflow commands, which GitHub shows beside the lines of a change.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write as _;

use crosskey_engine::{
    finding::{Finding, Severity},
    text::{Position, escape},
};

use super::{
    Part, RenderError, Report, Totals,
    words::{self, for_example},
};

/// What a check came to: an annotation a finding, then one for each answer that is left open.
#[derive(Debug, Default)]
pub(crate) struct Github {
    findings: String,
    open: String,
}

impl Report for Github {
    fn add(&mut self, part: Part<'_>) -> Result<(), RenderError> {
        for found in part.findings {
            let level = match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            let place = found.positions(part.sources);
            let file = found.file(part.sources);
            command(&mut self.findings, level, file, place, found.rule.id, &message(found));
        }
        for (request, answer) in part.requests().filter(|(_, answer)| answer.is_open()) {
            let place = part.sources.positions(request.location);
            let file = part.sources.name(request.location.source);
            let message = [words::open(request, answer)];
            command(&mut self.open, "warning", file, place, "indeterminate", &message);
        }
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Totals) -> Result<String, RenderError> {
        Ok(self.findings + &self.open)
    }
}

/// The lines of a finding's annotation.
fn message(finding: &Finding) -> Vec<String> {
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.witness.as_ref().map(for_example));
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", finding.help));
    }
    lines
}

fn command(
    out: &mut String,
    level: &str,
    file: &str,
    place: Option<(Position, Position)>,
    title: &str,
    message: &[String],
) {
    let _ = write!(out, "::{level} file={}", property(&escape(file)));
    if let Some((start, end)) = place {
        let _ = write!(out, ",line={},endLine={}", start.line, end.line);
        // Columns are for places on one line.
        if start.line == end.line {
            let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
        }
    }
    let lines: Vec<_> = message.iter().map(|line| escape(line)).collect();
    let message = data(&lines.join("\n"));
    let _ = writeln!(out, ",title={}::{message}", property(&format!("Crosskey: {title}")));
}

/// The message of a command, in which a line break would end it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which a comma or a colon would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn nothing_ends_a_command_early() {
        let mut out = String::new();
        let at = |line, column| Position { line, column };
        let place = Some((at(1, 2), at(1, 5)));
        command(
            &mut out,
            "error",
            "a,b:c%\r\n",
            place,
            "x::y",
            &lines(&["100%", "\r\n::error::no"]),
        );
        assert_eq!(
            out,
            "::error file=a%2Cb%3Ac%25\\u{d}\\u{a},line=1,endLine=1,col=2,endColumn=5,\
             title=Crosskey%3A x%3A%3Ay::100%25%0A\\u{d}\\u{a}\\u{3a}:error::no\n"
        );
    }

    #[test]
    fn several_lines_have_no_columns() {
        let mut out = String::new();
        let at = |line, column| Position { line, column };
        command(&mut out, "notice", "a", Some((at(1, 9), at(3, 2))), "t", &lines(&["m"]));
        assert_eq!(out, "::notice file=a,line=1,endLine=3,title=Crosskey%3A t::m\n");
        out.clear();
        command(&mut out, "notice", "a", None, "t", &lines(&["m"]));
        assert_eq!(out, "::notice file=a,title=Crosskey%3A t::m\n");
    }
}
