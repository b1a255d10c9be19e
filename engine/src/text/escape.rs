use std::{borrow::Cow, fmt::Write as _};

/// Makes text from a policy safe to print: control characters, terminal escapes and characters that reorder or
/// hide text (bidirectional marks, zero-width characters, line separators, noncharacters) become `\u{…}`.
///
/// ```
/// use crosskey_engine::text::escape;
/// assert_eq!(escape("a\u{1b}[31mb"), "a\\u{1b}[31mb");
/// assert_eq!(escape("naïve 秘密"), "naïve 秘密");
/// ```
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_unsafe(character) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal or a page would obey a character or hide it, so that [`escape`] makes it visible.
///
/// ```
/// use crosskey_engine::text::is_unsafe;
/// assert!(is_unsafe('\u{9b}') && is_unsafe('\u{202e}'));
/// assert!(!is_unsafe('é'));
/// ```
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{FFFE}'..='\u{FFFF}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_would_obey() {
        assert_eq!(escape("\u{7}\r\n\t\u{9b}"), "\\u{7}\\u{d}\\u{a}\\u{9}\\u{9b}");
        assert_eq!(escape("\u{202e}gnp"), "\\u{202e}gnp");
    }

    #[test]
    fn escapes_what_xml_cannot_hold() {
        assert_eq!(escape("\u{0}\u{1b}\u{fffe}\u{ffff}"), "\\u{0}\\u{1b}\\u{fffe}\\u{ffff}");
    }
}
