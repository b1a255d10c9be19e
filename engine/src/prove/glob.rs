use std::cmp::Ordering;

use crate::aws::{ArnPattern, Pattern, Token};

/// Which characters a wildcard stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Characters {
    /// All.
    Any,
    /// All but the colon, which divides the fields of an ARN.
    Field,
    /// Those of the names and paths of users and roles.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
    Name,
    /// The same but for the slash, which divides a path from the name.
    Part,
    /// Decimal digits.
    Digit,
    /// Those of an action in lower case.
    Action,
}

impl Characters {
    pub(super) fn has(self, character: char) -> bool {
        match self {
            Self::Any => true,
            Self::Field => character != ':',
            Self::Name => matches!(
                character,
                'a'..='z' | 'A'..='Z' | '0'..='9' | '+' | '=' | ',' | '.' | '@' | '_' | '-' | '/'
            ),
            Self::Part => character != '/' && Self::Name.has(character),
            Self::Digit => character.is_ascii_digit(),
            Self::Action => {
                character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
            }
        }
    }
}

/// One element of an [`Alternative`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Symbol {
    /// This character.
    Literal(char),
    /// This character, or one that becomes it in lower case.
    Folded(char),
    /// One character.
    One(Characters),
    /// Any run of characters, the empty one included.
    Many(Characters),
}

impl Symbol {
    /// Whether the symbol takes `character`.
    pub(super) fn takes(self, character: char) -> bool {
        match self {
            Self::Literal(own) => own == character,
            Self::Folded(own) => {
                let mut lower = character.to_lowercase();
                lower.next() == Some(own) && lower.next().is_none()
            }
            Self::One(set) | Self::Many(set) => set.has(character),
        }
    }

    const fn is_fixed(self) -> bool {
        matches!(self, Self::Literal(_) | Self::Folded(_))
    }
}

/// A pattern finer than [`Pattern`]: its wildcards can be kept inside a field of an ARN or to digits, which is what
/// the values of AWS's own keys look like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Alternative(Vec<Symbol>);

impl Alternative {
    pub(super) fn literal(text: &str) -> Self {
        Self(text.chars().map(Symbol::Literal).collect())
    }

