use std::{borrow::Cow, fmt::Write as _};

/// Makes text from a policy safe to print: control characters, terminal escapes and characters that reorder or
/// hide text (bidirectional marks, zero-width characters, line separators, noncharacters) become `\u{…}`. So does the
/// character that makes a word a command to a build server that reads the output; see [`is_command`].
///
/// ```
/// use crosskey_engine::text::escape;
/// assert_eq!(escape("a\u{1b}[31mb"), "a\\u{1b}[31mb");
/// assert_eq!(escape("naïve 秘密"), "naïve 秘密");
/// assert_eq!(escape("::error::x"), "\\u{3a}:error::x");
/// ```
pub fn escape(text: &str) -> Cow<'_, str> {
    let commands = text.contains("::") || text.contains("##");
    if !commands && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for (at, character) in text.char_indices() {
        if is_unsafe(character) || (commands && is_command(text, at)) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Whether the character at `at` begins a command that a build server obeys in its log: `::name`, where a word begins,
/// since lines are broken there, and `##[name]`, `##vso[` and `##teamcity[` anywhere.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>
/// <https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands>
///
/// ```
/// use crosskey_engine::text::is_command;
/// assert!(is_command("a ::error::b", 2) && is_command("a##[error]b", 1));
/// assert!(!is_command("arn:aws:iam::111122223333:root", 11) && !is_command("::/0", 0));
/// ```
pub fn is_command(text: &str, at: usize) -> bool {
    let (before, rest) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
    if let Some(rest) = rest.strip_prefix("::") {
        let begins = before.chars().next_back().is_none_or(char::is_whitespace);
        return begins && rest.starts_with(|next: char| next.is_ascii_alphabetic());
    }
    let named = |rest: &str| ["[", "vso[", "teamcity["].iter().any(|name| rest.starts_with(name));
    rest.strip_prefix("##").is_some_and(named)
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
