//! The resources of a plan or state, one an instance.

use super::text;
use crate::text::{Node, Value};

/// One instance of a resource or data source, as it is after the plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance<'a> {
    /// `module.a["x"].aws_kms_key.main[0]`
    pub(super) address: &'a str,
    /// `module.a["x"]`; empty for the root module.
    pub(super) module: &'a str,
    /// `aws_kms_key`
    pub(super) kind: &'a str,
    /// `main`
    pub(super) name: &'a str,
    /// Whether it is a data source.
    pub(super) is_data: bool,
    /// Its `count` index or `for_each` key.
    pub(super) index: Option<&'a Node>,
    /// What stands there of it: the place for messages.
    pub(super) node: &'a Node,
    /// Its values.
    pub(super) values: &'a Node,
    /// Which of them are known after apply only.
    unknown: Option<&'a Node>,
}

/// A value of an instance.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'a> {
    /// Null, or not there.
    Absent,
    /// Known after apply only, all or a part of it.
    Unknown,
    /// The value.
    Known(&'a Node),
}

impl<'a> Instance<'a> {
    /// One of its values.
    pub(super) fn field(&self, name: &str) -> Field<'a> {
        if self.unknown.and_then(|unknown| unknown.get(name)).is_some_and(has_true) {
            return Field::Unknown;
        }
        match self.values.get(name) {
            Some(node) if !matches!(node.value, Value::Null) => Field::Known(node),
            _ => Field::Absent,
        }
    }

    /// The text of one of its values, where it is known.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        match self.field(name) {
            Field::Known(node) => node.as_str(),
            Field::Absent | Field::Unknown => None,
        }
    }

    /// `aws_kms_key.main`, with `data.` before a data source: as references in its module name it.
    pub(super) fn base(&self) -> String {
        let data = if self.is_data { "data." } else { "" };
        format!("{data}{}.{}", self.kind, self.name)
    }
}

/// `after_unknown` holds `true` for what is unknown, in the shape of the value.
fn has_true(node: &Node) -> bool {
    match &node.value {
        Value::Bool(value) => *value,
        Value::Array(list) => list.iter().any(has_true),
        Value::Object(members) => members.iter().any(|member| has_true(&member.value)),
        _ => false,
    }
}

/// All instances: of a plan those that are there afterwards, and data sources that were read; of a state all.
pub(super) fn instances(root: &Node) -> Vec<Instance<'_>> {
    let mut found = Vec::new();
    for change in root.get("resource_changes").and_then(Node::elements).unwrap_or_default() {
        found.extend(changed(change));
    }
    if root.get("resource_changes").is_some() {
        let prior = root.get("prior_state").and_then(|state| state.get("values"));
        let mut known = Vec::new();
        stated(prior, "", &mut known);
        // What the plan changes is told by the change; data sources stand in the prior state alone.
        found.extend(known.into_iter().filter(|instance| instance.is_data));
    } else {
        stated(root.get("values"), "", &mut found);
    }
    found
}

fn changed(change: &Node) -> Option<Instance<'_>> {
    let detail = change.get("change")?;
    let after = detail.get("after")?;
    // A resource that is deleted or forgotten is not there afterwards.
    if matches!(after.value, Value::Null)
        && detail.get("after_unknown").is_none_or(|u| !has_true(u))
    {
        return None;
    }
    let actions = detail.get("actions").and_then(Node::elements).unwrap_or_default();
    let says = |name| actions.iter().any(|action| action.as_str() == Some(name));
    if says("delete") && !says("create") || says("forget") {
        return None;
    }
    Some(Instance {
        module: text(change, "module_address").unwrap_or_default(),
        unknown: detail.get("after_unknown"),
        ..plain(change, after)?
    })
}

/// What was there before of every resource that a plan has, by kind. What a secret or role shows of its policies is as
/// old, so a policy that stands here is told by its own resource alone.
pub(super) fn before(root: &Node) -> Vec<(&str, &Node)> {
    let changes = root.get("resource_changes").and_then(Node::elements).unwrap_or_default();
    let old = |change| Some((text(change, "type")?, change.get("change")?.get("before")?));
    changes.iter().filter_map(old).collect()
}

/// The resources of a module of a state, and of the modules below it.
fn stated<'a>(node: Option<&'a Node>, module: &'a str, found: &mut Vec<Instance<'a>>) {
    let Some(node) = node.map(|node| node.get("root_module").unwrap_or(node)) else {
        return;
    };
    for resource in node.get("resources").and_then(Node::elements).unwrap_or_default() {
        let instance = resource.get("values").and_then(|values| plain(resource, values));
        found.extend(instance.map(|instance| Instance { module, ..instance }));
    }
    for child in node.get("child_modules").and_then(Node::elements).unwrap_or_default() {
        stated(Some(child), text(child, "address").unwrap_or(module), found);
    }
}

fn plain<'a>(node: &'a Node, values: &'a Node) -> Option<Instance<'a>> {
    Some(Instance {
        address: text(node, "address")?,
        module: "",
        kind: text(node, "type")?,
        name: text(node, "name")?,
        is_data: text(node, "mode") == Some("data"),
        index: node.get("index"),
        node,
        values,
        unknown: None,
    })
}
