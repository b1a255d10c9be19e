//! Markdown for the comment on a change.
//!
//! What comes from the input stands in `code` elements with all its punctuation as character references: then it is
//! no table cell, link, mention or element. A mention is looked for after Markdown is read, but never in code.
//! <https://github.github.com/gfm/>

use std::{collections::BTreeMap, fmt::Write as _};

use crosskey_engine::{
    bundle::Decision,
    finding::{Finding, Severity},
    text::escape,
};

use super::{
    Checked,
    words::{Outcome, count, expected, for_example},
};

/// What a check came to.
pub(crate) fn check(checked: &Checked<'_>) -> String {
    let mut out = String::from("## Crosskey\n\n");
    let severities = checked.severities().map(|(severity, number)| match (severity, number) {
        (Severity::Info, _) => format!("{number} info"),
        (severity, number) => count(number, severity.as_str()),
    });
    let read = checked.read;
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "**{}** in {}, {} and {}.\n",
        severities.join(", "),
        count(read.bundles, "bundle"),
        count(read.policies, "policy"),
        count(read.files, "file"),
    );
    requests(&mut out, checked);
    findings(&mut out, checked);
    out
}

/// A row a request.
fn requests(out: &mut String, checked: &Checked<'_>) {
    if checked.requests().next().is_none() {
        return;
    }
    out.push_str("| | request | answer | expected |\n|---|---|---|---|\n");
    for (request, answer) in checked.requests() {
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
        let _ = writeln!(out, "| {sign} | {name} | {outcome} | {expected} |");
    }
    out.push('\n');
}

/// The findings, file by file.
fn findings(out: &mut String, checked: &Checked<'_>) {
    let mut files: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &checked.findings {
        files.entry(finding.file(checked.sources)).or_default().push(finding);
    }
    for (file, findings) in files {
        let _ = writeln!(out, "### {}\n", code(file));
        for finding in findings {
            let line = finding.positions(checked.sources);
            let line = line.map(|(start, _)| format!(", line {}", start.line)).unwrap_or_default();
            let (severity, rule) = (finding.severity, finding.rule.id);
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
        out.push('\n');
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
