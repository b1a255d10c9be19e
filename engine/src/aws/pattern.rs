use std::str::Chars;

/// One element of a [`Pattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token {
    /// This character.
    Literal(char),
    /// `?`: any one character.
    One,
    /// `*`: any run of characters, the empty one included.
    Many,
}

/// A pattern as IAM means it: `*` is any run of characters, `?` any one, everything else stands for itself, and
/// the whole text must match.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
///
/// ```
/// use crosskey_engine::aws::Pattern;
/// let pattern = Pattern::new("DevSecret-??????");
/// assert!(pattern.matches("DevSecret-a1B2c3"));
/// assert!(!pattern.matches("DevSecret-other-x9Y8z7"));
/// assert!(!Pattern::literal("DevSecret-??????").matches("DevSecret-a1B2c3"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    shape: Shape,
}

/// The commonest shapes are told apart once, so that they match without a loop over tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Shape {
    Any,
    Literal(Box<str>),
    /// A literal and then `*`.
    Prefix(Box<str>),
    /// `*` and then a literal.
    Suffix(Box<str>),
    /// A literal between two `*`.
    Contains(Box<str>),
    /// A literal and then as many `?`: a secret whose random end is left open.
    Ones(Box<str>, usize),
    /// A literal, perhaps empty, and then tokens of which the first is a wildcard.
    General(Box<str>, Box<[Token]>),
}

impl Pattern {
    /// Reads `*` and `?` as wildcards.
    pub fn new(text: &str) -> Self {
        Self::from_tokens(tokens(text))
    }

    /// The pattern that only `text` itself matches.
    pub fn literal(text: &str) -> Self {
        Self { shape: Shape::Literal(text.into()) }
    }

    /// A pattern of ready tokens, as when a policy variable's value must stay literal.
    pub fn from_tokens(tokens: impl IntoIterator<Item = Token>) -> Self {
        let mut kept: Vec<Token> = tokens.into_iter().collect();
        kept.dedup_by(|a, b| *a == Token::Many && *b == Token::Many);
        let literals: String = kept
            .iter()
            .map_while(|token| match token {
                Token::Literal(character) => Some(*character),
                Token::One | Token::Many => None,
            })
            .collect();
        let leading = literals.chars().count();
        let tail = kept.get(leading..).unwrap_or_default();
        let shape = match tail {
            [] => Shape::Literal(literals.into()),
            [Token::Many] if leading == 0 => Shape::Any,
            [Token::Many] => Shape::Prefix(literals.into()),
            [Token::Many, rest @ ..] if leading == 0 => match (literal(rest), rest) {
                (Some(suffix), _) => Shape::Suffix(suffix.into()),
                (None, [inner @ .., Token::Many]) => match literal(inner) {
                    Some(inner) => Shape::Contains(inner.into()),
                    None => Shape::General(literals.into(), tail.into()),
                },
                (None, _) => Shape::General(literals.into(), tail.into()),
            },
            ones if ones.iter().all(|token| *token == Token::One) => {
                Shape::Ones(literals.into(), ones.len())
            }
            _ => Shape::General(literals.into(), tail.into()),
        };
        Self { shape }
    }

