use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::FixedState;

use super::{
    Bound, Bounds, ProveError,
    domain::{Domain, Limit},
    finder::{self, Clause, Realized},
    formula::{Arena, AtomId, Node, NodeId, TRUE},
    product::Effort,
    solver::{Solver, Verdict},
    space::{Meaning, Space, Variable, VariableId},
};
use crate::aws::assumption::MappedAddress;

/// The solver and the search for values together: finds requests that satisfy a formula.
///
/// The solver chooses truth values for the atoms. Whether some value of each part of the request fits them is
/// looked up outside; where none does, the contradiction goes back to the solver as a lemma.
#[derive(Debug)]
pub(super) struct Prover {
    pub(super) arena: Arena,
    pub(super) space: Space,
    bounds: Bounds,
    solver: Solver,
    /// What every request satisfies.
    constraints: NodeId,
    /// Stands for the clauses that leave out what could not be decided; if an answer needs it, it is no answer.
    doubt: NodeId,
    doubts: Vec<Bound>,
    compared: BTreeSet<(VariableId, usize, usize)>,
    /// Requests that were found: they often answer the next question too.
    found: Vec<Sample>,
    /// In which sets values lie that were tried.
    memberships: BTreeMap<VariableId, HashMap<String, Vec<Option<bool>>, FixedState>>,
}

/// A request that satisfies a formula.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    truths: Vec<bool>,
    /// Of the formulas that existed when it was found.
    formulas: Vec<bool>,
    /// The values of the parts that are in the request.
    pub(super) values: BTreeMap<VariableId, Vec<String>>,
}

/// How many demands, as atoms times parts of the formula, a round is expected to look at: a millisecond.
const DEMANDS_A_ROUND: usize = 50_000;

/// What a search came to.
#[derive(Clone, Debug)]
pub(super) enum Search {
    /// This request.
    Found(Sample),
    /// There is none: these wishes cannot all hold.
    Nothing(Vec<NodeId>),
    /// It could not be told.
    Undecided(Bound),
}

impl Prover {
    /// For requests that satisfy all `constraints`.
    pub(super) fn new(
        mut arena: Arena,
        mut space: Space,
        constraints: Vec<NodeId>,
        bounds: Bounds,
    ) -> Result<Self, ProveError> {
        let doubt = space.flag(&mut arena);
        let solver = Solver::new(bounds.steps)?;
        let mut prover = Self {
            arena,
            space,
            bounds,
            solver,
            constraints: TRUE,
            doubt,
            doubts: Vec::new(),
            compared: BTreeSet::new(),
            found: Vec::new(),
            memberships: BTreeMap::new(),
        };
        for constraint in constraints {
            prover.constrain(constraint);
        }
        Ok(prover)
    }

    /// Demands that every request satisfies a formula.
    fn constrain(&mut self, node: NodeId) {
        self.constraints = self.arena.and(self.constraints, node);
        self.solver.assert(&self.arena, node);
    }

    /// Whether a formula holds of a request that was found.
    pub(super) fn holds(&self, sample: &Sample, node: NodeId) -> bool {
        if let Some(known) = Arena::value(&sample.formulas, node) {
            return known;
        }
        match self.arena.node(node) {
            Node::True => return true,
            Node::False => return false,
            Node::Atom(atom) => return sample.truth(atom),
            Node::Not(_) | Node::And(..) | Node::Or(..) => {}
        }
        let parts = self.arena.parts(&[node]);
        let truth = |atom: AtomId| sample.truth(atom);
        self.arena.holds(&parts, node, &truth, &mut Vec::new())
    }

    /// A request found before that satisfies all `wishes`.
    fn found_before(&mut self, wishes: &[NodeId]) -> Option<Sample> {
        for sample in &mut self.found {
            let Sample { truths, formulas, .. } = sample;
            let truth = |atom: AtomId| truths.get(atom.0 as usize).copied().unwrap_or(false);
            self.arena.extend(formulas, &truth);
        }
        let fits = |sample: &&Sample| {
            wishes.iter().all(|wish| Arena::value(&sample.formulas, *wish) == Some(true))
        };
        self.found.iter().find(fits).cloned()
    }

