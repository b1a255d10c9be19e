//! Words and lines.

use crosskey_engine::prove::{BoundKind, Cause};

/// The width that text is wrapped to.
pub(super) const WIDTH: usize = 100;

/// Breaks text at blanks into lines of at most `width` characters; a longer word has a line of its own.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let long = line.chars().count() + 1 + word.chars().count() > width;
        if long && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Puts `indent` before every line that is not empty.
pub(super) fn indented(text: &str, indent: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if !line.is_empty() {
            out.push_str(indent);
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Why something could not be decided, and what lets the proof go further.
pub(super) fn cause(cause: &Cause) -> String {
    let raise = match cause {
        Cause::Bound(bound) => bound.raise(),
        _ => None,
    };
    raise.map_or_else(|| cause.to_string(), |raise| format!("{cause} ({raise})"))
}

/// That a list goes on, and what lets all of it be told.
pub(super) fn more(bound: BoundKind) -> String {
    format!("\n… and more (`--limit {}=NUMBER` tells more of it)\n", bound.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("extraordinarily long", 4), ["extraordinarily", "long"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
