//! Policy documents inside a template.

use std::fmt::Write as _;

use super::resolve::Resolved;
use crate::{
    ingest::pieces::{PolicyContent, PolicyPiece},
    policy::PolicyKind,
    text::{Limits, Location, Member, Node, Value, parse_json},
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

/// The statements of a policy that are known, where others are not. What they allow is allowed whatever those say, so long
/// as those deny nothing. Of a key's policy they count only with one who administers the key, as the lack of one would be
/// a finding.
pub(super) fn known_part(
    written: &Node,
    kind: PolicyKind,
    resolve: impl Fn(&Node) -> Resolved,
) -> Option<Node> {
    let mut members = Vec::new();
    for member in written.members()? {
        let value = match &*member.key.value {
            "Statement" => {
                let mut known = Vec::new();
                for statement in member.value.elements()? {
                    match resolve(statement) {
                        Ok(statement) => known.extend(statement),
                        Err(_) if statement.get("Effect")?.as_str()? == "Allow" => {}
                        Err(_) => return None,
                    }
                }
                let is_telling = match kind {
                    PolicyKind::Key => known.iter().any(administers),
                    _ => !known.is_empty(),
                };
                if !is_telling {
                    return None;
                }
                Node { value: Value::Array(known), span: member.value.span }
            }
            _ => resolve(&member.value).ok()??,
        };
        members.push(Member { key: member.key.clone(), value });
    }
    Some(Node { value: Value::Object(members), span: written.span })
}

fn administers(statement: &Node) -> bool {
    let Some(actions) = statement.get("Action") else { return false };
    let mut list = actions.elements().unwrap_or(std::slice::from_ref(actions)).iter();
    list.any(|action| matches!(action.as_str(), Some("*" | "kms:*")))
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
