//! The decision on a whole call, over every policy of a bundle, for a caller or a context of which not all is known.

mod replay;
mod voices;

use std::collections::BTreeMap;

pub use self::replay::AccessWitness;

use super::{
    ProveError,
    domain::Domain,
    formula::{Formula, NodeId},
    glob::Alternative,
    keys::Holds,
    question::Reply,
    search::{Prover, Sample},
    space::VariableId,
    symbolic::{Mode, Parts, Surroundings, Symbolic},
    test::Texts,
    trust::{Own, Senses},
    view::Template,
};
use crate::{
    aws::{AccountId, Action, Arn, ContextKey, Service},
    bundle::{
        Bundle, Decision, Identity, IdentityKind, Membership, Request, RequestPrincipal, Session,
    },
    decide::{Logic, Situation, Target, World, combine},
    policy::{Effect, PolicyKind, Principal},
    request::{CallerKind, Check, CheckTarget, Need, Plan, plan},
    text::{Location, SourceId, Span, Spanned},
};

/// Who calls.
#[derive(Clone, Debug)]
pub(super) enum Who<'a> {
    /// This user or role of the bundle.
    Known(&'a Identity),
    /// Somebody of this kind whom the bundle does not list, and whose own account allows everything.
    Anyone(CallerKind),
    /// This service.
    Service(String),
}

/// What is called: an action on a resource, with the parameters that the caller passes.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) action: Action,
    pub(super) resource: String,
    pub(super) parameters: BTreeMap<String, serde_json::Value>,
}

/// The kinds of callers whom a bundle need not list.
pub(super) const KINDS: [CallerKind; 4] =
    [CallerKind::RoleSession, CallerKind::User, CallerKind::Root, CallerKind::FederatedUser];

/// A call of which the caller or the context is open, with the decision on it as a formula.
pub(super) struct Access<'a> {
    world: &'a World<'a>,
    who: Who<'a>,
    call: Call,
    prover: Prover,
    /// That every check allows.
    allowed: Formula,
    pub(super) senses: Senses,
    parts: Parts,
    endpoint: NodeId,
    member: NodeId,
    /// What the keys hold, for the first check and for those that follow.
    keys: [Vec<(ContextKey, Holds)>; 2],
    /// Those whom the policies mention.
    pub(super) mentioned: Mentioned,
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
        world: &'a World<'a>,
        who: Who<'a>,
        call: Call,
        own: &Own,
    ) -> Result<Self, ProveError> {
        let bundle = replay::with_stand_in(world.bundle, &who, own, &call);
        let request = request(&who, &call, stand_in_account(world.bundle, own));
        let planned = plan(&bundle, &world.assumptions, &request).map_err(ProveError::Request)?;
        Reading { world, who, own }.access(&planned, call)
    }

    /// Whether some request in a sense is allowed that none of `but` covers.
    pub(super) fn ask(&mut self, sense: NodeId, but: &[NodeId]) -> Reply {
        let mut wishes = vec![sense.into(), self.allowed];
        for node in but {
            wishes.push(self.prover.arena.not(*node).into());
        }
        self.prover.ask(&wishes)
    }

    /// What the evaluator says to the call while nothing is stated of its context.
    pub(super) fn plain_decision(&self) -> Option<Decision> {
        let request =
            request(&self.who, &self.call, stand_in_account(self.world.bundle, &Own::default()));
        self.world.decision(&request).ok()
    }

    /// A part's only value in a request that was found.
    fn value<'s>(&self, sample: &'s Sample, id: VariableId) -> &'s str {
        match sample.values.get(&id).map(Vec::as_slice) {
            Some([value]) => value,
            _ => "",
        }
    }
}

struct Reading<'r, 'a> {
    world: &'a World<'a>,
    who: Who<'a>,
    own: &'r Own,
}

