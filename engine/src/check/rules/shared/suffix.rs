use crate::aws::Token;

/// How the pattern of a secret's ARN ends. Secrets Manager ends every ARN with a hyphen and six letters or digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check::rules) enum Ending {
    /// `*` near the end: any suffix, and other names too.
    Star,
    /// `-??????` or the like: this name, any suffix.
    Open,
    /// A hyphen and six characters: one suffix, or a name that happens to look so.
    Full,
    /// No suffix can match.
    Missing,
}

/// How a pattern ends; the tokens are those behind `secret:`.
pub(in crate::check::rules) fn ending(tokens: &[Token]) -> Ending {
    let mut open = false;
    let mut rest = tokens.iter().rev();
    for _ in 0..6 {
        match rest.next() {
            Some(Token::Many) => return Ending::Star,
            Some(Token::One) => open = true,
            Some(Token::Literal(character)) if character.is_ascii_alphanumeric() => {}
            Some(Token::Literal(_)) | None => return Ending::Missing,
        }
    }
    match rest.next() {
        Some(Token::Many) => Ending::Star,
        Some(Token::One | Token::Literal('-')) if open => Ending::Open,
        Some(Token::One | Token::Literal('-')) => Ending::Full,
        Some(Token::Literal(_)) | None => Ending::Missing,
    }
}

/// Whether a literal end looks like a word rather than like six random characters.
pub(in crate::check::rules) fn is_word(end: &str) -> bool {
    let rest = end.get(1..).unwrap_or_default();
    end.starts_with(|c: char| c.is_ascii_alphabetic())
        && (rest.bytes().all(|b| b.is_ascii_lowercase())
            || end.bytes().all(|b| b.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::{super::overlap::glob, *};

    #[test]
    fn endings_are_told_apart() {
        let of = |text: &str| ending(&glob(text));
        assert_eq!(of("DevSecret"), Ending::Missing);
        assert_eq!(of("DevSecret-??????"), Ending::Open);
        assert_eq!(of("DevSecret-?????"), Ending::Missing);
        assert_eq!(of("DevSecret-???????"), Ending::Open);
        assert_eq!(of("DevSecret-a1B2c3"), Ending::Full);
        assert_eq!(of("my-secret"), Ending::Full);
        assert_eq!(of("DevSecret-*"), Ending::Star);
        assert_eq!(of("*"), Ending::Star);
        assert_eq!(of("*Secret"), Ending::Star);
        assert_eq!(of("prod/db"), Ending::Missing);
    }

    #[test]
    fn words_are_told_from_suffixes() {
        assert!(is_word("secret") && is_word("Secret") && is_word("SECRET"));
        assert!(!is_word("a1B2c3") && !is_word("aBcDeF"));
    }
}
