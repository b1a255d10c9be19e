//! What other tools write is found by itself and joined into one world.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{fs, path::PathBuf};

use support::{Run, run};

fn shown(run: &Run) -> String {
    format!("exit {}\n{}{}", run.code, run.stdout, run.stderr)
}

#[test]
fn a_share_in_exports_of_the_cli_is_judged() {
    let check = run(["check", "fixtures/inputs/aws/share"]);
    insta::assert_snapshot!("aws-share", shown(&check));
    let report = run(["check", "fixtures/inputs/aws/share", "--format", "json"]).json();
    let decisions: Vec<_> =
        report["results"].as_array().unwrap().iter().map(|r| &r["decision"]).collect();
    assert_eq!(decisions, ["implicit_deny", "allow", "indeterminate"]);
}

#[test]
fn exports_that_disagree_or_fail_are_each_told() {
    let check = run(["check", "fixtures/inputs/aws/disagree"]);
    assert_eq!(check.code, 2, "{check:?}");
    insta::assert_snapshot!("aws-disagree", shown(&check));
}

#[test]
fn recorded_answers_are_read_or_refused_with_a_reason() {
    let Some(corpus) = std::env::var_os("CROSSKEY_CORPUS") else {
        eprintln!("CROSSKEY_CORPUS is not set: no recorded answers to read");
        return;
    };
    let mut seen = 0;
    for entry in fs::read_dir(PathBuf::from(corpus).join("aws-api")).unwrap() {
        let path = entry.unwrap().path();
        let check = run(["check".as_ref(), path.as_os_str()]);
        seen += 1;
        assert!(check.code <= 3, "{}: {check:?}", path.display());
        assert!(!check.said().contains("neither a bundle"), "{}: {check:?}", path.display());
        if check.code == 2 {
            let told = ["is an error of AWS", "nothing to judge"];
            assert!(told.iter().any(|text| check.said().contains(text)), "{check:?}");
        }
    }
    assert!(seen > 0, "the corpus has no answers");
}
