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

/// Answers that do not say what they are about are known by the names of their files; what is not told stays open.
#[test]
fn exports_of_single_calls_are_put_together() {
    let check = run(["check", "fixtures/inputs/aws/piecemeal"]);
    assert_eq!(check.code, 2, "{check:?}");
    insta::assert_snapshot!("aws-piecemeal", shown(&check));
}

/// Nobody says to which accounts a control policy is attached: what it may deny is open.
#[test]
fn control_policies_of_an_organization_leave_decisions_open() {
    let check = run(["check", "fixtures/inputs/aws/controls"]);
    assert_eq!(check.code, 3, "{check:?}");
    insta::assert_snapshot!("aws-controls", shown(&check));
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

#[test]
fn a_plan_of_terraform_is_judged_and_what_is_not_known_stays_open() {
    let check = run(["check", "fixtures/inputs/terraform/share"]);
    insta::assert_snapshot!("terraform-share", shown(&check));
}

#[test]
fn a_state_of_terraform_is_judged() {
    let check = run(["check", "fixtures/inputs/terraform/state"]);
    insta::assert_snapshot!("terraform-state", shown(&check));
}

#[test]
fn resources_that_cannot_be_placed_or_are_made_twice_are_told() {
    let unplaced = run(["check", "fixtures/inputs/terraform/unplaced"]);
    assert_eq!(unplaced.code, 2, "{unplaced:?}");
    insta::assert_snapshot!("terraform-unplaced", shown(&unplaced));
    let conflict = run(["check", "fixtures/inputs/terraform/conflict"]);
    assert_eq!(conflict.code, 2, "{conflict:?}");
    insta::assert_snapshot!("terraform-conflict", shown(&conflict));
}

#[test]
fn plans_from_elsewhere_are_read_or_refused_with_a_reason() {
    let Some(corpus) = std::env::var_os("CROSSKEY_CORPUS") else {
        eprintln!("CROSSKEY_CORPUS is not set: no plans to read");
        return;
    };
    let mut seen = 0;
    for entry in fs::read_dir(PathBuf::from(corpus).join("terraform")).unwrap() {
        let path = entry.unwrap().path();
        let check = run(["check".as_ref(), path.as_os_str()]);
        seen += 1;
        assert!(check.code <= 3, "{}: {check:?}", path.display());
        assert!(!check.said().contains("neither a bundle"), "{}: {check:?}", path.display());
    }
    assert!(seen > 0, "the corpus has no plans");
}

/// `Db-a*` may or may not cover a secret whose ARN is still to get its end.
#[test]
fn the_end_of_a_new_secret_is_open() {
    let report = run(["check", "fixtures/inputs/terraform/open-end", "--format", "json"]).json();
    let results = report["results"].as_array().unwrap();
    let of = |role: &str| {
        let asked = |r: &&serde_json::Value| r["request"].as_str().unwrap().contains(role);
        results.iter().find(asked).map(|result| result["decision"].clone())
    };
    assert_eq!(of("role/app"), Some("allow".into()));
    assert_eq!(of("role/batch"), Some("indeterminate".into()));
}
