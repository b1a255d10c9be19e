use crate::aws::{Pattern, Token};

/// Whether some text matches both patterns.
pub(in crate::check::rules) fn overlap(a: &[Token], b: &[Token]) -> bool {
    let width = b.len() + 1;
    let mut seen = vec![false; (a.len() + 1) * width];
    let mut open = vec![(0, 0)];
    while let Some((i, j)) = open.pop() {
        match seen.get_mut(i * width + j) {
            Some(known) if !*known => *known = true,
            _ => continue,
        }
        match (a.get(i), b.get(j)) {
            (None, None) => return true,
            (Some(Token::Many), _) => {
                open.push((i + 1, j));
                if b.get(j).is_some() {
                    open.push((i, j + 1));
                }
            }
            (_, Some(Token::Many)) => {
                open.push((i, j + 1));
                if a.get(i).is_some() {
                    open.push((i + 1, j));
                }
            }
            (Some(Token::Literal(x)), Some(Token::Literal(y))) if x != y => {}
            (Some(_), Some(_)) => open.push((i + 1, j + 1)),
            (None, Some(_)) | (Some(_), None) => {}
        }
    }
    false
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
        assert!(!meet("arn:*:secretsmanager:*:*:secret:*", "arn:aws:kms:*:*:key/*"));
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
