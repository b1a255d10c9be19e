//! From a call and the bundles to the formula of what is decided on it.

use super::{
    Access, Call, Home, Mentioned, Side, Who, Worlds, replay,
    voices::{self, Managed},
    ways,
};
use crate::{
    aws::{AccountId, Action, ContextKey, Service},
    bundle::{Bundle, Membership, RequestPrincipal},
    decide::{Logic, Situation, Target, World, combine},
    policy::{Effect, PolicyKind, Principal},
    prove::{
        ProveError,
        domain::Domain,
        formula::{Formula, NodeId},
        keys::Holds,
        search::Prover,
        symbolic::{Mode, Surroundings, Symbolic, text_domain},
        trust::Own,
        view::{Keys, Template, View},
    },
    request::{CallerKind, Check, CheckTarget, Need, Plan, plan},
};

/// What is to be read.
pub(super) struct Reading<'r, 'a> {
    pub(super) worlds: Worlds<'a>,
    pub(super) who: Who<'a>,
    pub(super) own: &'r Own,
}

/// The checks of one bundle.
struct Planned<'p> {
    world: &'p World<'p>,
    plan: &'p Plan<'p>,
    managed: &'p [Managed],
}

impl Planned<'_> {
    /// The checks that the operation needs.
    fn checks(&self) -> impl Iterator<Item = &Check<'_>> {
        self.plan.checks.iter().filter(|check| check.need == Need::Required)
    }
}

