mod routes;

use smallvec::{SmallVec, smallvec};

use self::routes::{Routes, any_route};
use super::{Class, Logic, Truth};
use crate::{
    aws::{Assumptions, Service},
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

/// Takes what the rules make of the voices of one check, piece by piece.
pub(super) trait Gather<V> {
    /// A layer's explicit denial.
    fn denial(&mut self, layer: Layer, value: V);

    /// A layer that must allow whatever the route.
    fn guardrail(&mut self, layer: Layer, value: V);

    /// A way to an allow.
    fn route(&mut self, route: Route<V>);
}

/// What comes of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    /// Whether some layer denies explicitly.
    pub(super) denied: Truth,
    guardrails: Truth,
    routes: Truth,
}

impl Verdict {
    /// Before anything was said.
    pub(super) const NOTHING: Self =
        Self { denied: Truth::False, guardrails: Truth::True, routes: Truth::False };

    pub(super) fn deny(&mut self, value: Truth) {
        self.denied = self.denied | value;
    }

    pub(super) fn guard(&mut self, value: Truth) {
        self.guardrails = self.guardrails & value;
    }

    pub(super) fn add_route(&mut self, route: &Route<Truth>) {
        let all = route.iter().fold(Truth::True, |all, (_, value)| all & *value);
        self.routes = self.routes | all;
    }

    /// Whether every guardrail and some route allows.
    pub(super) fn permitted(self) -> Truth {
        self.guardrails & self.routes
    }
}

impl<V> Gather<V> for Combination<V> {
    fn denial(&mut self, layer: Layer, value: V) {
        self.denials.push((layer, value));
    }

    fn guardrail(&mut self, layer: Layer, value: V) {
        self.guardrails.push((layer, value));
    }

    fn route(&mut self, route: Route<V>) {
        self.routes.push(route);
    }
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
    let mut combination = Combination::default();
    gather(logic, situation, voices, assumptions, &mut combination);
    combination
}

/// As [`combine`], for those who need not keep all that is combined.
pub(super) fn gather<L: Logic>(
    logic: &mut L,
    situation: Situation,
    voices: &Voices<L::Value>,
    assumptions: &Assumptions,
    into: &mut impl Gather<L::Value>,
) {
    denials(situation.service, voices, into);
    for (layer, levels) in [
        (Layer::ServiceControlPolicy, &voices.service_control),
        (Layer::ResourceControlPolicy, &voices.resource_control),
    ] {
        for level in levels {
            into.guardrail(layer, level.allow.clone());
        }
    }
    if let Some(endpoint) = &voices.endpoint {
        into.guardrail(Layer::VpcEndpointPolicy, endpoint.allow.clone());
    }
    let mut routes = Routes { logic, situation, voices, assumptions };
    match (situation.caller, situation.same_account) {
        // Both services refuse unsigned requests.
        (CallerKind::Anonymous, _) => {
            let never = routes.logic.constant(false);
            into.route(smallvec![(routes.resource_layer(), never)]);
        }
        // A service has no account whose policies could add or take anything.
        (CallerKind::Service, _) => routes.service(into),
        (_, Some(true)) => routes.same_account(into),
        (_, Some(false)) => routes.cross_account(into),
        (_, None) => routes.either_account(into),
    }
}

fn denials<V: Clone>(service: Service, voices: &Voices<V>, into: &mut impl Gather<V>) {
    if let Some((_, deny)) = &voices.resource {
        into.denial(resource_layer(service), deny.clone());
    }
    for (layer, voice) in [
        (Layer::IdentityPolicy, Some(&voices.identity)),
        (Layer::PermissionsBoundary, voices.boundary.as_ref()),
        (Layer::SessionPolicy, voices.session.as_ref()),
        (Layer::VpcEndpointPolicy, voices.endpoint.as_ref()),
    ] {
        if let Some(voice) = voice {
            into.denial(layer, voice.deny.clone());
        }
    }
    for (layer, levels) in [
        (Layer::ServiceControlPolicy, &voices.service_control),
        (Layer::ResourceControlPolicy, &voices.resource_control),
    ] {
        for level in levels {
            into.denial(layer, level.deny.clone());
        }
    }
}

const fn resource_layer(service: Service) -> Layer {
    match service {
        Service::Kms => Layer::KeyPolicy,
        _ => Layer::ResourcePolicy,
    }
}

impl<V> Default for Combination<V> {
    fn default() -> Self {
        Self { denials: SmallVec::new(), guardrails: SmallVec::new(), routes: SmallVec::new() }
    }
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
