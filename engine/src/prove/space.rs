use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{
    domain::Domain,
    formula::{Arena, AtomId, FALSE, NodeId, TRUE},
    test::Test,
};
use crate::aws::assumption::MappedAddress;

/// A part of the request whose value is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct VariableId(usize);

/// What an atom says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Something that is so or not, without a value.
    Flag,
    /// The value, or some member of it, is in a set.
    Inside(VariableId, usize),
    /// Some member is not in a set.
    Outside(VariableId, usize),
}

/// A part of the request: its possible values and the sets that the question tells apart.
#[derive(Debug)]
pub(super) struct Variable {
    /// How messages call it.
    pub(super) name: String,
    /// Its possible values.
    pub(super) domain: Domain,
    /// Whether it can have several values.
    pub(super) many: bool,
    /// Whether it is in the request.
    pub(super) present: NodeId,
    /// The sets.
    pub(super) tests: Vec<Test>,
    /// The sets that the question itself asks about, which are compared with every other beforehand.
    pub(super) asked: Vec<usize>,
    /// For each set the atoms that say whether a member is inside, and outside.
    pub(super) atoms: Vec<(AtomId, Option<AtomId>)>,
    index: HashMap<Test, usize, FixedState>,
}

/// All atoms and what they say.
#[derive(Debug)]
pub(super) struct Space {
    variables: Vec<Variable>,
    atoms: Vec<Meaning>,
    /// Whether IPv4-mapped addresses are IPv4 addresses.
    pub(super) mapped: MappedAddress,
}

impl Space {
    pub(super) const fn new(mapped: MappedAddress) -> Self {
        Self { variables: Vec::new(), atoms: Vec::new(), mapped }
    }

    /// A new Boolean that stands for itself.
    pub(super) fn flag(&mut self, arena: &mut Arena) -> NodeId {
        let atom = self.atom(Meaning::Flag);
        arena.atom(atom)
    }

    fn atom(&mut self, meaning: Meaning) -> AtomId {
        self.atoms.push(meaning);
        AtomId(u32::try_from(self.atoms.len() - 1).unwrap_or(u32::MAX))
    }

    /// A new part of the request.
    pub(super) fn variable(
        &mut self,
        name: impl Into<String>,
        domain: Domain,
        many: bool,
        present: NodeId,
    ) -> VariableId {
        self.variables.push(Variable {
            name: name.into(),
            domain,
            many,
            present,
            tests: Vec::new(),
            asked: Vec::new(),
            atoms: Vec::new(),
            index: HashMap::default(),
        });
        VariableId(self.variables.len() - 1)
    }

    /// Gives a part of the request other possible values; nothing must have been asked of it yet.
    pub(super) fn replace(&mut self, id: VariableId, domain: Domain) {
        if let Some(variable) = self.variables.get_mut(id.0) {
            variable.domain = domain;
        }
    }

    /// Values of a part of the request that people understand.
    pub(super) fn plausible(&self, id: VariableId) -> Vec<String> {
        match self.get(id).map(|variable| &variable.domain) {
            Some(Domain::Text { plausible, .. }) => plausible.list().to_vec(),
            _ => Vec::new(),
        }
    }

    /// Lets a part of the request have this value too.
    pub(super) fn widen(&mut self, id: VariableId, value: &str) {
        if let Some(variable) = self.variables.get_mut(id.0) {
            variable.domain.widen(value);
        }
    }

    pub(super) fn get(&self, id: VariableId) -> Option<&Variable> {
        self.variables.get(id.0)
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = (VariableId, &Variable)> {
        self.variables.iter().enumerate().map(|(index, variable)| (VariableId(index), variable))
    }

    pub(super) fn present(&self, id: VariableId) -> NodeId {
        self.get(id).map_or(FALSE, |variable| variable.present)
    }

    pub(super) fn atoms(&self) -> &[Meaning] {
        &self.atoms
    }

    /// The formula that the value, or some member of it, is in a set.
    pub(super) fn inside(&mut self, arena: &mut Arena, id: VariableId, test: Test) -> NodeId {
        match self.known(id, &test) {
            Some(value) => Arena::constant(value),
            None => self.index(id, test).map_or(FALSE, |(inside, _)| arena.atom(inside)),
        }
    }

    /// The same, for a set that the question asks about.
    pub(super) fn asked(&mut self, arena: &mut Arena, id: VariableId, test: Test) -> NodeId {
        let node = self.inside(arena, id, test.clone());
        if let Some(variable) = self.variables.get_mut(id.0)
            && let Some(index) = variable.index.get(&test)
            && !variable.asked.contains(index)
        {
            variable.asked.push(*index);
        }
        node
    }

    /// The formula that some member of the value is not in a set.
    pub(super) fn outside(&mut self, arena: &mut Arena, id: VariableId, test: Test) -> NodeId {
        if let Some(value) = self.known(id, &test) {
            return Arena::constant(!value);
        }
        match self.index(id, test) {
            Some((_, Some(outside))) => arena.atom(outside),
            Some((inside, None)) => {
                let inside = arena.atom(inside);
                arena.not(inside)
            }
            None => TRUE,
        }
    }

    /// Whether all values, or none, are in a set.
    fn known(&self, id: VariableId, test: &Test) -> Option<bool> {
        if test.is_empty() {
            return Some(false);
        }
        if test.is_everything() {
            return Some(true);
        }
        let Domain::Listed(list) = &self.get(id)?.domain else { return None };
        let mut inside = list.iter().map(|value| test.holds(value, self.mapped));
        let first = inside.next()?;
        inside.all(|other| other == first).then_some(first)
    }

    fn index(&mut self, id: VariableId, test: Test) -> Option<(AtomId, Option<AtomId>)> {
        let variable = self.variables.get(id.0)?;
        if let Some(index) = variable.index.get(&test) {
            return variable.atoms.get(*index).copied();
        }
        let (index, many) = (variable.tests.len(), variable.many);
        let inside = self.atom(Meaning::Inside(id, index));
        let outside = many.then(|| self.atom(Meaning::Outside(id, index)));
        let variable = self.variables.get_mut(id.0)?;
        variable.index.insert(test.clone(), index);
        variable.tests.push(test);
        variable.atoms.push((inside, outside));
        Some((inside, outside))
    }
}
