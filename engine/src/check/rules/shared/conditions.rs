use super::overlap::fits;
use crate::{
    aws::{ContextKey, Token},
    compile::fold_token,
    policy::{Comparison, Condition, Family, Quantifier, Statement, Template},
};

/// Whether a condition can hold only where its key is in the request.
pub(in crate::check::rules) fn needs_key(condition: &Condition) -> bool {
    let operator = condition.operator.value;
    if operator.comparison == Comparison::Null {
        return operator.quantifier.is_none()
            && condition.values.iter().all(|value| is_false(&value.value));
    }
    match operator.quantifier {
        _ if operator.if_exists => false,
        Some(Quantifier::ForAllValues) => false,
        Some(Quantifier::ForAnyValue) => true,
        None => !operator.comparison.is_negated(),
    }
}

/// Whether a condition lets in listed values of its key and nothing else.
pub(in crate::check::rules) fn narrows(condition: &Condition) -> bool {
    let comparison = condition.operator.value.comparison;
    needs_key(condition) && comparison != Comparison::Null && !comparison.is_negated()
}

/// Whether a condition holds wherever its key is not in the request.
pub(in crate::check::rules) fn holds_without_key(condition: &Condition) -> bool {
    let operator = condition.operator.value;
    match operator.quantifier {
        _ if operator.comparison == Comparison::Null => {
            condition.values.iter().any(|value| !is_false(&value.value))
        }
        Some(Quantifier::ForAnyValue) => operator.if_exists,
        Some(Quantifier::ForAllValues) => true,
        None => operator.if_exists || operator.comparison.is_negated(),
    }
}

fn is_false(value: &Template) -> bool {
    value.as_str().eq_ignore_ascii_case("false")
}

/// The conditions of a statement on one of these keys, written in lower case.
pub(in crate::check::rules) fn on<'a>(
    statement: &'a Statement,
    keys: &'a [&str],
) -> impl Iterator<Item = &'a Condition> {
    statement.conditions.iter().filter(move |condition| keys.contains(&condition.key.value.lower()))
}

/// Whether a statement has a condition of its own that holds only where the key is in the request.
pub(in crate::check::rules) fn key_is_required(statement: &Statement, key: &ContextKey) -> bool {
    let mut conditions = statement.conditions.iter().filter(|c| c.key.value == *key);
    conditions.any(needs_key)
}

/// Whether one of these keys, in lower case, must hold a listed value.
pub(in crate::check::rules) fn narrowed_by(statement: &Statement, keys: &[&str]) -> bool {
    on(statement, keys).any(narrows)
}

/// The tokens of a value as its operator compares it; a policy variable can stand for anything.
pub(in crate::check::rules) fn tokens(condition: &Condition, value: &Template) -> Vec<Token> {
    let comparison = condition.operator.value.comparison;
    let tokens = open_tokens(value, comparison.has_wildcards());
    let folds = matches!(
        comparison,
        Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase
    );
    if folds { tokens.into_iter().flat_map(fold_token).collect() } else { tokens }
}

/// The tokens of a text in which a policy variable can stand for anything.
pub(in crate::check::rules) fn open_tokens(value: &Template, wildcards: bool) -> Vec<Token> {
    use crate::policy::Piece;
    let mut tokens = Vec::new();
    for piece in value.pieces() {
        match piece {
            Piece::Variable { .. } => tokens.push(Token::Many),
            Piece::Literal(character) => tokens.push(Token::Literal(*character)),
            Piece::Text(text) => tokens.extend(text.chars().map(|character| match character {
                '*' if wildcards => Token::Many,
                '?' if wildcards => Token::One,
                other => Token::Literal(other),
            })),
        }
    }
    tokens
}

/// Whether a value, as its operator compares it, matches some text of a shape; see [`fits`].
pub(in crate::check::rules) fn can_be(
    condition: &Condition,
    value: &Template,
    shape: &str,
) -> bool {
    let folds = condition.operator.value.comparison.name().ends_with("IgnoreCase");
    let shape = if folds { shape.to_lowercase() } else { shape.to_owned() };
    fits(&tokens(condition, value), &shape)
}

/// Whether a text holds `*` or `?` outside of `${*}` and `${?}`.
pub(in crate::check::rules) fn has_wildcard(value: &Template) -> bool {
    use crate::policy::Piece;
    value.pieces().iter().any(|piece| match piece {
        Piece::Text(text) => text.contains(['*', '?']),
        Piece::Literal(_) | Piece::Variable { .. } => false,
    })
}

/// Whether a condition compares text or ARNs.
pub(in crate::check::rules) fn compares_text(condition: &Condition) -> bool {
    matches!(condition.operator.value.comparison.family(), Family::String | Family::Arn)
}
