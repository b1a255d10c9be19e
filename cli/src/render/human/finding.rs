use annotate_snippets::{Group, Level, Origin};
use crosskey_engine::{
    finding::{Finding, Place, Severity},
    text::{Sources, escape},
};
use serde_json::Value;

use super::{
    diagnostic::remark,
    snippet::{Mark, pictures, renderer},
};

/// A finding as compilers write theirs.
pub(crate) fn finding(sources: &Sources, finding: &Finding) -> String {
    let mut marks = Vec::new();
    let mut file = None;
    match &finding.place {
        Place::Source(location) => marks.push(Mark { location: *location, label: String::new() }),
        Place::File(name) => file = Some(escape(name)),
    }
    marks.extend(
        finding
            .related
            .iter()
            .map(|(location, label)| Mark { location: *location, label: label.clone() }),
    );
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(escape(&finding.message)).id(finding.rule.id);
    let mut group = Group::with_title(title);
    if let Some(file) = file {
        group = group.element(Origin::path(file));
    }
    let mut group = group.elements(pictures(sources, &marks));
    if let Some(witness) = &finding.witness {
        group = group.element(remark(Level::NOTE, &for_example(witness)));
    }
    if !finding.help.is_empty() {
        group = group.element(remark(Level::HELP, &finding.help));
    }
    format!("{}\n", renderer().render(&[group]))
}

/// A request that shows what a finding says.
fn for_example(witness: &Value) -> String {
    let text = |name: &str| witness.get(name).and_then(Value::as_str);
    let (Some(principal), Some(action)) = (text("principal"), text("action")) else {
        return format!("for example {witness}");
    };
    let mut sentence = format!("for example, {principal} can call {action}");
    if let Some(resource) = text("resource") {
        sentence.push_str(&format!(" on {resource}"));
    }
    let context = witness.get("context").and_then(Value::as_object);
    let pairs: Vec<_> = context
        .into_iter()
        .flatten()
        .map(|(key, value)| match value {
            Value::String(text) => format!("{key} = {text}"),
            Value::Null => format!("no {key}"),
            other => format!("{key} = {other}"),
        })
        .collect();
    if !pairs.is_empty() {
        sentence.push_str(&format!(", with {}", pairs.join(", ")));
    }
    sentence
}
