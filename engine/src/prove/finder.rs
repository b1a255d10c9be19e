use std::collections::BTreeSet;

use super::{
    domain::{Limit, Outcome},
    formula::AtomId,
    product::Effort,
    search::Sample,
    space::Variable,
};
use crate::aws::assumption::MappedAddress;

/// How many conditions of a contradiction are tried to be left out.
const MOST_LEFT_OUT: usize = 24;

/// A clause: one of these atoms must have the value beside it.
pub(super) type Clause = Vec<(AtomId, bool)>;

/// The values of a part of the request, as far as they were found.
pub(super) enum Realized {
    /// These fit.
    Values(Vec<String>),
    /// None fit, as the clause says.
    Impossible(Clause),
    /// The combination that the clause excludes could not be decided.
    Doubtful(Clause, Limit),
}

/// Looks for values of a part of the request that fit the truths of the `relevant` atoms.
pub(super) fn find(
    variable: &Variable,
    sample: &Sample,
    relevant: &BTreeSet<AtomId>,
    mapped: MappedAddress,
    effort: Effort,
) -> Realized {
    let mut members = Members::default();
    for (index, (inside, outside)) in variable.atoms.iter().enumerate() {
        let demand = |atom: AtomId| Demand { index, atom, truth: sample.truth(atom) };
        if relevant.contains(inside) {
            match (sample.truth(*inside), variable.many) {
                (true, true) => members.someone_in.push(demand(*inside)),
                (true, false) => members.all_in.push(demand(*inside)),
                (false, _) => members.none_in.push(demand(*inside)),
            }
        }
        if let Some(outside) = outside
            && relevant.contains(outside)
        {
            match sample.truth(*outside) {
                true => members.someone_out.push(demand(*outside)),
                false => members.all_in.push(demand(*outside)),
            }
        }
    }
    Finder { variable, mapped, effort }.members(&members)
}

/// That a member lies in a set, or does not, and the atom that says so.
#[derive(Clone, Copy, Debug)]
struct Demand {
    index: usize,
    atom: AtomId,
    truth: bool,
}

/// What the truths say of the members of a value; a key with one value has one member.
#[derive(Debug, Default)]
struct Members {
    all_in: Vec<Demand>,
    none_in: Vec<Demand>,
    someone_in: Vec<Demand>,
    someone_out: Vec<Demand>,
}

struct Finder<'a> {
    variable: &'a Variable,
    mapped: MappedAddress,
    effort: Effort,
}

impl Finder<'_> {
    /// Each demand for someone gets a member of its own, which must respect what all members do.
    fn members(&self, members: &Members) -> Realized {
        let wanted = members.someone_in.iter().map(|demand| (Some(demand), None));
        let unwanted = members.someone_out.iter().map(|demand| (None, Some(demand)));
        let mut someone: Vec<_> = wanted.chain(unwanted).collect();
        if someone.is_empty() {
            someone.push((None, None));
        }
        let mut values = Vec::new();
        for (inside, outside) in someone {
            let wanted: Vec<Demand> = inside.into_iter().chain(&members.all_in).copied().collect();
            let unwanted: Vec<Demand> =
                outside.into_iter().chain(&members.none_in).copied().collect();
            match self.value(&wanted, &unwanted, self.effort) {
                Outcome::Value(value) if values.contains(&value) => {}
                Outcome::Value(value) => values.push(value),
                Outcome::Undecided(limit) => {
                    return Realized::Doubtful(clause(&wanted, &unwanted), limit);
                }
                Outcome::Nothing(used) => {
                    let used: Vec<Demand> =
                        unwanted.into_iter().filter(|d| used.contains(&d.index)).collect();
                    return Realized::Impossible(self.reason(wanted, used));
                }
            }
        }
        Realized::Values(values)
    }

    fn value(&self, wanted: &[Demand], unwanted: &[Demand], effort: Effort) -> Outcome {
        let indexes = |list: &[Demand]| list.iter().map(|demand| demand.index).collect::<Vec<_>>();
        let (wanted, unwanted) = (indexes(wanted), indexes(unwanted));
        self.variable.domain.find(&self.variable.tests, &wanted, &unwanted, self.mapped, effort)
    }

    /// Few demands that cannot all be met.
    fn reason(&self, mut wanted: Vec<Demand>, mut unwanted: Vec<Demand>) -> Clause {
        let impossible = |wanted: &[Demand], unwanted: &[Demand]| {
            matches!(self.value(wanted, unwanted, self.effort.little()), Outcome::Nothing(_))
        };
        // From the back: what a member is wanted for stands in front and says most.
        for at in (0..unwanted.len()).rev().take(MOST_LEFT_OUT) {
            let left_out = unwanted.remove(at);
            if !impossible(&wanted, &unwanted) {
                unwanted.insert(at, left_out);
            }
        }
        for at in (0..wanted.len()).rev().take(MOST_LEFT_OUT) {
            let left_out = wanted.remove(at);
            if !impossible(&wanted, &unwanted) {
                wanted.insert(at, left_out);
            }
        }
        clause(&wanted, &unwanted)
    }
}

/// That one of the demands is not made.
fn clause(wanted: &[Demand], unwanted: &[Demand]) -> Clause {
    wanted.iter().chain(unwanted).map(|demand| (demand.atom, !demand.truth)).collect()
}
