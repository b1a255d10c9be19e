use std::borrow::Cow;

use crosskey_engine::text::{Location, Source, Sources, Span, escape};
use maud::{Markup, html};

use crate::render::window::{Window, first_line};

/// More lines than this are not shown around a place; the line of the place alone is.
const LINES: usize = 24;
/// A piece with a longer line is not shown in full either.
const WIDE: usize = 400;

/// A piece of a source with line numbers, a place in it marked: `around`, where that is short enough, else the line of
/// the place.
pub(super) fn excerpt(sources: &Sources, place: Location, around: Option<Location>) -> Markup {
    let Some(source) = sources.get(place.source) else {
        return html! {};
    };
    let marked = first_line(source, place.span);
    let near = Window::around(source, place.span);
    let around = around.filter(|around| around.source == place.source);
    let Window { start, end } = around
        .and_then(|around| whole_lines(source, around.span))
        .filter(|wide| wide.start <= near.start && near.end <= wide.end)
        .unwrap_or(near);
    let at = source.position(place.span.start);
    let text = source.slice(Span::from_offsets(start, end));
    let first = source.position(Span::from_offsets(start, start).start);
    let mut offset = start;
    html! {
        figure.excerpt {
            figcaption { (escape(source.name())) ":" (at.line) ":" (at.column) }
            pre tabindex="0" {
                @for (number, line) in text.split('\n').enumerate() {
                    @let begins = { let begins = offset; offset += line.len() + 1; begins };
                    @let number = first.line as usize + number;
                    @let [before, mark, after] = cut(line, begins, marked);
                    span class=[(number == at.line as usize).then_some("marked")] {
                        i { (number) }
                        @if number == first.line as usize && first.column > 1 { "…" }
                        (shown(before))
                        @if !mark.is_empty() { mark { (shown(mark)) } }
                        (shown(after))
                    }
                    "\n"
                }
            }
        }
    }
}

/// The lines on which a span lies; `None` where they are too many or too long.
fn whole_lines(source: &Source, span: Span) -> Option<Window> {
    let first = Window::around(source, Span::new(span.start, span.start));
    let last = Window::around(source, Span::new(span.end, span.end));
    let wide = Window { start: first.start, end: last.end };
    let text = source.slice(Span::from_offsets(wide.start, wide.end));
    let fits = text.lines().count() <= LINES && text.lines().all(|line| line.len() <= WIDE);
    fits.then_some(wide)
}

/// The parts of a line before, in and behind a span.
fn cut(line: &str, begins: usize, span: Span) -> [&str; 3] {
    let within = |offset: u32| (offset as usize).saturating_sub(begins).min(line.len());
    let (start, end) = (within(span.start), within(span.end));
    let part = |from: usize, to: usize| line.get(from..to).unwrap_or_default();
    [part(0, start), part(start, end), part(end, line.len())]
}

/// Blanks stay blanks and Windows line ends are none of the reader's business; all else is made visible.
fn shown(text: &str) -> String {
    let text = text.strip_suffix('\r').unwrap_or(text);
    let text: Cow<'_, str> =
        if text.contains('\t') { text.replace('\t', "    ").into() } else { text.into() };
    escape(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, place: Span, around: Option<Span>) -> String {
        let mut sources = Sources::new();
        let source = sources.add(Source::new("a.json", text));
        let around = around.map(|span| Location::new(source, span));
        excerpt(&sources, Location::new(source, place), around).into_string()
    }

    #[test]
    fn the_place_is_marked_in_its_line() {
        let html = plain("{\r\n\t\"é<\": 1,\r\n}", Span::new(4, 9), None);
        assert_eq!(
            html,
            "<figure class=\"excerpt\"><figcaption>a.json:2:2</figcaption><pre tabindex=\"0\">\
             <span class=\"marked\"><i>2</i>    <mark>\"é&lt;\"</mark>: 1,</span>\n</pre></figure>"
                .replace("\"é&lt;\"", "&quot;é&lt;&quot;")
        );
    }

    #[test]
    fn what_is_around_it_is_shown_where_it_is_short() {
        let text = "[\n{\n\"a\": 1\n}\n]";
        let html = plain(text, Span::new(4, 7), Some(Span::new(2, 12)));
        assert!(html.contains("<i>2</i>{") && html.contains("<i>4</i>}"), "{html}");
        assert!(html.contains("<mark>&quot;a&quot;</mark>: 1"), "{html}");
        let long = format!("[\n{{\n\"a\": 1\n{}}}\n]", "\n".repeat(LINES));
        let html = plain(&long, Span::new(4, 7), Some(Span::new(2, 36)));
        assert!(!html.contains("<i>2</i>"), "{html}");
    }

    #[test]
    fn a_long_line_is_cut() {
        let long = format!("{}x{}", "é".repeat(20_000), "é".repeat(20_000));
        let html = plain(&long, Span::new(40_000, 40_001), None);
        assert!(html.len() < 2_000 && html.contains("…"), "{html}");
        assert!(html.contains("<mark>x</mark>"), "{html}");
    }
}
