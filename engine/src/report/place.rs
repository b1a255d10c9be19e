//! Where a statement that an answer refers to stands.

use crate::{
    bundle::{Bundle, Layer, PolicyId},
    decide::{CheckAnswer, Part, PolicyRef, StatementRef, Truth},
    policy::{Effect, Statement},
    text::{Location, Position, Sources, Span},
};

/// A bundle and the texts that it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// All texts.
    pub sources: &'a Sources,
}

/// A statement, or what takes part like one.
#[derive(Clone, Debug)]
pub struct StatementPlace<'a> {
    /// Its policy, as the manifest names it.
    pub policy: String,
    /// Its number, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<&'a str>,
    /// Whether it grants or forbids.
    pub effect: Effect,
    /// As what kind of policy it took part.
    pub layer: Layer,
    /// Where it stands; `None` for a policy that is in no file.
    pub location: Option<Location>,
    statement: Option<&'a Statement>,
}

impl<'a> Known<'a> {
    /// Where a statement stands.
    pub fn statement(self, statement: StatementRef) -> StatementPlace<'a> {
        let StatementRef { policy, index, layer, effect } = statement;
        let mut place = StatementPlace {
            policy: String::new(),
            index,
            sid: None,
            effect,
            layer,
            location: None,
            statement: None,
        };
        match policy {
            PolicyRef::Document(id) => {
                place.policy = self.label(id);
                let policy = self.bundle.policies.get(id).and_then(|document| document.readable());
                let found = policy.and_then(|policy| {
                    let statement = policy.statements.iter().find(|found| found.index == index)?;
                    Some((policy, statement))
                });
                if let Some((policy, statement)) = found {
                    place.sid = statement.sid.as_ref().map(|sid| &*sid.value);
                    place.location = Some(policy.location(statement.span));
                    place.statement = Some(statement);
                }
            }
            PolicyRef::ManagedKey => {
                place.policy = "aws/secretsmanager (AWS managed key policy)".to_owned();
            }
            PolicyRef::Grants(key) => {
                let key = self.bundle.keys.get(key);
                let arn = key.map_or("a key", |key| key.arn.value.as_str());
                place.policy = format!("grant {index} of {arn}");
                place.location =
                    key.and_then(|key| key.grants.get(index)).map(|grant| grant.location);
            }
        }
        place
    }

    /// The statements of a layer that apply, or may apply, in a check.
    pub fn applying(
        self,
        check: &'a CheckAnswer,
        layer: Layer,
        effect: Effect,
    ) -> impl Iterator<Item = StatementPlace<'a>> {
        let applies = check.trace.iter().filter(move |trace| {
            let statement = trace.statement;
            statement.layer == layer
                && statement.effect == effect
                && trace.applies() != Truth::False
        });
        applies.map(move |trace| self.statement(trace.statement))
    }

    /// How answers call a policy.
    pub fn label(self, id: PolicyId) -> String {
        self.bundle.policies.get(id).map(|document| document.label.clone()).unwrap_or_default()
    }

    /// Where a location begins.
    pub fn position(self, location: Option<Location>) -> Option<Position> {
        self.sources.positions(location?).map(|(start, _)| start)
    }
}

impl StatementPlace<'_> {
    /// How messages call it: by its Sid, else by its number, and its policy.
    pub fn title(&self) -> String {
        match self.statement {
            Some(statement) => format!("{} of {}", statement.name(), self.policy),
            None if self.layer == Layer::Grant => self.policy.clone(),
            None => format!("statement {} of {}", self.index, self.policy),
        }
    }

    /// The place to underline: the part that failed, else what tells the statement apart from the others.
    pub fn mark(&self, part: Option<Part>) -> Option<Location> {
        let location = self.location?;
        let Some(statement) = self.statement else {
            return Some(location);
        };
        let span: Option<Span> = match part {
            Some(Part::Principal) => statement.principals.as_ref().map(|element| element.span),
            Some(Part::Action) => Some(statement.actions.span),
            Some(Part::Resource) => statement.resources.as_ref().map(|element| element.span),
            Some(Part::Condition(number)) => {
                statement.conditions.get(number).map(|condition| condition.span)
            }
            None => None,
        };
        let head = || statement.sid.as_ref().map_or(statement.effect.span, |sid| sid.span);
        Some(Location::new(location.source, span.unwrap_or_else(head)))
    }
}
