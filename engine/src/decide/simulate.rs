use super::{
    Answer, ByClass, CheckAnswer, Class, Combination, Evaluator, Hinge, LayerAnswer, PolicyRef,
    Situation, StatementRef, StatementTrace, Truth, Voice, Voices, World, combine, covers_action,
    explain, grants, guardrails, managed_key_policy,
    record::{Everything, Nothing, Record},
    statement_applies,
};
use crate::{
    aws::{ASSUMPTIONS, ContextKey, assumption::Consulted},
    bundle::{Decision, DocumentError, Layer, PolicyId, Request},
    compile::CompiledPolicy,
    policy::Effect,
    request::{Binding, CallerKind, Check, CheckTarget, Need, Plan, RequestError, plan},
};

impl World<'_> {
    /// Decides a request: every check behind it, each with its reasons.
    ///
    /// # Errors
    /// [`RequestError`] for a request that cannot be evaluated.
    pub fn simulate(&self, request: &Request) -> Result<Answer, RequestError> {
        let plan = plan(self.bundle, &self.assumptions, request)?;
        let consulted = plan.consulted.clone();
        let mut checks: Vec<CheckAnswer> = Vec::with_capacity(plan.checks.len());
        for check in &plan.checks {
            let mut answer = self.judge(&plan, check, Some(&consulted));
            explain::explain(self, &plan, check, &mut answer);
            answer.optional = !is_needed(check.need, checks.last().map(|last| last.decision));
            checks.push(answer);
        }
        let mut answer = Answer {
            decision: Decision::Allow,
            checks,
            failure: plan.failure,
            notes: plan.notes,
            assumptions: Vec::new(),
        };
        answer.decision = answer.deciding().map_or(Decision::Allow, |check| check.decision);
        answer.assumptions = self.hinges(request, answer.decision, &consulted);
        Ok(answer)
    }

    /// The decision alone, as [`World::simulate`] gives it, without its reasons.
    ///
    /// # Errors
    /// [`RequestError`] for a request that cannot be evaluated.
    pub fn decision(&self, request: &Request) -> Result<Decision, RequestError> {
        let plan = plan(self.bundle, &self.assumptions, request)?;
        let mut previous = None;
        for check in &plan.checks {
            let decision = self.decide_check(&plan, check);
            if is_needed(check.need, previous) && decision != Decision::Allow {
                return Ok(decision);
            }
            previous = Some(decision);
        }
        Ok(Decision::Allow)
    }

    /// Tries every other value of every assumption that was looked at; those that change the decision are worth telling.
    fn hinges(&self, request: &Request, decision: Decision, consulted: &Consulted) -> Vec<Hinge> {
        let mut hinges = Vec::new();
        for known in ASSUMPTIONS.iter().filter(|known| consulted.has(known.point)) {
            let Some(value) = self.assumptions.get(known.name) else {
                continue;
            };
            let mut others = Vec::new();
            for (other, _) in known.values.iter().filter(|(other, _)| *other != value) {
                let mut assumptions = self.assumptions.clone();
                if assumptions.set(known.name, other).is_err() {
                    continue;
                }
                if let Ok(then) = self.assuming(assumptions).decision(request)
                    && then != decision
                {
                    others.push((*other, then));
                }
            }
            if !others.is_empty() {
                hinges.push(Hinge { name: known.name, value, others });
            }
        }
        hinges
    }

    /// Decides one check, with its trace but without an explanation, and notes what was taken for true on the way.
    fn judge(
        &self,
        plan: &Plan<'_>,
        check: &Check<'_>,
        consulted: Option<&Consulted>,
    ) -> CheckAnswer {
        let (outcome, record) = self.weigh(plan, check, consulted, Everything::default());
        let Weighed { decision, invalid, combination, same_account, no_resource_policy } = outcome;
        let mut because = because(decision, &combination, no_resource_policy);
        let foreign_managed_key =
            matches!(check.target, CheckTarget::ManagedKey { .. }) && same_account == Some(false);
        if decision == Decision::ImplicitDeny && foreign_managed_key {
            // Nothing that the caller's side could write would help.
            because.retain(|layer| *layer != Layer::IdentityPolicy);
        }
        CheckAnswer {
            action: check.action.clone(),
            resource: check.resource.display(),
            caller: plan.caller.kind,
            same_account,
            decision,
            because,
            statements: Vec::new(),
            near_misses: Vec::new(),
            needs: Vec::new(),
            outcomes: Vec::new(),
            layers: record.layers,
            invalid,
            reasons: record.reasons,
            optional: false,
            context: check.context.clone(),
            trace: record.trace,
        }
    }

    /// Decides one check and keeps nothing else.
    pub(super) fn decide_check(&self, plan: &Plan<'_>, check: &Check<'_>) -> Decision {
        self.weigh(plan, check, None, Nothing).0.decision
    }

    /// Hears every layer of one check and combines them.
    fn weigh<R: Record>(
        &self,
        plan: &Plan<'_>,
        check: &Check<'_>,
        consulted: Option<&Consulted>,
        record: R,
    ) -> (Weighed, R) {
        let mut hearing = Hearing {
            world: self,
            evaluator: Evaluator {
                caller: &plan.caller,
                action: &check.action,
                resource: &check.resource,
                context: &check.context,
                assumptions: &self.assumptions,
                consulted,
            },
            invalid: Vec::new(),
            record,
        };
        let voices = hearing.voices(plan, check);
        let situation = Situation {
            caller: plan.caller.kind,
            same_account: check.owner.map(|owner| plan.caller.account == Some(owner)),
            service: check.action.service(),
            has_resource: !matches!(check.target, CheckTarget::Nothing),
            works_across_accounts: check.works_across_accounts,
        };
        let mut logic = hearing.evaluator;
        let combination = combine(&mut logic, situation, &voices, &self.assumptions);
        let denied = combination.denied(&mut logic);
        let permitted = combination.permitted(&mut logic);
        let assumed_root = plan.caller.kind == CallerKind::Root
            && *check.context.get(&ContextKey::new("aws:AssumedRoot")) == Binding::value("true");
        if assumed_root {
            let reason = "what a session of AssumeRoot may do hangs on its task policy";
            hearing.record.reason(|| reason.to_owned());
        }
        let decision = match (denied, permitted) {
            _ if !hearing.invalid.is_empty() => Decision::Invalid,
            (Truth::True, _) => Decision::ExplicitDeny,
            (_, Truth::False) => Decision::ImplicitDeny,
            (Truth::False, Truth::True) if !assumed_root => Decision::Allow,
            _ => Decision::Indeterminate,
        };
        let outcome = Weighed {
            decision,
            invalid: hearing.invalid,
            combination,
            same_account: situation.same_account,
            no_resource_policy: voices.resource.is_none(),
        };
        (outcome, hearing.record)
    }
}

