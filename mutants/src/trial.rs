//! Runs the tests that a change can be noticed by, until one notices it.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::build::Built;
use crate::list::Change;

/// What the tests make of a change.
#[derive(Clone, PartialEq, Eq)]
pub enum Found {
    /// This test fails.
    Noticed(String),
    /// This test does not end, or not in many times its time.
    Endless(String),
    /// All tests that come to the place pass.
    Missed,
    /// No test comes to the place.
    Unreached,
    /// The change does not compile, or has no switch here.
    Left,
}

/// A test, with what it does when nothing is changed.
pub struct Test {
    program: PathBuf,
    name: String,
    takes: Duration,
    reaches: HashSet<usize>,
}

/// Runs every test once without a change, the quickest first in the answer. Tests that fail then, since they look at
/// sources, are left out.
pub fn prepare(tree: &Path, built: &Built) -> Result<Vec<Test>> {
    let names = built
        .programs
        .iter()
        .map(|program| Ok(names(program)?.into_iter().map(|name| (program.clone(), name))));
    let names: Vec<_> = names.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    let tests = Mutex::new(Vec::new());
    each(names.len(), |number| {
        let (program, name) = &names[number];
        let seen = tree.join(format!("target/seen-{number}"));
        let _ = fs::remove_file(&seen);
        let started = Instant::now();
        let mut command = command(tree, program, name);
        let passed = run(command.env("MUTANTS_SEEN", &seen), Duration::from_secs(600));
        if passed == Some(true) {
            let text = fs::read_to_string(&seen).unwrap_or_default();
            let reaches =
                text.lines().map(|line| line.parse().expect("a number of a change")).collect();
            let test = Test {
                program: program.clone(),
                name: name.clone(),
                takes: started.elapsed(),
                reaches,
            };
            tests.lock().expect("no test panics").push(test);
        } else {
            eprintln!("left out, as it fails without a change: {name}");
        }
    });
    let mut tests = tests.into_inner().expect("no test panics");
    tests.sort_by_key(|test| test.takes);
    ensure!(!tests.is_empty(), "no test passes");
    eprintln!(
        "{} tests, {:.0?} in all",
        tests.len(),
        tests.iter().map(|test| test.takes).sum::<Duration>()
    );
    Ok(tests)
}

/// What becomes of each change.
pub fn all(tree: &Path, changes: &[Change], built: &Built, tests: &[Test]) -> Result<Vec<Found>> {
    let found = Mutex::new(vec![Found::Left; changes.len()]);
    each(changes.len(), |number| {
        if built.compile.contains(&number) {
            let one = one(tree, number, tests);
            if matches!(one, Found::Missed | Found::Unreached) {
                eprintln!("not noticed: {}", changes[number].name);
            }
            found.lock().expect("no trial panics")[number] = one;
        }
    });
    Ok(found.into_inner()?)
}

fn one(tree: &Path, change: usize, tests: &[Test]) -> Found {
    let mut found = Found::Unreached;
    for test in tests.iter().filter(|test| test.reaches.contains(&change)) {
        let mut command = command(tree, &test.program, &test.name);
        match run(
            command.env("MUTANT", change.to_string()),
            test.takes * 5 + Duration::from_secs(5),
        ) {
            Some(true) => found = Found::Missed,
            Some(false) => return Found::Noticed(test.name.clone()),
            None => return Found::Endless(test.name.clone()),
        }
    }
    found
}

/// Does something for each number, on all processors.
fn each(count: usize, what: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    what(number);
                }
            });
        }
    });
}

fn names(program: &Path) -> Result<Vec<String>> {
    let output = Command::new(program).args(["--list", "--format=terse"]).output();
    let output = output.with_context(|| format!("cannot run {}", program.display()))?;
    let lines = String::from_utf8(output.stdout)?;
    Ok(lines.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

/// One test, with random cases that are the same each time, few unless asked for more, in bounded memory.
fn command(tree: &Path, program: &Path, name: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 4000000; exec \"$0\" \"$@\""]).arg(program).args([
        "--exact",
        name,
        "--test-threads=1",
    ]);
    command
        .current_dir(tree.join("engine"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.env("INSTA_UPDATE", "no").env("INSTA_WORKSPACE_ROOT", tree);
    command
        .env("PROPTEST_CASES", env::var_os("PROPTEST_CASES").unwrap_or_else(|| "16".into()))
        .env("PROPTEST_RNG_SEED", "1")
        .env("PROPTEST_MAX_SHRINK_ITERS", "0");
    command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
    command
}

/// Whether it ended well, nothing where it did not end in time.
fn run(command: &mut Command, most: Duration) -> Option<bool> {
    let mut child = command.spawn().expect("sh runs");
    let started = Instant::now();
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait().expect("a child can be asked") {
            return Some(status.success());
        }
        if started.elapsed() > most {
            child.kill().expect("a child can be stopped");
            child.wait().expect("a child that was stopped ends");
            return None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
