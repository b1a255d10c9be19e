//! From bytes to a policy, beside `serde_json` reading the same bytes to a `Value`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crosskey_benches::many_statements;
use crosskey_engine::{
    aws::Assumptions,
    compile::CompiledPolicy,
    policy::{PolicyKind, parse_policy},
    text::{Limits, SourceId, parse_json},
};

fn parse(criterion: &mut Criterion) {
    for statements in [1, 10, 100] {
        let text = many_statements(statements, "Reader");
        let mut group = criterion.benchmark_group(format!("parse/{statements}"));
        group.bench_function("serde_json", |bencher| {
            bencher.iter(|| serde_json::from_str::<serde_json::Value>(black_box(&text)));
        });
        group.bench_function("spanned_json", |bencher| {
            bencher.iter(|| parse_json(black_box(&text), &Limits::default()));
        });
        group.bench_function("compiled_policy", |bencher| {
            let assumptions = Assumptions::default();
            bencher.iter(|| {
                let node = parse_json(black_box(&text), &Limits::default()).ok()?;
                let source = SourceId::default();
                let parsed = parse_policy(&node, PolicyKind::Secret, source, &assumptions);
                parsed.valid().map(|policy| CompiledPolicy::new(policy, &assumptions))
            });
        });
        group.finish();
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