impl<'a> Reading<'_, 'a> {
    pub(super) fn access(self, call: Call) -> Result<Access<'a>, ProveError> {
        let bundles: Vec<&Bundle> = self.worlds.all().map(|world| world.bundle).collect();
        let account = ways::stand_in_account(&self.who, &bundles, self.own);
        let request = ways::request(&self.who, &call, &account);
        let bundles = bundles.into_iter();
        let bundles: Vec<Bundle> = bundles
            .map(|bundle| replay::with_stand_in(bundle, &self.who, &account, &call))
            .collect();
        let assumptions = &self.worlds.new.assumptions;
        let plans = bundles.iter().map(|bundle| plan(bundle, assumptions, &request));
        let plans = plans.collect::<Result<Vec<_>, _>>().map_err(ProveError::Request)?;
        let managed: Vec<Vec<Managed>> =
            plans.iter().map(|plan| voices::managed_policies(plan, assumptions)).collect();
        let planned = self.worlds.all().zip(&plans).zip(&managed);
        let planned: Vec<Planned<'_>> =
            planned.map(|((world, plan), managed)| Planned { world, plan, managed }).collect();
        self.read(&planned, call)
    }

    fn read(self, planned: &[Planned<'_>], call: Call) -> Result<Access<'a>, ProveError> {
        let policies =
            planned.iter().flat_map(|side| voices::policies(side.world, side.plan, side.managed));
        let policies: Vec<_> = policies.collect();
        let first = planned.first().and_then(|side| side.plan.checks.first());
        let around = self.around(first.and_then(|check| check.owner));
        let mut symbolic = Symbolic::new(&policies, around);
        let accounts = self.worlds.all().flat_map(|world| world.bundle.accounts.values());
        let organizations = accounts.filter_map(|account| match &account.membership {
            Membership::Member(organization) => Some(organization.id.clone()),
            Membership::Unknown | Membership::Standalone => None,
        });
        symbolic.vocabulary.organizations.extend(organizations);
        self.caller(&mut symbolic, &ways::partition(&call));
        let cases = self.cases(&mut symbolic, planned);
        let (decisions, mut keys, views) = self.sides(&mut symbolic, planned, &cases, &call);
        let mut goal = self.goal(&mut symbolic, planned, &decisions);
        if planned.len() > 1 && goal.certain != goal.possible {
            symbolic.settle();
            let (decisions, ..) = self.sides(&mut symbolic, planned, &cases, &call);
            goal.possible = self.goal(&mut symbolic, planned, &decisions).possible;
        }
        if let Some(first) = views.into_iter().next() {
            symbolic.take_up(first);
        }
        share(&mut symbolic, &mut keys);
        self.memberships(&mut symbolic);
        let mentioned = self.mentioned(&mut symbolic);
        let senses = symbolic.senses(self.own);
        let Symbolic { arena, space, constraints, parts, flags, .. } = symbolic;
        let prover = Prover::new(arena, space, constraints, self.worlds.bounds)?;
        let sides = self.worlds.all().zip(planned).zip(keys).map(|((world, side), keys)| Side {
            world,
            keys,
            failure: side.plan.failure.clone(),
        });
        let sides = sides.collect();
        let (endpoint, member) = (flags.endpoint, flags.member);
        let who = self.who;
        Ok(Access { who, call, prover, goal, senses, parts, endpoint, member, sides, mentioned })
    }

    /// Reads the checks of every bundle: the decision, what the keys hold, and the first check.
    fn sides(
        &self,
        symbolic: &mut Symbolic<'a>,
        planned: &[Planned<'_>],
        cases: &[(Option<AccountId>, NodeId)],
        call: &Call,
    ) -> (Vec<Formula>, Vec<Keys>, Vec<View<'a>>) {
        let mut decisions = Vec::new();
        let mut keys: Vec<Keys> = Vec::new();
        let mut views = Vec::new();
        for side in planned {
            let beside = planned.iter().find(|other| !std::ptr::eq(*other, side));
            let (allowed, later) = self.side(symbolic, side, beside, cases, call);
            let first = symbolic.set_aside();
            decisions.push(allowed);
            keys.push([first.keys(), later]);
            views.push(first);
        }
        (decisions, keys, views)
    }

    /// What is known of a resource of this owner.
    fn around(&self, owner: Option<AccountId>) -> Surroundings<'a> {
        Surroundings {
            mode: Mode::Strict,
            kind: PolicyKind::Secret,
            owner,
            trusted: &[],
            organization: None,
            resource: None,
            assumptions: &self.worlds.new.assumptions,
            bounds: self.worlds.bounds,
        }
    }

    /// Reads the checks of one bundle: the decision for each of `cases`, and what the keys of the later checks hold.
    fn side(
        &self,
        symbolic: &mut Symbolic<'a>,
        side: &Planned<'_>,
        beside: Option<&Planned<'_>>,
        cases: &[(Option<AccountId>, NodeId)],
        call: &Call,
    ) -> (Formula, Vec<(ContextKey, Holds)>) {
        let ids = std::iter::once(side).chain(beside).filter_map(|side| side.plan.caller.identity);
        symbolic.unique_id = ids.filter_map(|identity| identity.unique_id.clone()).next();
        let mut allowed = vec![Formula::from(Symbolic::always(true)); cases.len()];
        let mut later = Vec::new();
        let beside: Vec<&Check<'_>> = beside.into_iter().flat_map(Planned::checks).collect();
        for (number, check) in side.checks().enumerate() {
            let around = Surroundings {
                kind: match check.action.service() {
                    Service::Kms => PolicyKind::Key,
                    Service::SecretsManager => PolicyKind::Secret,
                    Service::Other => PolicyKind::OtherResource,
                },
                ..self.around(check.owner)
            };
            let beside = beside.get(number);
            let alike = call.alike.iter().filter(|_| number == 0).cloned();
            let actions: Vec<Action> = std::iter::once(check.action.clone()).chain(alike).collect();
            let template = Template {
                number,
                context: check.context.clone(),
                beside: beside.map(|other| other.context.clone()),
                same_owner: beside.is_none_or(|other| other.owner == check.owner),
                passed: match number == 0 && call.parameters.is_empty() {
                    true => actions.clone(),
                    false => Vec::new(),
                },
                forwarded: number > 0 && check.action.service() == Service::Kms,
                anyone: match self.who {
                    Who::Anyone(kind, _) => Some(kind),
                    Who::Known(_) | Who::Service(_) => None,
                },
                at_home: matches!(self.who, Who::Anyone(_, Home::In(_))),
            };
            if number == 0 {
                symbolic.around = around;
                symbolic.first_view(&actions, &check.resource, template);
            } else {
                later.extend(symbolic.back());
                symbolic.next_view(around, &actions, &check.resource, template);
            }
            for ((account, _), so_far) in cases.iter().zip(&mut allowed) {
                let this = self.check(symbolic, side, check, *account);
                *so_far = symbolic.and(*so_far, this);
            }
        }
        later.extend(symbolic.back());
        let mut any = Formula::from(Symbolic::always(false));
        for ((_, when), this) in cases.iter().zip(allowed) {
            let both = symbolic.and((*when).into(), this);
            any = symbolic.or(any, both);
        }
        (any, later)
    }

    /// The decision on one check, for a caller of an account.
    fn check(
        &self,
        symbolic: &mut Symbolic<'a>,
        side: &Planned<'_>,
        check: &Check<'_>,
        account: Option<AccountId>,
    ) -> Formula {
        let voices =
            voices::of(symbolic, side.world, &self.who, side.plan, check, account, side.managed);
        let situation = Situation {
            caller: side.plan.caller.kind,
            same_account: check.owner.map(|owner| account == Some(owner)),
            service: check.action.service(),
            has_resource: !matches!(check.target, CheckTarget::Nothing),
            works_across_accounts: check.works_across_accounts,
        };
        let combination = combine(symbolic, situation, &voices, &self.worlds.new.assumptions);
        let denied = combination.denied(symbolic);
        let permitted = combination.permitted(symbolic);
        let not_denied = symbolic.not(denied);
        symbolic.and(permitted, not_denied)
    }

    /// That the bundle allows, and the one that it is compared with does not. A call that fails there for another reason,
    /// as with a key that is disabled, does not get through either, unless it still fails.
    fn goal(
        &self,
        symbolic: &mut Symbolic<'_>,
        planned: &[Planned<'_>],
        decisions: &[Formula],
    ) -> Formula {
        let (&[new, ref old @ ..], [new_side, old_side @ ..]) = (decisions, planned) else {
            return Symbolic::always(false).into();
        };
        let (Some(old), Some(old_side)) = (old.first(), old_side.first()) else { return new };
        if old_side.plan.failure.is_some() && new_side.plan.failure.is_none() {
            return new;
        }
        let not_old = symbolic.not(*old);
        symbolic.and(new, not_old)
    }

    fn mentioned(&self, symbolic: &mut Symbolic<'_>) -> Mentioned {
        let mut found = Mentioned::default();
        if !matches!(self.who, Who::Anyone(..)) {
            return found;
        }
        found.services = symbolic.vocabulary.services.iter().cloned().collect();
        let key = ContextKey::new("aws:PrincipalOrgID");
        for id in symbolic.vocabulary.literals(&key) {
            let is = symbolic.has_value("aws:PrincipalOrgID", &id);
            found.organizations.push((id, is));
        }
        let stranger = symbolic.stranger.account.clone();
        for id in symbolic.vocabulary.accounts.clone() {
            if id.as_str() != stranger {
                let is = symbolic.in_account(id.as_str());
                found.accounts.push((id, is));
            }
        }
        for arn in symbolic.vocabulary.named.clone() {
            let entry = match RequestPrincipal::parse(arn.as_str()) {
                Ok(RequestPrincipal::Session { role: None, .. }) => {
                    Principal::RoleSession(arn.clone())
                }
                _ => Principal::Role(arn.clone()),
            };
            let (_, is) = symbolic.principal(&entry, Effect::Allow);
            found.principals.push((arn, is.certain));
        }
        found
    }

    /// Fixes what is known of the caller.
    fn caller(&self, symbolic: &mut Symbolic<'_>, partition: &str) {
        let service = symbolic.flags.service;
        match &self.who {
            Who::Known(identity) => {
                let arn = identity.arn.value.to_string();
                symbolic.space.replace(symbolic.parts.caller, Domain::Listed(vec![arn]));
                symbolic.require_not(service);
            }
            Who::Anyone(kind, home) => {
                let account = match home {
                    Home::Anywhere => "############",
                    Home::In(account) => account.as_str(),
                };
                let (service_name, resource) = match kind {
                    CallerKind::User => ("iam", "user/%*@"),
                    CallerKind::Root => ("iam", "root"),
                    CallerKind::FederatedUser => ("sts", "federated-user/@@*"),
                    _ => ("iam", "role/%*@"),
                };
                let shape = format!("arn:{partition}:{service_name}::{account}:{resource}");
                let plausible = symbolic.space.plausible(symbolic.parts.caller);
                symbolic.space.replace(symbolic.parts.caller, text_domain(&[shape], &plausible));
                symbolic.require_not(service);
                let listed = self.worlds.identities().into_iter();
                let listed: Vec<&str> = listed.map(|i| i.arn.value.as_str()).collect();
                let listed = symbolic.is_one_of(listed.into_iter());
                symbolic.require_not(listed);
                if *home == Home::Anywhere {
                    for account in self.worlds.moved() {
                        let here = symbolic.in_account(account.as_str());
                        symbolic.require_not(here);
                    }
                }
            }
            Who::Service(name) => {
                symbolic.space.replace(symbolic.parts.service, Domain::Listed(vec![name.clone()]));
                symbolic.require(service);
            }
        }
    }

    /// The accounts that the caller may be of, as far as the rules tell them apart; the last is every other.
    fn cases(
        &self,
        symbolic: &mut Symbolic<'_>,
        planned: &[Planned<'_>],
    ) -> Vec<(Option<AccountId>, NodeId)> {
        match &self.who {
            Who::Known(identity) => vec![(Some(identity.account), Symbolic::always(true))],
            Who::Service(_) => vec![(None, Symbolic::always(true))],
            Who::Anyone(_, Home::In(account)) => vec![(Some(*account), Symbolic::always(true))],
            Who::Anyone(_, Home::Anywhere) => {
                let owners =
                    planned.iter().flat_map(Planned::checks).filter_map(|check| check.owner);
                let mut accounts: Vec<AccountId> = owners.collect();
                for world in self.worlds.all() {
                    let bound = world.bundle.accounts.iter();
                    let bound = bound.filter(|(_, account)| !account.service_control.is_empty());
                    accounts.extend(bound.map(|(id, _)| *id));
                }
                accounts.sort_unstable();
                accounts.dedup();
                let mut cases = Vec::new();
                let mut none = Symbolic::always(true);
                for account in accounts {
                    let here = symbolic.in_account(account.as_str());
                    cases.push((Some(account), here));
                    let not = symbolic.arena.not(here);
                    none = symbolic.arena.and(none, not);
                }
                cases.push((None, none));
                cases
            }
        }
    }

    /// The organizations of accounts that some bundle knows.
    fn memberships(&self, symbolic: &mut Symbolic<'_>) {
        if !matches!(self.who, Who::Anyone(_, Home::Anywhere)) {
            return;
        }
        let accounts = self.worlds.all().flat_map(|world| world.bundle.accounts.keys().copied());
        let mut accounts: Vec<AccountId> = accounts.collect();
        accounts.sort_unstable();
        accounts.dedup();
        for id in accounts {
            let here = symbolic.in_account(id.as_str());
            let member = symbolic.flags.member;
            match self.worlds.membership(id) {
                Membership::Unknown => {}
                Membership::Standalone => {
                    let both = symbolic.arena.and(here, member);
                    symbolic.require_not(both);
                }
                Membership::Member(organization) => {
                    let is = symbolic.has_value("aws:PrincipalOrgID", &organization.id);
                    let is = symbolic.arena.and(member, is);
                    let is = match &organization.path {
                        Some(path) => {
                            let there = symbolic.has_only_value("aws:PrincipalOrgPaths", path);
                            symbolic.arena.and(is, there)
                        }
                        None => is,
                    };
                    let tied = symbolic.arena.implies(here, is);
                    symbolic.require(tied);
                }
            }
        }
    }
}

/// What a request of the new bundle states is all that either bundle asks about.
fn share(symbolic: &mut Symbolic<'_>, keys: &mut [Keys]) {
    let Some((new, old)) = keys.split_first_mut() else { return };
    for [first, later] in old {
        for (key, _) in &*first {
            symbolic.holds(key);
        }
        for (key, holds) in &*later {
            let is_known = new[1].iter().any(|(known, _)| known == key);
            if !is_known && symbolic.shared.contains_key(&(1, key.clone())) {
                new[1].push((key.clone(), holds.clone()));
            }
        }
    }
    new[0] = symbolic.keys.iter().map(|(key, holds)| (key.clone(), holds.clone())).collect();
}
