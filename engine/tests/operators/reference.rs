//! A slow reading of the documentation's tables of condition operators, and the evaluator's answer beside it.

use crosskey_engine::{
    aws::{Action, Assumptions, ContextKey, assumption::NegatedInvalidArn},
    bundle::Session,
    compile::Clause,
    decide::{Evaluator, Truth, condition_holds},
    policy::{Comparison, Condition, Effect, Family, Operator, Quantifier, Template},
    request::{Binding, Caller, CallerKind, CheckResource, Context},
    text::{Span, Spanned},
};

/// Recursive and exponential, and plainly what `*` and `?` mean.
fn glob(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|taken| glob(rest, &text[taken..])),
        ['?', rest @ ..] => !text.is_empty() && glob(rest, &text[1..]),
        [first, rest @ ..] => text.first() == Some(first) && glob(rest, &text[1..]),
    }
}

pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let chars = |s: &str| s.chars().collect::<Vec<_>>();
    glob(&chars(pattern), &chars(text))
}

/// Whether a value of the request matches a listed value; `None` where one of them cannot be read.
fn matches(comparison: Comparison, value: &str, listed: &str) -> Option<bool> {
    let number = |text: &str| text.parse::<f64>().ok();
    // The dates of the vocabulary, as seconds since 2026-01-01 in UTC.
    let date = |text: &str| match text {
        "2026-01-01T00:00:00Z" | "2026-01-01T09:00:00+09:00" | "1767225600" | "2026-01-01" => {
            Some(0)
        }
        "2026-01-01T00:00:01Z" => Some(1),
        "2025-12-31T23:59:59Z" => Some(-1),
        _ => None,
    };
    let address = |text: &str| {
        let parts: Vec<u32> = text.split('.').filter_map(|part| part.parse().ok()).collect();
        (parts.len() == 4).then(|| parts.iter().fold(0, |sum, part| (sum << 8) | part))
    };
    let order = |a: f64, b: f64| match comparison {
        Comparison::NumericLessThan | Comparison::DateLessThan => a < b,
        Comparison::NumericLessThanEquals | Comparison::DateLessThanEquals => a <= b,
        Comparison::NumericGreaterThan | Comparison::DateGreaterThan => a > b,
        Comparison::NumericGreaterThanEquals | Comparison::DateGreaterThanEquals => a >= b,
        _ => a == b,
    };
    match comparison.family() {
        Family::String => Some(match comparison {
            Comparison::StringLike | Comparison::StringNotLike => like(listed, value),
            Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase => {
                value.to_lowercase() == listed.to_lowercase()
            }
            _ => value == listed,
        }),
        Family::Numeric => Some(order(number(value)?, number(listed)?)),
        Family::Date => Some(order(date(value)?.into(), date(listed)?.into())),
        Family::Bool => Some(value.parse::<bool>().ok()? == listed.parse::<bool>().ok()?),
        Family::Binary => None,
        Family::Ip => {
            let value = address(value)?;
            let (base, bits) = listed.split_once('/').unwrap_or((listed, "32"));
            let mask = match bits.parse::<u32>().ok()? {
                0 => 0,
                bits => u32::MAX << (32 - bits),
            };
            Some(value & mask == address(base)? & mask)
        }
        Family::Arn => {
            let fields = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
            let (value, listed) = (fields(value), fields(listed));
            (value.len() == 6 && listed.len() == 6)
                .then(|| listed.iter().zip(&value).all(|(pattern, field)| like(pattern, field)))
        }
        Family::Null => None,
    }
}

