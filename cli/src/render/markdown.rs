//! Markdown for the comment on a change.
//!
//! What comes from the input stands in `code` elements with all its punctuation as character references: then it is
//! no table cell, link, mention or element. A mention is looked for after Markdown is read, but never in code.
//! <https://github.github.com/gfm/>

use std::{collections::BTreeMap, fmt::Write as _};

use crosskey_engine::{
    bundle::{Decision, Request},
    check::RequestAnswer,
    finding::{Finding, Severity},
    text::{Sources, escape},
};

use super::{
    Part, RenderError, Report, Totals,
    words::{Outcome, count, expected, for_example},
};

/// What a check came to: a table of the answers, then the findings, file by file.
#[derive(Debug, Default)]
pub(crate) struct Markdown {
    answers: String,
    /// By file.
    findings: BTreeMap<String, String>,
}

impl Report for Markdown {
    fn add(&mut self, part: Part<'_>) -> Result<(), RenderError> {
        for (request, answer) in part.requests() {
            row(&mut self.answers, request, answer);
        }
        for found in part.findings {
            let out = self.findings.entry(found.file(part.sources).to_owned()).or_default();
            finding(out, part.sources, found);
        }
        Ok(())
    }

    fn finish(self: Box<Self>, totals: &Totals) -> Result<String, RenderError> {
        let severities = totals.severities.map(|(severity, number)| match (severity, number) {
            (Severity::Info, _) => format!("{number} info"),
            (severity, number) => count(number, severity.as_str()),
        });
        let (severities, read) = (severities.join(", "), totals.read);
        let [bundles, policies, files] = [
            count(read.bundles, "bundle"),
            count(read.policies, "policy"),
            count(read.files, "file"),
        ];
        let mut out =
            format!("## Crosskey\n\n**{severities}** in {bundles}, {policies} and {files}.\n\n");
        if totals.requests > 0 {
            let head = "| | request | answer | expected |\n|---|---|---|---|\n";
            out.extend([head, &self.answers, "\n"]);
        }
        for (file, findings) in &self.findings {
            // Writing to a string cannot fail.
            let _ = write!(out, "### {}\n\n{findings}\n", code(file));
        }
        Ok(out)
    }
}

/// A row a request.
fn row(out: &mut String, request: &Request, answer: &RequestAnswer) {
    let outcome = Outcome::of(answer);
    let sign = match (answer.expectation_met, outcome.decision) {
        (Some(true), _) => "✅",
        (Some(false), _) => "❌",
        (None, Decision::Indeterminate | Decision::Invalid) => "❔",
        (None, _) => "",
    };
    let expected = match (&request.expectation, answer.expectation_met) {
        (Some(expectation), Some(false)) => format!("no: {}", code(&expected(expectation))),
        (Some(_), Some(true)) => "yes".to_owned(),
        _ => String::new(),
    };
    let (name, outcome) = (code(&request.name), code(&outcome.to_string()));
    // Writing to a string cannot fail.
    let _ = writeln!(out, "| {sign} | {name} | {outcome} | {expected} |");
}

fn finding(out: &mut String, sources: &Sources, finding: &Finding) {
    let line = finding.positions(sources);
    let line = line.map(|(start, _)| format!(", line {}", start.line)).unwrap_or_default();
    let (severity, rule) = (finding.severity, finding.rule.id);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "- **{severity}** `{rule}`{line}: {}", code(&finding.message));
    if !finding.help.is_empty() {
        let _ = writeln!(out, "  <br>To do: {}", code(&finding.help));
    }
    if let Some(witness) = &finding.witness {
        let sentence = code(&for_example(witness));
        let _ = writeln!(
            out,
            "  <details><summary>A request that shows it</summary>{sentence}</details>"
        );
    }
}

/// Text from the input, inert.
fn code(text: &str) -> String {
    let mut out = String::from("<code>");
    for character in escape(text).chars() {
        if character == ' ' || character.is_alphanumeric() {
            out.push(character);
        } else {
            let _ = write!(out, "&#{};", u32::from(character));
        }
    }
    out.push_str("</code>");
    out
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn nothing_in_it_is_obeyed() {
        assert_eq!(code("a|`@b"), "<code>a&#124;&#96;&#64;b</code>");
        assert_eq!(code("www.a <i>"), "<code>www&#46;a &#60;i&#62;</code>");
        assert_eq!(code("\n é"), "<code>&#92;u&#123;a&#125; é</code>");
    }
}
