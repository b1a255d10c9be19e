//! Pieces of the sources, with the part in question underlined.

use annotate_snippets::{Annotation, AnnotationKind, Element, Origin, Renderer, Snippet};
use crosskey_engine::text::{Location, Source, Sources, Span, escape};

use super::text::WIDTH;

/// A place to show and what is to be said of it.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// The place.
    pub(super) location: Location,
    /// What is said beside it; may be empty.
    pub(super) label: String,
}

/// What turns a report into text; there is room left to indent it.
pub(super) const fn renderer() -> Renderer {
    Renderer::styled().hyperlink(false).term_width(WIDTH - 6)
}

/// Shows the first mark as the one in question, the others as context: those near it in the same picture, the rest in
/// pictures of their own.
pub(super) fn pictures<'a>(sources: &'a Sources, marks: &'a [Mark]) -> Vec<Element<'a>> {
    let mut elements = Vec::new();
    let mut rest: Vec<(AnnotationKind, &Mark)> = Vec::new();
    for (number, mark) in marks.iter().enumerate() {
        let kind = if number == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        rest.push((kind, mark));
    }
    while let Some((_, first)) = rest.first() {
        let first = *first;
        let Some(source) = sources.get(first.location.source) else {
            rest.remove(0);
            continue;
        };
        let mut window = Window::around(source, first.location.span);
        let (mut shown, mut others) = (Vec::new(), Vec::new());
        for (kind, mark) in rest {
            let same = mark.location.source == first.location.source;
            match same.then(|| window.widened(source, mark.location.span)).flatten() {
                Some(wider) => {
                    window = wider;
                    shown.push((kind, mark));
                }
                None => others.push((kind, mark)),
            }
        }
        elements.extend(picture(source, window, first, &shown));
        rest = others;
    }
    elements
}

fn picture<'a>(
    source: &'a Source,
    window: Window,
    first: &Mark,
    marks: &[(AnnotationKind, &'a Mark)],
) -> Vec<Element<'a>> {
    let name = escape(source.name());
    let text = source.slice(Span::from_offsets(window.start, window.end));
    let begins = source.position(Span::from_offsets(window.start, 0).start);
    let annotations = marks.iter().map(|(kind, mark)| annotation(source, window, *kind, mark));
    let snippet = Snippet::source(text).line_start(begins.line as usize).annotations(annotations);
    if begins.column == 1 {
        return vec![snippet.path(name).into()];
    }
    // The renderer would count columns from the cut.
    let position = source.position(first.location.span.start);
    let origin =
        Origin::path(name).line(position.line as usize).char_column(position.column as usize);
    vec![origin.into(), snippet.into()]
}

fn annotation<'a>(
    source: &Source,
    window: Window,
    kind: AnnotationKind,
    mark: &'a Mark,
) -> Annotation<'a> {
    let span = first_line(source, mark.location.span);
    let within = |offset: u32| (offset as usize).clamp(window.start, window.end) - window.start;
    let label = (!mark.label.is_empty()).then(|| escape(&mark.label));
    kind.span(within(span.start)..within(span.end)).label(label)
}

/// The part of a span on its first line: underlining thirty lines helps nobody.
fn first_line(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    let first = text.lines().next().unwrap_or_default();
    Span::new(span.start, span.start + Span::from_offsets(0, first.len()).end)
}

/// The part of a source that is shown, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    start: usize,
    end: usize,
}

impl Window {
    /// More than this is not handed to the renderer: a file may be one long line.
    const MOST: usize = 16 * 1024;
    /// What is kept of such a line on each side of the mark.
    const SIDE: usize = 200;

    /// The line on which a span begins.
    fn around(source: &Source, span: Span) -> Self {
        let text = source.text();
        let span = first_line(source, span);
        let (start, end) = (span.start as usize, span.end as usize);
        let before = text.get(..start).unwrap_or_default();
        let after = text.get(end..).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_end = after.find('\n').map_or(text.len(), |at| end + at);
        if line_end - line_start <= Self::MOST {
            return Self { start: line_start, end: line_end };
        }
        let floor = text.floor_char_boundary(start.saturating_sub(Self::SIDE));
        let ceiling = text.ceil_char_boundary((end.min(start + Self::SIDE)) + Self::SIDE);
        Self { start: floor.max(line_start), end: ceiling.min(line_end) }
    }

    /// The window that shows the line of another span too; `None` where they are too far apart.
    fn widened(self, source: &Source, span: Span) -> Option<Self> {
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

    #[test]
    fn the_end_of_an_empty_text_can_be_shown() {
        let mut sources = Sources::new();
        let source = sources.add(Source::new("empty.json", ""));
        let location = Location::new(source, Span::new(0, 0));
        let marks = [Mark { location, label: String::new() }];
        assert_eq!(pictures(&sources, &marks).len(), 1);
    }
}
