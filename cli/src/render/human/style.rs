//! Colours and marks. Text that reaches a terminal or a file without colour is the same without them.

use anstyle::{AnsiColor, Color, Style};
use crosskey_engine::{bundle::Decision, finding::Severity, text::escape};

use crate::render::words::count;

const fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

/// What has been found good.
pub(super) const GOOD: Style = color(AnsiColor::Green).bold();
/// What has been found bad.
pub(super) const BAD: Style = color(AnsiColor::Red).bold();
/// What is open or doubtful.
pub(super) const OPEN: Style = color(AnsiColor::Yellow).bold();
/// What helps.
pub(super) const HELP: Style = color(AnsiColor::Cyan).bold();
/// Headings.
pub(super) const STRONG: Style = Style::new().bold();
/// What can be skipped.
pub(super) const DIM: Style = Style::new().dimmed();

/// Text in a style.
pub(super) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The mark before a decision, in its colour.
pub(super) fn mark(decision: Decision) -> String {
    let mark = match decision {
        Decision::Allow => "✓",
        Decision::ExplicitDeny | Decision::ImplicitDeny => "✗",
        Decision::Indeterminate => "?",
        Decision::Invalid => "!",
    };
    paint(of_decision(decision), mark)
}

/// The colour of a decision.
pub(super) const fn of_decision(decision: Decision) -> Style {
    match decision {
        Decision::Allow => GOOD,
        Decision::ExplicitDeny | Decision::ImplicitDeny => BAD,
        Decision::Indeterminate | Decision::Invalid => OPEN,
    }
}

/// The colour of a severity.
pub(super) const fn of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Error => BAD,
        Severity::Warning => OPEN,
        Severity::Info => HELP,
    }
}

/// A note for standard error.
pub(crate) fn note(text: &str) -> String {
    format!("{}: {text}\n", paint(HELP, "note"))
}

/// A failure for standard error.
pub(crate) fn failure(message: &str, help: Option<&str>) -> String {
    let mut text = format!("{}: {message}\n", paint(BAD, "error"));
    if let Some(help) = help {
        text.push_str(&format!("{}: {help}\n", paint(HELP, "help")));
    }
    text
}

/// The name of a bundle above its answers.
pub(crate) fn heading(name: &str) -> String {
    format!("{}\n", paint(STRONG, escape(name)))
}

/// A bundle of whose answers there is nothing to tell.
pub(crate) fn as_expected(name: &str, requests: usize) -> String {
    let requests = count(requests, "request");
    format!("{} {}: {requests} as expected\n", paint(GOOD, "✓"), escape(name))
}
