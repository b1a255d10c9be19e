use std::collections::BTreeMap;

use super::{Mode, ProveError, keys::Holds, question::Question, search::Sample, space::VariableId};
use crate::{
    aws::{Action, Arn, ArnError, Assumptions, ContextKey},
    bundle::{RequestPrincipal, Session},
    compile::CompiledPolicy,
    decide::{Evaluator, Truth, statement_applies},
    policy::Effect,
    request::{Binding, Caller, CallerKind, CheckResource, Context},
};

/// A request that shows what a policy allows; the evaluator has confirmed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Who asks.
    pub caller: WitnessCaller,
    /// For what.
    pub action: Action,
    /// On what.
    pub resource: CheckResource,
    /// What each condition key that the policy mentions holds; `None` for a key that must be absent.
    pub context: BTreeMap<ContextKey, Option<Vec<String>>>,
    /// The number of the statement that allows it.
    pub statement: usize,
    /// How freely its keys were combined: under [`Mode::Independent`] no real request need look like this.
    pub mode: Mode,
}

/// Who asks in a [`Witness`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessCaller {
    /// A user, a role, a federated user or an account's root user.
    Principal {
        /// Its ARN, as aws:PrincipalArn holds it.
        arn: Arn,
        /// For a role the ARN of its session.
        session: Option<Arn>,
    },
    /// An AWS service.
    Service {
        /// `lambda.amazonaws.com`
        name: String,
    },
}

impl WitnessCaller {
    /// As a request names it: an ARN or the name of a service.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Principal { arn, .. } => arn.as_str(),
            Self::Service { name } => name,
        }
    }
}

impl Witness {
    /// What the evaluator says to this request: whether a statement allows it and none denies it.
    ///
    /// Unknown where it hangs on what AWS's documents leave open.
    pub fn allowed_by(&self, policy: &CompiledPolicy, assumptions: &Assumptions) -> Truth {
        let mut allowed = Truth::False;
        let mut denied = Truth::False;
        for (statement, applies) in policy.statements.iter().zip(self.judge(policy, assumptions)) {
            match statement.effect {
                Effect::Allow => allowed = allowed | applies,
                Effect::Deny => denied = denied | applies,
            }
        }
        allowed & !denied
    }

    /// Whether each statement applies.
    fn judge(&self, policy: &CompiledPolicy, assumptions: &Assumptions) -> Vec<Truth> {
        self.with_evaluator(assumptions, |evaluator| {
            let applies =
                |statement| statement_applies(evaluator, statement, policy.kind).applies(evaluator);
            policy.statements.iter().map(applies).collect()
        })
    }

    /// Hands an evaluator over that judges this request.
    pub(super) fn with_evaluator<T>(
        &self,
        assumptions: &Assumptions,
        judge: impl FnOnce(&mut Evaluator<'_>) -> T,
    ) -> T {
        let mut context = Context::new();
        for (key, values) in &self.context {
            let binding = values.clone().map_or(Binding::Absent, Binding::Values);
            context.set_key(key.clone(), binding);
        }
        let session = Session::default();
        let caller = self.caller.as_caller(&session);
        let mut evaluator = Evaluator {
            caller: &caller,
            action: &self.action,
            resource: &self.resource,
            context: &context,
            assumptions,
            consulted: None,
        };
        judge(&mut evaluator)
    }
}

impl Question<'_> {
    /// Makes a request of what was found and lets the evaluator judge it: the statement must allow it and, unless
    /// `alone`, no statement deny it.
    pub(super) fn witness(
        &self,
        sample: &Sample,
        statement: usize,
        alone: bool,
    ) -> Result<Witness, ProveError> {
        let failed = |reason: String| ProveError::Replay { statement, reason };
        let value = |id: VariableId| match sample.values.get(&id).map(Vec::as_slice) {
            Some([value]) => value.as_str(),
            _ => "",
        };
        let action = value(self.parts.action);
        let action =
            Action::new(action).ok_or_else(|| failed(format!("`{action}` is not an action")))?;
        let resource = value(self.parts.resource);
        let resource = match resource {
            "*" => Ok(CheckResource::Any),
            arn => arn.parse().map(CheckResource::Arn),
        };
        let resource = resource.map_err(|error: ArnError| failed(error.to_string()))?;
        let arn: Arn =
            value(self.parts.caller).parse().map_err(|error| failed(format!("{error}")))?;
        let caller = if self.prover.holds(sample, self.service) {
            WitnessCaller::Service { name: value(self.parts.service).to_owned() }
        } else {
            let session = session_of(&arn, value(self.parts.session));
            WitnessCaller::Principal { arn: arn.clone(), session }
        };
        let held = |key: &(ContextKey, Holds)| {
            let (key, holds) = key;
            (key.clone(), self.held(sample, holds, &caller, &arn))
        };
        let context = self.keys.iter().map(held).collect();
        let mode = self.around.mode;
        let witness = Witness { caller, action, resource, context, statement, mode };
        self.replay(&witness, alone)?;
        Ok(witness)
    }

