//! The whole job on one bundle: rules, decisions, proofs. Once without the process around it, once as a command that is
//! started anew each time, beside the same command with nothing to do.

use std::{
    hint::black_box,
    process::{Command, Stdio},
};

use criterion::{Criterion, criterion_group, criterion_main};
use crosskey_benches::{command, fixture, load};
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

fn process(criterion: &mut Criterion) {
    // Without the program there is nothing to start: `cargo build --release -p crosskey` makes it.
    let Some(program) = command() else { return };
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok()
    };
    let mut group = criterion.benchmark_group("check/process");
    group.sample_size(20);
    group.bench_function("version", |bencher| bencher.iter(|| run(&["--version"])));
    for name in ["user-share", "organization-share"] {
        let folder = fixture(name);
        let path = folder.to_string_lossy();
        group.bench_function(name, |bencher| bencher.iter(|| run(&["check", &path])));
    }
    group.finish();
}

criterion_group!(benches, whole, process);
criterion_main!(benches);
