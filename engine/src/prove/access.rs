//! The decision on a whole call, over every policy of a bundle, for a caller or a context of which not all is known.
//! Where the bundle is compared with another: that this one allows the call and the other does not.

mod alike;
mod conditions;
mod reading;
mod replay;
mod voices;
mod ways;

use std::collections::BTreeMap;

use self::reading::Reading;
pub use self::replay::{AccessWitness, Before};
pub(super) use self::{alike::together, conditions::Conditions, ways::ways};
use super::{
    Bounds, ProveError,
    formula::{FALSE, Formula, NodeId},
    keys::Holds,
    question::Reply,
    search::{Prover, Sample},
    space::VariableId,
    symbolic::Parts,
    trust::{Own, Senses},
};
use crate::{
    aws::{AccountId, Action, Arn, ContextKey},
    bundle::{Account, Bundle, Decision, Identity, Membership},
    decide::World,
    request::{CallerKind, Failure},
};

/// The bundle that is asked about, the one that it is compared with, if it is, and how far proofs go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worlds<'a> {
    pub(super) new: &'a World<'a>,
    pub(super) old: Option<&'a World<'a>>,
    pub(super) bounds: Bounds,
}

/// Who calls.
#[derive(Clone, Debug)]
pub(super) enum Who<'a> {
    /// This user or role of a bundle.
    Known(&'a Identity),
    /// Somebody of this kind whom no bundle lists, and whose own account allows everything.
    Anyone(CallerKind, Home),
    /// This service.
    Service(String),
}

/// Where callers are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// From every account but those that changed their organization.
    Anywhere,
    /// From this one.
    In(AccountId),
}

/// What is called: an action on a resource, with the parameters that the caller passes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) action: Action,
    /// Other actions, of which the planner says the same: any of them may be called. No request is made of such a call, but
    /// if none is found for it, there is none for any of the actions.
    pub(super) alike: Vec<Action>,
    pub(super) resource: String,
    pub(super) parameters: BTreeMap<String, serde_json::Value>,
}

/// The kinds of callers whom a bundle need not list.
const KINDS: [CallerKind; 4] =
    [CallerKind::RoleSession, CallerKind::User, CallerKind::Root, CallerKind::FederatedUser];

/// A call of which the caller or the context is open, with the decision on it as a formula.
pub(super) struct Access<'a> {
    who: Who<'a>,
    call: Call,
    prover: Prover,
    /// That every check allows; where bundles are compared, and that some check of the old one does not.
    goal: Formula,
    pub(super) senses: Senses,
    parts: Parts,
    endpoint: NodeId,
    member: NodeId,
    /// The bundle that is asked about, then the one that it is compared with.
    sides: Vec<Side<'a>>,
    /// Those whom the policies mention.
    pub(super) mentioned: Mentioned,
}

/// One bundle as the call meets it.
struct Side<'a> {
    world: &'a World<'a>,
    /// What the keys hold, for the first check and for those that follow.
    keys: [Vec<(ContextKey, Holds)>; 2],
    /// Why the call fails there even if every check allows.
    failure: Option<Failure>,
}

/// Those whom the policies mention, each with the formula that the caller is one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Mentioned {
    pub(super) organizations: Vec<(String, NodeId)>,
    pub(super) accounts: Vec<(AccountId, NodeId)>,
    pub(super) principals: Vec<(Arn, NodeId)>,
    pub(super) services: Vec<String>,
}

impl<'a> Access<'a> {
    /// Reads everything that bears on the call.
    ///
    /// # Errors
    /// [`ProveError::Request`] for a call that cannot be evaluated.
    pub(super) fn new(
        worlds: Worlds<'a>,
        who: Who<'a>,
        call: Call,
        own: &Own,
    ) -> Result<Self, ProveError> {
        Reading { worlds, who, own }.access(call)
    }

