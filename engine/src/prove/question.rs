use std::collections::BTreeMap;

use super::{
    Bound, ProveError,
    formula::{FALSE, Formula, NodeId},
    keys::Holds,
    search::{Prover, Sample, Search},
    symbolic::{Parts, Surroundings, Symbolic},
    trust::{Own, Senses},
};
use crate::{
    aws::ContextKey,
    compile::{ActionTest, CompiledPolicy, CompiledStatement, PrincipalTest},
    decide::{Class, Logic, statement_applies},
    policy::{Effect, PolicyKind, Principal},
};

/// A policy as formulas, ready to be asked about.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) policy: &'a CompiledPolicy,
    pub(super) around: Surroundings<'a>,
    pub(super) prover: Prover,
    pub(super) senses: Senses,
    pub(super) parts: Parts,
    pub(super) service: NodeId,
    pub(super) keys: Vec<(ContextKey, Holds)>,
    /// Every statement, in order.
    pub(super) statements: Vec<Applies>,
    /// Those of the policy that it is compared with, where it is compared.
    pub(super) others: Vec<Applies>,
    /// The entries of the Allow statements, where it is compared.
    alternatives: BTreeMap<usize, Alternatives>,
}

/// When each entry of a statement makes it apply, by the entry's number. An element with one entry, or a negated one,
/// counts as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Alternatives {
    pub(super) principals: Vec<(Option<usize>, Formula)>,
    pub(super) actions: Vec<(Option<usize>, Formula)>,
}

/// When a statement applies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applies {
    pub(super) index: usize,
    pub(super) effect: Effect,
    /// At all.
    pub(super) ever: Formula,
    /// The same, with what is open made definite, where two policies are compared.
    pub(super) settled: NodeId,
    /// To a caller whom `*` covers.
    pub(super) to_everyone: Formula,
    /// To a caller whom `NotPrincipal` leaves in.
    pub(super) to_others: Formula,
    /// Whether each of its principals is an account, or lies in one, so that it applies to nobody from elsewhere.
    pub(super) by_account: bool,
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// This request.
    Yes(Sample),
    /// There is none, because of these wishes.
    No(Vec<NodeId>),
    /// AWS's documents leave it open: some request may do.
    Open,
    /// The search came to a bound.
    Bounded(Bound),
}

impl Prover {
    /// Whether some request certainly satisfies all of `wishes`; failing that, whether one may.
    pub(super) fn ask(&mut self, wishes: &[Formula]) -> Reply {
        let certain: Vec<NodeId> = wishes.iter().map(|wish| wish.certain).collect();
        let possible: Vec<NodeId> = wishes.iter().map(|wish| wish.possible).collect();
        let core = match self.search(&certain) {
            Search::Found(sample) => return Reply::Yes(sample),
            Search::Nothing(core) if certain == possible => return Reply::No(core),
            Search::Nothing(core) => Ok(core),
            Search::Undecided(bound) => Err(bound),
        };
        match (self.search(&possible), core) {
            (Search::Nothing(core), _) => Reply::No(core),
            (Search::Undecided(bound), _) | (Search::Found(_), Err(bound)) => Reply::Bounded(bound),
            (Search::Found(_), Ok(_)) => Reply::Open,
        }
    }
}

/// When each statement of a policy applies.
fn read(symbolic: &mut Symbolic<'_>, policy: &CompiledPolicy) -> Vec<Applies> {
    let mut statements = Vec::new();
    for statement in &policy.statements {
        let parts = statement_applies(symbolic, statement, policy.kind);
        let negated = statement.principals.as_ref().is_some_and(|element| element.negated);
        let everyone = statement.principals.as_ref().is_some_and(|element| {
            element.list.iter().any(|entry| matches!(entry, Principal::Everyone { .. }))
        });
        let by_account = statement.principals.as_ref().is_some_and(|element| {
            !element.negated && element.list.iter().all(|entry| entry.account().is_some())
        });
        let by_wildcard = parts.by_class(symbolic);
        let ever = parts.applies(symbolic);
        let settled = symbolic.settled_statement(ever, statement, Class::Session);
        let mut wildcard = symbolic.constant(false);
        for (_, applies) in by_wildcard.into_iter().filter(|(class, _)| *class == Class::Wildcard) {
            wildcard = symbolic.or(wildcard, applies);
        }
        let never = symbolic.constant(false);
        statements.push(Applies {
            index: statement.index,
            effect: statement.effect,
            ever,
            settled: settled.possible,
            to_everyone: if everyone && !negated { wildcard } else { never },
            to_others: if negated { wildcard } else { never },
            by_account,
        });
    }
    statements
}

/// When each entry of a statement makes it apply.
fn entries(
    symbolic: &mut Symbolic<'_>,
    statement: &CompiledStatement,
    kind: PolicyKind,
) -> Alternatives {
    let mut with =
        |only: CompiledStatement| statement_applies(symbolic, &only, kind).applies(symbolic);
    let mut found = Alternatives::default();
    match &statement.principals {
        Some(element) if !element.negated => {
            for (number, entry) in element.list.iter().enumerate() {
                let mut only = statement.clone();
                only.principals = Some(PrincipalTest { negated: false, list: vec![entry.clone()] });
                found.principals.push((Some(number), with(only)));
            }
        }
        _ => found.principals.push((None, with(statement.clone()))),
    }
    if statement.actions.negated {
        found.actions.push((None, with(statement.clone())));
    } else {
        for (number, entry) in statement.actions.list.iter().enumerate() {
            let mut only = statement.clone();
            only.actions = ActionTest { negated: false, list: vec![entry.clone()] };
            found.actions.push((Some(number), with(only)));
        }
    }
    found
}

