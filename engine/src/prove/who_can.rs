//! Who can make a call: those whom the bundle lists, and whom its policies let in beside them.

use std::collections::BTreeSet;

use super::{
    Bounds, Cause, ProveError,
    access::{Access, AccessWitness, Call, Conditions, Who, Worlds, ways},
    formula::{NodeId, TRUE},
    question::Reply,
    search::Sample,
    trust::Own,
};
use crate::{
    aws::{
        AccountId, Action, Arn, ContextKey,
        catalog::{self, KnownAction},
    },
    bundle::{Decision, Identity},
    decide::{Truth, World},
};

/// In how many circumstances callers of a class are looked for.
const MOST_WAYS: usize = 4;

/// Who can make a call.
#[derive(Clone, Debug, PartialEq)]
pub struct WhoCan {
    /// The users and roles of the bundle, in its order.
    pub listed: Vec<ListedPrincipal>,
    /// Whom the policies let in beside them, the widest first. Each covers callers whom none before it covers. That
    /// the callers' own accounts let them is taken for granted.
    pub grantees: Vec<SymbolicGrantee>,
    /// What could not be decided about callers whom the bundle does not list.
    pub undecided: Vec<Cause>,
}

/// A user or role of the bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedPrincipal {
    /// Its ARN.
    pub arn: Arn,
    /// Whether it can, in some context.
    pub can: Truth,
    /// Whether it can whatever is not known of the context.
    pub always: bool,
    /// If not, the condition keys that the call below hangs on.
    pub conditions: Vec<ContextKey>,
    /// A call that shows it.
    pub witness: Option<AccessWitness>,
    /// Why it could not be decided.
    pub cause: Option<Cause>,
}

/// Callers whom the bundle does not list.
#[derive(Clone, Debug, PartialEq)]
pub struct SymbolicGrantee {
    /// Who they are.
    pub who: GranteeClass,
    /// The condition keys that the call below hangs on, beside who makes it; none if they can whatever the circumstances.
    pub conditions: Vec<ContextKey>,
    /// A call by one of them.
    pub witness: AccessWitness,
}

/// A class of callers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GranteeClass {
    /// Everyone with an AWS account.
    Everyone,
    /// The accounts of an organization.
    Organization(String),
    /// The principals of an account.
    Account(AccountId),
    /// A user, role or session.
    Principal(Arn),
    /// An AWS service.
    Service(String),
    /// Callers of whom a pattern leaves a part open; the witness is one of them.
    Others,
}

/// Finds out who can call `action` on `resource`, the ARN of a secret or key of the bundle.
///
/// For GetSecretValue that means the plaintext: the check on the secret and that on its key are judged together, for one
/// caller. Every "can" comes with a call that the evaluator has confirmed.
///
/// # Errors
/// [`ProveError`] if the solver cannot be used, if the call cannot be evaluated, or if the action is not decided on a secret
/// or key, as ListSecrets: whoever may call that is told by identity policies alone.
pub fn who_can(
    world: &World<'_>,
    action: &Action,
    resource: &Arn,
    bounds: Bounds,
) -> Result<WhoCan, ProveError> {
    if catalog::action(action.as_str()).is_some_and(|known| !is_on_its_own(known)) {
        return Err(ProveError::OnNothing { action: action.clone() });
    }
    let worlds = Worlds::of(world, bounds);
    who(worlds, &Asked::all(worlds), action, resource)
}

/// Whether an action is called on a secret or key that is there. A secret that is made is not.
pub(super) fn is_on_its_own(action: &KnownAction) -> bool {
    action.resources.iter().any(|kind| matches!(*kind, "secret" | "key"))
        && action.full_name != "secretsmanager:CreateSecret"
}

/// Who is asked about.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    /// Users and roles of the bundles.
    listed: Vec<&'a Identity>,
    /// Whether callers beside them are, too.
    beside: bool,
}

impl<'a> Asked<'a> {
    /// Everybody.
    fn all(worlds: Worlds<'a>) -> Self {
        Self { listed: worlds.identities(), beside: true }
    }

