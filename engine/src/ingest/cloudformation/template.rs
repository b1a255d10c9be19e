//! A template as it is written: its sections and resources.

use std::collections::BTreeMap;

use super::serverless;
use crate::text::{Node, Span, Value};

/// Transforms that change nothing that is read here.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-reference.html>
const HARMLESS: &[&str] = &[
    "AWS::Serverless-2016-10-31",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
    "AWS::CodeDeployBlueGreen",
];

/// A template and the resources in it.
pub(super) struct Sections<'a> {
    root: &'a Node,
    /// The resources that can be read, by their logical id.
    pub(super) resources: BTreeMap<&'a str, Resource<'a>>,
    /// Their logical ids in the order written.
    pub(super) order: Vec<&'a str>,
    /// What only a macro in the account makes of the template: its name, and where it is called.
    pub(super) macros: Vec<(String, Span)>,
}

/// A resource of a template.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resource<'a> {
    /// Its logical id.
    pub(super) id: &'a str,
    /// Where that stands.
    pub(super) span: Span,
    /// `AWS::KMS::Key`
    pub(super) kind: &'a str,
    /// Its properties, if it has any.
    pub(super) properties: Option<&'a Node>,
    /// The condition on which it is made.
    pub(super) condition: Option<&'a Node>,
}

impl<'a> Resource<'a> {
    /// A property as written.
    pub(super) fn property(&self, name: &str) -> Option<&'a Node> {
        self.properties?.get(name)
    }
}

/// Whether this is a template: it says so, or has resources of AWS.
pub(super) fn is_template(root: &Node) -> bool {
    let Some(resources) = root.get("Resources") else { return false };
    let typed = |node: &Node| {
        let kind = node.get("Type").and_then(Node::as_str);
        kind.is_some_and(|kind| kind.contains("::"))
    };
    let members = resources.members().unwrap_or_default();
    root.get("AWSTemplateFormatVersion").is_some() || members.iter().any(|m| typed(&m.value))
}

/// Whether a text that cannot be parsed was most likely meant to be a template.
pub(super) fn looks_like_template(text: &str) -> bool {
    text.contains("AWSTemplateFormatVersion")
        || (text.contains("Resources") && text.contains("AWS::"))
}

impl<'a> Sections<'a> {
    pub(super) fn new(root: &'a Node) -> Self {
        let mut sections =
            Self { root, resources: BTreeMap::new(), order: Vec::new(), macros: Vec::new() };
        sections.transforms();
        for member in root.get("Resources").and_then(Node::members).unwrap_or_default() {
            let id: &str = &member.key.value;
            let span = member.key.span;
            if is_macro(id) {
                sections.macros.push((id.to_owned(), span));
                continue;
            }
            let Some(kind) = member.value.get("Type").and_then(Node::as_str) else { continue };
            let properties = member.value.get("Properties");
            let parts = [Some(&member.value), properties];
            if let Some(call) = parts.into_iter().flatten().find_map(called_macro) {
                sections.macros.push(call);
                if kind.starts_with("AWS::") {
                    continue;
                }
            }
            let condition = member.value.get("Condition");
            let resource = Resource { id, span, kind, properties, condition };
            sections.order.push(id);
            sections.resources.insert(id, resource);
        }
        sections
    }

    /// A section, such as `Parameters`.
    pub(super) fn section(&self, name: &str) -> Option<&'a Node> {
        self.root.get(name)
    }

    /// The resources of a type, in the order written.
    pub(super) fn of(&self, kind: &str) -> Vec<Resource<'a>> {
        let all = self.order.iter().filter_map(|id| self.resources.get(id));
        all.filter(|resource| resource.kind == kind).copied().collect()
    }

    /// The function of SAM that a logical id is the role of: SAM makes `FRole` for a function `F` that names no role.
    ///
    /// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>
    pub(super) fn function_of_role(&self, id: &str) -> Option<Resource<'a>> {
        let function = self.resources.get(id.strip_suffix("Role")?)?;
        let is_made = !self.resources.contains_key(id) && serverless::makes_role(self, function);
        is_made.then_some(*function)
    }

    /// Macros for the whole template.
    fn transforms(&mut self) {
        let Some(node) = self.root.get("Transform") else { return };
        for one in node.elements().unwrap_or(std::slice::from_ref(node)) {
            let name = one.as_str().or_else(|| one.get("Name")?.as_str());
            if !name.is_some_and(|name| HARMLESS.contains(&name)) {
                self.macros.push((name.unwrap_or("Transform").to_owned(), one.span));
            }
        }
    }

    /// Whether a macro may have changed anything.
    pub(super) fn is_changed_as_a_whole(&self) -> bool {
        let Some(node) = self.root.get("Transform") else { return false };
        self.macros
            .iter()
            .any(|(_, span)| node.span.start <= span.start && span.end <= node.span.end)
    }
}

/// Whether a key is a call of something that makes other members of it.
fn is_macro(key: &str) -> bool {
    key == "Fn::Transform" || key.starts_with("Fn::ForEach::")
}

/// A macro that is called among the members of an object.
fn called_macro(node: &Node) -> Option<(String, Span)> {
    let member = node.members()?.iter().find(|member| is_macro(&member.key.value))?;
    let name = match &member.value.value {
        Value::Object(_) => member.value.get("Name").and_then(Node::as_str),
        _ => None,
    };
    Some((name.unwrap_or(&member.key.value).to_owned(), member.key.span))
}
