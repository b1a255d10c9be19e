//! The evaluator against a plain reading of the rules, on random policies and requests.
//!
//! `CROSSKEY_REFERENCE_CASES` says how many; a few thousand without it.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and is told by its environment how long to run"
)]

mod choices;
mod generate;
mod peer;
mod reading;
mod scenario;

use std::env;

use crosskey_engine::{
    bundle,
    decide::World,
    ingest::manifest::{NoFiles, read_manifest},
    request::RequestError,
    text::{Limits, Source, Sources},
};
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};

use self::{
    choices::Choices,
    generate::scenario,
    reading::{Decision, decide},
    scenario::Scenario,
};

/// What the engine says, twice: with its reasons and without.
fn engine(scenario: &Scenario) -> Result<[bundle::Decision; 2], String> {
    with_world(scenario, |world, request| {
        let explained = world.simulate(request)?.decision;
        let decided = world.decision(request)?;
        Ok([explained, decided])
    })
}

/// What the engine says of each check.
fn engine_checks(scenario: &Scenario) -> Result<Vec<bundle::Decision>, String> {
    with_world(scenario, |world, request| {
        let prepared = world.prepare(request)?;
        let checks = prepared.traced(&prepared.plan().consulted);
        Ok(checks.into_iter().map(|check| check.decision).collect())
    })
}

fn with_world<T>(
    scenario: &Scenario,
    ask: impl FnOnce(&World<'_>, &bundle::Request) -> Result<T, RequestError>,
) -> Result<T, String> {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("bundle.json", scenario.manifest().to_string()));
    let loaded = read_manifest(source, &mut sources, &mut NoFiles, &Limits::default());
    if let Some(error) = loaded.errors.first() {
        return Err(error.to_string());
    }
    for (_, document) in loaded.bundle.policies.iter() {
        if let Err(error) = &document.content {
            return Err(format!("{error:?}"));
        }
    }
    let world = World::new(&loaded.bundle);
    let request = loaded.bundle.requests.first().unwrap();
    ask(&world, request).map_err(|error| error.to_string())
}

fn in_the_engines_words(decision: Decision) -> bundle::Decision {
    match decision {
        Decision::Allow => bundle::Decision::Allow,
        Decision::ExplicitDeny => bundle::Decision::ExplicitDeny,
        Decision::ImplicitDeny => bundle::Decision::ImplicitDeny,
        Decision::Indeterminate => bundle::Decision::Indeterminate,
    }
}

#[test]
fn the_evaluator_decides_as_the_plain_reading_does() {
    let cases = env::var("CROSSKEY_REFERENCE_CASES").map_or(3000, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let counts = std::cell::RefCell::new(std::collections::BTreeMap::new());
    let found = runner.run(&vec(any::<u8>(), 0..400), |numbers| {
        let scenario = scenario(&mut Choices::new(&numbers));
        let expected = in_the_engines_words(decide(&scenario));
        *counts.borrow_mut().entry(expected).or_insert(0_u32) += 1;
        match engine(&scenario) {
            Ok(found) => prop_assert_eq!(found, [expected; 2], "{}", scenario.manifest()),
            Err(error) => prop_assert!(false, "{}: {}", error, scenario.manifest()),
        }
        Ok(())
    });
    found.unwrap_or_else(|error| panic!("{error}"));
    // Cases that all end the same would show nothing.
    for decision in ["allow", "explicit_deny", "implicit_deny", "indeterminate"] {
        let counts = counts.borrow();
        let count =
            counts.iter().find(|(found, _)| found.as_str() == decision).map_or(0, |(_, n)| *n);
        assert!(count * 25 > cases, "{decision}: {counts:?}");
    }
}
