use std::{collections::HashMap, sync::OnceLock};

use z3::{Params, SatResult, ast::Bool};

use super::Verdict;
use crate::prove::{
    ProveError,
    formula::{Arena, AtomId, Node, NodeId},
};

/// The oldest Z3 that the bindings were measured with.
const OLDEST: (&str, [u32; 2]) = ("5.3", [5, 3]);

/// Z3, asked about Booleans only.
///
/// The context belongs to the thread and is used again; a solver of its own is made for each policy.
pub(super) struct Z3 {
    z3: z3::Solver,
    terms: HashMap<NodeId, Bool>,
    selectors: HashMap<NodeId, Bool>,
}

impl Z3 {
    /// A solver without assertions, which may take so many steps of its own for one check. Counted in steps and not in
    /// time, it ends at the same place on every machine.
    pub(super) fn new(steps: usize) -> Self {
        let z3 = z3::Solver::new_for_logic("QF_FD").unwrap_or_default();
        let mut parameters = Params::new();
        // Zero would be no limit.
        parameters.set_u32("rlimit", u32::try_from(steps).unwrap_or(u32::MAX).max(1));
        parameters.set_u32("random_seed", 0);
        z3.set_params(&parameters);
        Self { z3, terms: HashMap::new(), selectors: HashMap::new() }
    }

    /// Demands a formula for good.
    pub(super) fn assert(&mut self, arena: &Arena, node: NodeId) {
        let term = self.term(arena, node);
        self.z3.assert(term);
    }

    /// Demands for good that one of these atoms has the value beside it.
    pub(super) fn clause(&self, literals: &[(AtomId, bool)]) {
        let terms: Vec<Bool> = literals
            .iter()
            .map(|(id, value)| if *value { atom(*id) } else { atom(*id).not() })
            .collect();
        self.z3.assert(Bool::or(&terms));
    }

    /// Looks for values of `atoms` under which all `wishes` hold.
    pub(super) fn check(&mut self, arena: &Arena, wishes: &[NodeId], atoms: &[AtomId]) -> Verdict {
        let selectors: Vec<Bool> = wishes.iter().map(|wish| self.selector(arena, *wish)).collect();
        match self.z3.check_assumptions(&selectors) {
            SatResult::Unknown => Verdict::Unknown,
            SatResult::Unsat => {
                let core = self.z3.get_unsat_core();
                let pairs = wishes.iter().zip(&selectors);
                let used = pairs.filter(|(_, selector)| core.contains(selector));
                Verdict::Contradicted(used.map(|(wish, _)| *wish).collect())
            }
            SatResult::Sat => {
                let Some(model) = self.z3.get_model() else { return Verdict::Unknown };
                let value = |id: AtomId| model.eval(&atom(id), true)?.as_bool();
                let valued = |id: &AtomId| (*id, value(*id).unwrap_or(false));
                Verdict::Satisfied(atoms.iter().map(valued).collect())
            }
        }
    }

    /// A Boolean that stands for a formula, to be assumed.
    fn selector(&mut self, arena: &Arena, node: NodeId) -> Bool {
        if let Some(known) = self.selectors.get(&node) {
            return known.clone();
        }
        let number = u32::try_from(self.selectors.len()).unwrap_or(u32::MAX / 2);
        let selector = Bool::new_const(number.saturating_mul(2).saturating_add(1));
        let term = self.term(arena, node);
        self.z3.assert(selector.implies(&term));
        self.selectors.insert(node, selector.clone());
        selector
    }