/// What came of one check.
struct Weighed {
    decision: Decision,
    invalid: Vec<PolicyId>,
    combination: Combination<Truth>,
    same_account: Option<bool>,
    no_resource_policy: bool,
}

/// Whether an operation needs a check, given what came out of the one before.
fn is_needed(need: Need, previous: Option<Decision>) -> bool {
    match need {
        Need::Required => true,
        Need::Optional => false,
        Need::AfterPrevious => previous == Some(Decision::Allow),
    }
}

/// The layers that a decision is reported with.
fn because(
    decision: Decision,
    combination: &Combination<Truth>,
    no_resource_policy: bool,
) -> Vec<Layer> {
    let mut layers: Vec<Layer> = match decision {
        Decision::Invalid => Vec::new(),
        Decision::ExplicitDeny => with(&combination.denials, Truth::True),
        Decision::Allow => {
            let carries = |route: &&Vec<(Layer, Truth)>| route.iter().all(|(_, v)| v.is_true());
            let route = combination.routes.iter().find(carries);
            route.into_iter().flatten().map(|(layer, _)| *layer).collect()
        }
        Decision::ImplicitDeny => {
            let guardrails = with(&combination.guardrails, Truth::False);
            if guardrails.is_empty() {
                lacking(&combination.routes, no_resource_policy)
            } else {
                guardrails
            }
        }
        Decision::Indeterminate => {
            let mut open = with(&combination.denials, Truth::Unknown);
            open.extend(with(&combination.guardrails, Truth::Unknown));
            let closed = |route: &&Vec<(Layer, Truth)>| route.iter().all(|(_, v)| !v.is_false());
            for route in combination.routes.iter().filter(closed) {
                open.extend(with(route, Truth::Unknown));
            }
            open
        }
    };
    layers.sort_unstable();
    layers.dedup();
    layers
}

fn with(pairs: &[(Layer, Truth)], wanted: Truth) -> Vec<Layer> {
    pairs.iter().filter(|(_, value)| *value == wanted).map(|(layer, _)| *layer).collect()
}

