use crate::aws::{Pattern, Token};

/// One element of a pattern or shape.
#[derive(Clone, Copy)]
enum Atom {
    Literal(char),
    One,
    /// Any run of characters; without colons where `within` a field.
    Many {
        within: bool,
    },
}

/// Whether some text matches both patterns.
pub(in crate::check::rules) fn overlap(a: &[Token], b: &[Token]) -> bool {
    meet(&atoms(a), &atoms(b))
}

/// Whether some text of a shape matches a pattern. In a shape, `*` is a run of characters without colons, as in the
/// field of an ARN, and `**` any run.
pub(in crate::check::rules) fn fits(pattern: &[Token], shape: &str) -> bool {
    let mut written = Vec::new();
    for character in shape.chars() {
        match (character, written.last_mut()) {
            ('*', Some(Atom::Many { within })) => *within = false,
            ('*', _) => written.push(Atom::Many { within: true }),
            ('?', _) => written.push(Atom::One),
            (other, _) => written.push(Atom::Literal(other)),
        }
    }
    meet(&atoms(pattern), &written)
}

fn atoms(tokens: &[Token]) -> Vec<Atom> {
    let atom = |token: &Token| match token {
        Token::Literal(character) => Atom::Literal(*character),
        Token::One => Atom::One,
        Token::Many => Atom::Many { within: false },
    };
    tokens.iter().map(atom).collect()
}

/// More pairs of positions than anybody's patterns make.
const PAIRS: usize = 4_000_000;

/// Walks both at once: a pair of positions is reached if some text leads to both. Patterns too long to walk are
/// taken to overlap, so that nothing is said of them.
fn meet(a: &[Atom], b: &[Atom]) -> bool {
    let width = b.len() + 1;
    if (a.len() + 1).saturating_mul(width) > PAIRS {
        return true;
    }
    let mut seen = vec![false; (a.len() + 1) * width];
    let mut open = vec![(0, 0)];
    while let Some((i, j)) = open.pop() {
        match seen.get_mut(i * width + j) {
            Some(known) if !*known => *known = true,
            _ => continue,
        }
        let (left, right) = (a.get(i), b.get(j));
        match (left, right) {
            (None, None) => return true,
            (Some(Atom::Literal(x)), Some(Atom::Literal(y))) if x != y => {}
            (Some(Atom::Literal(_) | Atom::One), Some(Atom::Literal(_) | Atom::One)) => {
                open.push((i + 1, j + 1));
            }
            _ => {}
        }
        if let Some(Atom::Many { within }) = left {
            open.push((i + 1, j));
            if takes(*within, right) {
                open.push((i, j + 1));
            }
        }
        if let Some(Atom::Many { within }) = right {
            open.push((i, j + 1));
            if takes(*within, left) {
                open.push((i + 1, j));
            }
        }
    }
    false
}

/// Whether a run can take what one other element stands for.
const fn takes(within: bool, other: Option<&Atom>) -> bool {
    match other {
        Some(Atom::Literal(character)) => !within || *character != ':',
        Some(Atom::One) => true,
        Some(Atom::Many { .. }) | None => false,
    }
}

/// The tokens of a text in which `*` and `?` are wildcards.
pub(in crate::check::rules) fn glob(text: &str) -> Vec<Token> {
    Pattern::new(text).tokens()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_meet_or_do_not() {
        let meet = |a: &str, b: &str| overlap(&glob(a), &glob(b));
        assert!(meet("a*c", "*b*"));
        assert!(meet("??", "a*"));
        assert!(meet("", "*"));
        assert!(!meet("a*", "b*"));
        assert!(!meet("?", ""));
        assert!(!meet("abc", "ab"));
    }

    #[test]
    fn a_star_of_a_shape_stays_in_its_field() {
        let shape = "arn:*:secretsmanager:*:*:secret:**";
        assert!(!fits(&glob("arn:aws:kms:*:*:key/*"), shape));
        assert!(!fits(&glob("arn:aws:kms:*"), shape));
        assert!(fits(&glob("arn:aws:secretsmanager:*"), shape));
        assert!(fits(&glob("*DevSecret-??????"), shape));
        assert!(fits(&glob("arn:aws:secretsmanager:us-east-1:111122223333:secret:a:b"), shape));
    }

    proptest! {
        #[test]
        fn a_text_that_matches_both_makes_them_overlap(
            a in "[ab*?]{0,6}", b in "[ab*?]{0,6}", text in "[ab]{0,6}",
        ) {
            if Pattern::new(&a).matches(&text) && Pattern::new(&b).matches(&text) {
                prop_assert!(overlap(&glob(&a), &glob(&b)));
            }
        }

        #[test]
        fn overlap_is_symmetric(a in "[ab*?]{0,6}", b in "[ab*?]{0,6}") {
            prop_assert_eq!(overlap(&glob(&a), &glob(&b)), overlap(&glob(&b), &glob(&a)));
        }
    }
}
