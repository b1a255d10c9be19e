//! The condition operators against a slow reading of the documentation's tables.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a reference is written to be read, and fails by panicking"
)]

use crosskey_engine::{
    decide::Truth,
    policy::{Comparison, Family, Operator, Quantifier},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

#[path = "operators/reference.rs"]
mod reference;

use reference::{evaluate, reference, vocabulary};

fn case() -> impl Strategy<Value = (Operator, Option<Vec<String>>, Vec<String>)> {
    let comparisons: Vec<Comparison> = Comparison::ALL
        .iter()
        .map(|(_, comparison)| *comparison)
        .filter(|comparison| comparison.family() != Family::Binary)
        .collect();
    let quantifier =
        select(vec![None, Some(Quantifier::ForAllValues), Some(Quantifier::ForAnyValue)]);
    (select(comparisons), quantifier, any::<bool>()).prop_flat_map(
        |(comparison, quantifier, if_exists)| {
            let if_exists = if_exists && comparison != Comparison::Null;
            let operator = Operator { quantifier, comparison, if_exists };
            let word = || select(vocabulary(comparison.family())).prop_map(str::to_owned);
            (Just(operator), option::weighted(0.8, vec(word(), 0..4)), vec(word(), 0..4))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn every_operator_reads_as_its_table((operator, context, listed) in case()) {
        if let Some(expected) = reference(operator, context.as_deref(), &listed) {
            let found = evaluate(operator, context.as_deref(), &listed);
            prop_assert_eq!(found, Truth::from(expected), "{} {:?} {:?}", operator, context, listed);
        }
    }
}
