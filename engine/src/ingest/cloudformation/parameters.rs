//! Parameters, pseudo-parameters, and what `Ref` makes of a name.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>

use super::{
    functions::{malformed, text},
    resolve::{Resolved, Resolver, Unknown, as_text},
};
use crate::{
    aws::partition_of_region,
    text::{Node, Value, escape},
};

impl Resolver<'_> {
    /// `Ref`
    pub(super) fn reference(&self, argument: &Node) -> Resolved {
        match argument.as_str() {
            Some(name) => self.reference_to(name),
            None => Err(malformed("Ref", "a name")),
        }
    }

    /// The value of a parameter, or the id of a resource.
    pub(super) fn reference_to(&self, name: &str) -> Resolved {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        let here = Node { value: Value::Null, span: Default::default() };
        if name.starts_with("AWS::") {
            return self.pseudo(name).map(|value| text(value, &here));
        }
        match self.sections.section("Parameters").and_then(|section| section.get(name)) {
            Some(parameter) => self.parameter(name, parameter).map(Some),
            None => self.attribute(name, "Ref").map(|value| text(value, &here)),
        }
    }

    fn pseudo(&self, name: &str) -> Result<String, Unknown> {
        if let Some(value) = self.given.get(name) {
            return Ok(value.clone());
        }
        let region = || self.place.region.as_deref();
        let partition = || {
            let own = self.given.get("AWS::Partition").map(String::as_str);
            own.or_else(|| partition_of_region(region()?))
        };
        let found = match name {
            "AWS::AccountId" => self.place.account.map(|account| account.to_string()),
            "AWS::Region" => region().map(str::to_owned),
            "AWS::Partition" => partition().map(str::to_owned),
            "AWS::URLSuffix" => match partition() {
                Some("aws" | "aws-us-gov") => Some("amazonaws.com".to_owned()),
                Some("aws-cn") => Some("amazonaws.com.cn".to_owned()),
                _ => None,
            },
            _ => None,
        };
        // The partition and what follows from it hang on the Region.
        let wanted =
            if matches!(name, "AWS::Partition" | "AWS::URLSuffix") { "AWS::Region" } else { name };
        found.ok_or_else(|| {
            let name = escape(name);
            Unknown::new(format!("`{name}` is not known; `--parameter {wanted}=…` tells it"))
        })
    }

    fn parameter(&self, name: &str, parameter: &Node) -> Result<Node, Unknown> {
        let kind = parameter.get("Type").and_then(Node::as_str).unwrap_or_default();
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            let name = escape(name);
            let reason = format!(
                "the parameter `{name}` is looked up in Parameter Store when the stack is deployed"
            );
            return Err(Unknown::new(reason));
        }
        let default = parameter.get("Default");
        let value = self.given.get(name).cloned().or_else(|| as_text(default?));
        let Some(value) = value else {
            let name = escape(name);
            let reason =
                format!("the parameter `{name}` has no value; `--parameter {name}=…` gives one");
            return Err(Unknown::new(reason));
        };
        self.spend(value.len())?;
        let span = parameter.span;
        let node = |text: &str| Node { value: Value::String(text.into()), span };
        if kind == "CommaDelimitedList" || kind.starts_with("List<") {
            let elements = value.split(',').map(|element| node(element.trim())).collect();
            return Ok(Node { value: Value::Array(elements), span });
        }
        Ok(node(&value))
    }
}
