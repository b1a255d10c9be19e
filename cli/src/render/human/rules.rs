use std::fmt::Write as _;

use crosskey_engine::finding::Rule;

use super::{
    style::{BAD, DIM, GOOD, STRONG, of_severity, paint},
    text::{WIDTH, indented, wrap},
};

/// All rules, a line or two each.
pub(crate) fn list(rules: &[&Rule]) -> String {
    let longest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut out = String::new();
    for rule in rules {
        let severity = format!("{:<7}", rule.severity.as_str());
        let severity = paint(of_severity(rule.severity), severity);
        let margin = longest + 11;
        for (number, line) in wrap(rule.summary, WIDTH - margin).iter().enumerate() {
            let _ = match number {
                0 => writeln!(out, "{:<longest$}  {severity}  {line}", rule.id),
                _ => writeln!(out, "{:<margin$}{line}", ""),
            };
        }
    }
    out
}

/// One rule, explained.
pub(crate) fn explain(rule: &Rule) -> String {
    let severity = paint(of_severity(rule.severity), rule.severity);
    let mut out = format!("{} ({severity}): {}\n", paint(STRONG, rule.id), rule.summary);
    let mut part = |title: String, text: &str| {
        let _ = write!(out, "\n{title}\n{}", indented(text, "  "));
    };
    part(paint(STRONG, "Why"), &wrap(rule.why, WIDTH - 2).join("\n"));
    part(paint(BAD, "Instead of"), rule.bad);
    part(paint(GOOD, "write"), rule.good);
    part(paint(STRONG, "See"), rule.reference);
    let _ = writeln!(out, "\n{}", paint(DIM, format!("Found by `crosskey check` as {}", rule.id)));
    out
}
