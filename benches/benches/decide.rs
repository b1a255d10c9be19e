//! One combined decision (GetSecretValue and its Decrypt) over a compiled bundle.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crosskey_benches::load;
use crosskey_engine::decide::World;

fn decide(criterion: &mut Criterion) {
    for name in ["user-share", "role-share-version-stage", "same-account-managed-key"] {
        let Ok((bundle, _)) = load(name) else {
            continue;
        };
        let world = World::new(&bundle);
        let Some(request) = bundle.requests.first() else {
            continue;
        };
        let mut group = criterion.benchmark_group(format!("decide/{name}"));
        group.bench_function("decision", |bencher| {
            bencher.iter(|| world.decision(black_box(request)));
        });
        group.bench_function("explained", |bencher| {
            bencher.iter(|| world.simulate(black_box(request)));
        });
        group.finish();
    }
}

criterion_group!(benches, decide);
criterion_main!(benches);
