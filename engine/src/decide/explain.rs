//! Why a check came out as it did: the statements that carried it, those that came near, the unknown keys.

use super::{CheckAnswer, Truth, World};
use crate::{
    bundle::{Decision, Layer},
    policy::Effect,
    request::{Check, Plan},
};

/// Fills in what the decision itself does not say.
pub(super) fn explain(
    _world: &World<'_>,
    _plan: &Plan<'_>,
    _check: &Check<'_>,
    answer: &mut CheckAnswer,
) {
    let effect = match answer.decision {
        Decision::Allow => Effect::Allow,
        Decision::ExplicitDeny => Effect::Deny,
        _ => return,
    };
    answer.statements = answer
        .trace
        .iter()
        .filter(|trace| trace.statement.effect == effect && trace.applies() == Truth::True)
        .filter(|trace| in_layers(trace.statement.layer, &answer.because))
        .map(|trace| trace.statement)
        .collect();
}

fn in_layers(layer: Layer, layers: &[Layer]) -> bool {
    layers.contains(&layer)
}
