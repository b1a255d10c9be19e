use super::{
    Answer, CheckAnswer, Combination, Evaluator, Hinge, Route, Situation, Truth, World, explain,
    hearing::Hearing,
    layers::{Verdict, gather},
    record::{Everything, Nothing, Record, Weighing},
};
use crate::{
    aws::{ASSUMPTIONS, assumption::Consulted},
    bundle::{Decision, Layer, PolicyId, Request},
    compile::Names,
    request::{Binding, CallerKind, Check, CheckTarget, Need, Plan, RequestError},
};

impl World<'_> {
    /// Decides a request: every check behind it, each with its reasons.
    ///
    /// # Errors
    /// [`RequestError`] for a request that cannot be evaluated.
    pub fn simulate(&self, request: &Request) -> Result<Answer, RequestError> {
        let prepared = self.prepare(request)?;
        let plan = prepared.plan();
        let consulted = plan.consulted.clone();
        let mut checks = prepared.traced(&consulted);
        for (check, answer) in plan.checks.iter().zip(&mut checks) {
            explain::explain(self, plan, check, answer);
        }
        let mut answer = Answer {
            decision: Decision::Allow,
            checks,
            failure: plan.failure.clone(),
            notes: plan.notes.clone(),
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
        self.prepare(request).map(|prepared| prepared.decision())
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
    pub(super) fn judge(
        &self,
        plan: &Plan<'_>,
        names: &Names,
        check: &Check<'_>,
        consulted: &Consulted,
    ) -> CheckAnswer {
        let (outcome, record) =
            self.weigh(plan, names, check, Some(consulted), Everything::default());
        let Weighed { decision, invalid, same_account, no_resource_policy } = outcome;
        let mut because = because(decision, &record.combination, no_resource_policy);
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
            trace: record.trace,
        }
    }

    /// Decides one check and keeps nothing else.
    pub(super) fn decide_check(
        &self,
        plan: &Plan<'_>,
        names: &Names,
        check: &Check<'_>,
    ) -> Decision {
        self.weigh(plan, names, check, None, Nothing).0.decision
    }

    /// Hears every layer of one check and combines them.
    fn weigh<R: Record>(
        &self,
        plan: &Plan<'_>,
        names: &Names,
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
            names,
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
        let mut weighing = Weighing { verdict: Verdict::NOTHING, record: &mut hearing.record };
        gather(&mut logic, situation, &voices, &self.assumptions, &mut weighing);
        let verdict = weighing.verdict;
        let assumed_root = plan.caller.kind == CallerKind::Root
            && *check.context.named("aws:AssumedRoot") == Binding::value("true");
        if assumed_root {
            let reason = "what a session of AssumeRoot may do hangs on its task policy";
            hearing.record.reason(|| reason.to_owned());
        }
        let decision = match (verdict.denied, verdict.permitted()) {
            _ if !hearing.invalid.is_empty() => Decision::Invalid,
            (Truth::True, _) => Decision::ExplicitDeny,
            (_, Truth::False) => Decision::ImplicitDeny,
            (Truth::False, Truth::True) if !assumed_root => Decision::Allow,
            _ => Decision::Indeterminate,
        };
        let outcome = Weighed {
            decision,
            invalid: hearing.invalid,
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
    same_account: Option<bool>,
    no_resource_policy: bool,
}

/// What a check adds to the decision about an operation, given what came out of the check before it; nothing where the
/// operation goes on without it.
pub(super) fn counts_as(
    decision: Decision,
    need: Need,
    previous: Option<Decision>,
) -> Option<Decision> {
    match (need, previous) {
        (Need::Required, _) | (Need::AfterPrevious, Some(Decision::Allow)) => Some(decision),
        // Whether it is made is as open as the one before.
        (Need::AfterPrevious, Some(Decision::Indeterminate | Decision::Invalid)) => {
            Some(if decision == Decision::Allow { decision } else { Decision::Indeterminate })
        }
        (Need::Optional | Need::AfterPrevious, _) => None,
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
            let carries = |route: &&Route<Truth>| route.iter().all(|(_, v)| v.is_true());
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
            let closed = |route: &&Route<Truth>| route.iter().all(|(_, v)| !v.is_false());
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
fn lacking(routes: &[Route<Truth>], no_resource_policy: bool) -> Vec<Layer> {
    let rank = |route: &Route<Truth>| {
        let lacking = route.iter().filter(|(_, value)| value.is_false()).count();
        let grants = route.iter().any(|(layer, value)| value.is_true() && is_granting(*layer));
        (lacking, !grants)
    };
    // A route over a policy that is not there is not worth telling where another one is.
    let could = |route: &&Route<Truth>| {
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
