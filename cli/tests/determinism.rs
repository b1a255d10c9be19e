//! The same input gives the same bytes: in another process, whose maps are seeded otherwise, and from files that were made
//! in another order.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

#[path = "support/hostile.rs"]
mod hostile;

use std::{
    fs,
    path::{Path, PathBuf},
};

use support::{root, run, run_in};

const FORMATS: [&str; 7] = ["human", "json", "sarif", "junit", "github", "markdown", "html"];

/// All files below a folder, relative to it.
fn files(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(root, &path, found),
            false => found.push(path.strip_prefix(root).unwrap().to_owned()),
        }
    }
}

/// The same files in a new folder, made in the order of `files`.
fn copied<'f>(from: &Path, files: impl Iterator<Item = &'f PathBuf>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from.join(file), to).unwrap();
    }
    folder
}

#[track_caller]
fn same_in_every_format(from: &Path) {
    let mut found = Vec::new();
    files(from, from, &mut found);
    found.sort();
    assert!(found.len() > 3);
    let (one, other) = (copied(from, found.iter()), copied(from, found.iter().rev()));
    for format in FORMATS {
        let arguments = ["check", "--format", format];
        let (first, second) = (run_in(one.path(), arguments), run_in(other.path(), arguments));
        assert!(first.code != 4 && !first.stdout.is_empty(), "{format}");
        assert_eq!(first.stdout, second.stdout, "{format}");
        assert_eq!((first.code, first.stderr), (second.code, second.stderr), "{format}");
    }
}

#[test]
fn what_is_hostile_reads_the_same() {
    let folder = tempfile::tempdir().unwrap();
    hostile::write(folder.path());
    same_in_every_format(folder.path());
}

#[test]
fn bad_and_refused_input_reads_the_same() {
    same_in_every_format(&root().join("fixtures/bad"));
}

#[test]
fn exports_and_plans_read_the_same() {
    same_in_every_format(&root().join("fixtures/inputs"));
}

#[test]
fn other_commands_say_the_same_twice() {
    for arguments in [
        &["simulate", "fixtures/good"][..],
        &["simulate", "fixtures/bad", "--format", "json"],
        &["who-can", "fixtures/good/user-share"],
        &["who-can", "fixtures/bad/public-plaintext", "--format", "json"],
        &["public", "fixtures/bad/public-key/key-policy.json", "--format", "json"],
        &["baseline", "fixtures/bad"],
        &["schema", "check"],
        &["rules"],
    ] {
        let (first, second) = (run(arguments), run(arguments));
        assert_eq!((first.stdout, first.code), (second.stdout, second.code), "{arguments:?}");
    }
}

/// How many threads there are says how large a file may be to be judged beside others, and what there is room for; it says
/// nothing of the answer.
#[test]
fn threads_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut lengths = [0, 10_000, 300_000, 1_500_000, 5_000_000].into_iter().cycle();
    for number in 0..150 {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Id": "{}", "Statement": [{{"Effect": "Allow", "Principal": "*",
                "Action": "secretsmanager:GetSecretValue", "Resource": "{number}"}}]}}"#,
            "x".repeat(if number % 7 == 0 { lengths.next().unwrap() } else { 0 })
        );
        fs::write(folder.path().join(format!("{number}.json")), text).unwrap();
    }
    let [first, others @ ..] = ["1", "2", "3", "64"].map(|threads| {
        let mut program = support::crosskey();
        program.args(["check", "--format", "json"]).env("RAYON_NUM_THREADS", threads);
        program.current_dir(folder.path()).output().unwrap()
    });
    assert_eq!(first.status.code(), Some(2), "{first:?}");
    assert!(others.iter().all(|other| *other == first));
}