    /// Whether the whole of `text` matches, case-sensitively.
    pub fn matches(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Any => true,
            Shape::Literal(literal) => **literal == *text,
            Shape::Prefix(prefix) => text.starts_with(&**prefix),
            Shape::Suffix(suffix) => text.ends_with(&**suffix),
            Shape::Contains(inner) => text.contains(&**inner),
            Shape::Ones(head, count) => {
                text.strip_prefix(&**head).is_some_and(|rest| rest.chars().count() == *count)
            }
            Shape::General(head, tokens) => {
                text.strip_prefix(&**head).is_some_and(|rest| matches_tokens(tokens, rest))
            }
        }
    }

    /// Whether some text that begins with `prefix` matches.
    pub fn matches_some_with_prefix(&self, prefix: &str) -> bool {
        match &self.shape {
            Shape::Any => true,
            Shape::Literal(literal) => literal.starts_with(prefix),
            Shape::Prefix(own) => own.starts_with(prefix) || prefix.starts_with(&**own),
            // The star takes the prefix.
            Shape::Suffix(_) | Shape::Contains(_) => true,
            Shape::Ones(head, _) | Shape::General(head, _) if head.starts_with(prefix) => true,
            Shape::Ones(head, count) => {
                prefix.strip_prefix(&**head).is_some_and(|rest| rest.chars().count() <= *count)
            }
            Shape::General(head, tokens) => {
                let Some(rest) = prefix.strip_prefix(&**head) else { return false };
                // All positions that the tokens can have reached behind the prefix.
                let mut reached = vec![0];
                for character in rest.chars() {
                    reached = advance(tokens, &reached, character);
                }
                !reached.is_empty()
            }
        }
    }

    /// Whether every text matches.
    pub const fn is_any(&self) -> bool {
        matches!(self.shape, Shape::Any)
    }

    /// The one text that matches, if the pattern has no wildcard.
    pub fn as_literal(&self) -> Option<&str> {
        match &self.shape {
            Shape::Literal(literal) => Some(literal),
            _ => None,
        }
    }

    /// What every text that matches begins with.
    pub fn head(&self) -> &str {
        match &self.shape {
            Shape::Any | Shape::Suffix(_) | Shape::Contains(_) => "",
            Shape::Literal(text)
            | Shape::Prefix(text)
            | Shape::Ones(text, _)
            | Shape::General(text, _) => text,
        }
    }

    /// The tokens, for those who compare patterns rather than match them.
    pub fn tokens(&self) -> Vec<Token> {
        let literal = |text: &str| text.chars().map(Token::Literal).collect::<Vec<_>>();
        match &self.shape {
            Shape::Any => vec![Token::Many],
            Shape::Literal(text) => literal(text),
            Shape::Prefix(text) => {
                let mut tokens = literal(text);
                tokens.push(Token::Many);
                tokens
            }
            Shape::Suffix(text) => {
                let mut tokens = vec![Token::Many];
                tokens.extend(literal(text));
                tokens
            }
            Shape::Contains(text) => {
                let mut tokens = vec![Token::Many];
                tokens.extend(literal(text));
                tokens.push(Token::Many);
                tokens
            }
            Shape::Ones(head, count) => {
                let mut tokens = literal(head);
                tokens.extend(std::iter::repeat_n(Token::One, *count));
                tokens
            }
            Shape::General(head, tail) => {
                let mut tokens = literal(head);
                tokens.extend_from_slice(tail);
                tokens
            }
        }
    }
}

/// The text of tokens that are all literal.
fn literal(tokens: &[Token]) -> Option<String> {
    tokens
        .iter()
        .map(|token| match token {
            Token::Literal(character) => Some(*character),
            Token::One | Token::Many => None,
        })
        .collect()
}

/// The tokens of a text in which `*` and `?` are wildcards.
fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    text.chars().map(|character| match character {
        '*' => Token::Many,
        '?' => Token::One,
        other => Token::Literal(other),
    })
}

