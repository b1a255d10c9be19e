use smallvec::SmallVec;

/// How many looks at a clause one check may take, some milliseconds. Past it Z3 is asked, which chooses better.
const MOST_VISITS: usize = 100_000;

/// How many clauses may be learnt.
const MOST_LEARNT: usize = 10_000;

/// A Boolean or its opposite: twice its number, and one more for the opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal(u32);

impl Literal {
    pub(super) const fn opposite(self) -> Self {
        Self(self.0 ^ 1)
    }

    const fn index(self) -> usize {
        self.0 as usize
    }

    const fn variable(self) -> usize {
        (self.0 >> 1) as usize
    }

    const fn is_positive(self) -> bool {
        self.0 & 1 == 0
    }
}

/// What a search came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The values satisfy everything that hangs on the choices.
    Satisfied,
    /// These of the assumptions contradict the clauses.
    Contradicted(Vec<Literal>),
    /// It is too much work.
    TooMuch,
}

/// A set of clauses, each of which demands one of its literals, and a search for values of them.
///
/// Conflict-driven clause learning: values are followed through the clauses, two literals of each being watched; a
/// conflict is traced to its reason, which is learnt as a clause, and the search goes back to where that clause says
/// something. J. Marques-Silva and K. Sakallah, GRASP, 1999; M. Moskewicz and others, Chaff, 2001; of their assumptions:
/// N. Eén and N. Sörensson, An Extensible SAT-solver, 2003. What makes those strong on hard problems (restarts, an order by
/// activity) is left out: those are for Z3.
#[derive(Debug, Default)]
pub(super) struct Clauses {
    /// The literals of all clauses, one clause behind the other.
    literals: Vec<Literal>,
    /// Where each clause begins and ends there. The literals that are watched come first.
    clauses: Vec<(u32, u32)>,
    /// The clauses to look at when a literal becomes false.
    watches: Vec<SmallVec<[u32; 4]>>,
    variables: Vec<Variable>,
    /// What is true, in the order in which it became so.
    trail: Vec<Literal>,
    /// Up to where on the trail everything was followed.
    followed: usize,
    /// Where each decision stands on the trail.
    decisions: Vec<usize>,
    /// The clauses contradict each other.
    hopeless: bool,
    learnt: usize,
    visits: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Variable {
    value: Option<bool>,
    /// How many decisions had been made when it got its value.
    level: usize,
    /// The clause that gave it.
    reason: Option<u32>,
    /// Used while a conflict is traced.
    marked: bool,
}

impl Clauses {
    /// A new Boolean.
    pub(super) fn variable(&mut self) -> Literal {
        let number = u32::try_from(self.variables.len()).unwrap_or(u32::MAX / 2);
        self.variables.push(Variable::default());
        self.watches.extend([SmallVec::new(), SmallVec::new()]);
        Literal(number << 1)
    }

    /// What a literal is, as far as it is known.
    pub(super) fn value(&self, literal: Literal) -> Option<bool> {
        value(&self.variables, literal)
    }

    /// Demands one of these literals.
    pub(super) fn add(&mut self, clause: &[Literal]) {
        self.go_back(0);
        let mut kept: SmallVec<[Literal; 8]> = SmallVec::new();
        for &literal in clause {
            match self.value(literal) {
                Some(true) => return,
                Some(false) => {}
                None if kept.contains(&literal.opposite()) => return,
                None if kept.contains(&literal) => {}
                None => kept.push(literal),
            }
        }
        match kept.as_slice() {
            [] => self.hopeless = true,
            [only] => self.set(*only, None),
            _ => {
                self.store(&kept);
            }
        }
    }

    /// Looks for values of the `choices` under which all clauses and all `assumptions` hold.
    ///
    /// Choices are made in order, *false* first: what need not be so is not.
    pub(super) fn solve(&mut self, assumptions: &[Literal], choices: &[Literal]) -> Answer {
        self.go_back(0);
        let limit = self.visits.saturating_add(MOST_VISITS);
        let mut chosen = 0;
        loop {
            let conflict = if self.hopeless { None } else { self.follow() };
            if self.hopeless || (conflict.is_some() && self.decisions.is_empty()) {
                self.hopeless = true;
                return Answer::Contradicted(Vec::new());
            }
            if self.visits > limit || self.learnt > MOST_LEARNT {
                return Answer::TooMuch;
            }
            if let Some(conflict) = conflict {
                let (clause, level) = self.trace(conflict);
                self.go_back(level);
                self.learn(&clause);
                chosen = 0;
                continue;
            }
            if let Some(&assumed) = assumptions.get(self.decisions.len()) {
                if self.value(assumed) == Some(false) {
                    return Answer::Contradicted(self.blame(assumed));
                }
                self.decide(assumed);
                continue;
            }
            let mut open = choices.iter().enumerate().skip(chosen);
            let Some((index, choice)) = open.find(|(_, choice)| self.value(**choice).is_none())
            else {
                return Answer::Satisfied;
            };
            chosen = index;
            self.decide(choice.opposite());
        }
    }

