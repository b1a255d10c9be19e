//! The conditions of a template.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html>

use super::{
    functions::malformed,
    resolve::{Resolver, Unknown, as_text},
    template::Resource,
};
use crate::text::{Node, escape};

impl<'a> Resolver<'a> {
    /// Whether a condition of the template holds.
    pub(super) fn condition(&self, name: &str) -> Result<bool, Unknown> {
        let section = self.sections.section("Conditions").and_then(Node::members);
        let member = section.unwrap_or_default().iter().find(|m| &*m.key.value == name);
        let Some(member) = member else {
            let reason = format!("the template has no condition `{}`", escape(name));
            return Err(Unknown::new(reason));
        };
        let name: &'a str = &member.key.value;
        let known = self.conditions.borrow().get(name).cloned();
        match known {
            Some(Some(known)) => return known,
            Some(None) => {
                let reason = format!("the condition `{}` refers to itself", escape(name));
                return Err(Unknown::new(reason));
            }
            None => {}
        }
        self.conditions.borrow_mut().insert(name, None);
        let holds = self.follow(|| self.holds(&member.value)).map_err(|unknown| {
            let name = escape(name);
            Unknown::new(format!("the condition `{name}` is open: {}", unknown.reason))
        });
        self.conditions.borrow_mut().insert(name, Some(holds.clone()));
        holds
    }

    /// Whether a resource is made.
    pub(super) fn is_made(&self, resource: &Resource<'_>) -> Result<bool, Unknown> {
        resource.condition.map_or(Ok(true), |name| self.condition_of(name))
    }

    /// Whether the condition of that name holds. An unquoted `No` is a truth value, and no name of a condition.
    pub(super) fn condition_of(&self, name: &Node) -> Result<bool, Unknown> {
        match as_text(name) {
            Some(name) => self.condition(&name),
            None => Err(malformed("Condition", "a name")),
        }
    }

    fn holds(&self, node: &Node) -> Result<bool, Unknown> {
        let Some([only]) = node.members() else {
            return Err(Unknown::new("it is not one function"));
        };
        let argument = &only.value;
        match &*only.key.value {
            "Condition" => self.condition_of(argument),
            "Fn::Equals" => match argument.elements() {
                Some([first, second]) => self.equal(first, second),
                _ => Err(malformed("Fn::Equals", "two values")),
            },
            "Fn::Not" => match argument.elements() {
                Some([only]) => self.holds(only).map(|holds| !holds),
                _ => Err(malformed("Fn::Not", "one condition")),
            },
            "Fn::And" => self.any(argument, false).map(|some_fails| !some_fails),
            "Fn::Or" => self.any(argument, true),
            name => Err(Unknown::new(format!("`{}` is no condition", escape(name)))),
        }
    }

    /// Whether some of the conditions comes out like this. What is open does not matter once one does.
    fn any(&self, conditions: &Node, wanted: bool) -> Result<bool, Unknown> {
        let mut open = None;
        for condition in conditions.elements().unwrap_or_default() {
            match self.holds(condition) {
                Ok(holds) if holds == wanted => return Ok(true),
                Ok(_) => {}
                Err(unknown) => open = open.or(Some(unknown)),
            }
        }
        open.map_or(Ok(false), Err)
    }

    fn equal(&self, first: &Node, second: &Node) -> Result<bool, Unknown> {
        let (first, second) = (self.resolve(first)?, self.resolve(second)?);
        Ok(match (&first, &second) {
            (Some(first), Some(second)) => match (as_text(first), as_text(second)) {
                (Some(first), Some(second)) => first == second,
                _ => first.says_the_same(second),
            },
            (first, second) => first.is_none() && second.is_none(),
        })
    }
}