/// The usual two-pointer match: on a mismatch, let the last `*` take some characters more.
fn matches_tokens(tokens: &[Token], text: &str) -> bool {
    let mut rest = text.chars();
    let mut ahead = tokens;
    // What stands behind the last `*`, and where that was tried.
    let mut resume: Option<(&[Token], Chars<'_>)> = None;
    loop {
        match ahead {
            [Token::Many] => return true,
            [Token::Many, behind @ ..] => {
                resume = Some((behind, rest.clone()));
                ahead = behind;
                continue;
            }
            [] if rest.as_str().is_empty() => return true,
            [] => {}
            [wanted, behind @ ..] => match rest.next() {
                Some(found) if *wanted == Token::One || *wanted == Token::Literal(found) => {
                    ahead = behind;
                    continue;
                }
                Some(_) => {}
                // The longer the `*`, the less is left.
                None => return false,
            },
        }
        let Some((behind, tried)) = &mut resume else {
            return false;
        };
        tried.next();
        if let [Token::Literal(first), ..] = behind
            && !skip_to(tried, *first)
        {
            return false;
        }
        ahead = behind;
        rest = tried.clone();
    }
}

/// Leaves the characters in front of the next `wanted`; says whether there is one.
fn skip_to(text: &mut Chars<'_>, wanted: char) -> bool {
    loop {
        let mut behind = text.clone();
        match behind.next() {
            Some(found) if found == wanted => return true,
            Some(_) => *text = behind,
            None => return false,
        }
    }
}

fn advance(tokens: &[Token], reached: &[usize], character: char) -> Vec<usize> {
    let mut next = Vec::new();
    for &start in reached {
        // Any number of `*` may be passed over before the character is taken.
        let mut at = start;
        loop {
            match tokens.get(at) {
                Some(Token::Many) => {
                    next.push(at);
                    at += 1;
                    continue;
                }
                Some(Token::One) => next.push(at + 1),
                Some(Token::Literal(expected)) if *expected == character => next.push(at + 1),
                _ => {}
            }
            break;
        }
    }
    next.sort_unstable();
    next.dedup();
    next
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Obviously right, exponentially slow.
    fn reference(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|taken| reference(rest, &text[taken..])),
            ['?', rest @ ..] => !text.is_empty() && reference(rest, &text[1..]),
            [first, rest @ ..] => text.first() == Some(first) && reference(rest, &text[1..]),
        }
    }

    /// `glob-match` reads more syntax than IAM has: escape it, double the stars and hide the slashes.
    fn guarded(text: &str) -> String {
        let mut out = String::new();
        for character in text.chars() {
            match character {
                '*' => out.push_str("**"),
                '/' => out.push('\u{1}'),
                '{' | '}' | '[' | ']' | '!' | '\\' => {
                    out.push('\\');
                    out.push(character);
                }
                other => out.push(other),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(pattern in "[ab*?é]{0,8}", text in "[abcé]{0,10}") {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                Pattern::new(&pattern).matches(&text),
                reference(&chars(&pattern), &chars(&text))
            );
        }

        #[test]
        fn agrees_with_glob_match(pattern in "[ab/*?{}\\[\\]!-]{0,8}", text in "[ab/{}\\[\\]!-]{0,10}") {
            // Neighbouring stars are one star to IAM, and something else to glob-match.
            prop_assume!(!pattern.contains("**"));
            prop_assert_eq!(
                Pattern::new(&pattern).matches(&text),
                glob_match::glob_match(&guarded(&pattern), &text.replace('/', "\u{1}"))
            );
        }

        #[test]
        fn a_prefix_can_be_completed_exactly_when_some_text_matches(
            pattern in "[ab*?]{0,5}", prefix in "[ab]{0,3}",
        ) {
            let completions = ["", "a", "b", "aa", "ab", "ba", "bb", "aab", "aba", "abb", "baa",
                "bab", "bba", "bbb", "aaa", "aaaa", "abab", "baba", "bbbb", "abba", "baab",
                "aabb", "bbaa", "abaa", "aaba", "aaab", "babb", "bbab", "bbba", "baaa", "abbb"];
            let pattern = Pattern::new(&pattern);
            let expected = completions.iter().any(|c| pattern.matches(&format!("{prefix}{c}")))
                || (0u32..32).any(|bits| {
                    let tail: String =
                        (0..5).map(|i| if bits >> i & 1 == 0 { 'a' } else { 'b' }).collect();
                    pattern.matches(&format!("{prefix}{tail}"))
                });
            prop_assert_eq!(pattern.matches_some_with_prefix(&prefix), expected);
        }
    }

    #[test]
    fn shapes_are_told_apart() {
        assert!(Pattern::new("**").is_any());
        assert_eq!(Pattern::new("abc").as_literal(), Some("abc"));
        assert_eq!(Pattern::new("ab**").shape, Shape::Prefix("ab".into()));
        assert_eq!(Pattern::new("**ab").shape, Shape::Suffix("ab".into()));
        assert_eq!(Pattern::new("*ab**").shape, Shape::Contains("ab".into()));
        assert_eq!(Pattern::new("ab??").shape, Shape::Ones("ab".into(), 2));
        let tail = [Token::One, Token::Literal('c')];
        assert_eq!(Pattern::new("ab?c").shape, Shape::General("ab".into(), tail.into()));
        assert!(Pattern::new("").matches(""));
        assert!(!Pattern::new("").matches("a"));
    }

    #[test]
    fn many_stars_do_not_explode() {
        let pattern = Pattern::new(&format!("{}b", "a*".repeat(40)));
        assert!(!pattern.matches(&"a".repeat(2000)));
    }
}