    /// What a key holds in a request that was found.
    fn held(
        &self,
        sample: &Sample,
        holds: &Holds,
        caller: &WitnessCaller,
        arn: &Arn,
    ) -> Option<Vec<String>> {
        let one = |value: &str| Some(vec![value.to_owned()]);
        match holds {
            // A policy by itself does not say what the session's id begins with.
            Holds::Absent | Holds::RandomEnd(_) | Holds::Session(_) | Holds::FederatedId => None,
            Holds::Value(value) => one(value),
            Holds::Several(values) => Some(values.clone()),
            Holds::Truth(node) => one(&self.prover.holds(sample, *node).to_string()),
            Holds::Variable(id) if *id == self.parts.service => match caller {
                WitnessCaller::Service { name } => one(name),
                WitnessCaller::Principal { .. } => None,
            },
            Holds::Variable(id) => sample.values.get(id).cloned(),
            Holds::Account => one(arn.account_field()),
            Holds::UserName => one(arn.resource().strip_prefix("user/")?.rsplit('/').next()?),
            Holds::PrincipalType => one(kind_of(arn).principal_type()),
        }
    }

    fn replay(&self, witness: &Witness, alone: bool) -> Result<(), ProveError> {
        let failed =
            |reason: String| Err(ProveError::Replay { statement: witness.statement, reason });
        let judged = witness.judge(self.policy, self.around.assumptions);
        let mut allowed = false;
        for (statement, applies) in self.policy.statements.iter().zip(judged) {
            match statement.effect {
                Effect::Allow if statement.index == witness.statement => {
                    if applies != Truth::True {
                        return failed(format!("the statement applies: {applies:?}"));
                    }
                    allowed = true;
                }
                Effect::Deny if !alone && applies != Truth::False => {
                    let index = statement.index;
                    return failed(format!("statement {index} denies: {applies:?}"));
                }
                _ => {}
            }
        }
        if allowed { Ok(()) } else { failed("there is no such statement".to_owned()) }
    }
}

impl WitnessCaller {
    fn as_caller<'a>(&self, session: &'a Session) -> Caller<'a> {
        let mut caller = Caller {
            kind: CallerKind::Service,
            account: None,
            partition: "aws".to_owned(),
            arn: None,
            session_arn: None,
            identity: None,
            session,
            service: None,
            source_account: None,
            source_arn: None,
        };
        match self {
            Self::Service { name } => caller.service = Some(name.clone()),
            Self::Principal { arn, session } => {
                caller.kind = kind_of(arn);
                caller.account = arn.account();
                caller.partition = arn.partition().to_owned();
                caller.arn = Some(arn.clone());
                caller.session_arn.clone_from(session);
            }
        }
        caller
    }
}

fn kind_of(arn: &Arn) -> CallerKind {
    match RequestPrincipal::parse(arn.as_str()) {
        Ok(RequestPrincipal::User(_)) => CallerKind::User,
        Ok(RequestPrincipal::FederatedUser(_)) => CallerKind::FederatedUser,
        Ok(RequestPrincipal::Root(_)) => CallerKind::Root,
        _ => CallerKind::RoleSession,
    }
}

fn session_of(role: &Arn, session: &str) -> Option<Arn> {
    let name = role.resource().strip_prefix("role/")?.rsplit('/').next()?;
    let resource = format!("assumed-role/{name}/{session}");
    Some(Arn::new(role.partition(), "sts", "", role.account_field(), &resource))
}
