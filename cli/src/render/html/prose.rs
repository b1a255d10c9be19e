use crosskey_engine::text::escape;
use maud::{Markup, html};

/// A sentence; what stands between backticks is set as code.
pub(super) fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // The last backtick of an odd number opens nothing.
    let closed = parts.len() - usize::from(parts.len().is_multiple_of(2));
    html! {
        @for (number, part) in parts.iter().enumerate() {
            @if number % 2 == 1 && number < closed {
                code { (escape(part)) }
            } @else {
                @if number >= closed && number > 0 { "`" }
                (escape(part))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(prose("a `b` c").into_string(), "a <code>b</code> c");
        assert_eq!(prose("a `b").into_string(), "a `b");
        assert_eq!(prose("`a` `b").into_string(), "<code>a</code> `b");
        assert_eq!(prose("").into_string(), "");
    }

    #[test]
    fn nothing_in_it_is_obeyed() {
        assert_eq!(
            prose("`<b>` & \u{202e}\u{1b}[0m").into_string(),
            "<code>&lt;b&gt;</code> &amp; \\u{202e}\\u{1b}[0m"
        );
    }
}
