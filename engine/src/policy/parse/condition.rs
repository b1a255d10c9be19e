//! The `Condition` element.

use super::{Parser, template};
use crate::{
    aws::ContextKey,
    policy::{Condition, Operator, PolicyErrorKind, Template, Version},
    text::{Member, Node, Span, Spanned, Value},
};

impl Parser<'_> {
    pub(super) fn conditions(
        &mut self,
        members: &[Member],
        version: Version,
    ) -> (Vec<Condition>, Option<Span>) {
        let mut conditions = Vec::new();
        let Some(member) = self.element(members, "Condition") else {
            return (conditions, None);
        };
        let Some(operators) = self.object(&member.value, "Condition") else {
            return (conditions, None);
        };
        if operators.is_empty() {
            return (conditions, Some(member.key.span.to(member.value.span)));
        }
        for entry in operators {
            match Operator::parse(&entry.key.value, self.assumptions.operator_case) {
                Ok(operator) => {
                    let operator = Spanned::new(operator, entry.key.span);
                    self.condition_keys(&operator, &entry.value, version, &mut conditions);
                }
                Err(error) => self.error(PolicyErrorKind::Operator(error), entry.key.span),
            }
        }
        (conditions, None)
    }

    fn condition_keys(
        &mut self,
        operator: &Spanned<Operator>,
        node: &Node,
        version: Version,
        conditions: &mut Vec<Condition>,
    ) {
        let Some(keys) = self.object(node, operator.value.comparison.name()) else {
            return;
        };
        let before = conditions.len();
        for entry in keys {
            let key = Spanned::new(ContextKey::new(&entry.key.value), entry.key.span);
            let same = conditions.iter().skip(before).find(|known| known.key.value == key.value);
            if let Some(first) = same {
                let kind = PolicyErrorKind::DuplicateKey {
                    key: key.value.as_str().to_owned(),
                    first: first.key.span,
                };
                self.error(kind, key.span);
                continue;
            }
            let has_variables = operator.value.comparison.has_variables();
            let values = self
                .values(&entry.value)
                .into_iter()
                .map(|text| {
                    text.map(|text| match has_variables {
                        true => template(&text, version),
                        false => Template::plain(&text),
                    })
                })
                .collect();
            let span = entry.key.span.to(entry.value.span);
            conditions.push(Condition { operator: operator.clone(), key, values, span });
        }
    }

    /// Condition values: strings, numbers and booleans, compared as their text, one or a list.
    fn values(&mut self, node: &Node) -> Vec<Spanned<String>> {
        let list = node.elements().unwrap_or(std::slice::from_ref(node));
        let mut values = Vec::with_capacity(list.len());
        for element in list {
            let text = match &element.value {
                Value::String(text) | Value::Number(text) => text.to_string(),
                Value::Bool(value) => value.to_string(),
                _ => {
                    self.wrong_type(element, "a condition value", "a string, number or boolean");
                    continue;
                }
            };
            if self.is_within_wildcards(&text, element.span) {
                values.push(Spanned::new(text, element.span));
            }
        }
        values
    }
}
