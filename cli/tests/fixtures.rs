//! Every folder of `fixtures` is a test: its requests come out as it expects, the rules find what its README says, and
//! what is printed is that of the snapshot.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails there"
)]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{
    collections::BTreeSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
};

use support::{Run, root, run};

#[test]
fn good_cases_are_clean() {
    each("good", |case| {
        let check = judged(case);
        assert_eq!(found(&check), BTreeSet::new(), "{case}");
        assert_eq!(check.code, 0, "{case}");
    });
}

#[test]
fn bad_cases_are_found() {
    each("bad", |case| {
        let check = judged(case);
        let readme = fs::read_to_string(root().join(case).join("README.md")).unwrap();
        let finds = readme.lines().find_map(|line| line.strip_prefix("Finds:"));
        let expected: BTreeSet<_> =
            finds.expect("a line `Finds:`").split(',').map(|id| id.trim().to_owned()).collect();
        assert_eq!(found(&check), expected, "{case}");
        assert_eq!(check.code, 1, "{case}");
    });
}

#[test]
fn changes_are_told() {
    each("changes", |case| {
        let (old, new) = (format!("{case}/old"), format!("{case}/new"));
        let human = run(["diff", &old, &new]);
        snapshot(case, "diff", &human.stdout);
        let readme = fs::read_to_string(root().join(case).join("README.md")).unwrap();
        let told = readme.lines().filter_map(|line| line.strip_prefix("New: "));
        let expected: BTreeSet<_> =
            told.filter(|told| *told != "nothing").map(str::to_owned).collect();
        let json = run(["diff", &old, &new, "--format", "json"]);
        let answer = json.json();
        let calls = answer["calls"].as_array().unwrap();
        let found: BTreeSet<_> = calls.iter().map(call).collect();
        assert_eq!(found, expected, "{case}");
        assert_eq!(answer["new_access"], !expected.is_empty(), "{case}");
        assert_eq!(human.code, i32::from(!expected.is_empty()), "{case}");
        assert_eq!(json.code, human.code, "{case}");
    });
}

/// Who can make a call, and which.
fn call(call: &serde_json::Value) -> String {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let who = match &call["grantee"] {
        serde_json::Value::Null => text(&call["principal"]),
        grantee => {
            format!("{} {}", text(&grantee["kind"]), text(&grantee["value"])).trim().to_owned()
        }
    };
    format!("{who} {}", text(&call["action"]))
}

#[test]
fn unreadable_cases_are_rejected() {
    each("reject", |case| {
        let expected = fs::read_to_string(root().join(case).join("expected.txt")).unwrap();
        let expected = expected.lines().next().unwrap();
        for command in ["check", "simulate"] {
            let run = run([command, &format!("{case}/input")]);
            assert_eq!(run.code, 2, "{case}: {run:?}");
            assert!(run.said().contains(expected), "{case}: {run:?}");
            assert!(run.said().contains(&format!("--> {case}/input/")), "{case}: {run:?}");
        }
        snapshot(case, "check", &run(["check", &format!("{case}/input")]).stdout);
    });
}

/// The cases together: one broken or bad case hides nothing of the others.
#[test]
fn all_cases_at_once() {
    assert_eq!(run(["check", "fixtures/good"]).code, 0);
    let bad = run(["check", "fixtures/bad", "--format", "json"]);
    assert_eq!(bad.code, 1);
    let mut single = BTreeSet::new();
    each("bad", |case| {
        let check = run(["check", case, "--format", "json"]);
        single.extend(check.json()["findings"].as_array().unwrap().iter().map(place));
    });
    let together: BTreeSet<_> =
        bad.json()["findings"].as_array().unwrap().iter().map(place).collect();
    assert_eq!(together, single);
}

fn place(finding: &serde_json::Value) -> String {
    format!("{} {}:{}:{}", finding["rule"], finding["file"], finding["line"], finding["column"])
}

/// Runs `judge` on every folder, so that one that fails does not hide the others.
fn each(folder: &str, mut judge: impl FnMut(&str)) {
    let mut cases: Vec<_> = fs::read_dir(root().join("fixtures").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut failed = Vec::new();
    for case in cases {
        let case = format!("fixtures/{folder}/{case}");
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| judge(&case))) {
            let why = panic.downcast::<String>().map_or_else(|_| case, |message| *message);
            failed.push(why);
        }
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

/// Decides the requests and looks for mistakes, with snapshots of both.
fn judged(case: &str) -> Run {
    let simulate = run(["simulate", case]);
    snapshot(case, "simulate", &simulate.stdout);
    snapshot(case, "check", &run(["check", case]).stdout);
    let check = run(["check", case, "--format", "json"]);
    snapshot(case, "json", &check.stdout);
    assert_eq!(simulate.code, 0, "{case}: {}", simulate.said());
    check
}

/// The rules with a finding of severity warning or worse.
fn found(check: &Run) -> BTreeSet<String> {
    let json = check.json();
    let findings = json["findings"].as_array().unwrap().iter();
    let serious = findings.filter(|finding| finding["severity"] != "info");
    serious.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

fn snapshot(case: &str, what: &str, text: &str) {
    let (folder, name) = case.strip_prefix("fixtures/").unwrap().split_once('/').unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("snapshots/{folder}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("{name}.{what}"), text));
}
