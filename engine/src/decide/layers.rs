use smallvec::{SmallVec, smallvec};

use super::{Class, Logic};
use crate::{
    aws::{
        Assumptions, Service,
        assumption::{
            CrossAccountGrant, GrantLimits, OpenPoint, SessionPrincipal, WildcardPrincipal,
        },
    },
    bundle::Layer,
    request::CallerKind,
};

/// What one kind of policy says to a check.
#[derive(Clone, Debug)]
pub struct Voice<V> {
    /// Whether some statement allows.
    pub allow: V,
    /// Whether some statement denies.
    pub deny: V,
}

/// What a resource-based policy or the grants say, by how directly they name the caller.
#[derive(Clone, Debug)]
pub struct ByClass<V> {
    allow: [V; Class::ALL.len()],
}

impl<V: Clone> ByClass<V> {
    /// The same for every class.
    pub fn all(value: &V) -> Self {
        Self { allow: std::array::from_fn(|_| value.clone()) }
    }

    /// What is said to the caller as a member of `class`.
    pub fn of(&self, class: Class) -> V {
        let [session, wildcard, role, parent, account, service] = &self.allow;
        match class {
            Class::Session => session,
            Class::Wildcard => wildcard,
            Class::Role => role,
            Class::FederatedParent => parent,
            Class::Account => account,
            Class::Service => service,
        }
        .clone()
    }

    /// Adds another statement's word.
    pub fn add<L: Logic<Value = V>>(&mut self, logic: &mut L, class: Class, value: V) {
        let [session, wildcard, role, parent, account, service] = &mut self.allow;
        let slot = match class {
            Class::Session => session,
            Class::Wildcard => wildcard,
            Class::Role => role,
            Class::FederatedParent => parent,
            Class::Account => account,
            Class::Service => service,
        };
        *slot = logic.or(slot.clone(), value);
    }

    /// Whether it is said to any class.
    pub(super) fn any<L: Logic<Value = V>>(&self, logic: &mut L) -> V {
        let mut any = logic.constant(false);
        for value in &self.allow {
            any = logic.or(any, value.clone());
        }
        any
    }
}

/// All voices of one check. A layer that does not take part is `None`.
#[derive(Clone, Debug)]
pub struct Voices<V> {
    /// The caller's own policies; none at all says nothing.
    pub identity: Voice<V>,
    /// The permissions boundary.
    pub boundary: Option<Voice<V>>,
    /// The session policies, one set.
    pub session: Option<Voice<V>>,
    /// The policy of the secret or key: its Allow statements by class, and its Deny statements.
    pub resource: Option<(ByClass<V>, V)>,
    /// The key's grants.
    pub grants: Option<ByClass<V>>,
    /// Service control policies, a voice a level.
    pub service_control: Levels<V>,
    /// Resource control policies, a voice a level.
    pub resource_control: Levels<V>,
    /// The policy of the endpoint that the call passes.
    pub endpoint: Option<Voice<V>>,
}

/// The voices of organization policies, one a level.
pub type Levels<V> = SmallVec<[Voice<V>; 4]>;

/// What decides how the voices combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// What kind of caller.
    pub caller: CallerKind,
    /// Whether caller and resource are of one account; `None` where the owner is not known.
    pub same_account: Option<bool>,
    /// Whose rules apply: only KMS demands that the resource's policy lets identity policies count.
    pub service: Service,
    /// Whether the check is about a resource that can have a policy at all.
    pub has_resource: bool,
    /// Whether the operation can succeed across accounts.
    pub works_across_accounts: bool,
}

/// A way to an allow: all of its layers must agree.
pub type Route<V> = SmallVec<[(Layer, V); 4]>;

type RouteList<V> = SmallVec<[Route<V>; 8]>;

/// The rules, applied: the request is allowed if nothing denies, every guardrail allows, and on some route every
/// layer allows.
#[derive(Clone, Debug)]
pub struct Combination<V> {
    /// Each layer's explicit denial.
    pub denials: SmallVec<[(Layer, V); 8]>,
    /// Layers that must allow whatever the route: organization policies and the endpoint's.
    pub guardrails: SmallVec<[(Layer, V); 4]>,
    /// The ways to an allow; on each, all layers must agree.
    pub routes: SmallVec<[Route<V>; 8]>,
}

