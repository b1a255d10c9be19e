//! Truth values for atoms. Which values of a request can stand behind them is not the business of this module.
//!
//! Most questions are settled by following clauses for some microseconds. Z3, whose start alone takes longer than all
//! of those, is asked where that does not do, and in the tests of this crate about each of these verdicts again.

mod clauses;
mod z3;

use clauses::{Answer, Clauses, Literal};
use z3::Z3;

use super::{
    ProveError,
    finder::Clause,
    formula::{Arena, AtomId, Node, NodeId},
};

/// Finds truth values for atoms under which formulas hold.
#[derive(Debug)]
pub(super) struct Solver {
    first: First,
    /// What is asked once `first` has given up, which it does for good.
    z3: Option<Z3>,
    /// How many steps Z3 may take for one check.
    steps: usize,
    demands: Vec<NodeId>,
    clauses: Vec<Clause>,
    /// In debug builds of the tests Z3 is told everything from the start, and asked about each verdict again.
    #[cfg(all(test, debug_assertions))]
    judge: Z3,
}

/// What the solver says.
#[derive(Debug)]
pub(super) enum Verdict {
    /// These values satisfy everything.
    Satisfied(Vec<(AtomId, bool)>),
    /// Nothing does: these of the wishes cannot all hold.
    Contradicted(Vec<NodeId>),
    /// It took too many steps.
    Unknown,
}

impl Solver {
    /// A solver without assertions; Z3 may take so many steps for one check.
    pub(super) fn new(steps: usize) -> Result<Self, ProveError> {
        z3::check_version()?;
        Ok(Self {
            first: First::default(),
            z3: None,
            steps,
            demands: Vec::new(),
            clauses: Vec::new(),
            #[cfg(all(test, debug_assertions))]
            judge: Z3::new(steps),
        })
    }

    /// Demands a formula for good.
    pub(super) fn assert(&mut self, arena: &Arena, node: NodeId) {
        match &mut self.z3 {
            Some(z3) => z3.assert(arena, node),
            None => self.first.assert(arena, node),
        }
        #[cfg(all(test, debug_assertions))]
        self.judge.assert(arena, node);
        self.demands.push(node);
    }

    /// Demands for good that one of these atoms has the value beside it.
    pub(super) fn clause(&mut self, clause: Clause) {
        match &mut self.z3 {
            Some(z3) => z3.clause(&clause),
            None => self.first.clause(&clause),
        }
        #[cfg(all(test, debug_assertions))]
        self.judge.clause(&clause);
        self.clauses.push(clause);
    }

    /// Looks for values of `atoms` under which all `wishes` hold.
    pub(super) fn check(&mut self, arena: &Arena, wishes: &[NodeId], atoms: &[AtomId]) -> Verdict {
        if self.z3.is_none()
            && let Some(verdict) = self.first.check(arena, wishes, atoms)
        {
            #[cfg(all(test, debug_assertions))]
            self.hold_to_judge(arena, wishes, &verdict);
            return verdict;
        }
        self.z3(arena).check(arena, wishes, atoms)
    }

    /// A wrong contradiction would be an exposure that is missed.
    #[cfg(all(test, debug_assertions))]
    fn hold_to_judge(&mut self, arena: &Arena, wishes: &[NodeId], verdict: &Verdict) {
        match verdict {
            Verdict::Satisfied(_) => {
                let judged = self.judge.check(arena, wishes, &[]);
                assert!(!matches!(judged, Verdict::Contradicted(_)), "{judged:?}");
            }
            Verdict::Contradicted(core) => {
                let judged = self.judge.check(arena, core, &[]);
                assert!(!matches!(judged, Verdict::Satisfied(_)), "{core:?} of {wishes:?}");
            }
            Verdict::Unknown => {}
        }
    }

    /// Z3, which has been told everything.
    fn z3(&mut self, arena: &Arena) -> &mut Z3 {
        self.z3.get_or_insert_with(|| {
            let mut z3 = Z3::new(self.steps);
            self.demands.iter().for_each(|node| z3.assert(arena, *node));
            self.clauses.iter().for_each(|clause| z3.clause(clause));
            z3
        })
    }
}

