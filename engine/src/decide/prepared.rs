use super::{CheckAnswer, World, simulate::counts_as};
use crate::{
    aws::assumption::Consulted,
    bundle::{Decision, Request},
    compile::Names,
    request::{Plan, RequestError, plan},
};

/// A request that is worked out once and can be decided many times: its checks with what each condition key holds.
#[derive(Clone, Debug)]
pub struct Prepared<'w> {
    world: &'w World<'w>,
    plan: Plan<'w>,
    names: Names,
}

impl<'a> World<'a> {
    /// Works out the checks behind a request.
    ///
    /// # Errors
    /// [`RequestError`] for a request that cannot be evaluated.
    pub fn prepare<'w>(&'w self, request: &'w Request) -> Result<Prepared<'w>, RequestError> {
        let plan = plan(self.bundle, &self.assumptions, request)?;
        let names = Names::of(&plan.caller);
        Ok(Prepared { world: self, plan, names })
    }
}

impl<'w> Prepared<'w> {
    /// The checks.
    pub const fn plan(&self) -> &Plan<'w> {
        &self.plan
    }

    /// The decision, without its reasons: nothing is kept on the way to it.
    pub fn decision(&self) -> Decision {
        let mut previous = None;
        for check in &self.plan.checks {
            let decision = self.world.decide_check(&self.plan, &self.names, check);
            let counted = counts_as(decision, check.need, previous);
            if let Some(counted) = counted.filter(|counted| *counted != Decision::Allow) {
                return counted;
            }
            previous = Some(decision);
        }
        Decision::Allow
    }

    /// Each check with every statement and layer that was heard, but without what is made of them for people. Notes in
    /// `consulted` what was taken for true on the way.
    pub fn traced(&self, consulted: &Consulted) -> Vec<CheckAnswer> {
        let mut checks: Vec<CheckAnswer> = Vec::with_capacity(self.plan.checks.len());
        for check in &self.plan.checks {
            let mut answer = self.world.judge(&self.plan, &self.names, check, consulted);
            let previous = checks.last().map(|last| last.decision);
            match counts_as(answer.decision, check.need, previous) {
                Some(counted) if counted != answer.decision => {
                    answer.decision = counted;
                    let reason = "it is made only if the check before it allows, which is open";
                    answer.reasons.push(reason.to_owned());
                }
                counted => answer.optional = counted.is_none(),
            }
            checks.push(answer);
        }
        checks
    }
}
