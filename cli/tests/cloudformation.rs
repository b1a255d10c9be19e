//! Templates of CloudFormation, the CDK and SAM are found by themselves and joined into one world.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{fs, path::PathBuf};

use support::{Run, root, run, run_in, run_with};

const PLACE: [&str; 4] =
    ["--parameter", "AWS::AccountId=111122223333", "--parameter", "AWS::Region=us-east-1"];

fn shown(run: &Run) -> String {
    format!("exit {}\n{}{}", run.code, run.stdout, run.stderr)
}

/// Checks a folder of the fixtures with arguments.
fn check(folder: &str, arguments: &[&str]) -> Run {
    let folder = format!("fixtures/inputs/cloudformation/{folder}");
    run(["check", &folder].iter().chain(arguments))
}

#[test]
fn a_share_over_two_templates_is_one_world() {
    let share = check(
        "share",
        &[
            "--parameter",
            "producer.yaml:AWS::AccountId=111122223333",
            "--parameter",
            "consumer.yaml:AWS::AccountId=444455556666",
            "--parameter",
            "AWS::Region=us-east-1",
        ],
    );
    insta::assert_snapshot!("cloudformation-share", shown(&share));
}

#[test]
fn an_assembly_of_the_cdk_tells_where_its_stacks_go() {
    insta::assert_snapshot!("cloudformation-cdk", shown(&check("cdk", &[])));
    // The manifest counts for a template that is given alone, too.
    let alone = run(["check", "fixtures/inputs/cloudformation/cdk/App.template.json"]);
    assert!(
        alone.stdout.contains("eu-west-1:111122223333:secret:tbd-App-Secret8A4C5D"),
        "{alone:?}"
    );
    // What the user says counts more.
    let moved = check("cdk", &["--parameter", "AWS::Region=eu-central-1"]);
    assert!(moved.stdout.contains("eu-central-1:111122223333:secret:"), "{moved:?}");
}

#[test]
fn functions_of_sam_have_roles() {
    insta::assert_snapshot!("cloudformation-sam", shown(&check("sam", &PLACE)));
}

#[test]
fn conditions_decide_what_is_made() {
    insta::assert_snapshot!("cloudformation-conditions", shown(&check("conditions", &PLACE)));
    let prod = [&PLACE[..], &["--parameter", "Stage=prod", "--parameter", "Team=ours"]].concat();
    insta::assert_snapshot!("cloudformation-conditions-prod", shown(&check("conditions", &prod)));
}

#[test]
fn what_a_template_does_not_tell_stays_open_and_is_named() {
    insta::assert_snapshot!("cloudformation-unknown", shown(&check("unknown", &PLACE)));
}

#[test]
fn a_template_without_a_place_is_told_once() {
    let share = check("share", &[]);
    assert_eq!(share.code, 2, "{share:?}");
    insta::assert_snapshot!("cloudformation-no-place", shown(&share));
}

/// Each says what is wrong, where, and hides nothing of the others.
#[test]
fn templates_that_cannot_be_read_are_each_told() {
    let all = check("refused", &PLACE);
    assert_eq!(all.code, 2, "{all:?}");
    insta::assert_snapshot!("cloudformation-refused", shown(&all));
    assert!(all.stdout.contains("can arn:aws:iam::111122223333:role/Reader read"), "{all:?}");
}

#[test]
fn a_value_that_a_parameter_cannot_have_is_refused() {
    let stage = [&PLACE[..], &["--parameter", "Stage=staging"]].concat();
    let run = check("conditions", &stage);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stdout.contains("the parameter `Stage` cannot be `staging`"), "{run:?}");
    assert!(run.stdout.contains("template.yaml:5:20"), "{run:?}");
}

#[test]
fn a_parameter_that_no_template_has_is_told() {
    let run = check("conditions", &[&PLACE[..], &["--parameter", "Stagee=prod"]].concat());
    let note = "note: no template with a parameter `Stagee` was read";
    assert!(run.stderr.contains(note), "{run:?}");
}

#[test]
fn other_yaml_is_passed_over_unless_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("workflow.yml", "on: push\njobs: {}\n"),
        ("helm.yaml", "metadata:\n  name: {{ .Release.Name }}\n"),
        ("pods.yaml", "kind: A\n---\nkind: B\n"),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let template = "Resources:\n  T: {Type: AWS::SNS::Topic}\n";
    fs::write(folder.path().join("topic.template"), template).unwrap();
    let run = run_in(folder.path(), ["check", "."]);
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(run.stdout.matches("error").count(), 0, "{run:?}");
    for (name, message) in [
        ("workflow.yml", "`workflow.yml` cannot be read: it is no template of CloudFormation"),
        ("helm.yaml", "a key that is no text"),
        ("pods.yaml", "a second document in one file"),
    ] {
        let run = run_in(folder.path(), ["check", name]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stdout.contains(message), "{run:?}");
    }
}

#[test]
fn a_template_can_come_from_standard_input() {
    let path = root().join("fixtures/inputs/cloudformation/sam/template.yaml");
    let text = fs::read_to_string(path).unwrap();
    let run = run_with(&text, &[&["check", "-"][..], &PLACE].concat());
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("role/tbd--stdin--ReadsRole read"), "{run:?}");
}

#[test]
fn templates_from_elsewhere_are_read_or_refused_with_a_reason() {
    let Some(corpus) = std::env::var_os("CROSSKEY_CORPUS") else {
        eprintln!("CROSSKEY_CORPUS is not set: no templates to read");
        return;
    };
    let mut seen = 0;
    for entry in fs::read_dir(PathBuf::from(corpus).join("cloudformation")).unwrap() {
        let path = entry.unwrap().path();
        let without = run(["check".as_ref(), path.as_os_str()]);
        assert_eq!(without.code, 2, "{without:?}");
        assert!(without.stdout.contains("add `--parameter AWS::AccountId=…`"), "{without:?}");
        let with =
            run(["check".as_ref(), path.as_os_str()].into_iter().chain(PLACE.map(AsRef::as_ref)));
        assert!(with.code <= 1, "{}: {with:?}", path.display());
        assert!(!with.stdout.contains(", 0 policies"), "{}: {with:?}", path.display());
        seen += 1;
    }
    assert!(seen > 0, "the corpus has no templates");
}