/// The tables of the documentation. `None`: they do not say.
pub(crate) fn reference(
    operator: Operator,
    context: Option<&[String]>,
    listed: &[String],
) -> Option<bool> {
    let comparison = operator.comparison;
    let present = context.is_some_and(|values| !values.is_empty());
    if comparison == Comparison::Null {
        return Some(match operator.quantifier {
            Some(Quantifier::ForAllValues) => true,
            Some(Quantifier::ForAnyValue) => false,
            None => listed.iter().any(|value| (value == "true") != present),
        });
    }
    if listed.is_empty() {
        return Some(match operator.quantifier {
            Some(Quantifier::ForAllValues) => !present,
            _ if operator.if_exists => !present,
            Some(Quantifier::ForAnyValue) => false,
            None => comparison.is_negated(),
        });
    }
    if !present {
        return match operator.quantifier {
            Some(Quantifier::ForAnyValue) if operator.if_exists => None,
            Some(Quantifier::ForAnyValue) => Some(false),
            Some(Quantifier::ForAllValues) => Some(true),
            None => Some(operator.if_exists || comparison.is_negated()),
        };
    }
    let values = context.unwrap();
    let negated = comparison.is_negated();
    // An unreadable value matches nothing, under a negated operator neither the opposite.
    let mut unreadable = false;
    let mut any = |value: &String| {
        let found: Vec<_> =
            listed.iter().map(|listed| matches(comparison, value, listed)).collect();
        let hit = found.contains(&Some(true));
        let bad = !hit && (found.contains(&None) || matches(comparison, value, value).is_none());
        unreadable |= bad;
        hit || (bad && negated)
    };
    let hits: Vec<bool> = values.iter().map(&mut any).collect();
    Some(match (operator.quantifier, negated) {
        (None, _) if values.len() > 1 && !negated => false,
        (None, _) if values.len() > 1 => return None,
        (None, false) | (Some(Quantifier::ForAnyValue), false) => hits.contains(&true),
        (None, true) | (Some(Quantifier::ForAllValues), true) => !hits.contains(&true),
        (Some(Quantifier::ForAllValues), false) => !hits.contains(&false),
        (Some(Quantifier::ForAnyValue), true) => hits.contains(&false),
    })
}

pub(crate) fn evaluate(operator: Operator, context: Option<&[String]>, listed: &[String]) -> Truth {
    let spanned = |text: &String| Spanned::new(Template::plain(text), Span::default());
    // A key that no catalogue knows, so that only the request says how many values it has.
    let key = ContextKey::new("test:key");
    let clause = Clause::new(&Condition {
        operator: Spanned::new(operator, Span::default()),
        key: Spanned::new(key.clone(), Span::default()),
        values: listed.iter().map(spanned).collect(),
        span: Span::default(),
    });
    let mut keys = Context::new();
    keys.set_key(key, context.map_or(Binding::Absent, |values| Binding::Values(values.to_vec())));
    let session = Session::default();
    let caller = Caller {
        kind: CallerKind::Anonymous,
        account: None,
        partition: "aws".into(),
        arn: None,
        session_arn: None,
        identity: None,
        session: &session,
        service: None,
        source_account: None,
        source_arn: None,
    };
    let assumptions =
        Assumptions { negated_invalid_arn: NegatedInvalidArn::False, ..Assumptions::default() };
    let mut evaluator = Evaluator {
        caller: &caller,
        action: &Action::new("test:Action").unwrap(),
        resource: &CheckResource::Any,
        context: &keys,
        assumptions: &assumptions,
        consulted: None,
    };
    condition_holds(&mut evaluator, &clause, Effect::Allow)
}

pub(crate) fn vocabulary(family: Family) -> Vec<&'static str> {
    match family {
        Family::String => vec!["a", "A", "ab", "b*", "*", "?b", "é", "É", ""],
        Family::Numeric => vec!["1", "1.0", "2", "-3", "10", "ten"],
        Family::Date => vec![
            "2026-01-01T00:00:00Z",
            "2026-01-01T09:00:00+09:00",
            "1767225600",
            "2026-01-01",
            "2026-01-01T00:00:01Z",
            "2025-12-31T23:59:59Z",
            "soon",
        ],
        Family::Bool | Family::Null => vec!["true", "false"],
        Family::Ip => {
            vec!["10.0.0.1", "10.0.0.0/8", "10.0.0.0/31", "0.0.0.0/0", "192.0.2.7", "here"]
        }
        Family::Arn => vec![
            "arn:aws:iam::111122223333:role/a",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::111122223333:role/?",
            "arn:*:role/a",
            "*",
        ],
        Family::Binary => vec![],
    }
}