/// The formulas as clauses. A formula is written once: the questions asked of one policy share most of theirs.
#[derive(Debug, Default)]
struct First {
    clauses: Clauses,
    /// The literals of the formulas that were written, by their numbers.
    nodes: Vec<Option<Literal>>,
    /// The literals of the atoms.
    atoms: Vec<Option<Literal>>,
}

impl First {
    fn assert(&mut self, arena: &Arena, node: NodeId) {
        let literal = self.literal(arena, node);
        self.clauses.add(&[literal]);
    }

    fn clause(&mut self, clause: &[(AtomId, bool)]) {
        let literal = |&(atom, value): &(AtomId, bool)| {
            let literal = self.atom(atom);
            if value { literal } else { literal.opposite() }
        };
        let literals: Vec<Literal> = clause.iter().map(literal).collect();
        self.clauses.add(&literals);
    }

    /// `None`: it is too much work.
    fn check(&mut self, arena: &Arena, wishes: &[NodeId], atoms: &[AtomId]) -> Option<Verdict> {
        let assumed: Vec<Literal> = wishes.iter().map(|wish| self.literal(arena, *wish)).collect();
        let choices: Vec<Literal> = atoms.iter().map(|atom| self.atom(*atom)).collect();
        match self.clauses.solve(&assumed, &choices) {
            Answer::Satisfied => {
                let valued = atoms.iter().zip(choices);
                let value = |literal| self.clauses.value(literal).unwrap_or(false);
                Some(Verdict::Satisfied(
                    valued.map(|(id, literal)| (*id, value(literal))).collect(),
                ))
            }
            Answer::Contradicted(core) => {
                let pairs = wishes.iter().zip(assumed);
                let used = pairs.filter(|(_, literal)| core.contains(literal));
                Some(Verdict::Contradicted(used.map(|(wish, _)| *wish).collect()))
            }
            Answer::TooMuch => None,
        }
    }

    fn atom(&mut self, id: AtomId) -> Literal {
        let index = id.index();
        if self.atoms.len() <= index {
            self.atoms.resize(index + 1, None);
        }
        match self.atoms.get_mut(index) {
            Some(slot) => *slot.get_or_insert_with(|| self.clauses.variable()),
            None => self.clauses.variable(),
        }
    }

    fn written(&self, id: NodeId) -> Option<Literal> {
        self.nodes.get(id.index()).copied().flatten()
    }

    /// A literal that is true where a formula holds, and only there.
    fn literal(&mut self, arena: &Arena, root: NodeId) -> Literal {
        let mut work = vec![root];
        // Parts are written before what is made of them, so that no recursion is needed.
        while let Some(&id) = work.last() {
            if self.written(id).is_some() {
                work.pop();
                continue;
            }
            let node = arena.node(id);
            let parts = match node {
                Node::Not(a) => [Some(a), None],
                Node::And(a, b) | Node::Or(a, b) => [Some(a), Some(b)],
                Node::False | Node::True | Node::Atom(_) => [None, None],
            };
            let before = work.len();
            work.extend(parts.into_iter().flatten().filter(|part| self.written(*part).is_none()));
            if work.len() > before {
                continue;
            }
            let literal = match (node, parts.map(|part| self.written(part?))) {
                (Node::Atom(atom), _) => self.atom(atom),
                (Node::Not(_), [Some(a), _]) => a.opposite(),
                (Node::And(..), [Some(a), Some(b)]) => self.both(a, b),
                (Node::Or(..), [Some(a), Some(b)]) => {
                    self.both(a.opposite(), b.opposite()).opposite()
                }
                (node, _) => self.constant(node == Node::True),
            };
            if self.nodes.len() <= id.index() {
                self.nodes.resize(id.index() + 1, None);
            }
            if let Some(slot) = self.nodes.get_mut(id.index()) {
                *slot = Some(literal);
            }
            work.pop();
        }
        self.written(root).unwrap_or_else(|| self.constant(false))
    }

    fn constant(&mut self, value: bool) -> Literal {
        let literal = self.clauses.variable();
        self.clauses.add(&[if value { literal } else { literal.opposite() }]);
        literal
    }

    fn both(&mut self, a: Literal, b: Literal) -> Literal {
        let both = self.clauses.variable();
        self.clauses.add(&[both.opposite(), a]);
        self.clauses.add(&[both.opposite(), b]);
        self.clauses.add(&[both, a.opposite(), b.opposite()]);
        both
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::{SizeRange, vec},
        prelude::*,
    };

