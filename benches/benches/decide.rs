//! One combined decision (GetSecretValue and its Decrypt) over a compiled bundle: prepared once, or from the request on;
//! alone, with every statement that was heard, and explained for people. A prepared decision allocates nothing, which is
//! counted before it is timed.

use std::{alloc::System, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use crosskey_benches::{load, long_share, plain_share, read_inline};
use crosskey_engine::{aws::assumption::Consulted, bundle::Bundle, decide::World};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn bench(criterion: &mut Criterion, name: &str, bundle: &Bundle) {
    let world = World::new(bundle);
    let Some(request) = bundle.requests.first() else { return };
    let Ok(prepared) = world.prepare(request) else { return };
    let first = prepared.decision();
    let region = Region::new(ALLOCATOR);
    let second = prepared.decision();
    let counted = region.change();
    assert_eq!(first, second, "{name}");
    assert_eq!(counted.allocations, 0, "{name}: {counted:?}");
    let mut group = criterion.benchmark_group(format!("decide/{name}"));
    group.bench_function("prepared", |bencher| {
        bencher.iter(|| black_box(&prepared).decision());
    });
    group.bench_function("traced", |bencher| {
        let consulted = Consulted::default();
        bencher.iter(|| black_box(&prepared).traced(&consulted));
    });
    group.bench_function("from_the_request", |bencher| {
        bencher.iter(|| world.decision(black_box(request)));
    });
    group.bench_function("explained", |bencher| {
        bencher.iter(|| world.simulate(black_box(request)));
    });
    group.finish();
}

fn decide(criterion: &mut Criterion) {
    if let Ok((bundle, _)) = plain_share().and_then(|share| read_inline(&share)) {
        bench(criterion, "plain_share", &bundle);
    }
    for name in ["user-share", "role-share-version-stage", "same-account-managed-key"] {
        if let Ok((bundle, _)) = load(name) {
            bench(criterion, name, &bundle);
        }
    }
    for (name, hit) in [("100_statements_hit_last", true), ("100_statements_miss", false)] {
        if let Ok((bundle, _)) = long_share(100, hit).and_then(|share| read_inline(&share)) {
            bench(criterion, name, &bundle);
        }
    }
}

criterion_group!(benches, decide);
criterion_main!(benches);