impl<'a> Reading<'_, 'a> {
    fn access(self, planned: &Plan<'_>, call: Call) -> Result<Access<'a>, ProveError> {
        let world = self.world;
        let managed = voices::managed_policies(planned, &world.assumptions);
        let policies = voices::policies(world, planned, &managed);
        let mut around = Surroundings {
            mode: Mode::Strict,
            kind: PolicyKind::Secret,
            owner: planned.checks.first().and_then(|check| check.owner),
            trusted: &[],
            organization: None,
            resource: None,
            assumptions: &world.assumptions,
        };
        let mut symbolic = Symbolic::new(&policies, around);
        self.caller(&mut symbolic);
        let is_required = |check: &&Check<'_>| check.need == Need::Required;
        let checks: Vec<&Check<'_>> = planned.checks.iter().filter(is_required).collect();
        let cases = self.cases(&mut symbolic, &checks);
        let mut allowed = vec![Formula::from(Symbolic::always(true)); cases.len()];
        let mut later = Vec::new();
        for (number, check) in checks.iter().enumerate() {
            around.kind = match check.action.service() {
                Service::Kms => PolicyKind::Key,
                Service::SecretsManager => PolicyKind::Secret,
                Service::Other => PolicyKind::OtherResource,
            };
            around.owner = check.owner;
            let template = Template {
                context: check.context.clone(),
                forwarded: number > 0 && check.action.service() == Service::Kms,
                anyone: matches!(self.who, Who::Anyone(_)),
            };
            if number == 0 {
                symbolic.around = around;
                symbolic.first_view(&check.action, &check.resource, template);
            } else {
                later.extend(symbolic.back());
                symbolic.next_view(around, &check.action, &check.resource, template);
            }
            for ((account, _), so_far) in cases.iter().zip(&mut allowed) {
                let voices =
                    voices::of(&mut symbolic, world, &self.who, planned, check, *account, &managed);
                let situation = Situation {
                    caller: planned.caller.kind,
                    same_account: check.owner.map(|owner| *account == Some(owner)),
                    service: check.action.service(),
                    has_resource: !matches!(check.target, CheckTarget::Nothing),
                    works_across_accounts: check.works_across_accounts,
                };
                let assumptions = &world.assumptions;
                let combination = combine(&mut symbolic, situation, &voices, assumptions);
                let denied = combination.denied(&mut symbolic);
                let permitted = combination.permitted(&mut symbolic);
                let not_denied = symbolic.not(denied);
                let this = symbolic.and(permitted, not_denied);
                *so_far = symbolic.and(*so_far, this);
            }
        }
        later.extend(symbolic.back());
        let mut any = Formula::from(Symbolic::always(false));
        for ((_, when), this) in cases.iter().zip(allowed) {
            let both = symbolic.and((*when).into(), this);
            any = symbolic.or(any, both);
        }
        self.memberships(&mut symbolic);
        let mentioned = self.mentioned(&mut symbolic);
        let senses = symbolic.senses(self.own);
        let Symbolic { arena, space, constraints, keys, parts, flags, .. } = symbolic;
        let prover = Prover::new(arena, space, constraints)?;
        Ok(Access {
            world,
            who: self.who,
            call,
            prover,
            allowed: any,
            senses,
            parts,
            endpoint: flags.endpoint,
            member: flags.member,
            keys: [keys.into_iter().collect(), later],
            mentioned,
        })
    }

    fn mentioned(&self, symbolic: &mut Symbolic<'_>) -> Mentioned {
        let mut found = Mentioned::default();
        if !matches!(self.who, Who::Anyone(_)) {
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
    fn caller(&self, symbolic: &mut Symbolic<'_>) {
        let service = symbolic.flags.service;
        let text = |shapes: &[&str], plausible: &[String]| Domain::Text {
            shape: Texts::new(shapes.iter().map(|shape| Alternative::shape(shape))),
            plausible: plausible.to_vec(),
        };
        match &self.who {
            Who::Known(identity) => {
                let arn = identity.arn.value.to_string();
                symbolic.space.replace(symbolic.parts.caller, Domain::Listed(vec![arn]));
                symbolic.unique_id.clone_from(&identity.unique_id);
                symbolic.require_not(service);
            }
            Who::Anyone(kind) => {
                let shapes: &[&str] = match kind {
                    CallerKind::User => &[
                        "arn:^^*:iam::############:user/@@*",
                        "arn:^^*:iam::############:user/%*/@@*",
                    ],
                    CallerKind::Root => &["arn:^^*:iam::############:root"],
                    CallerKind::FederatedUser => &["arn:^^*:sts::############:federated-user/@@*"],
                    _ => &[
                        "arn:^^*:iam::############:role/@@*",
                        "arn:^^*:iam::############:role/%*/@@*",
                    ],
                };
                let plausible = symbolic.space.plausible(symbolic.parts.caller);
                symbolic.space.replace(symbolic.parts.caller, text(shapes, &plausible));
                symbolic.require_not(service);
                let listed = self.world.bundle.identities.iter();
                let listed: Vec<String> = listed.map(|i| i.arn.value.to_string()).collect();
                let listed = symbolic.is_one_of(listed.iter().map(String::as_str));
                symbolic.require_not(listed);
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
        checks: &[&Check<'_>],
    ) -> Vec<(Option<AccountId>, NodeId)> {
        match &self.who {
            Who::Known(identity) => vec![(Some(identity.account), Symbolic::always(true))],
            Who::Service(_) => vec![(None, Symbolic::always(true))],
            Who::Anyone(_) => {
                let mut accounts: Vec<AccountId> =
                    checks.iter().filter_map(|check| check.owner).collect();
                let bound = self.world.bundle.accounts.iter();
                accounts.extend(
                    bound.filter(|(_, a)| !a.service_control.is_empty()).map(|(id, _)| *id),
                );
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

    /// The organizations of accounts that the bundle knows.
    fn memberships(&self, symbolic: &mut Symbolic<'_>) {
        if !matches!(self.who, Who::Anyone(_)) {
            return;
        }
        for (id, account) in &self.world.bundle.accounts {
            let here = symbolic.in_account(id.as_str());
            let member = symbolic.flags.member;
            match &account.membership {
                Membership::Unknown => {}
                Membership::Standalone => {
                    let both = symbolic.arena.and(here, member);
                    symbolic.require_not(both);
                }
                Membership::Member(organization) => {
                    let is = symbolic.has_value("aws:PrincipalOrgID", &organization.id);
                    let is = symbolic.arena.and(member, is);
                    let tied = symbolic.arena.implies(here, is);
                    symbolic.require(tied);
                }
            }
        }
    }
}

/// The ways to make a call that can be decided differently: of a secret, one for each version and label that policies or
/// keys tell apart.
pub(super) fn ways(world: &World<'_>, action: &Action, resource: &Arn) -> Vec<Call> {
    let plain = Call {
        action: action.clone(),
        resource: resource.to_string(),
        parameters: BTreeMap::new(),
    };
    let secret = world.bundle.secret(resource).filter(|_| action.name() == "GetSecretValue");
    let Some(secret) = secret else { return vec![plain] };
    let mut calls = vec![plain.clone()];
    let mut add = |name: &str, value: &str| {
        let mut call = plain.clone();
        call.parameters.insert(name.to_owned(), value.into());
        calls.push(call);
    };
    let asked = mentions(world, &["secretsmanager:versionstage", "secretsmanager:versionid"]);
    let Some(versions) = &secret.versions else {
        if asked {
            add("VersionStage", "AWSCURRENT");
        }
        return calls;
    };
    for version in versions {
        if !asked && version.key == secret.key {
            continue;
        }
        if let Some(id) = &version.id {
            add("VersionId", id);
        }
        for stage in &version.stages {
            add("VersionStage", stage);
        }
    }
    calls
}

/// Whether some policy has a condition on one of these keys.
fn mentions(world: &World<'_>, keys: &[&str]) -> bool {
    let policies = world.bundle.policies.iter().filter_map(|(id, _)| world.policy(id));
    let mut clauses = policies.flat_map(|policy| &policy.statements).flat_map(|s| &s.clauses);
    clauses.any(|clause| keys.contains(&clause.key.lower()))
}

/// An account that the bundle does not have.
fn stand_in_account(bundle: &Bundle, own: &Own) -> &'static str {
    const FIRST: &str = "999988887777";
    const CHOICE: [&str; 4] = [FIRST, "888877776666", "777766665555", "666655554444"];
    let is_taken = |id: AccountId| {
        bundle.accounts.contains_key(&id)
            || own.accounts.contains(&id)
            || bundle.identities.iter().any(|identity| identity.account == id)
    };
    let is_free = |text: &&str| text.parse::<AccountId>().is_ok_and(|id| !is_taken(id));
    CHOICE.into_iter().find(is_free).unwrap_or(FIRST)
}

/// The request by which the planner is asked what is known of the checks.
fn request(who: &Who<'_>, call: &Call, account: &str) -> Request {
    let span = Span::default();
    let named = |service: &str, resource: &str| Arn::new("aws", service, "", account, resource);
    let principal = match who {
        Who::Known(identity) => principal_of(identity.kind, &identity.arn.value, None),
        Who::Anyone(CallerKind::User) => RequestPrincipal::User(named("iam", "user/stranger")),
        Who::Anyone(CallerKind::Root) => RequestPrincipal::Root(named("iam", "root")),
        Who::Anyone(CallerKind::FederatedUser) => {
            RequestPrincipal::FederatedUser(named("sts", "federated-user/stranger"))
        }
        Who::Anyone(_) => principal_of(IdentityKind::Role, &named("iam", "role/stranger"), None),
        Who::Service(name) => {
            RequestPrincipal::Service { name: name.clone(), source_account: None, source_arn: None }
        }
    };
    Request {
        stated: true,
        name: String::new(),
        location: Location::new(SourceId::default(), span),
        principal: Spanned::new(principal, span),
        action: Spanned::new(call.action.clone(), span),
        resource: Some(Spanned::new(call.resource.clone(), span)),
        region: None,
        parameters: call.parameters.clone(),
        session: Session::default(),
        network: crate::bundle::Network::Unknown,
        context: BTreeMap::new(),
        key_context: BTreeMap::new(),
        expectation: None,
    }
}

/// How a request names a user or a role.
fn principal_of(kind: IdentityKind, arn: &Arn, session: Option<String>) -> RequestPrincipal {
    match kind {
        IdentityKind::User => RequestPrincipal::User(arn.clone()),
        IdentityKind::Role => RequestPrincipal::Session {
            written: arn.clone(),
            role_name: arn.resource().rsplit('/').next().unwrap_or_default().to_owned(),
            role: Some(arn.clone()),
            session,
        },
    }
}
