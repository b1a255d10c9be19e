//! How much of a source is shown around a place.

use crosskey_engine::text::{Source, Span};

/// The part of a span on its first line: underlining thirty lines helps nobody.
pub(super) fn first_line(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    let first = text.lines().next().unwrap_or_default();
    Span::new(span.start, span.start + Span::from_offsets(0, first.len()).end)
}

/// The part of a source that is shown, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Window {
    /// More than this is not handed to the renderer: a file may be one long line.
    const MOST: usize = 16 * 1024;
    /// What is kept of such a line on each side of the mark.
    const SIDE: usize = 200;

    /// The line on which a span begins.
    pub(super) fn around(source: &Source, span: Span) -> Self {
        let text = source.text();
        let span = first_line(source, span);
        let (start, end) = (span.start as usize, span.end as usize);
        let line = source.line(span.start);
        let (line_start, line_end) = (line.start as usize, end.max(line.end as usize));
        if line_end - line_start <= Self::MOST {
            return Self { start: line_start, end: line_end };
        }
        let floor = text.floor_char_boundary(start.saturating_sub(Self::SIDE));
        let ceiling = text.ceil_char_boundary((end.min(start + Self::SIDE)) + Self::SIDE);
        Self { start: floor.max(line_start), end: ceiling.min(line_end) }
    }

    /// The window that shows the line of another span too; `None` where they are too far apart.
    pub(super) fn widened(self, source: &Source, span: Span) -> Option<Self> {
        let other = Self::around(source, span);
        let wide = Self { start: self.start.min(other.start), end: self.end.max(other.end) };
        (wide.end - wide.start <= Self::MOST || wide == self).then_some(wide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_a_line_or_a_part_of_one() {
        let source = Source::new("a", "{\n  \"é\": 1,\n  \"b\": {\n  }\n}");
        let span = Span::new(18, 24);
        let shown =
            |window: Window| source.slice(Span::from_offsets(window.start, window.end)).to_owned();
        let window = Window::around(&source, span);
        assert_eq!(shown(window), "  \"b\": {");
        let wide = window.widened(&source, Span::new(4, 8)).unwrap();
        assert_eq!(shown(wide), "  \"é\": 1,\n  \"b\": {");

        let long = Source::new("a", "é".repeat(100_000));
        let window = Window::around(&long, Span::new(100_000, 100_002));
        assert!(window.end - window.start < 500);
        assert!(window.widened(&long, Span::new(0, 2)).is_none());
    }
}
