//! What each kind of policy says to a check, as formulas.

use super::Who;
use crate::{
    aws::{AccountId, Assumptions},
    bundle::{Grant, Grantee, PolicyId},
    compile::CompiledPolicy,
    decide::{
        ByClass, Class, Levels, Logic, Target, Truth, Voice, Voices, World, grant_covers,
        guardrails, managed_key_policy, statement_applies,
    },
    policy::{Effect, Principal},
    prove::{
        formula::{FALSE, Formula, TRUE},
        symbolic::Symbolic,
    },
    request::{CallerKind, Check, CheckResource, CheckTarget, Plan},
};

/// The policy of the AWS managed key of an account and Region.
pub(super) struct Managed {
    account: AccountId,
    region: String,
    policy: CompiledPolicy,
}

/// The policies of the AWS managed keys that the checks are about.
pub(super) fn managed_policies(plan: &Plan<'_>, assumptions: &Assumptions) -> Vec<Managed> {
    let mut found = Vec::new();
    for check in &plan.checks {
        if let CheckTarget::ManagedKey { account, region } = &check.target {
            let policy = CompiledPolicy::new(&managed_key_policy(*account, region), assumptions);
            found.push(Managed { account: *account, region: region.clone(), policy });
        }
    }
    found
}

/// Every policy that may bear on the call, for what they mention.
pub(super) fn policies<'p>(
    world: &'p World<'_>,
    plan: &Plan<'_>,
    managed: &'p [Managed],
) -> Vec<&'p CompiledPolicy> {
    let mut ids: Vec<PolicyId> = Vec::new();
    for check in &plan.checks {
        match &check.target {
            CheckTarget::Secret(secret) => ids.extend(secret.policy),
            CheckTarget::Key(key) => ids.extend(key.policy),
            _ => {}
        }
        let owner = check.owner.and_then(|id| world.bundle.account(id));
        ids.extend(owner.into_iter().flat_map(|account| account.resource_control.iter().flatten()));
    }
    if let Some(identity) = plan.caller.identity {
        ids.extend(&identity.identity_policies);
        ids.extend(identity.boundary);
    }
    let accounts = world.bundle.accounts.values();
    ids.extend(accounts.flat_map(|account| account.service_control.iter().flatten()));
    ids.extend(world.bundle.endpoints.iter().filter_map(|endpoint| endpoint.policy));
    ids.sort_unstable();
    ids.dedup();
    let documents = ids.into_iter().filter_map(|id| world.policy(id));
    documents.chain(managed.iter().map(|managed| &managed.policy)).collect()
}

/// All voices of one check, for a caller of `account`.
pub(super) fn of(
    symbolic: &mut Symbolic<'_>,
    world: &World<'_>,
    who: &Who<'_>,
    plan: &Plan<'_>,
    check: &Check<'_>,
    account: Option<AccountId>,
    managed: &[Managed],
) -> Voices<Formula> {
    let mut hearing = Hearing { symbolic, world };
    let everything = || Voice { allow: Formula::from(TRUE), deny: Formula::from(FALSE) };
    let nothing = || Voice { allow: Formula::from(FALSE), deny: Formula::from(FALSE) };
    let (identity, boundary, session) = match who {
        Who::Known(_) => {
            let identity = plan.caller.identity;
            let own = identity.map_or(&[][..], |identity| &identity.identity_policies);
            let boundary = identity.and_then(|identity| identity.boundary);
            (hearing.any_of(own), boundary.map(|id| hearing.any_of(&[id])), None)
        }
        // What nobody knows of is in the hands of the caller's own account.
        Who::Anyone(CallerKind::FederatedUser, _) => (everything(), None, Some(everything())),
        Who::Anyone(..) => (everything(), None, None),
        Who::Service(_) => (nothing(), None, None),
    };
    let resource = hearing.resource(check, managed);
    let grants = hearing.grants(check);
    let account = account.and_then(|id| world.bundle.account(id));
    let service_control = hearing.levels(guardrails::service_control(account, plan));
    let owner = check.owner.and_then(|id| world.bundle.account(id));
    let mut resource_control = hearing.levels(guardrails::resource_control(owner, plan, check));
    for level in &mut resource_control {
        level.allow = TRUE.into();
    }
    let endpoint = hearing.endpoints();
    Voices {
        identity,
        boundary,
        session,
        resource,
        grants,
        service_control,
        resource_control,
        endpoint,
    }
}

struct Hearing<'s, 'a, 'w> {
    symbolic: &'s mut Symbolic<'a>,
    world: &'w World<'w>,
}