    /// Looks for a request that satisfies all `wishes`.
    pub(super) fn search(&mut self, wishes: &[NodeId]) -> Search {
        if let Some(sample) = self.found_before(wishes) {
            return Search::Found(sample);
        }
        let goal = self.arena.all(wishes.iter().copied());
        let root = self.arena.and(goal, self.constraints);
        let mut attempt = Attempt::new(self, root);
        let mut assumed = wishes.to_vec();
        assumed.push(attempt.prover.doubt);
        if let Some(sample) = attempt.guess() {
            return Search::Found(sample);
        }
        let atoms: Vec<AtomId> = attempt.relevant.iter().copied().collect();
        // A round over many demands is as much work as many rounds over few.
        let demands = atoms.len().saturating_mul(attempt.parts.len());
        let rounds = attempt.prover.bounds.rounds;
        let rounds = rounds.min(rounds.saturating_mul(DEMANDS_A_ROUND) / demands.max(1));
        for _ in 0..rounds {
            let prover = &mut *attempt.prover;
            match prover.solver.check(&prover.arena, &assumed, &atoms) {
                Verdict::Unknown => return Search::Undecided(Bound::SolverSteps),
                Verdict::Contradicted(core) => {
                    if core.contains(&prover.doubt) {
                        let bound = prover.doubts.first().cloned();
                        return Search::Undecided(bound.unwrap_or(Bound::Rounds));
                    }
                    return Search::Nothing(core);
                }
                Verdict::Satisfied(truths) => {
                    if let Some(sample) = attempt.realize(&truths) {
                        return Search::Found(sample);
                    }
                }
            }
        }
        Search::Undecided(Bound::Rounds)
    }

    /// How far values are searched.
    const fn effort(&self) -> Effort {
        Effort::full(&self.bounds)
    }

    /// Teaches the solver a clause.
    fn learn(&mut self, clause: Clause) {
        self.solver.clause(clause);
    }

    /// Leaves a combination out that could not be decided.
    fn doubt(&mut self, mut clause: Clause, bound: Bound) {
        if let Node::Atom(atom) = self.arena.node(self.doubt) {
            clause.push((atom, false));
        }
        self.solver.clause(clause);
        if !self.doubts.contains(&bound) {
            self.doubts.push(bound);
        }
    }
}

impl Sample {
    pub(super) fn truth(&self, atom: AtomId) -> bool {
        self.truths.get(atom.0 as usize).copied().unwrap_or(false)
    }

    fn set(&mut self, atom: AtomId, value: bool) {
        if let Some(slot) = self.truths.get_mut(atom.0 as usize) {
            *slot = value;
        }
    }
}

/// One search: the formula, and what of it matters.
struct Attempt<'a> {
    prover: &'a mut Prover,
    root: NodeId,
    parts: Vec<NodeId>,
    relevant: BTreeSet<AtomId>,
    /// Those of them that have no value behind them, in order.
    flags: Vec<AtomId>,
    scratch: Vec<bool>,
}

impl<'a> Attempt<'a> {
    fn new(prover: &'a mut Prover, root: NodeId) -> Self {
        let parts = prover.arena.parts(&[root]);
        let relevant: BTreeSet<AtomId> = parts
            .iter()
            .filter_map(|id| match prover.arena.node(*id) {
                Node::Atom(atom) => Some(atom),
                _ => None,
            })
            .collect();
        let meaning = |atom: &AtomId| prover.space.atoms().get(atom.0 as usize).copied();
        let mut flags: Vec<AtomId> = relevant.iter().copied().collect();
        flags.retain(|atom| meaning(atom) == Some(Meaning::Flag));
        Self { prover, root, parts, relevant, flags, scratch: Vec::new() }
    }

    fn holds(&mut self, sample: &Sample) -> bool {
        let truth = |atom: AtomId| sample.truth(atom);
        self.prover.arena.holds(&self.parts, self.root, &truth, &mut self.scratch)
    }

    /// Compares the sets of a part of the request that the question asks about with all others of it, so that the solver
    /// knows which include or exclude each other: what is not settled at once is then settled in few rounds. Whether
    /// that was news.
    fn compare(&mut self, id: VariableId) -> bool {
        let effort = self.prover.effort();
        let Prover { space, compared, memberships, .. } = &mut *self.prover;
        let Some(variable) = space.get(id) else { return false };
        if variable.many || !matches!(variable.domain, Domain::Text { .. }) {
            return false;
        }
        let none = |wanted: &[usize], unwanted: &[usize]| {
            variable.domain.has_none(&variable.tests, wanted, unwanted, space.mapped, effort)
        };
        // A value that is known already may show at once that two sets have something to do with each other.
        let (candidates, _) = variable.domain.candidates(&variable.tests);
        let memberships = memberships.entry(id).or_default();
        for value in candidates.iter() {
            if !memberships.contains_key(value) {
                memberships.insert(value.clone(), Vec::new());
            }
        }
        let matters = |index: usize| {
            let (atom, _) = variable.atoms.get(index)?;
            self.relevant.contains(atom).then_some(*atom)
        };
        let mut lemmas = Vec::new();
        for &asked in &variable.asked {
            let Some(asked_atom) = matters(asked) else { continue };
            for other in (0..variable.tests.len()).filter(|other| *other != asked) {
                let Some(other_atom) = matters(other) else { continue };
                if !compared.insert((id, asked, other)) {
                    continue;
                }
                let (mut together, mut apart) = (false, false);
                for (value, known) in &mut *memberships {
                    if !(together && apart) && lies(variable, known, value, other, space.mapped) {
                        let also = lies(variable, known, value, asked, space.mapped);
                        (together, apart) = (together || also, apart || !also);
                    }
                }
                if !together && none(&[other, asked], &[]) {
                    lemmas.push(vec![(other_atom, false), (asked_atom, false)]);
                } else if !apart && none(&[other], &[asked]) {
                    lemmas.push(vec![(other_atom, false), (asked_atom, true)]);
                }
            }
        }
        let news = !lemmas.is_empty();
        for lemma in lemmas {
            self.prover.learn(lemma);
        }
        news
    }

