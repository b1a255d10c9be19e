//! `crosskey who-can` and `crosskey diff`: what people see, what programs see, and how the run ends.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{fs, path::Path};

use serde_json::{Value, json};
use support::{run, run_with};

fn write(folder: &Path, name: &str, statements: &Value) -> String {
    let path = folder.join(name);
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    fs::write(&path, serde_json::to_string_pretty(&policy).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn allow(principals: &Value, actions: &Value) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": principals }, "Action": actions, "Resource": "*" })
}

#[test]
fn who_can_tells_those_of_the_bundle_and_those_beside_it() {
    let run = run(["who-can", "fixtures/good/whole-account-share"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run.said(), @r"
    secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3
      in the bundle
        ✓ arn:aws:iam::444455556666:role/DevApp can
        · arn:aws:iam::444455556666:role/OtherApp cannot
      beside it, if their own accounts let them
        • account 111122223333
          for example arn:aws:sts::111122223333:assumed-role/anyone/session
        • account 444455556666
          for example arn:aws:sts::444455556666:assumed-role/anyone/session
    ");
}

#[test]
fn a_witness_is_a_request_that_simulate_allows() {
    let bundle = "fixtures/good/role-share-version-stage";
    let answer = run(["who-can", bundle, "--format", "json"]).json();
    assert_eq!(answer["schema_version"], 1);
    let found = &answer["results"][0]["principals"][0];
    assert_eq!((&found["can"], &found["always"]), (&json!(true), &json!(false)));
    let witness = &found["witness"];
    assert_eq!(witness["parameters"], json!({ "VersionStage": "AWSCURRENT" }));
    let principal = witness["principal"].as_str().unwrap();
    let simulated = run([
        "simulate",
        bundle,
        "--principal",
        principal,
        "--version-stage",
        "AWSCURRENT",
        "--format",
        "json",
    ]);
    assert_eq!(simulated.json()["results"][0]["decision"], "allow");
}

#[test]
fn who_can_refuses_what_the_bundle_lacks() {
    let other = "arn:aws:secretsmanager:us-east-1:111122223333:secret:Other-a1B2c3";
    let lacking = run(["who-can", "fixtures/good/user-share", "--resource", other]);
    assert_eq!(lacking.code, 2);
    assert!(lacking.stderr.contains(&format!("no bundle has `{other}`")), "{lacking:?}");
    let nothing = run(["who-can", "docs"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("no bundle was found"), "{nothing:?}");
    let action = run(["who-can", "fixtures/good/user-share", "--action", "read"]);
    assert_eq!(action.code, 2);
    assert!(action.stderr.contains("write SERVICE:NAME"), "{action:?}");
}

#[test]
fn diff_tells_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let one = allow(&json!("444455556666"), &json!("secretsmanager:GetSecretValue"));
    let two = allow(&json!(["444455556666", "777788889999"]), &json!("secretsmanager:Get*"));
    let old = write(folder.path(), "old.json", &json!([one]));
    let new = write(folder.path(), "new.json", &json!([two]));
    let human = run(["diff", &old, &new]);
    assert_eq!(human.code, 1);
    let said = human.stdout.replace(folder.path().to_str().unwrap(), "");
    insta::assert_snapshot!(said);
    let json = run(["diff", &old, &new, "--format", "json"]).json();
    assert_eq!(json["new_access"], true);
    assert!(json["witness"]["action"].as_str().unwrap().starts_with("secretsmanager:Get"));
    let principals: Vec<&str> = json["grants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|grant| grant["principal"].as_str().unwrap())
        .collect();
    assert_eq!(principals, ["444455556666", "777788889999"]);
    let back = run(["diff", &new, &old, "--format", "json"]);
    assert_eq!(back.code, 0);
    assert_eq!(back.json()["new_access"], false);
    assert_eq!(back.json()["witness"], Value::Null);
}

#[test]
fn diff_refuses_what_it_cannot_compare() {
    let folder = tempfile::tempdir().unwrap();
    let secret = allow(&json!("444455556666"), &json!("secretsmanager:GetSecretValue"));
    let identity = json!({ "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*" });
    let old = write(folder.path(), "old.json", &json!([secret]));
    let new = write(folder.path(), "new.json", &json!([identity]));
    let kinds = run(["diff", &old, &new]);
    assert_eq!(kinds.code, 2);
    assert!(
        kinds.stderr.contains(
            "policies of two kinds cannot be compared: secret policy and identity policy"
        ),
        "{kinds:?}"
    );
    let bundles = run(["diff", "fixtures/good", &new]);
    assert_eq!(bundles.code, 2);
    assert!(
        bundles.stderr.contains("is a folder, and two policy files are compared"),
        "{bundles:?}"
    );
    let same = run(["diff", &new, &new]);
    assert_eq!((same.code, same.stdout.as_str()), (2, ""));
    let broken = run_with("{", &["diff", &old, "-"]);
    assert_eq!(broken.code, 2);
    let missing = run(["diff", &old, "nowhere.json"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("nowhere.json"), "{missing:?}");
}
