//! From bytes to a policy, beside `serde_json` reading the same bytes to a `Value`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crosskey_benches::{many_statements, plain_policies};
use crosskey_engine::{
    aws::Assumptions,
    compile::CompiledPolicy,
    policy::{PolicyKind, parse_policy},
    text::{Limits, SourceId, parse_json},
};

fn bench(criterion: &mut Criterion, name: &str, documents: &[(PolicyKind, String)]) {
    let mut group = criterion.benchmark_group(format!("parse/{name}"));
    group.bench_function("serde_json", |bencher| {
        bencher.iter(|| {
            let read = |(_, text): &(_, String)| serde_json::from_str::<serde_json::Value>(text);
            black_box(documents).iter().map(read).filter(Result::is_ok).count()
        });
    });
    group.bench_function("spanned_json", |bencher| {
        bencher.iter(|| {
            let read = |(_, text): &(_, String)| parse_json(text, &Limits::default());
            black_box(documents).iter().map(read).filter(Result::is_ok).count()
        });
    });
    group.bench_function("compiled_policy", |bencher| {
        let assumptions = Assumptions::default();
        let source = SourceId::default();
        let compiled = |(kind, text): &(PolicyKind, String)| {
            let node = parse_json(text, &Limits::default()).ok()?;
            let parsed = parse_policy(&node, *kind, source, &assumptions);
            parsed.valid().map(|policy| CompiledPolicy::new(policy, &assumptions))
        };
        bencher.iter(|| black_box(documents).iter().filter_map(compiled).count());
    });
    group.finish();
}

fn parse(criterion: &mut Criterion) {
    let kinds = [PolicyKind::Secret, PolicyKind::Key, PolicyKind::Identity];
    if let Ok(texts) = plain_policies() {
        bench(criterion, "plain_share", &kinds.into_iter().zip(texts).collect::<Vec<_>>());
    }
    for statements in [1, 10, 100] {
        let text = many_statements(statements, "Reader");
        bench(criterion, &statements.to_string(), &[(PolicyKind::Secret, text)]);
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
