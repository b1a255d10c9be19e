//! Condition operators, against a slow reading of the documentation's tables.

use arbitrary::{Arbitrary, Unstructured};
use crosskey_engine::{
    decide::Truth,
    policy::{Comparison, Family, Operator, Quantifier},
};

use crate::Tried;

/// The reference of the engine's own tests.
#[path = "../../engine/tests/operators/reference.rs"]
mod reference;

#[derive(Arbitrary, Debug)]
struct Case {
    comparison: u8,
    quantifier: Option<bool>,
    if_exists: bool,
    present: bool,
    context: [u8; 3],
    contexts: u8,
    listed: [u8; 3],
    listeds: u8,
    free: String,
}

/// See the module.
pub fn run(data: &[u8]) -> Option<Tried> {
    let case = Case::arbitrary_take_rest(Unstructured::new(data)).ok()?;
    let (_, comparison) = Comparison::ALL[case.comparison as usize % Comparison::ALL.len()];
    let family = comparison.family();
    if family == Family::Binary {
        return None;
    }
    let quantifier = case.quantifier.map(|all| match all {
        true => Quantifier::ForAllValues,
        false => Quantifier::ForAnyValue,
    });
    let if_exists = case.if_exists && comparison != Comparison::Null;
    let operator = Operator { quantifier, comparison, if_exists };
    let words = reference::vocabulary(family);
    let free: String = case.free.chars().take(12).collect();
    // The reference reads any text; numbers, dates, addresses and ARNs only as its vocabulary has them.
    let word = |at: &u8| match words.get(*at as usize % (words.len() + 1)) {
        None if family == Family::String => free.clone(),
        found => (*found.unwrap_or(&words[0])).to_owned(),
    };
    let take = |list: &[u8; 3], count: u8| {
        list.iter().take(count as usize % 4).map(word).collect::<Vec<String>>()
    };
    let context = case.present.then(|| take(&case.context, case.contexts));
    let listed = take(&case.listed, case.listeds);
    if let Some(expected) = reference::reference(operator, context.as_deref(), &listed) {
        let found = reference::evaluate(operator, context.as_deref(), &listed);
        assert_eq!(found, Truth::from(expected), "{operator} {context:?} {listed:?}");
    }
    Some(Tried)
}
