//! Who can make a call: those whom the bundle lists, and whom its policies let in beside them.

use super::{
    Cause, ProveError,
    access::{Access, AccessWitness, Call, KINDS, Who, Worlds, ways},
    formula::{NodeId, TRUE},
    question::Reply,
    trust::Own,
};
use crate::{
    aws::{AccountId, Action, Arn},
    bundle::Decision,
    decide::{Truth, World},
};

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
/// [`ProveError`] if the solver cannot be used, or the call cannot be evaluated.
pub fn who_can(world: &World<'_>, action: &Action, resource: &Arn) -> Result<WhoCan, ProveError> {
    who(Worlds::of(world), action, resource)
}

/// The same; where a bundle is compared with another, who can make a call now that could not then.
pub(super) fn who(
    worlds: Worlds<'_>,
    action: &Action,
    resource: &Arn,
) -> Result<WhoCan, ProveError> {
    let calls = ways(worlds, action, resource);
    let own = Own { accounts: resource.account().into_iter().collect(), organizations: Vec::new() };
    let mut answer = WhoCan { listed: Vec::new(), grantees: Vec::new(), undecided: Vec::new() };
    for identity in worlds.identities() {
        let mut found = ListedPrincipal {
            arn: identity.arn.value.clone(),
            can: Truth::False,
            always: false,
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
    for call in &calls {
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
        let mut services = Vec::new();
        let homes = self.worlds.homes();
        let callers = KINDS.iter().flat_map(|kind| homes.iter().map(move |home| (*kind, *home)));
        for (kind, home) in callers {
            let who = Who::Anyone(kind, home);
            let mut access = Access::new(self.worlds, who, call.clone(), self.own)?;
            services.extend(access.mentioned.services.iter().cloned());
            self.callers(&mut access)?;
        }
        services.sort_unstable();
        services.dedup();
        for name in services {
            let who = Who::Service(name.clone());
            let mut access = Access::new(self.worlds, who, call.clone(), self.own)?;
            self.ask(&mut access, GranteeClass::Service(name), TRUE, &[])?;
        }
        Ok(())
    }

    /// Asks for callers outside of all classes found so far, from the widest class to the narrowest: a class counts if
    /// somebody in it is let in whom no narrower class names.
    fn callers(&mut self, access: &mut Access<'_>) -> Result<(), ProveError> {
        let anyone = access.senses.anyone;
        if self.has(&GranteeClass::Everyone) {
            return Ok(());
        }
        if self.ask(access, GranteeClass::Everyone, anyone, &[])? {
            return Ok(());
        }
        let mentioned = access.mentioned.clone();
        let accounts: Vec<NodeId> = mentioned.accounts.iter().map(|(_, node)| *node).collect();
        let principals: Vec<NodeId> = mentioned.principals.iter().map(|(_, node)| *node).collect();
        let mut covered = Vec::new();
        for (id, node) in mentioned.organizations {
            let class = GranteeClass::Organization(id);
            if self.has(&class) || self.ask(access, class, node, &accounts)? {
                covered.push(node);
            }
        }
        for (id, node) in mentioned.accounts {
            let but: Vec<NodeId> = covered.iter().chain(&principals).copied().collect();
            let class = GranteeClass::Account(id);
            if self.has(&class) || self.ask(access, class, node, &but)? {
                covered.push(node);
            }
        }
        for (arn, node) in mentioned.principals {
            let class = GranteeClass::Principal(arn);
            if self.has(&class) || self.ask(access, class, node, &covered)? {
                covered.push(node);
            }
        }
        if !self.has(&GranteeClass::Others) {
            self.ask(access, GranteeClass::Others, TRUE, &covered)?;
        }
        Ok(())
    }

    fn has(&self, class: &GranteeClass) -> bool {
        self.answer.grantees.iter().any(|found| found.who == *class)
    }

    fn ask(
        &mut self,
        access: &mut Access<'_>,
        who: GranteeClass,
        sense: NodeId,
        but: &[NodeId],
    ) -> Result<bool, ProveError> {
        match access.ask(sense, but) {
            Reply::No(_) => Ok(false),
            Reply::Yes(sample) => {
                let witness = access.witness(&sample)?;
                self.answer.grantees.push(SymbolicGrantee { who, witness });
                Ok(true)
            }
            reply => {
                let cause = Cause::of(reply).filter(|cause| !self.answer.undecided.contains(cause));
                self.answer.undecided.extend(cause);
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
