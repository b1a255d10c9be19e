//! The intrinsic functions, a method each.

use super::resolve::{Resolved, Resolver, Unknown, as_text, not_dynamic, not_resolved};
use crate::text::{Node, Span, Value, escape};

/// What the short tags of YAML stand for, `Fn::` left out.
const SHORT: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// The long form of a short tag: `!Sub` is `Fn::Sub`.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>
pub(super) fn long_form(tag: &str) -> Option<String> {
    match tag {
        "Ref" | "Condition" => Some(tag.to_owned()),
        _ if SHORT.contains(&tag) => Some(format!("Fn::{tag}")),
        _ => None,
    }
}

impl<'a> Resolver<'a> {
    /// What a function makes of its argument; `None` for what is no function.
    pub(super) fn function(&self, name: &str, argument: &Node, span: Span) -> Option<Resolved> {
        let made = match name {
            // What stands in a branch has places of its own.
            "Fn::If" => {
                return Some(self.branch(argument).and_then(|branch| self.resolve(branch)));
            }
            "Ref" => self.reference(argument),
            "Fn::GetAtt" => self.get_att(argument),
            "Fn::Sub" => self.sub(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::ImportValue" => Err(self.import(argument)),
            _ if name.starts_with("Fn::") => Err(not_resolved(name)),
            _ => return None,
        };
        Some(made.and_then(|node| {
            let Some(mut node) = node else { return Ok(None) };
            if let Value::String(text) = &node.value {
                not_dynamic(text)?;
            }
            // People look for the function, not for where a parameter's default stands.
            node.relocate(&|_| span);
            Ok(Some(node))
        }))
    }

    /// `["logical id", "attribute"]`, or the two with a point between them.
    fn get_att(&self, argument: &Node) -> Resolved {
        let (id, attribute) = match argument.elements() {
            Some([id, attribute]) => (id.as_str().map(str::to_owned), self.text(attribute)?),
            _ => match argument.as_str().and_then(|text| text.split_once('.')) {
                Some((id, attribute)) => (Some(id.to_owned()), Some(attribute.to_owned())),
                None => (None, None),
            },
        };
        match (id, attribute) {
            (Some(id), Some(attribute)) => {
                self.attribute(&id, &attribute).map(|t| text(t, argument))
            }
            _ => Err(malformed("Fn::GetAtt", "a logical id and an attribute")),
        }
    }

    /// `"text ${Name}"`, or `["text ${Name}", {"Name": value}]`.
    fn sub(&self, argument: &Node) -> Resolved {
        let (template, own) = match argument.elements() {
            Some([template, own]) => (template.as_str(), own.members()),
            _ => (argument.as_str(), None),
        };
        let Some(mut rest) = template else {
            return Err(malformed("Fn::Sub", "a text, or a text and an object"));
        };
        let mut made = String::new();
        while let Some((before, behind)) = rest.split_once("${") {
            made.push_str(before);
            let Some((name, after)) = behind.split_once('}') else {
                made.push_str("${");
                rest = behind;
                continue;
            };
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                made.push_str("${");
                made.push_str(literal);
                made.push('}');
                continue;
            }
            let own = own.unwrap_or_default().iter().find(|member| &*member.key.value == name);
            let value = match own {
                Some(member) => self.text(&member.value)?,
                None => self.named(name)?,
            };
            let Some(value) = value else {
                let name = escape(name);
                return Err(Unknown::new(format!("`${{{name}}}` of a `Fn::Sub` has no value")));
            };
            self.spend(value.len())?;
            made.push_str(&value);
        }
        made.push_str(rest);
        self.spend(made.len())?;
        Ok(text(made, argument))
    }

    /// What `${Name}` or `${Name.Attribute}` stands for.
    fn named(&self, name: &str) -> Result<Option<String>, Unknown> {
        if let Some((id, attribute)) = name.split_once('.') {
            return self.attribute(id, attribute).map(Some);
        }
        let value = self.reference_to(name)?;
        Ok(value.as_ref().and_then(as_text))
    }

