//! The whole job on one bundle, without the process around it: rules, decisions, proofs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crosskey_benches::load;
use crosskey_engine::check::{CheckOptions, check};

fn whole(criterion: &mut Criterion) {
    for name in ["user-share", "organization-share"] {
        let Ok((bundle, sources)) = load(name) else {
            continue;
        };
        criterion.bench_function(&format!("check/{name}"), |bencher| {
            let options = CheckOptions::default();
            bencher.iter(|| check(black_box(&bundle), &sources, &[], &options));
        });
    }
}

criterion_group!(benches, whole);
criterion_main!(benches);
