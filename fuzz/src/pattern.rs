//! Patterns and ARNs, against a slow reading of the documentation.

use arbitrary::{Arbitrary, Unstructured};
use crosskey_engine::aws::{Action, ActionPattern, Arn, ArnPattern, Pattern};

use crate::Tried;

/// Few characters, so that they meet.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Letter {
    A,
    B,
    Accented,
    Colon,
    Slash,
    Star,
    Question,
}

impl Letter {
    fn character(self) -> char {
        match self {
            Self::A => 'a',
            Self::B => 'B',
            Self::Accented => 'é',
            Self::Colon => ':',
            Self::Slash => '/',
            Self::Star => '*',
            Self::Question => '?',
        }
    }
}

#[derive(Arbitrary, Debug)]
struct Case {
    pattern: Vec<Letter>,
    text: Vec<Letter>,
    free: String,
}

/// By dynamic programming over both lengths: `reached[i]` says whether the tokens so far match the first `i`
/// characters.
fn reference(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match token {
                '*' => reached[..=at].contains(&true),
                _ if at == 0 => false,
                '?' => reached[at - 1],
                literal => reached[at - 1] && text[at - 1] == literal,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

fn fields(text: &str) -> Option<Vec<&str>> {
    let fields: Vec<_> = text.splitn(6, ':').collect();
    (fields.len() == 6).then_some(fields)
}

/// Both have six fields, and each field matches.
fn arn_reference(pattern: &str, text: &str) -> bool {
    match (fields(pattern), fields(text)) {
        (Some(pattern), Some(text)) => pattern.iter().zip(text).all(|(p, t)| reference(p, t)),
        _ => false,
    }
}

fn compare(pattern: &str, text: &str) {
    let compiled = Pattern::new(pattern);
    assert_eq!(compiled.matches(text), reference(pattern, text), "{pattern:?} {text:?}");
    assert!(Pattern::literal(text).matches(text));
    if compiled.matches(text) {
        for (at, _) in text.char_indices() {
            let prefix = text.get(..at).unwrap_or_default();
            assert!(compiled.matches_some_with_prefix(prefix), "{pattern:?} {prefix:?}");
        }
    }
    let arn_pattern = ArnPattern::new(pattern);
    assert_eq!(arn_pattern.is_some(), fields(pattern).is_some());
    let found = arn_pattern.is_some_and(|arn| arn.matches_str(text));
    assert_eq!(found, arn_reference(pattern, text), "{pattern:?} {text:?}");
    match text.parse::<Arn>() {
        Ok(arn) => {
            assert_eq!(arn.as_str(), text);
            assert_eq!(arn.fields().join(":"), text);
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.help().is_empty()),
    }
    if let Some(action) = Action::new(text) {
        let (low, pattern_low) = (text.to_ascii_lowercase(), pattern.to_ascii_lowercase());
        let found = ActionPattern::new(pattern).matches(&action);
        assert_eq!(found, reference(&pattern_low, &low), "{pattern:?} {text:?}");
    }
}

/// See the module.
pub fn run(data: &[u8]) -> Option<Tried> {
    let mut case = Case::arbitrary_take_rest(Unstructured::new(data)).ok()?;
    case.pattern.truncate(32);
    case.text.truncate(64);
    let pattern: String = case.pattern.iter().map(|letter| letter.character()).collect();
    let text: String = case.text.iter().map(|letter| letter.character()).collect();
    compare(&pattern, &text);
    compare(&format!("arn:{pattern}"), &format!("arn:{text}"));
    let free: String = case.free.chars().take(64).collect();
    compare(&pattern, &free);
    compare(&free, &text);
    Some(Tried)
}