    /// `["separator", [values]]`
    fn join(&self, argument: &Node) -> Resolved {
        let Some([separator, list]) = argument.elements() else {
            return Err(malformed("Fn::Join", "a separator and a list"));
        };
        let separator = separator.as_str().unwrap_or_default();
        let mut texts = Vec::new();
        for element in self.elements_of("Fn::Join", list)? {
            match as_text(&element) {
                Some(text) => texts.push(text),
                None => return Err(malformed("Fn::Join", "a list of texts")),
            }
        }
        let made = texts.join(separator);
        self.spend(made.len())?;
        Ok(text(made, argument))
    }

    /// `[index, [values]]`
    fn select(&self, argument: &Node) -> Resolved {
        let Some([index, list]) = argument.elements() else {
            return Err(malformed("Fn::Select", "an index and a list"));
        };
        let index = self.text(index)?.and_then(|text| text.parse::<usize>().ok());
        // Only the element that is chosen has to be known.
        let element = match (&list.value, index) {
            (Value::Array(elements), Some(index)) => match elements.get(index) {
                Some(element) => self.resolve(element)?,
                None => None,
            },
            (_, Some(index)) => self.elements_of("Fn::Select", list)?.into_iter().nth(index),
            (_, None) => None,
        };
        match element {
            Some(element) => Ok(Some(element)),
            None => Err(malformed("Fn::Select", "the number of an element of its list")),
        }
    }

    /// `["separator", "text"]`
    fn split(&self, argument: &Node) -> Resolved {
        let Some([separator, whole]) = argument.elements() else {
            return Err(malformed("Fn::Split", "a separator and a text"));
        };
        let separator = separator.as_str().filter(|separator| !separator.is_empty());
        match (separator, self.text(whole)?) {
            (Some(separator), Some(whole)) => {
                self.spend(whole.len())?;
                let parts = whole.split(separator).map(|part| {
                    let value = Value::String(part.into());
                    Node { value, span: argument.span }
                });
                Ok(Some(Node { value: Value::Array(parts.collect()), span: argument.span }))
            }
            _ => Err(malformed("Fn::Split", "a separator and a text")),
        }
    }

    /// `["map", "first key", "second key"]`, with `AWS::LanguageExtensions` also a default.
    fn find_in_map(&self, argument: &Node) -> Resolved {
        let (keys, default) = match argument.elements() {
            Some([map, first, second]) => ([map, first, second], None),
            Some([map, first, second, more]) => ([map, first, second], more.get("DefaultValue")),
            _ => return Err(malformed("Fn::FindInMap", "a map and two keys")),
        };
        let mut found = self.sections.section("Mappings");
        for key in keys {
            let Some(key) = self.text(key)? else {
                return Err(malformed("Fn::FindInMap", "a map and two keys"));
            };
            found = found.and_then(|node| node.get(&key));
        }
        match (found, default) {
            (Some(node), _) => {
                self.spend(node.span.len() as usize)?;
                Ok(Some(node.clone()))
            }
            (None, Some(default)) => self.resolve(default),
            (None, None) => Err(malformed("Fn::FindInMap", "keys that the mapping has")),
        }
    }

    /// The branch that `["condition", then, else]` takes.
    pub(super) fn branch<'n>(&self, argument: &'n Node) -> Result<&'n Node, Unknown> {
        let Some([condition, then, otherwise]) = argument.elements() else {
            return Err(malformed("Fn::If", "a condition and two values"));
        };
        Ok(if self.condition_of(condition)? { then } else { otherwise })
    }

    fn import(&self, argument: &Node) -> Unknown {
        match self.text(argument) {
            Ok(Some(name)) => {
                Unknown::new(format!("`{}` is imported from another stack", escape(&name)))
            }
            Ok(None) => malformed("Fn::ImportValue", "the name of an export"),
            Err(unknown) => unknown,
        }
    }

    fn elements_of(&self, function: &str, list: &Node) -> Result<Vec<Node>, Unknown> {
        match self.resolve(list)?.map(|node| node.value) {
            Some(Value::Array(elements)) => Ok(elements),
            _ => Err(malformed(function, "a list")),
        }
    }
}

/// A text that a function made.
pub(super) fn text(text: String, of: &Node) -> Option<Node> {
    Some(Node { value: Value::String(text.into()), span: of.span })
}

/// A function that CloudFormation would refuse.
pub(super) fn malformed(function: &str, wanted: &str) -> Unknown {
    Unknown::new(format!("a `{function}` does not have {wanted}"))
}