    fn store(&mut self, clause: &[Literal]) -> Option<u32> {
        let number = u32::try_from(self.clauses.len()).ok()?;
        let start = u32::try_from(self.literals.len()).ok()?;
        self.literals.extend_from_slice(clause);
        let end = u32::try_from(self.literals.len()).ok()?;
        self.clauses.push((start, end));
        for literal in clause.iter().take(2) {
            if let Some(watches) = self.watches.get_mut(literal.index()) {
                watches.push(number);
            }
        }
        Some(number)
    }

    fn decide(&mut self, literal: Literal) {
        self.decisions.push(self.trail.len());
        if self.value(literal).is_none() {
            self.set(literal, None);
        }
    }

    fn set(&mut self, literal: Literal, reason: Option<u32>) {
        let level = self.decisions.len();
        if let Some(variable) = self.variables.get_mut(literal.variable()) {
            let value = Some(literal.is_positive());
            *variable = Variable { value, level, reason, marked: false };
            self.trail.push(literal);
        }
    }

    /// Takes back all decisions but for the first ones, and what followed from them.
    fn go_back(&mut self, level: usize) {
        let Some(&start) = self.decisions.get(level) else { return };
        self.decisions.truncate(level);
        for literal in self.trail.drain(start..) {
            if let Some(variable) = self.variables.get_mut(literal.variable()) {
                variable.value = None;
            }
        }
        self.followed = self.followed.min(start);
    }

    /// Sets whatever follows from what is set. Returns a clause of which nothing is left.
    fn follow(&mut self) -> Option<u32> {
        while let Some(literal) = self.trail.get(self.followed).copied() {
            self.followed += 1;
            let gone = literal.opposite();
            let Some(slot) = self.watches.get_mut(gone.index()) else { continue };
            let mut watches = std::mem::take(slot);
            let mut conflict = None;
            watches.retain(|number| {
                conflict.is_some() || {
                    let (keep, empty) = self.look(*number, gone);
                    conflict = empty;
                    keep
                }
            });
            if let Some(slot) = self.watches.get_mut(gone.index()) {
                *slot = watches;
            }
            if conflict.is_some() {
                return conflict;
            }
        }
        None
    }

    /// Looks at a clause of which a watched literal has become false. Whether it is still watched, and the clause itself
    /// if nothing of it is left.
    fn look(&mut self, number: u32, gone: Literal) -> (bool, Option<u32>) {
        self.visits += 1;
        let range = self.clauses.get(number as usize).copied().unwrap_or_default();
        let Some([first, second, rest @ ..]) =
            self.literals.get_mut(range.0 as usize..range.1 as usize)
        else {
            return (false, None);
        };
        if *first == gone {
            std::mem::swap(first, second);
        }
        let first = *first;
        let known = value(&self.variables, first);
        if known == Some(true) {
            return (true, None);
        }
        for other in rest {
            if value(&self.variables, *other) != Some(false) {
                std::mem::swap(second, other);
                let watched = second.index();
                if let Some(watches) = self.watches.get_mut(watched) {
                    watches.push(number);
                }
                return (false, None);
            }
        }
        match known {
            Some(_) => (true, Some(number)),
            None => {
                self.set(first, Some(number));
                (true, None)
            }
        }
    }

    /// The reason of a conflict as a clause, and the level at which it says what its first literal is: of that level on
    /// everything hangs on one literal, whose opposite comes first.
    fn trace(&mut self, conflict: u32) -> (Vec<Literal>, usize) {
        let current = self.decisions.len();
        let mut clause = Vec::new();
        let mut marked = Vec::new();
        let (mut open, mut at, mut cause) = (0_usize, self.trail.len(), Some(conflict));
        let mut last: Option<Literal> = None;
        while let Some(number) = cause {
            let (start, end) = self.clauses.get(number as usize).copied().unwrap_or_default();
            for &literal in self.literals.get(start as usize..end as usize).unwrap_or_default() {
                let Some(variable) = self.variables.get_mut(literal.variable()) else { continue };
                if Some(literal) == last || variable.marked || variable.level == 0 {
                    continue;
                }
                variable.marked = true;
                marked.push(literal);
                if variable.level == current {
                    open += 1;
                } else {
                    clause.push(literal);
                }
            }
            cause = None;
            while let Some(literal) = at.checked_sub(1).and_then(|at| self.trail.get(at).copied()) {
                at -= 1;
                let Some(variable) = self.variables.get(literal.variable()) else { break };
                if variable.marked {
                    last = Some(literal);
                    open = open.saturating_sub(1);
                    cause = variable.reason.filter(|_| open > 0);
                    break;
                }
            }
        }
        for literal in marked {
            if let Some(variable) = self.variables.get_mut(literal.variable()) {
                variable.marked = false;
            }
        }
        let level =
            |literal: &Literal| self.variables.get(literal.variable()).map_or(0, |v| v.level);
        clause.sort_by_key(|literal| std::cmp::Reverse(level(literal)));
        let back = clause.first().map_or(0, level);
        if let Some(last) = last {
            clause.insert(0, last.opposite());
        }
        (clause, back)
    }

