//! TOML as the spanned values that the engine's reader of typed values takes, so that a mistake in the settings is told
//! like any other.

use crosskey_engine::text::{Member, Node, Span, Spanned, Value};
use toml::de::{DeTable, DeValue};

/// A text that is not TOML: what is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TomlError {
    pub(super) message: String,
    pub(super) span: Span,
}

/// Reads TOML. The reader bounds the nesting.
pub(super) fn parse(text: &str) -> Result<Node, TomlError> {
    let whole = Span::from_offsets(0, text.len());
    let table = DeTable::parse(text).map_err(|error| TomlError {
        message: error.message().lines().next().unwrap_or_default().to_owned(),
        span: error.span().map_or(whole, |span| Span::from_offsets(span.start, span.end)),
    })?;
    Ok(Node { value: object(table.into_inner()), span: whole })
}

fn object(table: DeTable<'_>) -> Value {
    let mut members: Vec<Member> = table
        .into_iter()
        .map(|(key, value)| Member {
            key: Spanned::new(key.get_ref().as_ref().into(), place(key.span())),
            value: node(value),
        })
        .collect();
    // The first mistake that is told is the first in the file.
    members.sort_by_key(|member| member.key.span.start);
    Value::Object(members)
}

fn node(value: toml::Spanned<DeValue<'_>>) -> Node {
    let span = place(value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.as_ref().into()),
        DeValue::Integer(number) => Value::Number(number.as_str().into()),
        DeValue::Float(number) => Value::Number(number.as_str().into()),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(time) => Value::String(time.to_string().into()),
        DeValue::Array(list) => Value::Array(list.into_iter().map(node).collect()),
        DeValue::Table(table) => object(table),
    };
    Node { value, span }
}

fn place(range: std::ops::Range<usize>) -> Span {
    Span::from_offsets(range.start, range.end)
}
