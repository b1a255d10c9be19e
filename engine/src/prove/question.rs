use super::{
    Bound, ProveError,
    formula::{Formula, NodeId},
    keys::Holds,
    search::{Prover, Sample, Search},
    symbolic::{Parts, Surroundings, Symbolic},
    trust::{Own, Senses},
};
use crate::{
    aws::ContextKey,
    compile::CompiledPolicy,
    decide::{Class, Logic, statement_applies},
    policy::{Effect, Principal},
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
}

/// When a statement applies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applies {
    pub(super) index: usize,
    pub(super) effect: Effect,
    /// At all.
    pub(super) ever: Formula,
    /// To a caller whom `*` covers.
    pub(super) to_everyone: Formula,
    /// To a caller whom `NotPrincipal` leaves in.
    pub(super) to_others: Formula,
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
        let mut symbolic = Symbolic::new(policy, around);
        let mut statements = Vec::new();
        for statement in &policy.statements {
            let parts = statement_applies(&mut symbolic, statement, policy.kind);
            let negated = statement.principals.as_ref().is_some_and(|element| element.negated);
            let everyone = statement.principals.as_ref().is_some_and(|element| {
                element.list.iter().any(|entry| matches!(entry, Principal::Everyone { .. }))
            });
            let by_wildcard = parts.by_class(&mut symbolic);
            let mut wildcard = symbolic.constant(false);
            for (_, applies) in
                by_wildcard.into_iter().filter(|(class, _)| *class == Class::Wildcard)
            {
                wildcard = symbolic.or(wildcard, applies);
            }
            let never = symbolic.constant(false);
            statements.push(Applies {
                index: statement.index,
                effect: statement.effect,
                ever: parts.applies(&mut symbolic),
                to_everyone: if everyone && !negated { wildcard } else { never },
                to_others: if negated { wildcard } else { never },
            });
        }
        let senses = symbolic.senses(own);
        let Symbolic { arena, space, constraints, keys, parts, flags, .. } = symbolic;
        let mut prover = Prover::new(arena, space)?;
        for constraint in constraints {
            prover.constrain(constraint);
        }
        let keys = keys.into_iter().collect();
        let service = flags.service;
        Ok(Self { policy, around, prover, senses, parts, service, keys, statements })
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
        let mut wishes = vec![sense, granted.certain];
        let mut hopes = vec![sense, granted.possible];
        for deny in &denies {
            wishes.push(self.prover.arena.not(deny.ever.possible));
            hopes.push(self.prover.arena.not(deny.ever.certain));
        }
        let certain = self.prover.search(&wishes);
        let core = match certain {
            Search::Found(sample) => return Reply::Yes(sample),
            Search::Nothing(core) if wishes == hopes => return Reply::No(core),
            Search::Nothing(core) => Ok(core),
            Search::Undecided(bound) => Err(bound),
        };
        match (self.prover.search(&hopes), core) {
            (Search::Nothing(core), _) => Reply::No(core),
            (Search::Undecided(bound), _) | (Search::Found(_), Err(bound)) => Reply::Bounded(bound),
            (Search::Found(_), Ok(_)) => Reply::Open,
        }
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
