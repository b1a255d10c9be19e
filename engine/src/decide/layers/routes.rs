use smallvec::{SmallVec, smallvec};

use super::{Class, Gather, Logic, Route, Situation, Voices, resource_layer};
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

/// Works out the ways to an allow.
pub(super) struct Routes<'a, L: Logic> {
    pub(super) logic: &'a mut L,
    pub(super) situation: Situation,
    pub(super) voices: &'a Voices<L::Value>,
    pub(super) assumptions: &'a Assumptions,
}

impl<L: Logic> Routes<'_, L> {
    pub(super) fn resource_layer(&self) -> Layer {
        resource_layer(self.situation.service)
    }

    /// One account: what names the caller itself suffices; what names its role is bounded by boundary and session
    /// policies; otherwise the identity policies decide, for a key only as far as the key policy lets the account
    /// delegate.
    pub(super) fn same_account(&mut self, into: &mut impl Gather<L::Value>) {
        if self.situation.caller == CallerKind::Root {
            self.root(into);
            return;
        }
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
            into.route(session);
            let mut wildcard = smallvec![(layer, policy.of(Class::Wildcard))];
            if self.is_limited() {
                self.logic.consult(OpenPoint::WildcardPrincipal);
                if self.assumptions.wildcard_principal == WildcardPrincipal::KeepsLimits {
                    self.add_limits(&mut wildcard);
                }
            }
            into.route(wildcard);
            let by_role = match self.situation.caller {
                CallerKind::FederatedUser => policy.of(Class::FederatedParent),
                _ => policy.of(Class::Role),
            };
            if self.situation.caller != CallerKind::User {
                into.route(self.limited(smallvec![(layer, by_role)]));
            }
        }
        self.grants(into);
        let identity = (Layer::IdentityPolicy, self.voices.identity.allow.clone());
        let delegated = match (&self.voices.resource, self.is_key()) {
            // Unlike elsewhere, the account has no say over a key but through the key policy.
            (Some((policy, _)), true) => {
                smallvec![(Layer::KeyPolicy, policy.of(Class::Account)), identity]
            }
            _ => smallvec![identity],
        };
        into.route(self.limited(delegated));
    }

    /// The root user of the account needs no identity policy; of a key it can do what the key policy gives the
    /// account.
    fn root(&mut self, into: &mut impl Gather<L::Value>) {
        match (&self.voices.resource, self.is_key()) {
            (Some((policy, _)), true) => {
                for class in [Class::Account, Class::Wildcard, Class::Session] {
                    into.route(smallvec![(Layer::KeyPolicy, policy.of(class))]);
                }
                if let Some(grants) = &self.voices.grants {
                    into.route(smallvec![(Layer::Grant, grants.of(Class::Account))]);
                }
            }
            // A route on which no layer has to agree.
            _ => into.route(SmallVec::new()),
        }
    }

    /// Two accounts: both must allow, and naming the caller directly replaces nothing on its own side.
    pub(super) fn cross_account(&mut self, into: &mut impl Gather<L::Value>) {
        let layer = self.resource_layer();
        let resource = match &self.voices.resource {
            Some((policy, _)) if self.situation.works_across_accounts => policy.any(self.logic),
            _ => self.logic.constant(false),
        };
        into.route(self.with_identity(smallvec![(layer, resource)]));
        if self.situation.works_across_accounts {
            self.cross_account_grants(into);
        }
    }

    fn with_identity(&mut self, mut route: Route<L::Value>) -> Route<L::Value> {
        // Nothing bounds the root user on its own side.
        if self.situation.caller != CallerKind::Root {
            route.push((Layer::IdentityPolicy, self.voices.identity.allow.clone()));
            self.add_limits(&mut route);
        }
        route
    }

    pub(super) fn service(&mut self, into: &mut impl Gather<L::Value>) {
        let layer = self.resource_layer();
        if let Some((policy, _)) = &self.voices.resource {
            into.route(smallvec![(layer, policy.of(Class::Service))]);
            into.route(smallvec![(layer, policy.of(Class::Wildcard))]);
        }
        if let Some(grants) = &self.voices.grants {
            into.route(smallvec![(Layer::Grant, grants.of(Class::Service))]);
        }
        if self.voices.resource.is_none() && self.voices.grants.is_none() {
            let never = self.logic.constant(false);
            into.route(smallvec![(layer, never)]);
        }
    }

    /// Where the owner is not known, only what holds in both cases is certain.
    pub(super) fn either_account(&mut self, into: &mut impl Gather<L::Value>) {
        let (mut same, mut cross) = (RouteList::new(), RouteList::new());
        self.same_account(&mut same);
        self.cross_account(&mut cross);
        let (same, cross) = (any_route(self.logic, &same), any_route(self.logic, &cross));
        let both = self.logic.and(same.clone(), cross.clone());
        let one = self.logic.or(same, cross);
        let unknown = self.logic.unknown();
        let perhaps = self.logic.and(one, unknown);
        let value = self.logic.or(both, perhaps);
        into.route(smallvec![(self.resource_layer(), value)]);
    }

    /// A grant is like an Allow of the key policy for its grantee and operations.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
    fn grants(&mut self, into: &mut impl Gather<L::Value>) {
        let Some(grants) = &self.voices.grants else {
            return;
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
        for route in [session, role, self.limited(account)] {
            into.route(route);
        }
    }

    fn cross_account_grants(&mut self, into: &mut impl Gather<L::Value>) {
        let Some(grants) = &self.voices.grants else {
            return;
        };
        self.logic.consult(OpenPoint::CrossAccountGrant);
        if self.assumptions.cross_account_grant == CrossAccountGrant::NeedsIdentityPolicy {
            let any = grants.any(self.logic);
            into.route(self.with_identity(smallvec![(Layer::Grant, any)]));
            return;
        }
        self.grants(into);
        // A grant to an account lets that account delegate; its root user needs nothing more.
        if self.situation.caller == CallerKind::Root {
            into.route(smallvec![(Layer::Grant, grants.of(Class::Account))]);
        }
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

type RouteList<V> = SmallVec<[Route<V>; 8]>;

/// The routes alone.
impl<V> Gather<V> for RouteList<V> {
    fn denial(&mut self, _: Layer, _: V) {}

    fn guardrail(&mut self, _: Layer, _: V) {}

    fn route(&mut self, route: Route<V>) {
        self.push(route);
    }
}

/// Whether on some route every layer allows.
pub(super) fn any_route<L: Logic>(logic: &mut L, routes: &[Route<L::Value>]) -> L::Value {
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