    use super::*;
    use crate::prove::Bounds;

    const ATOMS: u32 = 6;

    /// A formula, spelled backwards: each number takes an atom or what stands on a pile.
    fn formula(arena: &mut Arena, spelled: &[(u8, u32)]) -> NodeId {
        let mut pile = Vec::new();
        for (kind, atom) in spelled {
            let node = match kind {
                0 => pile.pop().map(|a| arena.not(a)),
                1 | 2 => match (pile.pop(), pile.pop()) {
                    (Some(a), Some(b)) if *kind == 1 => Some(arena.and(a, b)),
                    (Some(a), Some(b)) => Some(arena.or(a, b)),
                    (a, _) => a,
                },
                _ => Some(arena.atom(AtomId(*atom))),
            };
            pile.extend(node);
        }
        arena.all(pile)
    }

    fn spelled() -> impl Strategy<Value = Vec<(u8, u32)>> {
        vec((0_u8..6, 0..ATOMS), 1..24)
    }

    proptest! {
        /// One question after the other, with lemmas in between, as a search asks them.
        #[test]
        fn agrees_with_z3(
            demand in spelled(),
            questions in vec(
                (
                    vec(spelled(), 1..4),
                    vec((0..ATOMS, any::<bool>()), 1..4),
                ),
                1..6,
            ),
        ) {
            let mut arena = Arena::new();
            let (mut first, mut z3) = (First::default(), Z3::new(Bounds::default().steps));
            let demand = formula(&mut arena, &demand);
            first.assert(&arena, demand);
            z3.assert(&arena, demand);
            let mut lemmas: Vec<Clause> = Vec::new();
            let atoms: Vec<AtomId> = (0..ATOMS).map(AtomId).collect();
            for (wishes, lemma) in questions {
                let wishes: Vec<NodeId> =
                    wishes.iter().map(|spelled| formula(&mut arena, spelled)).collect();
                let expected = z3.check(&arena, &wishes, &atoms);
                match first.check(&arena, &wishes, &atoms) {
                    Some(Verdict::Satisfied(values)) => {
                        prop_assert!(matches!(expected, Verdict::Satisfied(_)), "{expected:?}");
                        let truth = |id: AtomId| values.contains(&(id, true));
                        let all = arena.all(wishes.iter().copied().chain([demand]));
                        let parts = arena.parts(&[all]);
                        prop_assert!(arena.holds(&parts, all, &truth, &mut Vec::new()));
                        let kept = |clause: &Clause| {
                            clause.iter().any(|(id, value)| truth(*id) == *value)
                        };
                        prop_assert!(lemmas.iter().all(kept));
                    }
                    Some(Verdict::Contradicted(core)) => {
                        prop_assert!(matches!(expected, Verdict::Contradicted(_)), "{expected:?}");
                        prop_assert!(core.iter().all(|wish| wishes.contains(wish)));
                        let again = z3.check(&arena, &core, &atoms);
                        prop_assert!(matches!(again, Verdict::Contradicted(_)), "{again:?}");
                    }
                    other => prop_assert!(false, "so little is not too much: {other:?}"),
                }
                let lemma: Clause =
                    lemma.into_iter().map(|(atom, value)| (AtomId(atom), value)).collect();
                first.clause(&lemma);
                z3.clause(&lemma);
                lemmas.push(lemma);
            }
        }
    }

    /// Literals, as an atom and its value.
    fn clause(atoms: u32, length: impl Into<SizeRange>) -> impl Strategy<Value = Clause> {
        let literal = (0..atoms, any::<bool>()).prop_map(|(atom, value)| (AtomId(atom), value));
        vec(literal, length)
    }

    /// What is assumed for a question, and what is learnt after it.
    type Asked = (Clause, Vec<Clause>);