    /// Most questions that have an answer have one that is found without the solver.
    fn guess(&mut self) -> Option<Sample> {
        let mut sample = Sample::default();
        sample.truths.resize(self.prover.space.atoms().len(), false);
        let truths: Vec<_> =
            self.prover.arena.guess(self.root).into_iter().map(|atom| (atom, true)).collect();
        for (atom, value) in &truths {
            sample.set(*atom, *value);
        }
        if self.holds(&sample) { self.realize(&truths) } else { None }
    }

    /// Finds values that fit the truths, changing truths that do not matter. `None`: the solver was told why there
    /// are none.
    fn realize(&mut self, truths: &[(AtomId, bool)]) -> Option<Sample> {
        let mut sample = Sample::default();
        sample.truths.resize(self.prover.space.atoms().len(), false);
        for (atom, value) in truths {
            sample.set(*atom, *value);
        }
        self.drop_flags(&mut sample);
        let ids: Vec<VariableId> = self.prover.space.variables().map(|(id, _)| id).collect();
        for id in ids {
            if !self.is_present(&sample, id) {
                self.clear(&mut sample, id);
                continue;
            }
            if let Some(values) = self.try_values(&mut sample, id) {
                sample.values.insert(id, values);
                continue;
            }
            let needed = self.needed(&sample, id);
            let effort = self.prover.effort();
            let mut found = self.find(&sample, id, &needed, effort.little())?;
            if let Realized::Doubtful(..) = found {
                // Knowing more, the solver may choose something simpler.
                if self.compare(id) {
                    return None;
                }
                found = self.find(&sample, id, &needed, effort)?;
            }
            match found {
                Realized::Values(values) => {
                    self.adopt(&mut sample, id, &values, true);
                    sample.values.insert(id, values);
                }
                Realized::Impossible(clause) => {
                    self.prover.learn(clause);
                    self.compare(id);
                    return None;
                }
                Realized::Doubtful(clause, limit) => {
                    let part = self.prover.space.get(id)?.name.clone();
                    let bound = match limit {
                        Limit::States => Bound::States { part },
                        Limit::Places => Bound::Places { part },
                        Limit::Mixed => Bound::MixedOperators { part },
                    };
                    self.prover.doubt(clause, bound);
                    return None;
                }
            }
        }
        let Sample { truths, formulas, .. } = &mut sample;
        let truth = |atom: AtomId| truths.get(atom.0 as usize).copied().unwrap_or(false);
        self.prover.arena.extend(formulas, &truth);
        self.prover.found.push(sample.clone());
        Some(sample)
    }

    fn find(
        &self,
        sample: &Sample,
        id: VariableId,
        needed: &BTreeSet<AtomId>,
        effort: Effort,
    ) -> Option<Realized> {
        let space = &self.prover.space;
        Some(finder::find(space.get(id)?, sample, needed, space.mapped, effort))
    }

    fn is_present(&self, sample: &Sample, id: VariableId) -> bool {
        self.prover.holds(sample, self.prover.space.present(id))
    }

    /// Lets go of what need not be so: keys that can be absent are.
    fn drop_flags(&mut self, sample: &mut Sample) {
        for atom in self.flags.clone() {
            if sample.truth(atom) {
                sample.set(atom, false);
                if !self.holds(sample) {
                    sample.set(atom, true);
                }
            }
        }
    }

    fn clear(&self, sample: &mut Sample, id: VariableId) {
        if let Some(variable) = self.prover.space.get(id) {
            for (inside, outside) in &variable.atoms {
                sample.set(*inside, false);
                if let Some(outside) = outside {
                    sample.set(*outside, false);
                }
            }
        }
    }