    fn learn(&mut self, clause: &[Literal]) {
        self.learnt += 1;
        match clause {
            [] => self.hopeless = true,
            [only] => self.set(*only, None),
            [first, ..] => {
                let number = self.store(clause);
                self.set(*first, number);
            }
        }
    }

    /// The assumptions from which it follows that `assumed` is false, and itself.
    fn blame(&mut self, assumed: Literal) -> Vec<Literal> {
        let mut core = vec![assumed];
        let mut marked = vec![assumed];
        let start = self.decisions.first().copied().unwrap_or(self.trail.len());
        self.mark(assumed);
        for index in (start..self.trail.len()).rev() {
            let Some(literal) = self.trail.get(index).copied() else { break };
            let Some(variable) = self.variables.get(literal.variable()) else { break };
            if !variable.marked {
                continue;
            }
            match variable.reason {
                None => core.push(literal),
                Some(number) => {
                    let (start, end) =
                        self.clauses.get(number as usize).copied().unwrap_or_default();
                    for at in start..end {
                        if let Some(other) = self.literals.get(at as usize).copied()
                            && self.mark(other)
                        {
                            marked.push(other);
                        }
                    }
                }
            }
        }
        for literal in marked {
            if let Some(variable) = self.variables.get_mut(literal.variable()) {
                variable.marked = false;
            }
        }
        core
    }

    /// Marks a literal that hangs on a decision. Whether it was not marked before.
    fn mark(&mut self, literal: Literal) -> bool {
        match self.variables.get_mut(literal.variable()) {
            Some(variable) if variable.level > 0 && !variable.marked => {
                variable.marked = true;
                true
            }
            _ => false,
        }
    }
}

fn value(variables: &[Variable], literal: Literal) -> Option<bool> {
    let variable = variables.get(literal.variable())?;
    variable.value.map(|value| value == literal.is_positive())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables<const N: usize>(clauses: &mut Clauses) -> [Literal; N] {
        std::array::from_fn(|_| clauses.variable())
    }

    #[test]
    fn values_follow_and_what_need_not_be_is_not() {
        let mut clauses = Clauses::default();
        let [a, b, c, d] = variables(&mut clauses);
        clauses.add(&[a.opposite(), b]);
        clauses.add(&[b.opposite(), c, d]);
        assert_eq!(clauses.solve(&[a], &[a, b, c, d]), Answer::Satisfied);
        let values = [a, b, c, d].map(|literal| clauses.value(literal));
        assert_eq!(values, [Some(true), Some(true), Some(false), Some(true)]);
        assert_eq!(clauses.solve(&[], &[a, b, c, d]), Answer::Satisfied);
        assert_eq!([a, b, c, d].map(|literal| clauses.value(literal)), [Some(false); 4]);
    }

    #[test]
    fn assumptions_that_contradict_each_other_are_named() {
        let mut clauses = Clauses::default();
        let [a, b, c, d] = variables(&mut clauses);
        clauses.add(&[a.opposite(), b.opposite(), c]);
        let core = |answer| match answer {
            Answer::Contradicted(core) => core,
            other => panic!("{other:?}"),
        };
        let found = core(clauses.solve(&[a, d, b, c.opposite()], &[]));
        assert!([a, b, c.opposite()].iter().all(|literal| found.contains(literal)), "{found:?}");
        assert!(!found.contains(&d), "{found:?}");
        let found = core(clauses.solve(&[d, a, a.opposite()], &[]));
        assert_eq!(found, [a.opposite(), a]);
        // Without any assumption.
        clauses.add(&[d]);
        clauses.add(&[d.opposite()]);
        assert_eq!(clauses.solve(&[a], &[]), Answer::Contradicted(Vec::new()));
    }

    #[test]
    fn a_choice_that_does_not_do_is_taken_back() {
        let mut clauses = Clauses::default();
        let [a, b, c] = variables(&mut clauses);
        // Whatever b is, a must be.
        for list in [[a, b, c], [a, b, c.opposite()], [a, b.opposite(), c]] {
            clauses.add(&list);
        }
        clauses.add(&[a, b.opposite(), c.opposite()]);
        assert_eq!(clauses.solve(&[], &[a, b, c]), Answer::Satisfied);
        assert_eq!(clauses.value(a), Some(true));
        let answer = clauses.solve(&[a.opposite()], &[]);
        assert_eq!(answer, Answer::Contradicted(vec![a.opposite()]));
    }
}