    fn term(&mut self, arena: &Arena, root: NodeId) -> Bool {
        if let Some(known) = self.terms.get(&root) {
            return known.clone();
        }
        // Parts come before what is made of them, so that no recursion is needed.
        for id in arena.parts(&[root]) {
            if self.terms.contains_key(&id) {
                continue;
            }
            let of = |id: NodeId| match self.terms.get(&id) {
                Some(term) => term.clone(),
                None => Bool::from_bool(false),
            };
            let term = match arena.node(id) {
                Node::False => Bool::from_bool(false),
                Node::True => Bool::from_bool(true),
                Node::Atom(id) => atom(id),
                Node::Not(a) => of(a).not(),
                Node::And(a, b) => Bool::and(&[of(a), of(b)]),
                Node::Or(a, b) => Bool::or(&[of(a), of(b)]),
            };
            self.terms.insert(id, term);
        }
        self.terms.get(&root).cloned().unwrap_or_else(|| Bool::from_bool(false))
    }
}

impl std::fmt::Debug for Z3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Z3").field("terms", &self.terms.len()).finish_non_exhaustive()
    }
}

/// Atoms have even numbers, selectors odd ones. Names live as long as the thread's context, so they are few.
fn atom(id: AtomId) -> Bool {
    Bool::new_const(id.0.saturating_mul(2))
}

/// Refuses a library that is too old.
pub(super) fn check_version() -> Result<(), ProveError> {
    static FOUND: OnceLock<Result<(), String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let version = z3::full_version();
        if is_new_enough(version) { Ok(()) } else { Err(version.to_owned()) }
    });
    match found {
        Ok(()) => Ok(()),
        Err(found) => Err(ProveError::SolverTooOld { found: found.clone(), needed: OLDEST.0 }),
    }
}

fn is_new_enough(version: &str) -> bool {
    let numbers = version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
    numbers.collect::<Vec<u32>>().as_slice() >= OLDEST.1.as_slice()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::Bounds;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(is_new_enough("5.4.0.0") && is_new_enough("5.3") && is_new_enough("10.0.1"));
        assert!(!is_new_enough("4.8.12.0") && !is_new_enough("5.2.9") && !is_new_enough(""));
    }

    /// Five pigeons and four holes, each of which takes one.
    #[test]
    fn its_steps_are_inclusive() {
        let check = |steps: usize| {
            let mut z3 = Z3::new(steps);
            let sits = |pigeon: u32, hole: u32| AtomId(pigeon * 4 + hole);
            for pigeon in 0..5 {
                z3.clause(&[0, 1, 2, 3].map(|hole| (sits(pigeon, hole), true)));
                for (other, hole) in (0..pigeon).flat_map(|p| (0..4).map(move |hole| (p, hole))) {
                    z3.clause(&[(sits(pigeon, hole), false), (sits(other, hole), false)]);
                }
            }
            z3.check(&Arena::new(), &[], &[])
        };
        let decides = |steps: usize| match check(steps) {
            Verdict::Contradicted(_) => true,
            Verdict::Unknown => false,
            Verdict::Satisfied(_) => panic!("five pigeons do not fit"),
        };
        let tried: Vec<usize> = (0..100_000).collect();
        let least = tried.partition_point(|steps| !decides(*steps));
        assert!((2..tried.len()).contains(&least), "{least}");
        assert!(decides(least) && decides(least + 1) && decides(Bounds::default().steps));
        assert!(!decides(least - 1) && !decides(1) && !decides(0));
    }

    #[test]
    fn wishes_that_contradict_each_other_are_named() {
        let mut arena = Arena::new();
        let (a, b) = (arena.atom(AtomId(0)), arena.atom(AtomId(1)));
        let not_a = arena.not(a);
        let mut solver = Z3::new(Bounds::default().steps);
        let Verdict::Contradicted(core) = solver.check(&arena, &[a, b, not_a], &[]) else {
            panic!()
        };
        assert_eq!(core.iter().filter(|id| **id == b).count(), 0);
        solver.clause(&[(AtomId(0), false), (AtomId(1), false)]);
        let Verdict::Satisfied(values) = solver.check(&arena, &[a], &[AtomId(0), AtomId(1)]) else {
            panic!()
        };
        assert_eq!(values, [(AtomId(0), true), (AtomId(1), false)]);
    }
}