    /// Tries values that people understand, and those that the policy names.
    fn try_values(&mut self, sample: &mut Sample, id: VariableId) -> Option<Vec<String>> {
        let variable = self.prover.space.get(id)?;
        let mut named = Vec::new();
        for (test, (inside, _)) in variable.tests.iter().zip(&variable.atoms) {
            if let (super::test::Test::Text(list), true) = (test, sample.truth(*inside)) {
                let literals = list.alternatives().iter().filter_map(|a| a.as_literal());
                named.extend(literals.take(16).filter(|text| variable.domain.has(text)));
            }
        }
        let (candidates, _) = variable.domain.candidates(&variable.tests);
        let candidates =
            candidates.into_owned().into_iter().chain(named).take(self.prover.bounds.trials);
        let atoms = variable.atoms.iter().flat_map(|(inside, outside)| [Some(*inside), *outside]);
        let before: Vec<(AtomId, bool)> =
            atoms.flatten().map(|atom| (atom, sample.truth(atom))).collect();
        for candidate in candidates.collect::<Vec<_>>() {
            let values = vec![candidate];
            self.adopt(sample, id, &values, false);
            if self.holds(sample) {
                self.adopt(sample, id, &values, true);
                return Some(values);
            }
        }
        for (atom, value) in before {
            sample.set(atom, value);
        }
        None
    }

    /// Sets the atoms of a part of the request as its values say: `all`, or those that matter here.
    fn adopt(&mut self, sample: &mut Sample, id: VariableId, values: &[String], all: bool) {
        let Prover { space, memberships, .. } = &mut *self.prover;
        let Some(variable) = space.get(id) else { return };
        let matters = |atom: &AtomId| all || self.relevant.contains(atom);
        let relevant = |(inside, outside): &(AtomId, Option<AtomId>)| {
            matters(inside) || outside.as_ref().is_some_and(matters)
        };
        // Of each set whether some value is inside, and whether all are.
        let mut found = vec![(false, true); variable.tests.len()];
        let memberships = memberships.entry(id).or_default();
        for value in values {
            if !memberships.contains_key(value) {
                memberships.insert(value.clone(), Vec::new());
            }
            let Some(known) = memberships.get_mut(value) else { continue };
            for (index, (atoms, (any, all))) in variable.atoms.iter().zip(&mut found).enumerate() {
                if relevant(atoms) {
                    let holds = lies(variable, known, value, index, space.mapped);
                    *any |= holds;
                    *all &= holds;
                }
            }
        }
        for (atoms, (any, all)) in variable.atoms.iter().zip(found) {
            if relevant(atoms) {
                let (inside, outside) = atoms;
                sample.set(*inside, any);
                if let Some(outside) = outside {
                    sample.set(*outside, !all);
                }
            }
        }
    }

    /// The atoms of a part of the request on which the formula hangs. What it does not hang on is left to chance:
    /// fewer demands are met by simpler values, and a search over many globs at once grows beyond bounds.
    fn needed(&mut self, sample: &Sample, id: VariableId) -> BTreeSet<AtomId> {
        let Some(variable) = self.prover.space.get(id) else { return BTreeSet::new() };
        let own = variable.atoms.iter().flat_map(|(a, b)| [Some(*a), *b]).flatten();
        let mut own: Vec<AtomId> = own.filter(|atom| self.relevant.contains(atom)).collect();
        own.sort_by_key(|atom| !sample.truth(*atom));
        let mut needed: BTreeSet<AtomId> = own.iter().copied().collect();
        let mut open = BTreeSet::new();
        let mut scratch = Vec::new();
        for atom in own {
            open.insert(atom);
            let truth = |atom: AtomId| (!open.contains(&atom)).then(|| sample.truth(atom));
            let arena = &self.prover.arena;
            if arena.settles(&self.parts, self.root, &truth, &mut scratch) == Some(true) {
                needed.remove(&atom);
            } else {
                open.remove(&atom);
            }
        }
        needed
    }
}

/// Whether a value is in a set; `known` are those of which it was asked before.
fn lies(
    variable: &Variable,
    known: &mut Vec<Option<bool>>,
    value: &str,
    index: usize,
    mapped: MappedAddress,
) -> bool {
    known.resize(variable.tests.len(), None);
    match (known.get_mut(index), variable.tests.get(index)) {
        (Some(slot), Some(test)) => *slot.get_or_insert_with(|| test.holds(value, mapped)),
        _ => false,
    }
}
