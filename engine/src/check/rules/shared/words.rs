use std::fmt::Display;

use crate::text::escape;

/// The longest text that a message repeats whole.
const LONGEST: usize = 160;

/// Text of the user as messages show it: in backticks, safe to print, not too long.
pub(in crate::check::rules) fn quote(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("`{}…`", escape(text.get(..cut).unwrap_or_default())),
        None => format!("`{}`", escape(text)),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(in crate::check::rules) fn listed<T: Display>(items: &[T]) -> String {
    let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(quote("a\u{7}"), "`a\\u{7}`");
        assert_eq!(quote(&"é".repeat(200)), format!("`{}…`", "é".repeat(160)));
    }

    #[test]
    fn lists_read_as_people_write_them() {
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed(&["a"]), "a");
    }
}
