//! Open answers: which unknown keys they hang on, and what they become for the values that matter.

use super::statement_of;
use crate::{
    aws::ContextKey,
    bundle::Decision,
    compile::Names,
    decide::{CheckAnswer, Outcome, Truth, World},
    policy::{Comparison, Condition, Family, Resource, Statement},
    request::{Binding, CallerKind, Check, Plan},
};

/// At most so many values of one key are tried, and so many outcomes told.
const TRIED: usize = 12;
/// A value that no policy mentions.
const OTHER: &str = "(any other value)";

pub(super) fn explain(
    world: &World<'_>,
    plan: &Plan<'_>,
    check: &Check<'_>,
    answer: &mut CheckAnswer,
) {
    let statements: Vec<_> = answer
        .trace
        .iter()
        .filter(|trace| trace.applies() == Truth::Unknown)
        .filter_map(|trace| statement_of(world, check, trace.statement))
        .collect();
    let mut keys: Vec<ContextKey> = statements
        .iter()
        .flat_map(|statement| keys_of(statement))
        .filter(|key| is_open(check.context.get(key)))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let mut decisive = Vec::new();
    let names = Names::of(&plan.caller);
    for key in &keys {
        let values = values_of(statements.iter().map(AsRef::as_ref), key, check.context.get(key));
        let outcomes: Vec<Outcome> = values
            .into_iter()
            .take(TRIED)
            .map(|value| {
                let mut tried = check.clone();
                let binding = match &value {
                    Some(value) => Binding::value(value),
                    None => Binding::Absent,
                };
                tried.context.set_key(key.clone(), binding);
                let decision = world.decide_check(plan, &names, &tried);
                Outcome { key: key.clone(), value, decision }
            })
            .collect();
        // A key alone decides if some value of it ends the doubt.
        if outcomes.iter().any(|outcome| outcome.decision != Decision::Indeterminate) {
            decisive.push(key.clone());
            answer.outcomes.extend(outcomes);
        }
    }
    answer.needs = if decisive.is_empty() { keys } else { decisive };
    answer.reasons.extend(beyond_keys(plan, check, answer));
}

/// What leaves a statement open that no condition key is to blame for.
fn beyond_keys(plan: &Plan<'_>, check: &Check<'_>, answer: &CheckAnswer) -> Vec<String> {
    let open = || answer.trace.iter().filter(|trace| trace.applies() == Truth::Unknown);
    let mut reasons = Vec::new();
    if open().any(|trace| trace.parts.principals.iter().any(|(_, truth)| truth.is_unknown())) {
        let caller = &plan.caller;
        reasons.push(match caller.kind {
            CallerKind::RoleSession if caller.session_arn.is_none() => {
                "a statement names one session of the role, and the request does not say which calls".to_owned()
            }
            CallerKind::Service => {
                "AWS does not say whether `\"AWS\": \"*\"` covers service principals".to_owned()
            }
            _ => "a NotPrincipal lists the caller in part only, and not its session, role or user, and account: AWS \
                  says only that it might be denied"
                .to_owned(),
        });
    }
    if open().any(|trace| trace.parts.resource.is_unknown()) {
        let what = check.resource.display();
        reasons.push(format!("a statement names a resource that may or may not be {what}"));
    }
    reasons
}

const fn is_open(binding: &Binding) -> bool {
    matches!(binding, Binding::Unknown | Binding::Present | Binding::Samples { .. })
}

/// Every key that a statement asks about, in conditions and in variables.
fn keys_of(statement: &Statement) -> Vec<ContextKey> {
    let mut keys = Vec::new();
    for condition in &statement.conditions {
        keys.push(condition.key.value.clone());
        for value in &condition.values {
            keys.extend(value.value.variables().cloned());
        }
    }
    for entry in statement.resources.iter().flat_map(|element| &element.list) {
        if let Resource::Arn(template) = &entry.value {
            keys.extend(template.variables().cloned());
        }
    }
    keys
}

/// The values of a key that can matter: one for each that the statements compare it with, one that they do not
/// mention, and none at all.
fn values_of<'s>(
    statements: impl Iterator<Item = &'s Statement>,
    key: &ContextKey,
    binding: &Binding,
) -> Vec<Option<String>> {
    let mut values: Vec<Option<String>> = Vec::new();
    let conditions = statements.flat_map(|statement| &statement.conditions);
    let mut is_text = false;
    for condition in conditions.filter(|condition| condition.key.value == *key) {
        let family = condition.operator.value.comparison.family();
        is_text |= matches!(family, Family::String | Family::Arn);
        for value in examples(condition) {
            if !values.contains(&Some(value.clone())) {
                values.push(Some(value));
            }
        }
    }
    if is_text || values.is_empty() {
        values.push(Some(OTHER.to_owned()));
    }
    if *binding == Binding::Unknown {
        values.push(None);
    }
    values
}

/// Values that a condition's own values describe.
fn examples(condition: &Condition) -> Vec<String> {
    let comparison = condition.operator.value.comparison;
    match comparison.family() {
        Family::Bool => return vec!["true".into(), "false".into()],
        Family::Null => return Vec::new(),
        _ => {}
    }
    let text = condition.values.iter().map(|value| value.value.as_str());
    text.map(|text| match comparison {
        _ if comparison.has_wildcards() => text.replace('*', "").replace('?', "x"),
        Comparison::IpAddress | Comparison::NotIpAddress => {
            text.split('/').next().unwrap_or(text).to_owned()
        }
        _ => text.to_owned(),
    })
    .collect()
}