    /// Those of whom it is not clear that they can call none of some actions, which the planner takes alike.
    pub(super) fn of_some(
        worlds: Worlds<'a>,
        actions: &[Action],
        resource: &Arn,
    ) -> Result<Self, ProveError> {
        let everybody = Self::all(worlds);
        let Some((action, alike @ [_, ..])) = actions.split_first() else { return Ok(everybody) };
        // Actions that are called in several ways are alone.
        let calls = ways(worlds, action, resource);
        let [call] = calls.as_slice() else { return Ok(everybody) };
        let call = Call { alike: alike.to_vec(), ..call.clone() };
        let own = owner_of(resource);
        let can_none = |access: &mut Access<'_>| matches!(access.ask(TRUE, &[]), Reply::No(_));
        let mut asked = Self { listed: Vec::new(), beside: false };
        for identity in everybody.listed {
            if !can_none(&mut Access::new(worlds, Who::Known(identity), call.clone(), &own)?) {
                asked.listed.push(identity);
            }
        }
        let mut services = BTreeSet::new();
        for who in worlds.strangers() {
            let mut access = Access::new(worlds, who, call.clone(), &own)?;
            services.extend(access.mentioned.services.iter().cloned());
            asked.beside = asked.beside || !can_none(&mut access);
        }
        for name in services {
            let mut access = Access::new(worlds, Who::Service(name), call.clone(), &own)?;
            asked.beside = asked.beside || !can_none(&mut access);
        }
        Ok(asked)
    }

    /// Whether nobody is left.
    pub(super) const fn is_nobody(&self) -> bool {
        self.listed.is_empty() && !self.beside
    }
}

fn owner_of(resource: &Arn) -> Own {
    Own { accounts: resource.account().into_iter().collect(), organizations: Vec::new() }
}

/// The same; where a bundle is compared with another, who can make a call now that could not then.
pub(super) fn who(
    worlds: Worlds<'_>,
    asked: &Asked<'_>,
    action: &Action,
    resource: &Arn,
) -> Result<WhoCan, ProveError> {
    let calls = ways(worlds, action, resource);
    let own = owner_of(resource);
    let mut answer = WhoCan { listed: Vec::new(), grantees: Vec::new(), undecided: Vec::new() };
    for identity in asked.listed.iter().copied() {
        let mut found = ListedPrincipal {
            arn: identity.arn.value.clone(),
            can: Truth::False,
            always: false,
            conditions: Vec::new(),
            witness: None,
            cause: None,
        };
        for (number, call) in calls.iter().enumerate() {
            let mut access = Access::new(worlds, Who::Known(identity), call.clone(), &own)?;
            if number == 0 {
                found.always = access.plain_decision() == Some(Decision::Allow);
            }
            match access.ask(TRUE, &[]) {
                Reply::No(_) => {}
                Reply::Yes(sample) => {
                    found.can = Truth::True;
                    if !found.always {
                        found.conditions =
                            conditions(&mut access, &sample, &GranteeClass::Others).0;
                    }
                    found.witness = Some(access.witness(&sample)?);
                    break;
                }
                reply => {
                    found.can = Truth::Unknown;
                    found.cause = Cause::of(reply);
                }
            }
        }
        if found.can == Truth::True {
            found.cause = None;
        }
        answer.listed.push(found);
    }
    let mut search = Grantees { worlds, own: &own, answer: &mut answer };
    for call in calls.iter().filter(|_| asked.beside) {
        search.beyond(call)?;
    }
    answer.grantees.sort_by(|a, b| a.who.cmp(&b.who));
    Ok(answer)
}

/// The search for callers whom the bundle does not list.
struct Grantees<'r, 'a> {
    worlds: Worlds<'a>,
    own: &'r Own,
    answer: &'r mut WhoCan,
}

impl Grantees<'_, '_> {
    fn beyond(&mut self, call: &Call) -> Result<(), ProveError> {
        let mut services = BTreeSet::new();
        for who in self.worlds.strangers() {
            let mut access = Access::new(self.worlds, who, call.clone(), self.own)?;
            services.extend(access.mentioned.services.iter().cloned());
            self.callers(&mut access)?;
        }
        for name in services {
            let who = Who::Service(name.clone());
            let mut access = Access::new(self.worlds, who, call.clone(), self.own)?;
            self.ask(&mut access, GranteeClass::Service(name), TRUE, &[])?;
        }
        Ok(())
    }