impl Hearing<'_, '_, '_> {
    fn hear(&mut self, policy: &CompiledPolicy) -> (ByClass<Formula>, Formula) {
        let mut allow = ByClass::all(&Formula::from(FALSE));
        let mut deny = Formula::from(FALSE);
        for statement in &policy.statements {
            let parts = statement_applies(self.symbolic, statement, policy.kind);
            for (class, value) in parts.by_class(self.symbolic) {
                let value = self.symbolic.settled_statement(value, statement, class);
                match statement.effect {
                    Effect::Allow => allow.add(self.symbolic, class, value),
                    Effect::Deny => deny = self.symbolic.or(deny, value),
                }
            }
        }
        (allow, deny)
    }

    /// A policy that cannot be evaluated may say anything.
    fn document(&mut self, id: PolicyId) -> (ByClass<Formula>, Formula) {
        let world = self.world;
        match world.policy(id) {
            Some(policy) => self.hear(policy),
            None => {
                let unknown = self.symbolic.unknown();
                (ByClass::all(&unknown), unknown)
            }
        }
    }

    fn any_of(&mut self, ids: &[PolicyId]) -> Voice<Formula> {
        let mut voice = Voice { allow: Formula::from(FALSE), deny: Formula::from(FALSE) };
        for id in ids {
            let (classes, deny) = self.document(*id);
            for class in Class::ALL {
                voice.allow = self.symbolic.or(voice.allow, classes.of(class));
            }
            voice.deny = self.symbolic.or(voice.deny, deny);
        }
        voice
    }

    fn levels(&mut self, levels: &[Vec<PolicyId>]) -> Levels<Formula> {
        levels.iter().filter(|level| !level.is_empty()).map(|level| self.any_of(level)).collect()
    }

    fn resource(
        &mut self,
        check: &Check<'_>,
        managed: &[Managed],
    ) -> Option<(ByClass<Formula>, Formula)> {
        match &check.target {
            CheckTarget::Secret(secret) => secret.policy.map(|id| self.document(id)),
            CheckTarget::Key(key) => Some(match key.policy {
                Some(id) => self.document(id),
                None => self.policy_of(&check.resource),
            }),
            CheckTarget::ManagedKey { account, region } => managed
                .iter()
                .find(|managed| managed.account == *account && managed.region == *region)
                .map(|managed| self.hear(&managed.policy)),
            CheckTarget::UnlistedKey | CheckTarget::OfAnotherService => {
                Some(self.policy_of(&check.resource))
            }
            CheckTarget::Nothing => None,
        }
    }

    /// A policy that nobody shows: it may say anything, and of one resource it is one policy.
    fn policy_of(&mut self, resource: &CheckResource) -> (ByClass<Formula>, Formula) {
        let CheckResource::Arn(arn) = resource else {
            let unknown = self.symbolic.unknown();
            return (ByClass::all(&unknown), unknown);
        };
        let mut allow = ByClass::all(&Formula::from(FALSE));
        for class in Class::ALL {
            let open = self.symbolic.open_as(|| format!("allow {class:?} {arn}"));
            allow.add(self.symbolic, class, open);
        }
        (allow, self.symbolic.open_as(|| format!("deny {arn}")))
    }

    fn grants(&mut self, check: &Check<'_>) -> Option<ByClass<Formula>> {
        let CheckTarget::Key(key) = &check.target else { return None };
        if key.grants.is_empty() {
            return None;
        }
        let mut classes = ByClass::all(&Formula::from(FALSE));
        for grant in &key.grants {
            let (class, value) = self.grant(grant, check);
            classes.add(self.symbolic, class, value);
        }
        Some(classes)
    }

    fn grant(&mut self, grant: &Grant, check: &Check<'_>) -> (Class, Formula) {
        let entry = match &grant.grantee {
            Grantee::Principal(principal) => principal.clone(),
            Grantee::Service(name) => Principal::Service(name.as_str().into()),
        };
        let (class, named) = self.symbolic.principal(&entry, Effect::Allow);
        let covers = match grant_covers(grant, check) {
            Truth::True => TRUE.into(),
            Truth::False => FALSE.into(),
            Truth::Unknown => {
                let Grant { grantee, operations, constraint, .. } = grant;
                self.symbolic.open_as(|| format!("{grantee:?} {operations:?} {constraint:?}"))
            }
        };
        let source = match &grant.source_arn {
            Some(arn) => self.symbolic.has_value("aws:SourceArn", arn.as_str()).into(),
            None => TRUE.into(),
        };
        let value = self.symbolic.and(named, covers);
        (class, self.symbolic.and(value, source))
    }

    /// The policies of the endpoints that the bundle lists: a call through one of them needs its leave. Every other
    /// endpoint has the default policy, which allows everything.
    fn endpoints(&mut self) -> Option<Voice<Formula>> {
        let world = self.world;
        if self.symbolic.flags.endpoint == FALSE {
            return None;
        }
        let mut all: Option<Voice<Formula>> = None;
        for endpoint in &world.bundle.endpoints {
            let Some(policy) = endpoint.policy else { continue };
            let voice = self.any_of(&[policy]);
            let here = self.symbolic.has_value("aws:SourceVpce", &endpoint.id);
            let here = Formula::from(self.symbolic.arena.and(self.symbolic.flags.endpoint, here));
            let elsewhere = self.symbolic.not(here);
            let allow = self.symbolic.or(elsewhere, voice.allow);
            let deny = self.symbolic.and(here, voice.deny);
            all = Some(match all {
                None => Voice { allow, deny },
                Some(so_far) => Voice {
                    allow: self.symbolic.and(so_far.allow, allow),
                    deny: self.symbolic.or(so_far.deny, deny),
                },
            });
        }
        all
    }
}