/// The layers without which it would be allowed: on the routes that lack fewest, and of those on the ones where
/// some policy already grants.
fn lacking(routes: &[Vec<(Layer, Truth)>], no_resource_policy: bool) -> Vec<Layer> {
    let rank = |route: &Vec<(Layer, Truth)>| {
        let lacking = route.iter().filter(|(_, value)| value.is_false()).count();
        let grants = route.iter().any(|(layer, value)| value.is_true() && is_granting(*layer));
        (lacking, !grants)
    };
    // A route over a policy that is not there is not worth telling where another one is.
    let could = |route: &&Vec<(Layer, Truth)>| {
        !no_resource_policy
            || routes.len() == 1
            || !route.iter().any(|(layer, _)| *layer == Layer::ResourcePolicy)
    };
    let Some(best) = routes.iter().filter(could).map(rank).min() else {
        return Vec::new();
    };
    let nearest = routes.iter().filter(could).filter(|route| rank(route) == best);
    nearest.flat_map(|route| with(route, Truth::False)).collect()
}

const fn is_granting(layer: Layer) -> bool {
    matches!(layer, Layer::ResourcePolicy | Layer::KeyPolicy | Layer::IdentityPolicy | Layer::Grant)
}

/// Hears every layer of one check.
struct Hearing<'a, R> {
    world: &'a World<'a>,
    evaluator: Evaluator<'a>,
    invalid: Vec<PolicyId>,
    record: R,
}