    /// Three literals a clause, and 4.3 times as many clauses as atoms: about half of such sets contradict themselves,
    /// and that takes the longest to find out. Then the questions.
    /// P. Cheeseman, B. Kanefsky, W. Taylor, Where the Really Hard Problems Are, 1991.
    fn hard() -> impl Strategy<Value = (u32, Vec<Clause>, Vec<Asked>)> {
        (20_u32..=60).prop_flat_map(|atoms| {
            let count = usize::try_from(atoms).unwrap() * 43 / 10;
            let clauses = vec(clause(atoms, 3), count - count / 10..=count);
            let questions = vec((clause(atoms, 0..6), vec(clause(atoms, 1..4), 0..3)), 1..6);
            (Just(atoms), clauses, questions)
        })
    }

    proptest! {
        #[test]
        fn agrees_with_z3_where_it_is_hard((atoms, clauses, questions) in hard()) {
            let mut arena = Arena::new();
            let (mut first, mut z3) = (First::default(), Z3::new(Bounds::default().steps));
            let mut demanded = clauses;
            for clause in &demanded {
                first.clause(clause);
                z3.clause(clause);
            }
            let all: Vec<AtomId> = (0..atoms).map(AtomId).collect();
            for (assumed, lemmas) in questions {
                let mut wish = |(atom, value): &(AtomId, bool)| {
                    let atom = arena.atom(*atom);
                    if *value { atom } else { arena.not(atom) }
                };
                let wishes: Vec<NodeId> = assumed.iter().map(&mut wish).collect();
                let found = first.check(&arena, &wishes, &all);
                // What is too much work is handed to Z3; it must not be much.
                prop_assume!(found.is_some());
                let expected = z3.check(&arena, &wishes, &all);
                match found {
                    Some(Verdict::Satisfied(values)) => {
                        prop_assert!(matches!(expected, Verdict::Satisfied(_)), "{expected:?}");
                        prop_assert!(assumed.iter().all(|literal| values.contains(literal)));
                        let kept = |clause: &Clause| clause.iter().any(|l| values.contains(l));
                        prop_assert!(demanded.iter().all(kept));
                    }
                    Some(Verdict::Contradicted(core)) => {
                        prop_assert!(matches!(expected, Verdict::Contradicted(_)), "{expected:?}");
                        prop_assert!(core.iter().all(|wish| wishes.contains(wish)));
                        let again = z3.check(&arena, &core, &all);
                        prop_assert!(matches!(again, Verdict::Contradicted(_)), "{again:?}");
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
                for lemma in lemmas {
                    first.clause(&lemma);
                    z3.clause(&lemma);
                    demanded.push(lemma);
                }
            }
        }
    }

    /// Nine pigeons and eight holes, each of which takes one: small, and hard for who only follows clauses.
    #[test]
    fn what_is_too_much_work_is_handed_to_z3() {
        let (pigeons, holes) = (9_u32, 8_u32);
        let sits = |pigeon: u32, hole: u32| AtomId(pigeon * holes + hole);
        let mut arena = Arena::new();
        let mut solver = Solver::new(Bounds::default().steps).unwrap();
        for pigeon in 0..pigeons {
            solver.clause((0..holes).map(|hole| (sits(pigeon, hole), true)).collect());
            for other in 0..pigeon {
                for hole in 0..holes {
                    solver.clause(vec![(sits(pigeon, hole), false), (sits(other, hole), false)]);
                }
            }
        }
        // Beside them something that Z3 has to be told, before and after.
        let (before, after) = (AtomId(pigeons * holes), AtomId(pigeons * holes + 1));
        let [a, b] = [before, after].map(|atom| arena.atom(atom));
        solver.assert(&arena, a);
        let atoms: Vec<AtomId> = (0..pigeons * holes).map(AtomId).collect();
        let verdict = solver.check(&arena, &[], &atoms);
        assert!(!matches!(verdict, Verdict::Satisfied(_)), "{verdict:?}");
        assert!(solver.z3.is_some());
        solver.assert(&arena, b);
        let [not_a, not_b] = [a, b].map(|node| arena.not(node));
        for wish in [not_a, not_b] {
            let verdict = solver.check(&arena, &[wish], &[]);
            assert!(matches!(verdict, Verdict::Contradicted(_)), "{verdict:?}");
        }
        // It keeps to the steps that it is given.
        solver.steps = 1;
        solver.z3 = None;
        let verdict = solver.check(&arena, &[], &atoms);
        assert!(matches!(verdict, Verdict::Unknown), "{verdict:?}");
    }
}
