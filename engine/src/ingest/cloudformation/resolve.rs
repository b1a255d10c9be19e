//! From a value as written to the value that CloudFormation hands on.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use super::{names::Identity, place::Place, template::Sections};
use crate::text::{Member, Node, Value, escape};

/// Bytes that the functions of one template may make; what a policy can hold is far less.
const MADE: usize = 32 * 1024 * 1024;

/// References that lead from one to the next.
const CHAIN: usize = 24;

/// A value that the template does not tell, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// A sentence without full stop.
    pub(super) reason: String,
}

impl Unknown {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// A value, `None` for `AWS::NoValue`.
pub(super) type Resolved = Result<Option<Node>, Unknown>;

/// Resolves the values of one template.
pub(super) struct Resolver<'a> {
    pub(super) sections: &'a Sections<'a>,
    /// What the user says of the parameters.
    pub(super) given: &'a BTreeMap<String, String>,
    /// Where the stack will be.
    pub(super) place: Place,
    /// What stand-ins of this template are called, so that those of another are other ones.
    pub(super) stack: String,
    /// The conditions that were asked for; `None` while one is being worked out.
    pub(super) conditions: RefCell<BTreeMap<&'a str, Option<Result<bool, Unknown>>>>,
    /// The resources whose names were asked for; `None` while one is being worked out.
    pub(super) names: RefCell<BTreeMap<&'a str, Option<Result<Identity, Unknown>>>>,
    made: Cell<usize>,
    depth: Cell<usize>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        sections: &'a Sections<'a>,
        given: &'a BTreeMap<String, String>,
        stack: String,
    ) -> Self {
        Self {
            sections,
            given,
            place: Place::new(sections, given),
            stack,
            conditions: RefCell::default(),
            names: RefCell::default(),
            made: Cell::new(0),
            depth: Cell::new(0),
        }
    }

    /// The value that a node stands for. Every place in it is one of the template: that of the function that made it.
    pub(super) fn resolve(&self, node: &Node) -> Resolved {
        let value = match &node.value {
            Value::Array(elements) => {
                let mut kept = Vec::with_capacity(elements.len());
                for element in elements {
                    kept.extend(self.resolve(element)?);
                }
                Value::Array(kept)
            }
            Value::Object(members) => {
                if let [only] = members.as_slice()
                    && let Some(resolved) = self.function(&only.key.value, &only.value, node.span)
                {
                    return resolved;
                }
                let mut kept = Vec::with_capacity(members.len());
                for member in members {
                    let name = &*member.key.value;
                    if name.starts_with("Fn::") {
                        return Err(not_resolved(name));
                    }
                    let value = self.resolve(&member.value)?;
                    kept.extend(value.map(|value| Member { key: member.key.clone(), value }));
                }
                Value::Object(kept)
            }
            Value::String(text) => {
                not_dynamic(text)?;
                node.value.clone()
            }
            other => other.clone(),
        };
        Ok(Some(Node { value, span: node.span }))
    }

    /// A text; numbers and truth values are texts in CloudFormation.
    pub(super) fn text(&self, node: &Node) -> Result<Option<String>, Unknown> {
        match self.resolve(node)? {
            None => Ok(None),
            Some(node) => match as_text(&node) {
                Some(text) => Ok(Some(text)),
                None => Err(Unknown::new(format!("{} stands where a text belongs", node.kind()))),
            },
        }
    }

    /// The elements of a list, each by itself; a single value is a list of one, as for CloudFormation.
    pub(super) fn list(&self, node: &Node) -> Vec<Result<Node, Unknown>> {
        let chosen = match self.chosen(node) {
            Ok(Some(chosen)) => chosen,
            Ok(None) => return Vec::new(),
            Err(unknown) => return vec![Err(unknown)],
        };
        let each = |elements: &[Node]| {
            elements.iter().filter_map(|element| self.resolve(element).transpose()).collect()
        };
        match &chosen.value {
            Value::Array(elements) => each(elements),
            _ => match self.resolve(&chosen) {
                Ok(Some(Node { value: Value::Array(elements), .. })) => each(&elements),
                Ok(other) => other.into_iter().map(Ok).collect(),
                Err(unknown) => vec![Err(unknown)],
            },
        }
    }

    /// The entries of a list as they are written, but for the conditions on which they stand there.
    pub(super) fn entries(&self, node: &Node) -> Vec<Result<Node, Unknown>> {
        match self.chosen(node) {
            Ok(Some(Node { value: Value::Array(elements), .. })) => {
                elements.iter().filter_map(|element| self.chosen(element).transpose()).collect()
            }
            other => other.transpose().into_iter().collect(),
        }
    }

    /// The branch of `Fn::If` as it is written; any other value as it is.
    pub(super) fn chosen(&self, node: &Node) -> Resolved {
        let mut node = node;
        while let Some([only]) = node.members()
            && &*only.key.value == "Fn::If"
        {
            node = self.branch(&only.value)?;
        }
        Ok((!is_no_value(node)).then(|| node.clone()))
    }

    /// Follows a reference to another part of the template. Each is followed once, but a chain of them can be long.
    pub(super) fn follow<T>(
        &self,
        then: impl FnOnce() -> Result<T, Unknown>,
    ) -> Result<T, Unknown> {
        if self.depth.get() >= CHAIN {
            return Err(Unknown::new(format!(
                "more than {CHAIN} references lead from one to the next"
            )));
        }
        self.depth.set(self.depth.get() + 1);
        let done = then();
        self.depth.set(self.depth.get() - 1);
        done
    }

    /// Counts what functions make: nested ones can multiply a text without end.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), Unknown> {
        self.made.set(self.made.get().saturating_add(bytes));
        if self.made.get() > MADE {
            let reason = format!("the functions of the template make more than {MADE} bytes");
            return Err(Unknown::new(reason));
        }
        Ok(())
    }
}

fn is_no_value(node: &Node) -> bool {
    let name = node.members().and_then(|members| match members {
        [only] if &*only.key.value == "Ref" => only.value.as_str(),
        _ => None,
    });
    name == Some("AWS::NoValue")
}

/// The text of a scalar.
pub(super) fn as_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) | Value::Number(text) => Some(text.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Refuses a text with a dynamic reference.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>
pub(super) fn not_dynamic(text: &str) -> Result<(), Unknown> {
    match text.contains("{{resolve:") {
        false => Ok(()),
        true => {
            let text = escape(text);
            Err(Unknown::new(format!("`{text}` is looked up when the stack is deployed")))
        }
    }
}

/// A function that is known to CloudFormation, or to nobody, and not resolved here.
pub(super) fn not_resolved(name: &str) -> Unknown {
    match name {
        "Fn::Transform" => Unknown::new("a macro that runs in the account makes a part of it"),
        _ if name.starts_with("Fn::ForEach") => {
            Unknown::new("`Fn::ForEach` makes a part of it, which is not read")
        }
        _ => Unknown::new(format!("`{}` is not resolved here", escape(name))),
    }
}