/// Which Deny statements count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denials {
    All,
    None,
}

impl<'a> Question<'a> {
    pub(super) fn new(
        policy: &'a CompiledPolicy,
        around: Surroundings<'a>,
        own: &Own,
    ) -> Result<Self, ProveError> {
        let mut symbolic = Symbolic::new(&[policy], around);
        let statements = read(&mut symbolic, policy);
        Self::of(policy, symbolic, own, statements)
    }

    /// A policy beside another of its kind, both ready to be asked about the same requests.
    pub(super) fn comparing(
        policy: &'a CompiledPolicy,
        other: &CompiledPolicy,
        around: Surroundings<'a>,
    ) -> Result<Self, ProveError> {
        let mut symbolic = Symbolic::new(&[policy, other], around);
        symbolic.keep_to_catalogue();
        symbolic.settle();
        let statements = read(&mut symbolic, policy);
        let others = read(&mut symbolic, other);
        let allows = policy.statements.iter().filter(|s| s.effect == Effect::Allow);
        let alternatives =
            allows.map(|s| (s.index, entries(&mut symbolic, s, policy.kind))).collect();
        let question = Self::of(policy, symbolic, &Own::default(), statements)?;
        Ok(Self { others, alternatives, ..question })
    }

    fn of(
        policy: &'a CompiledPolicy,
        mut symbolic: Symbolic<'a>,
        own: &Own,
        statements: Vec<Applies>,
    ) -> Result<Self, ProveError> {
        let around = symbolic.around;
        let senses = symbolic.senses(own);
        let Symbolic { arena, space, constraints, keys, parts, flags, .. } = symbolic;
        let prover = Prover::new(arena, space, constraints, around.bounds)?;
        let keys = keys.into_iter().collect();
        let service = flags.service;
        Ok(Self {
            policy,
            around,
            prover,
            senses,
            parts,
            service,
            keys,
            statements,
            others: Vec::new(),
            alternatives: BTreeMap::new(),
        })
    }

    /// The entries of an Allow statement of a policy that is compared.
    pub(super) fn alternatives(&self, statement: usize) -> Alternatives {
        self.alternatives.get(&statement).cloned().unwrap_or_default()
    }

    /// The statements that grant.
    pub(super) fn allows(&self) -> Vec<Applies> {
        self.statements.iter().copied().filter(|s| s.effect == Effect::Allow).collect()
    }

    fn denies(&self) -> Vec<Applies> {
        self.statements.iter().copied().filter(|s| s.effect == Effect::Deny).collect()
    }

    /// Whether a request in some sense is one that `granted` holds of and no Deny covers.
    pub(super) fn ask(&mut self, sense: NodeId, granted: Formula, denials: Denials) -> Reply {
        let denies = match denials {
            Denials::All => self.denies(),
            Denials::None => Vec::new(),
        };
        let mut wishes = vec![sense.into(), granted];
        for deny in denies {
            wishes.push(self.prover.arena.without(deny.ever));
        }
        self.prover.ask(&wishes)
    }

    /// Whether `granted` holds of a request that this policy allows and the one that it is compared with does not.
    pub(super) fn ask_anew(&mut self, granted: Formula) -> Reply {
        let denies = self.denies();
        let arena = &mut self.prover.arena;
        let (mut allowed, mut denied): (Formula, Formula) = (FALSE.into(), FALSE.into());
        let (mut may_allow, mut may_deny) = (FALSE, FALSE);
        for statement in &self.others {
            match statement.effect {
                Effect::Allow => {
                    allowed = arena.either(allowed, statement.ever);
                    may_allow = arena.or(may_allow, statement.settled);
                }
                Effect::Deny => {
                    denied = arena.either(denied, statement.ever);
                    may_deny = arena.or(may_deny, statement.settled);
                }
            }
        }
        // What is possible is judged with what is open made definite, the same in both policies.
        let not_allowed = arena.without(allowed).certain;
        let may_not_allow = arena.not(may_allow);
        let refused = Formula {
            certain: arena.or(not_allowed, denied.certain),
            possible: arena.or(may_not_allow, may_deny),
        };
        let mut wishes = vec![granted, refused];
        for deny in denies {
            let certain = arena.not(deny.ever.possible);
            wishes.push(Formula { certain, possible: arena.not(deny.settled) });
        }
        self.prover.ask(&wishes)
    }

    /// The Deny statements whose absence a list of wishes is.
    pub(super) fn denies_among(&mut self, core: &[NodeId]) -> Vec<usize> {
        let mut found = Vec::new();
        for deny in self.denies() {
            let nodes = [deny.ever.possible, deny.ever.certain];
            let nodes = nodes.map(|node| self.prover.arena.not(node));
            if nodes.iter().any(|node| core.contains(node)) {
                found.push(deny.index);
            }
        }
        found
    }

    /// Whether a statement certainly applies to a request that was found.
    pub(super) fn applies(&self, sample: &Sample, statement: &Applies) -> bool {
        self.prover.holds(sample, statement.ever.certain)
    }
}
