//! What other tools write is found by itself and joined into one world.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

mod support;

use std::{fs, path::PathBuf};

use support::{Run, run, run_in, run_with};

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

/// What the user says that a file is counts more than its name.
#[test]
fn the_format_can_be_said() {
    let plan = "fixtures/inputs/terraform/share/plan.json";
    let as_format = |path: &str, format: &str| run(["check", path, "--input-format", format]);
    let told = run(["check", plan]);
    assert_eq!(as_format(plan, "terraform").stdout, told.stdout);
    assert_eq!(as_format(plan, "auto").stdout, told.stdout);
    for (format, called) in [
        ("aws", "output of the AWS CLI"),
        ("policy", "a policy"),
        ("cloudformation", "a template of CloudFormation"),
    ] {
        let run = as_format(plan, format);
        assert_eq!(run.code, 2, "{run:?}");
        let message = format!("`--input-format` says that it is {called}, but it is not");
        assert!(run.stdout.contains(&message), "{run:?}");
    }
    let run = as_format(plan, "bundle");
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stdout.contains("unknown field"), "{run:?}");
    // Below a folder what is something else is passed over.
    let all = as_format("fixtures/inputs", "terraform");
    assert!(all.stdout.contains("files passed over"), "{all:?}");
    assert!(!all.stdout.contains("--> fixtures/inputs/aws"), "{all:?}");
}

#[test]
fn a_format_can_be_said_of_standard_input_and_of_any_name() {
    let path = support::root().join("fixtures/inputs/terraform/share/plan.json");
    let plan = fs::read_to_string(path).unwrap();
    let run = run_with(&plan, &["check", "-", "--input-format", "terraform"]);
    assert_eq!(run.code, 3, "{run:?}");
    let broken = run_with("{", &["check", "-", "--input-format", "aws"]);
    assert_eq!(broken.code, 2, "{broken:?}");
    assert!(broken.stdout.contains("the document ends inside an object"), "{broken:?}");
    let folder = tempfile::tempdir().unwrap();
    let template = "Resources:\n  Db: {Type: AWS::SecretsManager::Secret}\n";
    fs::write(folder.path().join("stack.txt"), template).unwrap();
    let run = run_in(folder.path(), ["check", "stack.txt", "--input-format", "cloudformation"]);
    assert!(run.stdout.contains("nothing tells the account"), "{run:?}");
    let run = run_in(folder.path(), ["check", "stack.txt"]);
    assert!(run.stdout.contains("--> stack.txt:1:1"), "{run:?}");
}
