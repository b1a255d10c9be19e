use crate::aws::{ContextKey, Token};

/// A text of a policy that may hold policy variables: `secret:${aws:username}-??????`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template {
    text: Box<str>,
    pieces: Vec<Piece>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Text as written, in which `*` and `?` are wildcards where the position allows them.
    Text(Box<str>),
    /// `${*}`, `${?}` or `${$}`: that character itself.
    Literal(char),
    /// `${key}` or `${key, 'default'}`: the value of a context key, always literal.
    Variable {
        /// The key.
        key: ContextKey,
        /// What stands in for an absent key.
        default: Option<Box<str>>,
    },
}

impl Template {
    /// Text without variables: under version 2008-10-17 `${…}` is plain text.
    pub fn plain(text: &str) -> Self {
        Self { text: text.into(), pieces: vec![Piece::Text(text.into())] }
    }

    /// Reads the variables of version 2012-10-17. Text that only looks like a variable stays text.
    ///
    /// ```
    /// use crosskey_engine::policy::{Piece, Template};
    /// let template = Template::with_variables("a${aws:username}${*}");
    /// assert!(matches!(template.pieces(), [Piece::Text(_), Piece::Variable { .. }, Piece::Literal('*')]));
    /// ```
    pub fn with_variables(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            plain.push_str(before);
            let piece = behind.split_once('}').and_then(|(inner, after)| {
                // A default may hold a brace of its own only inside its quotes; AWS documents none.
                Some((variable(inner)?, after))
            });
            match piece {
                Some((piece, after)) => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
                    }
                    pieces.push(piece);
                    rest = after;
                }
                None => {
                    plain.push_str("${");
                    rest = behind;
                }
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(plain.into()));
        }
        Self { text: text.into(), pieces }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parts in order; at least one.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether any part is a variable with a key.
    pub fn has_variable(&self) -> bool {
        self.variables().next().is_some()
    }

    /// The keys of the variables.
    pub fn variables(&self) -> impl Iterator<Item = &ContextKey> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key),
            Piece::Text(_) | Piece::Literal(_) => None,
        })
    }

    /// The tokens of the pattern that this is once `value` has said what each variable holds. `None` where a
    /// variable has no value: the whole text then stands for nothing.
    ///
    /// With `wildcards` false, `*` and `?` of the text are ordinary characters. A substituted value always is.
    ///
    /// # Errors
    /// Passes on what `value` returns.
    pub fn tokens<E>(
        &self,
        wildcards: bool,
        mut value: impl FnMut(&ContextKey) -> Result<Option<String>, E>,
    ) -> Result<Option<Vec<Token>>, E> {
        let mut tokens = Vec::with_capacity(self.text.len());
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => tokens.extend(text.chars().map(|character| match character {
                    '*' if wildcards => Token::Many,
                    '?' if wildcards => Token::One,
                    other => Token::Literal(other),
                })),
                Piece::Literal(character) => tokens.push(Token::Literal(*character)),
                Piece::Variable { key, default } => {
                    let Some(text) = value(key)?.or_else(|| default.as_deref().map(str::to_owned))
                    else {
                        return Ok(None);
                    };
                    tokens.extend(text.chars().map(Token::Literal));
                }
            }
        }
        Ok(Some(tokens))
    }
}

/// What stands between `${` and `}`; `None` if it is no variable.
fn variable(inner: &str) -> Option<Piece> {
    let mut characters = inner.chars();
    if let (Some(only @ ('*' | '?' | '$')), None) = (characters.next(), characters.next()) {
        return Some(Piece::Literal(only));
    }
    let (name, default) = match inner.split_once(',') {
        Some((name, rest)) => {
            let quoted = rest.trim_start_matches(' ').strip_prefix('\'')?.strip_suffix('\'')?;
            (name, Some(quoted.into()))
        }
        None => (inner, None),
    };
    let is_key = name.contains(':') && !name.contains(char::is_whitespace);
    is_key.then(|| Piece::Variable { key: ContextKey::new(name), default })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::aws::Pattern;

    fn pattern(text: &str, value: Option<&str>) -> Option<Pattern> {
        let tokens = Template::with_variables(text)
            .tokens(true, |_| Ok::<_, Infallible>(value.map(str::to_owned)));
        tokens.unwrap_or_default().map(Pattern::from_tokens)
    }

    #[test]
    fn values_never_become_wildcards() {
        let found = pattern("secret:${aws:PrincipalTag/app}-??????", Some("*")).unwrap();
        assert!(found.matches("secret:*-a1B2c3"));
        assert!(!found.matches("secret:DevSecret-a1B2c3"));
        assert!(pattern("a${*}b", None).unwrap().matches("a*b"));
        assert!(!pattern("a${*}b", None).unwrap().matches("axb"));
    }

    #[test]
    fn a_missing_value_takes_the_default_or_nothing() {
        assert_eq!(pattern("x${aws:username}", None), None);
        assert!(pattern("${aws:PrincipalTag/t, 'none'}", None).unwrap().matches("none"));
        assert!(pattern("${aws:PrincipalTag/t, 'none'}", Some("red")).unwrap().matches("red"));
    }

    #[test]
    fn what_is_no_variable_stays_text() {
        for text in ["${Region}", "${aws:user name}", "${", "a${b", "$aws:username"] {
            let template = Template::with_variables(text);
            assert!(!template.has_variable(), "{text}");
            let joined: String = template
                .pieces()
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.to_string(),
                    _ => String::new(),
                })
                .collect();
            assert_eq!(joined, text);
        }
    }
}
