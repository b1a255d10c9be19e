//! Characters that IAM does not store.

use super::shared::words::quote;
use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::PolicyKind,
    text::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "character-set",
    severity: Severity::Error,
    summary: "a character that IAM and KMS do not accept in policies",
    why: "Policies hold tab, line feed, carriage return and the characters from the space to U+00FF. A document with \
          typographic quotes, dashes or another script is refused.",
    bad: r#""Sid": "AllowReader–Decrypt""#,
    good: r#""Sid": "AllowReaderDecrypt""#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies() {
        let location = view.document.location;
        for (span, character) in strings(subject.sources.slice(location)) {
            let span = Span::new(location.span.start + span.start, location.span.start + span.end);
            let inside = |s: &&crate::policy::Statement| {
                s.span.start <= span.start && span.end <= s.span.end
            };
            let statement = view.policy.statements.iter().find(inside);
            let code = u32::from(character);
            let message = format!(
                "{} (U+{code:04X}) is not among the characters that policies may hold",
                quote(&character.to_string())
            );
            let help = match plain(character) {
                Some(plain) => format!("write `{plain}`"),
                None => "write it in letters without marks: nothing behind U+00FF is accepted"
                    .to_owned(),
            };
            let finding = view.finding(&RULE, statement, span, message, help);
            // What is written of the character set is written of IAM and KMS.
            let severity = match view.document.kind {
                PolicyKind::Secret | PolicyKind::OtherResource | PolicyKind::VpcEndpoint => {
                    Severity::Warning
                }
                _ => Severity::Error,
            };
            findings.push(Finding { severity, ..finding });
        }
    }
}

/// The strings of a JSON text that hold a character outside of the set, each with the first such character. Escapes
/// count as what they stand for.
fn strings(text: &str) -> Vec<(Span, char)> {
    let mut found = Vec::new();
    // Where the string began, and what it holds.
    let mut string: Option<(usize, Option<char>)> = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        string = match (string, character) {
            (None, '"') => Some((at, None)),
            (None, _) => None,
            (Some((start, bad)), '"') => {
                found.extend(bad.map(|bad| (Span::from_offsets(start, at + 1), bad)));
                None
            }
            (Some((start, bad)), '\\') => {
                let escaped = match characters.next() {
                    Some((at, 'u')) => text.get(at + 1..at + 5).and_then(unescape),
                    Some((_, 'b')) => Some('\u{8}'),
                    Some((_, 'f')) => Some('\u{c}'),
                    _ => None,
                };
                Some((start, bad.or(escaped)))
            }
            (Some((start, bad)), other) => Some((start, bad.or(Some(other).filter(is_foreign)))),
        };
    }
    found
}

/// Four hexadecimal digits of an escape; half of a pair stands for the whole.
fn unescape(digits: &str) -> Option<char> {
    let code = u32::from_str_radix(digits, 16).ok()?;
    Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).filter(is_foreign)
}

const fn is_foreign(character: &char) -> bool {
    !matches!(*character, '\t' | '\n' | '\r' | ' '..='\u{FF}')
}

/// What was most likely meant.
const fn plain(character: char) -> Option<char> {
    match character {
        '“' | '”' | '„' | '«' | '»' => Some('"'),
        '‘' | '’' => Some('\''),
        '–' | '—' | '‐' | '‑' | '−' => Some('-'),
        '＊' => Some('*'),
        '：' => Some(':'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::bare, *};

    #[test]
    fn characters_beyond_latin_one_are_found() {
        assert_eq!(bare(PolicyKind::Identity, r#""Sid": "Ａ""#).found(RULE.id), ["Ａ"]);
        let found = bare(PolicyKind::Key, "\"Sid\": \"Allow – decrypt\"");
        assert_eq!(
            found.said("character-set")[0].1,
            "`–` (U+2013) is not among the characters that policies may hold"
        );
        assert_eq!(found.said("character-set")[0].2, "write `-`");
    }

    #[test]
    fn escapes_count_and_latin_one_does_not() {
        assert_eq!(strings(r#"{"a\"b": "\u00e9\u30a2"}"#), [(Span::new(9, 23), 'ア')]);
        assert_eq!(strings(r#""a\b""#), [(Span::new(0, 5), '\u{8}')]);
        assert_eq!(strings("\"naïve ÿ\""), []);
        let found = bare(PolicyKind::Key, "\"Sid\": \"naïve\"");
        assert!(found.found("character-set").is_empty());
    }
}
