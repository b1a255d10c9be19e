use super::Logic;
use crate::{
    aws::{
        Assumptions, ContextKey,
        assumption::{ForAnyValueIfExists, NegatedMultivalued, OpenPoint},
    },
    compile::{Clause, ValueSet},
    policy::{Effect, Quantifier},
};

/// What a condition asks about a request. The evaluator answers with truth values, the prover with formulas.
pub trait Facts: Logic {
    /// Whether the key has at least one value.
    fn present(&mut self, key: &ContextKey) -> Self::Value;

    /// Whether some value of the key matches some value of the clause, in a statement with that effect.
    fn some_value_matches(&mut self, clause: &Clause, effect: Effect) -> Self::Value;

    /// Whether some value of the key matches no value of the clause, in a statement with that effect.
    fn some_value_differs(&mut self, clause: &Clause, effect: Effect) -> Self::Value;

    /// Whether the request carries the clause's key as one with several values.
    fn has_many_values(&self, clause: &Clause) -> bool;

    /// What is taken for true where AWS's documents leave room.
    fn assumptions(&self) -> &Assumptions;
}

/// Whether one condition holds. `effect` is that of its statement.
///
/// - A list of values is an OR; under a negated operator none may match.
/// - An absent key fails a positive operator, passes a negated one, and passes with `IfExists`.
/// - `ForAllValues` is true of no values at all; `ForAnyValue` is false of them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
pub fn condition_holds<F: Facts>(facts: &mut F, clause: &Clause, effect: Effect) -> F::Value {
    if let ValueSet::Null(values) = &clause.values {
        return null(facts, clause, values);
    }
    if clause.values.is_empty() {
        return nothing_listed(facts, clause);
    }
    let negated = clause.operator.comparison.is_negated();
    let plain = match (clause.operator.quantifier, negated) {
        (None, _) if facts.has_many_values(clause) => several_values(facts, clause, negated),
        (None, false) => {
            let present = facts.present(&clause.key);
            let matches = facts.some_value_matches(clause, effect);
            facts.and(present, matches)
        }
        (None, true) | (Some(Quantifier::ForAllValues), true) => {
            let present = facts.present(&clause.key);
            let matches = facts.some_value_matches(clause, effect);
            let both = facts.and(present, matches);
            facts.not(both)
        }
        (Some(Quantifier::ForAllValues), false) => {
            let present = facts.present(&clause.key);
            let differs = facts.some_value_differs(clause, effect);
            let both = facts.and(present, differs);
            facts.not(both)
        }
        (Some(Quantifier::ForAnyValue), false) => {
            let present = facts.present(&clause.key);
            let matches = facts.some_value_matches(clause, effect);
            facts.and(present, matches)
        }
        // Not the opposite of the positive form: some member must match none of the values.
        (Some(Quantifier::ForAnyValue), true) => {
            let present = facts.present(&clause.key);
            let differs = facts.some_value_differs(clause, effect);
            facts.and(present, differs)
        }
    };
    if clause.operator.if_exists { or_absent(facts, clause, effect, plain) } else { plain }
}

/// `Null`: whether the key is absent. A set operator in front makes it vacuous: `ForAllValues` always true,
/// `ForAnyValue` always false.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>
fn null<F: Facts>(facts: &mut F, clause: &Clause, values: &[Option<bool>]) -> F::Value {
    match clause.operator.quantifier {
        Some(Quantifier::ForAllValues) => return facts.constant(true),
        Some(Quantifier::ForAnyValue) => return facts.constant(false),
        None => {}
    }
    let mut any = facts.constant(false);
    for value in values.iter().flatten() {
        let present = facts.present(&clause.key);
        let holds = if *value { facts.not(present) } else { present };
        any = facts.or(any, holds);
    }
    any
}

/// An empty list of values: nothing equals one of none, so a bare negated operator always holds; with `ForAllValues` or
/// `IfExists` the absent key is what is left to hold, with `ForAnyValue` nothing.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>
fn nothing_listed<F: Facts>(facts: &mut F, clause: &Clause) -> F::Value {
    let operator = clause.operator;
    match operator.quantifier {
        Some(Quantifier::ForAllValues) => {}
        _ if operator.if_exists => {}
        Some(Quantifier::ForAnyValue) => return facts.constant(false),
        None => return facts.constant(operator.comparison.is_negated()),
    }
    let present = facts.present(&clause.key);
    facts.not(present)
}

/// A key with several values under an operator without a set prefix: documented as a mistake. A positive operator
/// then matches nothing; what a negated one does is not documented.
fn several_values<F: Facts>(facts: &mut F, clause: &Clause, negated: bool) -> F::Value {
    if !negated {
        return facts.constant(false);
    }
    let present = facts.present(&clause.key);
    facts.consult(OpenPoint::NegatedMultivalued);
    let otherwise = match facts.assumptions().negated_multivalued {
        NegatedMultivalued::Indeterminate => facts.unknown(),
        NegatedMultivalued::True => facts.constant(true),
        NegatedMultivalued::False => facts.constant(false),
    };
    // Absent, it is true as for every negated operator.
    let absent = facts.not(present);
    facts.or(absent, otherwise)
}

fn or_absent<F: Facts>(
    facts: &mut F,
    clause: &Clause,
    effect: Effect,
    plain: F::Value,
) -> F::Value {
    let present = facts.present(&clause.key);
    let absent = facts.not(present);
    if clause.operator.quantifier != Some(Quantifier::ForAnyValue) {
        return facts.or(absent, plain);
    }
    // The page on IfExists says true, the page on ForAnyValue false.
    facts.consult(OpenPoint::ForAnyValueIfExists);
    match (facts.assumptions().for_any_value_if_exists, effect) {
        (ForAnyValueIfExists::False, _) => plain,
        (ForAnyValueIfExists::Careful, Effect::Allow) => {
            let unknown = facts.unknown();
            let doubtful = facts.and(absent, unknown);
            facts.or(doubtful, plain)
        }
        _ => facts.or(absent, plain),
    }
}
