use super::{
    ByClass, Class, Evaluator, LayerAnswer, Levels, PolicyRef, StatementRef, StatementTrace, Truth,
    Voice, Voices, World, grants, guardrails,
    record::Record,
    statement::{add_votes, statement_applies},
};
use crate::{
    bundle::{DocumentError, Layer, PolicyId},
    compile::{CompiledPolicy, CompiledStatement, Names},
    policy::Effect,
    request::{CallerKind, Check, CheckResource, CheckTarget, Plan},
};

/// Hears every layer of one check.
pub(super) struct Hearing<'a, R> {
    pub(super) world: &'a World<'a>,
    pub(super) evaluator: Evaluator<'a>,
    /// By what a policy can name the caller.
    pub(super) names: &'a Names,
    pub(super) invalid: Vec<PolicyId>,
    pub(super) record: R,
}

impl<'a, R: Record> Hearing<'a, R> {
    pub(super) fn voices(&mut self, plan: &Plan<'a>, check: &Check<'a>) -> Voices<Truth> {
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
        let unknown = |this: &mut Self, layer, reason: &dyn Fn() -> String| {
            this.record.reason(reason);
            this.note(layer, Voice { allow: Truth::Unknown, deny: Truth::Unknown });
            Some((ByClass::all(&Truth::Unknown), Truth::Unknown))
        };
        match &check.target {
            CheckTarget::Secret(secret) => {
                secret.policy.map(|id| self.by_class(Layer::ResourcePolicy, id))
            }
            CheckTarget::Key(key) => match key.policy {
                Some(id) => Some(self.by_class(Layer::KeyPolicy, id)),
                None => unknown(self, Layer::KeyPolicy, &|| {
                    format!("the bundle does not have the policy of {}", key.arn.value)
                }),
            },
            CheckTarget::ManagedKey { account, region } => {
                let compiled = self.world.managed_key(*account, region);
                let voice = self.hear(Layer::KeyPolicy, PolicyRef::ManagedKey, &compiled);
                Some(self.note_classes(Layer::KeyPolicy, voice))
            }
            CheckTarget::UnlistedKey => unknown(self, Layer::KeyPolicy, &|| {
                format!("the bundle does not have the key {}", check.resource.display())
            }),
            CheckTarget::OfAnotherService => unknown(self, Layer::ResourcePolicy, &|| {
                format!("the bundle does not have the policy of {}", check.resource.display())
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

    fn service_control(&mut self, plan: &Plan<'a>) -> Levels<Truth> {
        let account = plan.caller.account.and_then(|id| self.world.bundle.account(id));
        self.levels(Layer::ServiceControlPolicy, guardrails::service_control(account, plan))
    }

    fn resource_control(&mut self, plan: &Plan<'a>, check: &Check<'a>) -> Levels<Truth> {
        let owner = check.owner.and_then(|id| self.world.bundle.account(id));
        let levels = guardrails::resource_control(owner, plan, check);
        let mut voices = self.levels(Layer::ResourceControlPolicy, levels);
        for voice in &mut voices {
            voice.allow = Truth::True;
        }
        voices
    }

    /// A voice a level; a level without policies restricts nothing.
    fn levels(&mut self, layer: Layer, levels: &[Vec<PolicyId>]) -> Levels<Truth> {
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
        let mut denied = ByClass::all(&Truth::False);
        if !R::KEEPS {
            let resource = match self.evaluator.resource {
                CheckResource::Arn(arn) => Some(arn),
                _ => None,
            };
            let candidates = compiled.candidates(self.evaluator.action, self.names, resource);
            let evaluator = &mut self.evaluator;
            let mut hear = |statement: &CompiledStatement| {
                let said = match statement.effect {
                    Effect::Allow => &mut allow,
                    Effect::Deny => &mut denied,
                };
                add_votes(evaluator, statement, compiled.kind, said);
            };
            match candidates {
                None => compiled.statements.iter().for_each(hear),
                Some(candidates) => {
                    for number in candidates.into_iter().flatten() {
                        if let Some(statement) = compiled.statements.get(*number) {
                            hear(statement);
                        }
                    }
                }
            }
            return (allow, denied.any(&mut self.evaluator));
        }
        let mut deny = Truth::False;
        for statement in &compiled.statements {
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
