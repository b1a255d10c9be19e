//! What is open, made definite. Whether a policy allows can hang on what nobody knows; whether it allows *more than
//! another* need not, since what is not known is the same for both.

use std::collections::HashMap;

use super::{
    formula::{FALSE, Formula, NodeId, TRUE},
    symbolic::Symbolic,
    variables::Templates,
};
use crate::{aws::ContextKey, compile::CompiledStatement, decide::Class};

/// The atoms that stand for what is open, by a text that says what it is.
#[derive(Debug, Default)]
pub(super) struct Settled(HashMap<String, NodeId>);

/// What may be so or not.
pub(super) const OPEN: Formula = Formula { certain: FALSE, possible: TRUE };

impl Symbolic<'_> {
    /// From here on, what is open of a statement or a policy that nobody shows counts as so or not, the same for both that
    /// are compared.
    pub(super) fn settle(&mut self) {
        self.settled = Some(Settled::default());
    }

    /// A value that is made definite, if that was asked for; `what` says what it hangs on.
    pub(super) fn settled(&mut self, value: Formula, what: impl FnOnce() -> String) -> Formula {
        if value.certain == value.possible || self.settled.is_none() {
            return value;
        }
        let what = format!("{} {value:?}", what());
        let known = self.settled.as_ref().and_then(|settled| settled.0.get(&what).copied());
        let so = known.unwrap_or_else(|| self.space.flag(&mut self.arena));
        if let Some(settled) = &mut self.settled {
            settled.0.insert(what, so);
        }
        let so = self.arena.and(value.possible, so);
        self.arena.or(value.certain, so).into()
    }

    /// The same for what a statement says to callers whom it names in one way.
    pub(super) fn settled_statement(
        &mut self,
        value: Formula,
        statement: &CompiledStatement,
        class: Class,
    ) -> Formula {
        if value.certain == value.possible || self.settled.is_none() {
            return value;
        }
        // Two statements say the same if they are written alike and find the same in the request.
        let written = CompiledStatement { index: 0, ..statement.clone() };
        let keys: Vec<ContextKey> = statement
            .clauses
            .iter()
            .flat_map(|clause| {
                let variables = Templates::of(&clause.values).into_iter();
                let variables = variables.flat_map(|templated| templated.variables());
                std::iter::once(&clause.key).chain(variables)
            })
            .cloned()
            .collect();
        let found: Vec<_> = keys.iter().map(|key| self.holds(key)).collect();
        let (action, resource) = (self.parts.action, self.parts.resource);
        let open = self.open_resource.clone();
        self.settled(value, || {
            format!("{written:?} {class:?} {found:?} {action:?} {resource:?} {open:?}")
        })
    }

    /// Something that is open, the same wherever `what` is the same.
    pub(super) fn open_as(&mut self, what: impl FnOnce() -> String) -> Formula {
        self.settled(OPEN, what)
    }
}