/// Combines the voices of one check as AWS does.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>
/// <https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html>
pub fn combine<L: Logic>(
    logic: &mut L,
    situation: Situation,
    voices: &Voices<L::Value>,
    assumptions: &Assumptions,
) -> Combination<L::Value> {
    let mut combination = Combination {
        denials: denials(situation.service, voices),
        guardrails: SmallVec::new(),
        routes: SmallVec::new(),
    };
    for (layer, levels) in [
        (Layer::ServiceControlPolicy, &voices.service_control),
        (Layer::ResourceControlPolicy, &voices.resource_control),
    ] {
        for level in levels {
            combination.guardrails.push((layer, level.allow.clone()));
        }
    }
    if let Some(endpoint) = &voices.endpoint {
        combination.guardrails.push((Layer::VpcEndpointPolicy, endpoint.allow.clone()));
    }
    let mut routes = Routes { logic, situation, voices, assumptions };
    combination.routes = match (situation.caller, situation.same_account) {
        // Both services refuse unsigned requests.
        (CallerKind::Anonymous, _) => {
            let never = routes.logic.constant(false);
            smallvec![smallvec![(routes.resource_layer(), never)]]
        }
        // A service has no account whose policies could add or take anything.
        (CallerKind::Service, _) => routes.service(),
        (_, Some(true)) => routes.same_account(),
        (_, Some(false)) => routes.cross_account(),
        (_, None) => routes.either_account(),
    };
    combination
}

fn denials<V: Clone>(service: Service, voices: &Voices<V>) -> SmallVec<[(Layer, V); 8]> {
    let resource_layer = resource_layer(service);
    let resource = voices.resource.iter().map(|(_, deny)| (resource_layer, deny.clone()));
    let own = [
        (Layer::IdentityPolicy, Some(&voices.identity)),
        (Layer::PermissionsBoundary, voices.boundary.as_ref()),
        (Layer::SessionPolicy, voices.session.as_ref()),
        (Layer::VpcEndpointPolicy, voices.endpoint.as_ref()),
    ];
    let own = own.into_iter().filter_map(|(layer, voice)| Some((layer, voice?.deny.clone())));
    let scp = voices.service_control.iter().map(|v| (Layer::ServiceControlPolicy, v.deny.clone()));
    let rcp =
        voices.resource_control.iter().map(|v| (Layer::ResourceControlPolicy, v.deny.clone()));
    resource.chain(own).chain(scp).chain(rcp).collect()
}

const fn resource_layer(service: Service) -> Layer {
    match service {
        Service::Kms => Layer::KeyPolicy,
        _ => Layer::ResourcePolicy,
    }
}

struct Routes<'a, L: Logic> {
    logic: &'a mut L,
    situation: Situation,
    voices: &'a Voices<L::Value>,
    assumptions: &'a Assumptions,
}

