//! Proofs with their replayed witnesses: what is public, what is new, who can read.

use std::{hint::black_box, thread};

use criterion::{Criterion, criterion_group, criterion_main};
use crosskey_benches::{load, many_statements};
use crosskey_engine::{
    aws::{Action, Assumptions},
    decide::World,
    policy::{Policy, PolicyKind, parse_policy},
    prove::{Bounds, CompareOptions, PublicOptions, new_access, public, who_can},
    text::{Limits, SourceId, parse_json},
};

fn policy(text: &str) -> Option<Policy> {
    let node = parse_json(text, &Limits::default()).ok()?;
    let assumptions = Assumptions::default();
    let parsed = parse_policy(&node, PolicyKind::Secret, SourceId::default(), &assumptions);
    parsed.valid().cloned()
}

/// The policy with every principal opened, so that each statement is public on its own condition.
fn opened(text: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let statements = value.get_mut("Statement").and_then(serde_json::Value::as_array_mut);
    for statement in statements.into_iter().flatten() {
        if let Some(principal) = statement.get_mut("Principal") {
            *principal = "*".into();
        }
    }
    value.to_string()
}

fn prove(criterion: &mut Criterion) {
    let options = PublicOptions::default();
    for statements in [1, 10, 100] {
        let named = many_statements(statements, "Reader");
        let mut group = criterion.benchmark_group(format!("prove/{statements}"));
        group.sample_size(20);
        for (name, text) in [("not_public", named.clone()), ("all_public", opened(&named))] {
            let Some(policy) = policy(&text) else { continue };
            group.bench_function(name, |bencher| {
                bencher.iter(|| public(black_box(&policy), &options).map(|answer| answer.exposure));
            });
        }
        if let (Some(old), Some(new)) = (policy(&named), policy(&opened(&named))) {
            let options = CompareOptions::default();
            group.bench_function("new_access", |bencher| {
                bencher.iter(|| {
                    new_access(black_box(&old), &new, &options).map(|found| found.new_access)
                });
            });
            group.bench_function("nothing_new", |bencher| {
                bencher.iter(|| {
                    new_access(black_box(&new), &old, &options).map(|found| found.new_access)
                });
            });
        }
        group.finish();
    }
}

/// A context of the solver belongs to its thread: what it costs to make one for each question.
fn context(criterion: &mut Criterion) {
    let Some(policy) = policy(&many_statements(1, "Reader")) else { return };
    let options = PublicOptions::default();
    let mut group = criterion.benchmark_group("prove/context");
    group.sample_size(20);
    group.bench_function("used_again", |bencher| {
        bencher.iter(|| public(black_box(&policy), &options).map(|answer| answer.exposure));
    });
    group.bench_function("a_new_thread", |bencher| {
        bencher.iter(|| {
            thread::scope(|scope| {
                let asked = scope.spawn(|| public(black_box(&policy), &options).is_ok());
                asked.join().unwrap_or(false)
            })
        });
    });
    group.finish();
}

fn who(criterion: &mut Criterion) {
    let Ok((bundle, _)) = load("organization-share") else { return };
    let world = World::new(&bundle);
    let Some(action) = Action::new("secretsmanager:GetSecretValue") else { return };
    let Some(secret) = bundle.secrets.first() else { return };
    let mut group = criterion.benchmark_group("prove/who_can");
    group.sample_size(20);
    group.bench_function("organization_share", |bencher| {
        bencher.iter(|| {
            who_can(black_box(&world), &action, &secret.arn.value, Bounds::default()).is_ok()
        });
    });
    group.finish();
}

criterion_group!(benches, prove, context, who);
criterion_main!(benches);