    /// Reads a shape: `#` is a digit, `%` a character of a path, `@` one of a name, `&` one of an action, `^` one that is no colon; with
    /// `*` behind it a run of them. `*` alone is any run; all else stands for itself.
    pub(super) fn shape(text: &str) -> Self {
        let mut symbols = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let set = match character {
                '#' => Characters::Digit,
                '%' => Characters::Name,
                '@' => Characters::Part,
                '^' => Characters::Field,
                '&' => Characters::Action,
                '*' => {
                    symbols.push(Symbol::Many(Characters::Any));
                    continue;
                }
                other => {
                    symbols.push(Symbol::Literal(other));
                    continue;
                }
            };
            symbols.push(match characters.next_if_eq(&'*') {
                Some(_) => Symbol::Many(set),
                None => Symbol::One(set),
            });
        }
        Self(symbols)
    }

    /// The same pattern, its wildcards kept to some characters; with `fold` in any case.
    pub(super) fn of(pattern: &Pattern, set: Characters, fold: bool) -> Self {
        Self::of_tokens(&pattern.tokens(), set, fold)
    }

    pub(super) fn of_tokens(tokens: &[Token], set: Characters, fold: bool) -> Self {
        let symbol = |token: &Token| match token {
            Token::Literal(character) if fold => Symbol::Folded(*character),
            Token::Literal(character) => Symbol::Literal(*character),
            Token::One => Symbol::One(set),
            Token::Many => Symbol::Many(set),
        };
        Self(tokens.iter().map(symbol).collect())
    }

    /// Field by field, the last of which keeps its colons.
    pub(super) fn of_arn(pattern: &ArnPattern) -> Self {
        let [first @ .., resource] = pattern.fields();
        let mut symbols = Vec::new();
        for field in first {
            symbols.extend(Self::of(field, Characters::Field, false).0);
            symbols.push(Symbol::Literal(':'));
        }
        symbols.extend(Self::of(resource, Characters::Any, false).0);
        Self(symbols)
    }

    /// The same pattern as part of a longer text: all of its characters are of a set. `None` if one never is.
    pub(super) fn within(&self, set: Characters) -> Option<Self> {
        let within = |symbol: &Symbol| match symbol {
            Symbol::One(Characters::Any) => Some(Symbol::One(set)),
            Symbol::Many(Characters::Any) => Some(Symbol::Many(set)),
            Symbol::Literal(own) | Symbol::Folded(own) if !set.has(*own) => None,
            other => Some(*other),
        };
        self.0.iter().map(within).collect::<Option<Vec<Symbol>>>().map(Self)
    }

    pub(super) fn then(mut self, next: &Self) -> Self {
        self.0.extend_from_slice(&next.0);
        self
    }

    pub(super) fn symbols(&self) -> &[Symbol] {
        &self.0
    }

    /// The only text that matches, but for case.
    pub(super) fn as_literal(&self) -> Option<String> {
        self.0
            .iter()
            .map(|symbol| match symbol {
                Symbol::Literal(character) | Symbol::Folded(character) => Some(*character),
                _ => None,
            })
            .collect()
    }

    /// Whether one text alone matches.
    pub(super) fn is_plain(&self) -> bool {
        self.0.iter().all(|symbol| matches!(symbol, Symbol::Literal(_)))
    }

    /// How the only text that matches stands to another one, in the order of alternatives.
    pub(super) fn compare(&self, text: &str) -> Ordering {
        self.0.iter().copied().cmp(text.chars().map(Symbol::Literal))
    }

    pub(super) fn is_fixed(&self) -> bool {
        self.0.iter().all(|symbol| symbol.is_fixed())
    }

    /// Whether the whole of `text` matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        if self.is_fixed() {
            let mut symbols = self.0.iter();
            return text.chars().all(|c| symbols.next().is_some_and(|symbol| symbol.takes(c)))
                && symbols.next().is_none();
        }
        let mut reached = vec![0];
        self.skip_runs(&mut reached);
        for character in text.chars() {
            reached = self.step(&reached, character);
            if reached.is_empty() {
                return false;
            }
        }
        reached.contains(&self.0.len())
    }

    /// Whether the beginnings or the ends show that no text matches both patterns. `false` says nothing.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        fn differ<'a>(
            own: impl Iterator<Item = &'a Symbol>,
            other: impl Iterator<Item = &'a Symbol>,
        ) -> bool {
            let pairs = own.zip(other);
            let one = |(own, other): &(&Symbol, &Symbol)| {
                !matches!((own, other), (Symbol::Many(_), _) | (_, Symbol::Many(_)))
            };
            pairs.take_while(one).any(|(own, other)| match (*own, *other) {
                (Symbol::Literal(own), other) => !other.takes(own),
                (own, Symbol::Literal(other)) => !own.takes(other),
                (Symbol::Folded(own), Symbol::Folded(other)) => own != other,
                _ => false,
            })
        }
        differ(self.0.iter(), other.0.iter()) || differ(self.0.iter().rev(), other.0.iter().rev())
    }

    /// What must follow `beginning` for the whole to match: one of these.
    pub(super) fn behind(&self, beginning: &str) -> Vec<Self> {
        let mut reached = vec![0];
        self.skip_runs(&mut reached);
        for character in beginning.chars() {
            reached = self.step(&reached, character);
        }
        reached
            .into_iter()
            .filter_map(|at| self.0.get(at..))
            .map(|rest| Self(rest.to_vec()))
            .collect()
    }

    /// What may stand before and behind a character that divides the whole: one of these pairs.
    pub(super) fn divided(&self, at: char) -> Vec<(Self, Self)> {
        let pair = |(index, symbol): (usize, &Symbol)| {
            let run = usize::from(matches!(symbol, Symbol::Many(_)));
            let before = self.0.get(..index + run)?;
            let behind = self.0.get(index + 1 - run..)?;
            symbol.takes(at).then(|| (Self(before.to_vec()), Self(behind.to_vec())))
        };
        self.0.iter().enumerate().filter_map(pair).collect()
    }

    /// The places reached from others by one character.
    fn step(&self, reached: &[usize], character: char) -> Vec<usize> {
        let mut next = Vec::with_capacity(reached.len() + 1);
        for &at in reached {
            match self.0.get(at) {
                Some(run @ Symbol::Many(_)) if run.takes(character) => next.push(at),
                Some(Symbol::Many(_)) | None => {}
                Some(symbol) if symbol.takes(character) => next.push(at + 1),
                Some(_) => {}
            }
        }
        self.skip_runs(&mut next);
        next
    }

    /// Adds the places behind runs, which may be empty.
    fn skip_runs(&self, reached: &mut Vec<usize>) {
        let mut index = 0;
        while let Some(&at) = reached.get(index) {
            if matches!(self.0.get(at), Some(Symbol::Many(_))) {
                reached.push(at + 1);
            }
            index += 1;
        }
        reached.sort_unstable();
        reached.dedup();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shapes_say_what_values_look_like() {
        let user = Alternative::shape("arn:^*:iam::############:user/%%*");
        assert!(user.matches("arn:aws:iam::111122223333:user/app/Reader"));
        assert!(!user.matches("arn:aws:iam::11112222333:user/Reader"));
        assert!(!user.matches("arn:aws:iam::111122223333:user/"));
        assert!(!user.matches("arn:aws:iam::111122223333:user/a:b"));
    }

    #[test]
    fn case_is_folded_where_asked() {
        let pattern = Alternative::of(&Pattern::new("ab*"), Characters::Any, true);
        assert!(pattern.matches("ABc") && pattern.matches("ab") && !pattern.matches("b"));
        assert_eq!(Alternative::literal("x").as_literal(), Some("x".to_owned()));
    }

    #[test]
    fn what_follows_a_beginning_is_what_is_left_of_the_pattern() {
        let rest = |pattern: &str, beginning: &str| {
            let pattern = Alternative::of(&Pattern::new(pattern), Characters::Any, false);
            let rests = pattern.behind(beginning);
            move |text: &str| rests.iter().any(|rest| rest.matches(text))
        };
        assert!(rest("AROAX:s1", "AROAX:")("s1") && !rest("AROAX:s1", "AROAX:")("s2"));
        assert!(!rest("AROAX:s1", "AROAY:")("s1"));
        let any = rest("*:s*", "AROAX:");
        assert!(any("s1") && any("a:s1") && !any("t"));
        assert!(rest("*", "AROAX:")(""));
    }

    proptest! {
        #[test]
        fn the_parts_agree_with_the_whole(
            pattern in "[ab*?:]{0,8}", before in "[ab]{0,4}", behind in "[ab]{0,4}",
        ) {
            let whole = Alternative::of(&Pattern::new(&pattern), Characters::Any, false);
            let parts = whole.divided(':');
            let by_parts = parts.iter().any(|(a, b)| a.matches(&before) && b.matches(&behind));
            prop_assert_eq!(by_parts, whole.matches(&format!("{before}:{behind}")));
        }

        #[test]
        fn the_rest_agrees_with_the_whole(
            pattern in "[ab*?:]{0,8}",
            beginning in "[ab:]{0,4}",
            text in "[ab:]{0,6}",
        ) {
            let whole = Alternative::of(&Pattern::new(&pattern), Characters::Any, false);
            let rests = whole.behind(&beginning);
            let rest = rests.iter().any(|rest| rest.matches(&text));
            prop_assert_eq!(rest, whole.matches(&format!("{beginning}{text}")));
        }

        #[test]
        fn what_is_apart_has_nothing_in_common(
            one in "[aAb*?]{0,4}", other in "[aAb*?]{0,4}", folds in [any::<bool>(), any::<bool>()],
            texts in proptest::collection::vec("[aAb]{0,4}", 64),
        ) {
            let [one, other] = [(one, folds[0]), (other, folds[1])].map(|(text, fold)| {
                let text = if fold { text.to_lowercase() } else { text };
                Alternative::of(&Pattern::new(&text), Characters::Any, fold)
            });
            if one.is_apart(&other) {
                for text in texts {
                    prop_assert!(!(one.matches(&text) && other.matches(&text)), "{text}");
                }
            }
        }

        #[test]
        fn agrees_with_iam_patterns(pattern in "[ab*?:]{0,8}", text in "[ab:]{0,10}") {
            let own = Alternative::of(&Pattern::new(&pattern), Characters::Any, false);
            prop_assert_eq!(own.matches(&text), Pattern::new(&pattern).matches(&text));
            if let Some(arn) = ArnPattern::new(&pattern) {
                prop_assert_eq!(Alternative::of_arn(&arn).matches(&text), arn.matches_str(&text));
            }
        }
    }
}
