//! How time grows: with the statements of a policy, with the bundles of a tree, and with the bundles that a command judges
//! beside each other. Criterion draws the charts; a straight line is what is wanted.

use std::{
    fs,
    hint::black_box,
    process::{Command, Stdio},
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crosskey_benches::{command, long_share, many_bundles, read_inline, scratch};
use crosskey_engine::{bundle::Bundle, decide::World};

fn statements(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scale/statements");
    group.sample_size(20);
    for statements in [4_u64, 8, 16, 32, 64, 128] {
        for (name, hit) in [("hit_last", true), ("miss", false)] {
            let size = usize::try_from(statements).unwrap_or_default();
            let share = long_share(size, hit).and_then(|share| read_inline(&share));
            let Ok((bundle, _)) = share else { continue };
            decision(&mut group, BenchmarkId::new(name, statements), &bundle);
        }
    }
    group.finish();
}

fn decision(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    id: BenchmarkId,
    bundle: &Bundle,
) {
    let world = World::new(bundle);
    let Some(request) = bundle.requests.first() else { return };
    let Ok(prepared) = world.prepare(request) else { return };
    group.bench_function(id, |bencher| bencher.iter(|| black_box(&prepared).decision()));
}

fn bundles(criterion: &mut Criterion) {
    let Some(program) = command() else { return };
    let mut group = criterion.benchmark_group("scale/bundles");
    group.sample_size(10);
    for count in [10_u64, 100, 1000] {
        let folder = scratch(&format!("{count}-bundles"));
        let written = many_bundles(&folder, usize::try_from(count).unwrap_or_default());
        if written.is_err() {
            continue;
        }
        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::new("check", count), |bencher| {
            bencher.iter(|| {
                let mut command = Command::new(&program);
                command.arg("check").arg(&folder).stdout(Stdio::null()).stderr(Stdio::null());
                command.status().is_ok()
            });
        });
        // What cannot be removed is in the build's own folder.
        fs::remove_dir_all(&folder).ok();
    }
    group.finish();
}

criterion_group!(benches, statements, bundles);
criterion_main!(benches);
