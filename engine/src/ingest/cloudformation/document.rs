//! Policy documents inside a template.

use std::fmt::Write as _;

use crate::{
    ingest::pieces::{PolicyContent, PolicyPiece},
    text::{Limits, Location, Node, Value, parse_json},
};

/// A policy that a template holds as an object, or as JSON in a text. `made` is what `written` came to.
pub(super) fn piece(
    label: &str,
    location: Location,
    written: &Node,
    mut made: Node,
    file: &str,
    limits: &Limits,
) -> PolicyPiece {
    let label = label.to_owned();
    if let Value::String(text) = &made.value {
        if written.as_str() == Some(text)
            && file.get(written.span.start as usize..).is_some_and(|rest| rest.starts_with('"'))
        {
            return PolicyPiece::of_node(label, file, location, written, limits);
        }
        // A text that a function made, or that YAML wrote over several lines, has no places of its own.
        let content = match parse_json(text, limits) {
            Ok(mut node) => {
                node.relocate(&|_| location.span);
                PolicyContent::Json { node, text: text.to_string() }
            }
            Err(error) => PolicyContent::Broken(error.relocated(&|_| location.span)),
        };
        return PolicyPiece { label, location, content };
    }
    as_texts(&mut made);
    let mut text = String::new();
    write(&made, &mut text);
    PolicyPiece { label, location, content: PolicyContent::Json { node: made, text } }
}

/// Numbers and truth values reach the services as texts.
fn as_texts(node: &mut Node) {
    match &mut node.value {
        Value::Number(text) => {
            let text = std::mem::take(text);
            node.value = Value::String(text);
        }
        Value::Bool(value) => node.value = Value::String(value.to_string().into()),
        Value::Array(elements) => elements.iter_mut().for_each(as_texts),
        Value::Object(members) => members.iter_mut().for_each(|m| as_texts(&mut m.value)),
        Value::Null | Value::String(_) => {}
    }
}

/// As JSON without blanks, which is how CloudFormation hands a document on.
fn write(node: &Node, out: &mut String) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Number(text) => out.push_str(text),
        Value::String(text) => quoted(text, out),
        Value::Array(elements) => {
            out.push('[');
            for (number, element) in elements.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (number, member) in members.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                quoted(&member.key.value, out);
                out.push(':');
                write(&member.value, out);
            }
            out.push('}');
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
