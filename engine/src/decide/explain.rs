//! Why a check came out as it did: the statements that carried it, those that came near, the unknown keys.

mod near_miss;
mod open;
mod remedy;

use std::borrow::Cow;

use super::{CheckAnswer, PolicyRef, StatementRef, Truth, World, grants, managed_key_policy};
use crate::{
    bundle::Decision,
    policy::{Effect, Statement},
    request::{Check, CheckTarget, Plan},
};

/// Fills in what the decision itself does not say.
pub(super) fn explain(
    world: &World<'_>,
    plan: &Plan<'_>,
    check: &Check<'_>,
    answer: &mut CheckAnswer,
) {
    match answer.decision {
        Decision::Allow => answer.statements = applying(answer, Effect::Allow),
        Decision::ExplicitDeny => {
            answer.statements = applying(answer, Effect::Deny);
            answer.near_misses = near_miss::denials(world, plan, check, answer);
        }
        Decision::ImplicitDeny => answer.near_misses = near_miss::find(world, plan, check, answer),
        Decision::Indeterminate => open::explain(world, plan, check, answer),
        Decision::Invalid => {}
    }
}

/// The statements of one effect that apply, in the layers that the answer names.
fn applying(answer: &CheckAnswer, effect: Effect) -> Vec<StatementRef> {
    let mut statements: Vec<_> = answer
        .trace
        .iter()
        .filter(|trace| trace.statement.effect == effect && trace.applies() == Truth::True)
        .filter(|trace| answer.because.contains(&trace.statement.layer))
        .map(|trace| trace.statement)
        .collect();
    statements.dedup();
    statements
}

/// The statement that a reference means.
fn statement_of<'a>(
    world: &World<'a>,
    check: &Check<'_>,
    reference: StatementRef,
) -> Option<Cow<'a, Statement>> {
    match reference.policy {
        PolicyRef::Document(id) => {
            let policy = world.bundle.policies.get(id)?.policy()?;
            policy.statements.get(reference.index).map(Cow::Borrowed)
        }
        PolicyRef::ManagedKey => {
            let CheckTarget::ManagedKey { account, region } = &check.target else {
                return None;
            };
            let policy = managed_key_policy(*account, region);
            policy.statements.into_iter().nth(reference.index).map(Cow::Owned)
        }
        PolicyRef::Grants(_) => None,
    }
}