    /// Asks for callers outside of all classes found so far, from the widest class to the narrowest: a class counts if
    /// somebody in it is let in whom no narrower class names, and a wider one not in the same circumstances.
    fn callers(&mut self, access: &mut Access<'_>) -> Result<(), ProveError> {
        let anyone = access.senses.anyone;
        let mut covered = Vec::new();
        match self.ask(access, GranteeClass::Everyone, anyone, &[])? {
            Found::Always => return Ok(()),
            Found::Nobody => {}
            Found::If(met) => covered.push(met),
        }
        let mentioned = access.mentioned.clone();
        let accounts: Vec<NodeId> = mentioned.accounts.iter().map(|(_, node)| *node).collect();
        let principals: Vec<NodeId> = mentioned.principals.iter().map(|(_, node)| *node).collect();
        for (id, node) in mentioned.organizations {
            let but: Vec<NodeId> = covered.iter().chain(&accounts).copied().collect();
            let found = self.ask(access, GranteeClass::Organization(id), node, &but)?;
            covered.extend(found.within(access, node));
        }
        for (id, node) in mentioned.accounts {
            let but: Vec<NodeId> = covered.iter().chain(&principals).copied().collect();
            let found = self.ask(access, GranteeClass::Account(id), node, &but)?;
            covered.extend(found.within(access, node));
        }
        for (arn, node) in mentioned.principals {
            let found = self.ask(access, GranteeClass::Principal(arn), node, &covered)?;
            covered.extend(found.within(access, node));
        }
        self.ask(access, GranteeClass::Others, TRUE, &covered)?;
        Ok(())
    }

    /// Looks for the circumstances in which callers of a class are let in, until there are no others.
    fn ask(
        &mut self,
        access: &mut Access<'_>,
        who: GranteeClass,
        sense: NodeId,
        but: &[NodeId],
    ) -> Result<Found, ProveError> {
        if self.answer.grantees.iter().any(|found| found.who == who && found.conditions.is_empty())
        {
            return Ok(Found::Always);
        }
        let mut ways = Vec::new();
        while ways.len() < MOST_WAYS {
            let but: Vec<NodeId> = but.iter().chain(&ways).copied().collect();
            match access.ask(sense, &but) {
                Reply::No(_) => break,
                Reply::Yes(sample) => {
                    let (conditions, met) = conditions(access, &sample, &who);
                    self.note(&who, conditions.clone(), || access.witness(&sample))?;
                    if conditions.is_empty() {
                        return Ok(Found::Always);
                    }
                    ways.push(met);
                }
                reply => {
                    let cause = Cause::of(reply);
                    let cause = cause.filter(|cause| !self.answer.undecided.contains(cause));
                    self.answer.undecided.extend(cause);
                    break;
                }
            }
        }
        Ok(match ways.is_empty() {
            true => Found::Nobody,
            false => Found::If(access.any_of(&ways)),
        })
    }

    /// Keeps of each class the circumstances that take least.
    fn note(
        &mut self,
        who: &GranteeClass,
        conditions: Vec<ContextKey>,
        witness: impl FnOnce() -> Result<AccessWitness, ProveError>,
    ) -> Result<(), ProveError> {
        // Every call that is found is replayed, told or not.
        let witness = witness()?;
        let found = SymbolicGrantee { who: who.clone(), conditions, witness };
        match self.answer.grantees.iter_mut().find(|known| known.who == *who) {
            Some(known) if known.conditions.len() <= found.conditions.len() => {}
            Some(known) => *known = found,
            None => self.answer.grantees.push(found),
        }
        Ok(())
    }
}

/// Which callers of a class are let in.
enum Found {
    /// None.
    Nobody,
    /// Some, whatever the circumstances.
    Always,
    /// Some, in these circumstances.
    If(NodeId),
}

impl Found {
    /// The calls of the class that are covered by what was found.
    fn within(self, access: &mut Access<'_>, class: NodeId) -> Option<NodeId> {
        match self {
            Self::Nobody => None,
            Self::Always => Some(class),
            Self::If(met) => Some(access.both(class, met)),
        }
    }
}

/// The keys that a call hangs on beside who makes it, and that they are as they must be. What makes the class is no
/// condition on it.
fn conditions(
    access: &mut Access<'_>,
    sample: &Sample,
    who: &GranteeClass,
) -> (Vec<ContextKey>, NodeId) {
    let Conditions { mut keys, met } = access.conditions(sample);
    let of_class: &[&str] = match who {
        GranteeClass::Organization(_) => &["aws:principalorgid", "aws:principalorgpaths"],
        GranteeClass::Service(_) => &["aws:principalservicename", "aws:principalservicenameslist"],
        _ => &[],
    };
    keys.retain(|key| !of_class.contains(&key.lower()));
    keys.extend(access.passed());
    (keys, met)
}

#[cfg(test)]
pub(super) mod tests;