    /// Whether the goal is met by some request in a sense that none of `but` covers.
    pub(super) fn ask(&mut self, sense: NodeId, but: &[NodeId]) -> Reply {
        if self.goal.possible == FALSE {
            return Reply::No(Vec::new());
        }
        let mut wishes = vec![sense.into(), self.goal];
        for node in but {
            wishes.push(self.prover.arena.not(*node).into());
        }
        self.prover.ask(&wishes)
    }

    /// Any of some circumstances.
    pub(super) fn any_of(&mut self, circumstances: &[NodeId]) -> NodeId {
        self.prover.arena.any(circumstances.iter().copied())
    }

    /// Callers of a class, in some circumstances.
    pub(super) fn both(&mut self, class: NodeId, circumstances: NodeId) -> NodeId {
        self.prover.arena.and(class, circumstances)
    }

    /// What the caller passes, as condition keys.
    pub(super) fn passed(&self) -> Vec<ContextKey> {
        let service = self.call.action.as_str().split(':').next().unwrap_or_default();
        let names = self.call.parameters.keys();
        names.map(|name| ContextKey::new(&format!("{service}:{name}"))).collect()
    }

    /// What the evaluator says to the call while nothing is stated of its context.
    pub(super) fn plain_decision(&self) -> Option<Decision> {
        let world = self.sides.first()?.world;
        let account = ways::stand_in_account(&self.who, &[world.bundle], &Own::default());
        let request = ways::request(&self.who, &self.call, &account);
        world.decision(&request).ok()
    }

    /// A part's only value in a request that was found.
    fn value<'s>(&self, sample: &'s Sample, id: VariableId) -> &'s str {
        match sample.values.get(&id).map(Vec::as_slice) {
            Some([value]) => value,
            _ => "",
        }
    }
}

impl<'a> Worlds<'a> {
    /// A bundle that is compared with none.
    pub(super) const fn of(world: &'a World<'a>, bounds: Bounds) -> Self {
        Self { new: world, old: None, bounds }
    }

    /// The bundle that is asked about, then the one that it is compared with.
    pub(super) fn all(self) -> impl Iterator<Item = &'a World<'a>> {
        std::iter::once(self.new).chain(self.old)
    }

    /// The users and roles that some bundle lists, each once.
    pub(super) fn identities(self) -> Vec<&'a Identity> {
        let mut found: Vec<&Identity> = Vec::new();
        for identity in self.all().flat_map(|world| &world.bundle.identities) {
            if !found.iter().any(|known| known.arn.value == identity.arn.value) {
                found.push(identity);
            }
        }
        found
    }

    /// The organization of an account, where some bundle says it; the new one goes before.
    fn membership(self, id: AccountId) -> &'a Membership {
        let told = |world: &'a World<'a>| membership(world.bundle, id);
        let mut told = self.all().map(told).filter(|told| **told != Membership::Unknown);
        told.next().unwrap_or(&Membership::Unknown)
    }

    /// The accounts that changed their organization.
    fn moved(self) -> Vec<AccountId> {
        let Some(old) = self.old else { return Vec::new() };
        let ids = self.new.bundle.accounts.keys().copied();
        let differs = |id: &AccountId| {
            let (new, old) = (membership(self.new.bundle, *id), membership(old.bundle, *id));
            new != old && ![new, old].contains(&&Membership::Unknown)
        };
        ids.filter(differs).collect()
    }

    /// The callers whom no bundle lists, by kind, but for services.
    pub(super) fn strangers(self) -> Vec<Who<'a>> {
        let homes: Vec<Home> =
            std::iter::once(Home::Anywhere).chain(self.moved().into_iter().map(Home::In)).collect();
        let kinds = KINDS.into_iter();
        kinds.flat_map(|kind| homes.iter().map(move |home| Who::Anyone(kind, *home))).collect()
    }
}

fn membership(bundle: &Bundle, id: AccountId) -> &Membership {
    bundle.account(id).map_or(&Membership::Unknown, |Account { membership, .. }| membership)
}

#[cfg(test)]
mod tests;
