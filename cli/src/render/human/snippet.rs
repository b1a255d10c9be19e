//! Pieces of the sources, with the part in question underlined.

use std::borrow::Cow;

use annotate_snippets::{Annotation, AnnotationKind, Element, Origin, Renderer, Snippet};
use crosskey_engine::text::{Location, Source, Sources, Span, escape, is_command, is_unsafe};

use super::text::WIDTH;
use crate::render::window::{Window, first_line};

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
    let text = harmless(source.slice(Span::from_offsets(window.start, window.end)));
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

/// Text that neither a terminal nor a build server obeys any more, of the same length, so that what is underlined stays where it is. The renderer
/// makes a picture of each character of ASCII that needs one.
fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmful = |character: char| !character.is_ascii() && is_unsafe(character);
    let commands = text.contains("##");
    if !commands && !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let parts = text.char_indices().map(|(at, character)| match character.len_utf8() {
        // Before every line of the source stands its number, so that no other command begins there.
        _ if commands && character == '#' && is_command(text, at) => "?".to_owned(),
        _ if !is_harmful(character) => character.to_string(),
        3 => char::REPLACEMENT_CHARACTER.to_string(),
        length => "?".repeat(length),
    });
    Cow::Owned(parts.collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_of_a_source() {
        let text = "\u{9b}31m\u{85}\u{202e}\u{feff}\u{e0001}é";
        let shown = harmless(text);
        assert_eq!(shown, "??31m??\u{fffd}\u{fffd}????é");
        assert_eq!(shown.len(), text.len());
        assert_eq!(harmless("\"##[error]\": \"## \""), "\"?#[error]\": \"## \"");

        let mut sources = Sources::new();
        let text = "\u{1b}[31m\u{9b}0m\u{7f}\t\u{85} {}\r\n{ }";
        let source = sources.add(Source::new("a.json", text));
        let mark = |start, end| Mark {
            location: Location::new(source, Span::new(start, end)),
            label: String::new(),
        };
        let marks = [mark(14, 16), mark(18, 21)];
        let title = annotate_snippets::Level::ERROR.primary_title("x");
        let group = title.elements(pictures(&sources, &marks));
        let out = Renderer::plain().render(&[group]);
        assert_eq!(out.chars().find(|c| *c != '\n' && is_unsafe(*c)), None, "{out}");
        assert!(!out.contains('␍'), "{out}");
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