impl<'a, R: Record> Hearing<'a, R> {
    fn voices(&mut self, plan: &Plan<'a>, check: &Check<'a>) -> Voices<Truth> {
        let caller = &plan.caller;
        let identity = match (caller.kind, caller.identity) {
            (CallerKind::FederatedUser, None) => {
                self.record
                    .reason(|| "the IAM user behind the federated session is not known".to_owned());
                self.note(
                    Layer::IdentityPolicy,
                    Voice { allow: Truth::Unknown, deny: Truth::Unknown },
                )
            }
            (_, Some(identity)) => self.any_of(Layer::IdentityPolicy, &identity.identity_policies),
            (_, None) => Voice { allow: Truth::False, deny: Truth::False },
        };
        let boundary = caller.identity.and_then(|identity| identity.boundary);
        let boundary = boundary.map(|id| self.any_of(Layer::PermissionsBoundary, &[id]));
        let sessions = &caller.session.policies;
        let session = (!sessions.is_empty()).then(|| self.any_of(Layer::SessionPolicy, sessions));
        let resource = self.resource(check);
        let grants = self.grants(check);
        let service_control = self.service_control(plan);
        let resource_control = self.resource_control(plan, check);
        let endpoint = check
            .endpoint
            .and_then(|endpoint| endpoint.policy)
            .map(|id| self.any_of(Layer::VpcEndpointPolicy, &[id]));
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

    fn resource(&mut self, check: &Check<'a>) -> Option<(ByClass<Truth>, Truth)> {
        let unknown = |this: &mut Self, reason: &dyn Fn() -> String| {
            this.record.reason(reason);
            this.note(Layer::KeyPolicy, Voice { allow: Truth::Unknown, deny: Truth::Unknown });
            Some((ByClass::all(&Truth::Unknown), Truth::Unknown))
        };
        match &check.target {
            CheckTarget::Secret(secret) => {
                secret.policy.map(|id| self.by_class(Layer::ResourcePolicy, id))
            }
            CheckTarget::Key(key) => match key.policy {
                Some(id) => Some(self.by_class(Layer::KeyPolicy, id)),
                None => unknown(self, &|| {
                    format!("the bundle does not have the policy of {}", key.arn.value)
                }),
            },
            CheckTarget::ManagedKey { account, region } => {
                let policy = managed_key_policy(*account, region);
                let compiled = CompiledPolicy::new(&policy, self.evaluator.assumptions);
                let voice = self.hear(Layer::KeyPolicy, PolicyRef::ManagedKey, &compiled);
                Some(self.note_classes(Layer::KeyPolicy, voice))
            }
            CheckTarget::UnlistedKey => unknown(self, &|| {
                format!("the bundle does not have the key {}", check.resource.display())
            }),
            CheckTarget::Nothing => None,
        }
    }

    fn grants(&mut self, check: &Check<'a>) -> Option<ByClass<Truth>> {
        let CheckTarget::Key(key) = &check.target else {
            return None;
        };
        if key.grants.is_empty() {
            return None;
        }
        let mut classes = ByClass::all(&Truth::False);
        let mut any = Truth::False;
        for grant in &key.grants {
            let (class, value) = grants::applies(&mut self.evaluator, grant, check);
            any = any.max(value);
            classes.add(&mut self.evaluator, class, value);
        }
        self.note(Layer::Grant, Voice { allow: any, deny: Truth::False });
        Some(classes)
    }

    fn service_control(&mut self, plan: &Plan<'a>) -> Vec<Voice<Truth>> {
        let account = plan.caller.account.and_then(|id| self.world.bundle.account(id));
        self.levels(Layer::ServiceControlPolicy, guardrails::service_control(account, plan))
    }

    fn resource_control(&mut self, plan: &Plan<'a>, check: &Check<'a>) -> Vec<Voice<Truth>> {
        let owner = check.owner.and_then(|id| self.world.bundle.account(id));
        let levels = guardrails::resource_control(owner, plan, check);
        let mut voices = self.levels(Layer::ResourceControlPolicy, levels);
        for voice in &mut voices {
            voice.allow = Truth::True;
        }
        voices
    }

    /// A voice a level; a level without policies restricts nothing.
    fn levels(&mut self, layer: Layer, levels: &[Vec<PolicyId>]) -> Vec<Voice<Truth>> {
        levels
            .iter()
            .filter(|level| !level.is_empty())
            .map(|level| self.any_of(layer, level))
            .collect()
    }

    /// Several policies of one layer are one set: any Allow counts, and any Deny.
    fn any_of(&mut self, layer: Layer, ids: &[PolicyId]) -> Voice<Truth> {
        let mut voice = Voice { allow: Truth::False, deny: Truth::False };
        for id in ids {
            let (classes, deny) = self.document(layer, *id);
            let allow = Class::ALL.iter().map(|class| classes.of(*class)).max();
            voice.allow = voice.allow | allow.unwrap_or(Truth::False);
            voice.deny = voice.deny | deny;
        }
        self.note(layer, voice)
    }

    fn by_class(&mut self, layer: Layer, id: PolicyId) -> (ByClass<Truth>, Truth) {
        let voice = self.document(layer, id);
        self.note_classes(layer, voice)
    }

    fn document(&mut self, layer: Layer, id: PolicyId) -> (ByClass<Truth>, Truth) {
        let world = self.world;
        match world.policy(id) {
            Some(policy) => self.hear(layer, PolicyRef::Document(id), policy),
            None => {
                let document = world.bundle.policies.get(id).map(|document| &document.content);
                match document {
                    Some(Err(DocumentError::NotKnown { reason })) => {
                        self.record.reason(|| reason.clone());
                    }
                    _ => self.invalid.push(id),
                }
                (ByClass::all(&Truth::Unknown), Truth::Unknown)
            }
        }
    }

    fn hear(
        &mut self,
        layer: Layer,
        policy: PolicyRef,
        compiled: &CompiledPolicy,
    ) -> (ByClass<Truth>, Truth) {
        let mut allow = ByClass::all(&Truth::False);
        let mut deny = Truth::False;
        for statement in &compiled.statements {
            if !R::KEEPS && covers_action(&mut self.evaluator, statement).is_false() {
                // It applies to nothing that was asked, whatever its other parts say.
                continue;
            }
            let parts = statement_applies(&mut self.evaluator, statement, compiled.kind);
            let by_class = parts.by_class(&mut self.evaluator);
            for (class, value) in &by_class {
                match statement.effect {
                    Effect::Allow => allow.add(&mut self.evaluator, *class, *value),
                    Effect::Deny => deny = deny | *value,
                }
            }
            self.record.statement(|| {
                let (index, effect) = (statement.index, statement.effect);
                let statement = StatementRef { policy, index, layer, effect };
                StatementTrace { statement, parts, by_class }
            });
        }
        (allow, deny)
    }

    fn note_classes(
        &mut self,
        layer: Layer,
        voice: (ByClass<Truth>, Truth),
    ) -> (ByClass<Truth>, Truth) {
        let allow = Class::ALL.iter().map(|class| voice.0.of(*class)).max();
        self.note(layer, Voice { allow: allow.unwrap_or(Truth::False), deny: voice.1 });
        voice
    }

    fn note(&mut self, layer: Layer, voice: Voice<Truth>) -> Voice<Truth> {
        self.record.layer(|| LayerAnswer { layer, allows: voice.allow, denies: voice.deny });
        voice
    }
}