impl<L: Logic> Routes<'_, L> {
    fn resource_layer(&self) -> Layer {
        resource_layer(self.situation.service)
    }

    /// One account: what names the caller itself suffices; what names its role is bounded by boundary and session
    /// policies; otherwise the identity policies decide, for a key only as far as the key policy lets the account
    /// delegate.
    fn same_account(&mut self) -> RouteList<L::Value> {
        if self.situation.caller == CallerKind::Root {
            return self.root();
        }
        let mut routes = SmallVec::new();
        if let Some((policy, _)) = &self.voices.resource {
            let layer = self.resource_layer();
            let named = policy.of(Class::Session);
            let mut session = smallvec![(layer, named)];
            // Where there is no limit, nothing hangs on whether it is kept.
            if let Some(limit) = self.session_limit() {
                self.logic.consult(OpenPoint::SessionPrincipal);
                if self.assumptions.session_principal == SessionPrincipal::KeepsLimits {
                    session.push(limit);
                }
            }
            routes.push(session);
            let mut wildcard = smallvec![(layer, policy.of(Class::Wildcard))];
            if self.is_limited() {
                self.logic.consult(OpenPoint::WildcardPrincipal);
                if self.assumptions.wildcard_principal == WildcardPrincipal::KeepsLimits {
                    self.add_limits(&mut wildcard);
                }
            }
            routes.push(wildcard);
            let by_role = match self.situation.caller {
                CallerKind::FederatedUser => policy.of(Class::FederatedParent),
                _ => policy.of(Class::Role),
            };
            if self.situation.caller != CallerKind::User {
                routes.push(self.limited(smallvec![(layer, by_role)]));
            }
        }
        routes.extend(self.grants());
        let identity = (Layer::IdentityPolicy, self.voices.identity.allow.clone());
        let delegated = match (&self.voices.resource, self.is_key()) {
            // Unlike elsewhere, the account has no say over a key but through the key policy.
            (Some((policy, _)), true) => {
                smallvec![(Layer::KeyPolicy, policy.of(Class::Account)), identity]
            }
            _ => smallvec![identity],
        };
        routes.push(self.limited(delegated));
        routes
    }

    /// The root user of the account needs no identity policy; of a key it can do what the key policy gives the
    /// account.
    fn root(&mut self) -> RouteList<L::Value> {
        match (&self.voices.resource, self.is_key()) {
            (Some((policy, _)), true) => {
                let classes = [Class::Account, Class::Wildcard, Class::Session];
                let mut routes: RouteList<L::Value> = classes
                    .map(|class| smallvec![(Layer::KeyPolicy, policy.of(class))])
                    .into_iter()
                    .collect();
                if let Some(grants) = &self.voices.grants {
                    routes.push(smallvec![(Layer::Grant, grants.of(Class::Account))]);
                }
                routes
            }
            // A route on which no layer has to agree.
            _ => smallvec![SmallVec::new()],
        }
    }

    /// Two accounts: both must allow, and naming the caller directly replaces nothing on its own side.
    fn cross_account(&mut self) -> RouteList<L::Value> {
        let layer = self.resource_layer();
        let resource = match &self.voices.resource {
            Some((policy, _)) if self.situation.works_across_accounts => policy.any(self.logic),
            _ => self.logic.constant(false),
        };
        let mut routes = smallvec![self.with_identity(smallvec![(layer, resource)])];
        if self.situation.works_across_accounts {
            routes.extend(self.cross_account_grants());
        }
        routes
    }

    fn with_identity(&mut self, mut route: Route<L::Value>) -> Route<L::Value> {
        // Nothing bounds the root user on its own side.
        if self.situation.caller != CallerKind::Root {
            route.push((Layer::IdentityPolicy, self.voices.identity.allow.clone()));
            self.add_limits(&mut route);
        }
        route
    }

    fn service(&mut self) -> RouteList<L::Value> {
        let layer = self.resource_layer();
        let mut routes = SmallVec::new();
        if let Some((policy, _)) = &self.voices.resource {
            routes.push(smallvec![(layer, policy.of(Class::Service))]);
            routes.push(smallvec![(layer, policy.of(Class::Wildcard))]);
        }
        if let Some(grants) = &self.voices.grants {
            routes.push(smallvec![(Layer::Grant, grants.of(Class::Service))]);
        }
        if routes.is_empty() {
            let never = self.logic.constant(false);
            routes.push(smallvec![(layer, never)]);
        }
        routes
    }

    /// Where the owner is not known, only what holds in both cases is certain.
    fn either_account(&mut self) -> RouteList<L::Value> {
        let (same, cross) = (self.same_account(), self.cross_account());
        let (same, cross) = (any_route(self.logic, &same), any_route(self.logic, &cross));
        let both = self.logic.and(same.clone(), cross.clone());
        let one = self.logic.or(same, cross);
        let unknown = self.logic.unknown();
        let perhaps = self.logic.and(one, unknown);
        let value = self.logic.or(both, perhaps);
        smallvec![smallvec![(self.resource_layer(), value)]]
    }

    /// A grant is like an Allow of the key policy for its grantee and operations.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
    fn grants(&mut self) -> RouteList<L::Value> {
        let Some(grants) = &self.voices.grants else {
            return SmallVec::new();
        };
        let session = smallvec![(Layer::Grant, grants.of(Class::Session))];
        let by_role = match self.situation.caller {
            CallerKind::FederatedUser => grants.of(Class::FederatedParent),
            _ => grants.of(Class::Role),
        };
        let role = smallvec![(Layer::Grant, by_role)];
        let identity = (Layer::IdentityPolicy, self.voices.identity.allow.clone());
        let account = smallvec![(Layer::Grant, grants.of(Class::Account)), identity];
        self.logic.consult(OpenPoint::GrantLimits);
        let (session, role) = match self.assumptions.grant_limits {
            GrantLimits::LikeKeyPolicy => (session, self.limited(role)),
            GrantLimits::Always => (self.limited(session), self.limited(role)),
            GrantLimits::Never => (session, role),
        };
        smallvec![session, role, self.limited(account)]
    }

    fn cross_account_grants(&mut self) -> RouteList<L::Value> {
        let Some(grants) = &self.voices.grants else {
            return SmallVec::new();
        };
        self.logic.consult(OpenPoint::CrossAccountGrant);
        if self.assumptions.cross_account_grant == CrossAccountGrant::NeedsIdentityPolicy {
            let any = grants.any(self.logic);
            return smallvec![self.with_identity(smallvec![(Layer::Grant, any)])];
        }
        let mut routes = self.grants();
        // A grant to an account lets that account delegate; its root user needs nothing more.
        if self.situation.caller == CallerKind::Root {
            routes.push(smallvec![(Layer::Grant, grants.of(Class::Account))]);
        }
        routes
    }

    fn is_key(&self) -> bool {
        self.situation.service == Service::Kms && self.situation.has_resource
    }

    fn limited(&mut self, mut route: Route<L::Value>) -> Route<L::Value> {
        self.add_limits(&mut route);
        route
    }

    fn is_limited(&mut self) -> bool {
        self.voices.boundary.is_some() || self.session_limit().is_some()
    }

    /// Adds the boundary and the session policies, where there are any.
    fn add_limits(&mut self, route: &mut Route<L::Value>) {
        if let Some(voice) = &self.voices.boundary {
            route.push((Layer::PermissionsBoundary, voice.allow.clone()));
        }
        if let Some(limit) = self.session_limit() {
            route.push(limit);
        }
    }

    /// A federated-user session without a session policy has no permissions of its own.
    fn session_limit(&mut self) -> Option<(Layer, L::Value)> {
        match (&self.voices.session, self.situation.caller) {
            (Some(voice), _) => Some((Layer::SessionPolicy, voice.allow.clone())),
            (None, CallerKind::FederatedUser) => {
                Some((Layer::SessionPolicy, self.logic.constant(false)))
            }
            (None, _) => None,
        }
    }
}

fn any_route<L: Logic>(logic: &mut L, routes: &[Route<L::Value>]) -> L::Value {
    let mut any = logic.constant(false);
    for route in routes {
        let mut all = logic.constant(true);
        for (_, value) in route {
            all = logic.and(all, value.clone());
        }
        any = logic.or(any, all);
    }
    any
}

impl<V: Clone> Combination<V> {
    /// Whether some layer denies explicitly.
    pub fn denied<L: Logic<Value = V>>(&self, logic: &mut L) -> V {
        let mut any = logic.constant(false);
        for (_, value) in &self.denials {
            any = logic.or(any, value.clone());
        }
        any
    }

    /// Whether every guardrail and some route allows.
    pub fn permitted<L: Logic<Value = V>>(&self, logic: &mut L) -> V {
        let mut all = any_route(logic, &self.routes);
        for (_, value) in &self.guardrails {
            all = logic.and(all, value.clone());
        }
        all
    }
}
