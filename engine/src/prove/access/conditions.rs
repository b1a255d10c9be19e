//! What a call hangs on beside who makes it.

use std::collections::{BTreeMap, BTreeSet};

use super::Access;
use crate::{
    aws::ContextKey,
    prove::{
        formula::{AtomId, Node, NodeId},
        keys::Holds,
        search::Sample,
        space::VariableId,
    },
};

/// What a call that was found needs, beside its caller.
#[derive(Clone, Debug)]
pub(in crate::prove) struct Conditions {
    /// The condition keys that must hold what they hold, or something like it.
    pub(in crate::prove) keys: Vec<ContextKey>,
    /// That they do.
    pub(in crate::prove) met: NodeId,
}

impl Access<'_> {
    /// What a call that was found needs, beside its caller: no condition key among these can be left to chance.
    pub(in crate::prove) fn conditions(&mut self, sample: &Sample) -> Conditions {
        let root = self.goal.certain;
        let parts = self.prover.arena.parts(&[root]);
        let matters: BTreeSet<AtomId> = parts
            .iter()
            .filter_map(|id| match self.prover.arena.node(*id) {
                Node::Atom(atom) => Some(atom),
                _ => None,
            })
            .collect();
        let mut open: BTreeSet<AtomId> = BTreeSet::new();
        let mut scratch = Vec::new();
        let mut can_open = |more: &[AtomId]| {
            let tried = open.clone();
            open.extend(more);
            let truth = |atom: AtomId| (!open.contains(&atom)).then(|| sample.truth(atom));
            let holds = self.prover.arena.settles(&parts, root, &truth, &mut scratch);
            if holds != Some(true) {
                open = tried;
            }
            holds == Some(true)
        };
        let mut needed = Vec::new();
        for (key, mut atoms) in self.atoms() {
            atoms.retain(|atom| matters.contains(atom));
            if !atoms.is_empty() && !can_open(&atoms) {
                needed.push((key, atoms));
            }
        }
        let mut fixed = Vec::new();
        let mut keys = Vec::new();
        for (key, atoms) in needed {
            keys.push(key);
            fixed.extend(atoms.into_iter().filter(|atom| !can_open(&[*atom])));
        }
        let arena = &mut self.prover.arena;
        let literals: Vec<NodeId> = fixed
            .into_iter()
            .map(|atom| {
                let node = arena.atom(atom);
                if sample.truth(atom) { node } else { arena.not(node) }
            })
            .collect();
        Conditions { keys, met: arena.all(literals) }
    }

    /// What the formulas say of each condition key, but for those that only tell who calls.
    fn atoms(&self) -> BTreeMap<ContextKey, Vec<AtomId>> {
        let mut found: BTreeMap<ContextKey, Vec<AtomId>> = BTreeMap::new();
        for (key, holds) in self.sides.iter().flat_map(|side| side.keys.iter().flatten()) {
            let id = match holds {
                Holds::Variable(id) if *id != self.parts.caller && *id != self.parts.service => *id,
                Holds::Session(_) => self.parts.session,
                _ => continue,
            };
            found.entry(key.clone()).or_default().extend(self.atoms_of(id));
        }
        found
    }

    fn atoms_of(&self, id: VariableId) -> Vec<AtomId> {
        let space = &self.prover.space;
        let sets = space.get(id).map(|variable| variable.atoms.as_slice()).unwrap_or_default();
        let sets = sets.iter().flat_map(|(inside, outside)| [Some(*inside), *outside]).flatten();
        let present = match self.prover.arena.node(space.present(id)) {
            Node::Atom(atom) => Some(atom),
            _ => None,
        };
        sets.chain(present).collect()
    }
}
