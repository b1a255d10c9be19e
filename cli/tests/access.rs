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
    for action in ["secretsmanager:ListSecrets", "secretsmanager:CreateSecret"] {
        let elsewhere = run(["who-can", "fixtures/good/user-share", "--action", action]);
        assert_eq!(elsewhere.code, 2);
        let message = format!("{action} is not called on a secret or a key");
        assert!(elsewhere.stderr.contains(&message), "{elsewhere:?}");
    }
    let action = run(["who-can", "fixtures/good/user-share", "--action", "read"]);
    assert_eq!(action.code, 2);
    assert!(action.stderr.contains("write SERVICE:NAME"), "{action:?}");
}

/// A plan knows the ARN of a secret but for its end; what a policy asks of the end is left open.
#[test]
fn diff_reads_plans_of_secrets_that_are_to_be_made() {
    let plan = fs::read_to_string("../fixtures/inputs/terraform/open-end/plan.json").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, entry: &str| {
        let path = folder.path().join(name);
        assert!(plan.contains("secret:Db-a*"));
        fs::write(&path, plan.replace("secret:Db-a*", entry)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (closed, open) = (of("closed.json", "secret:Other-*"), of("open.json", "secret:Db-a*"));
    let read = |old: &str, new: &str| {
        let answer = run(["diff", old, new, "--format", "json"]).json();
        let of_read = |list: &str| {
            let list = answer[list].as_array().unwrap();
            list.iter().filter(|call| call["action"] == "secretsmanager:GetSecretValue").count()
        };
        (of_read("calls"), of_read("undecided_calls"))
    };
    assert_eq!(read(&open, &of("same.json", "secret:Db-a*")), (0, 0));
    assert_eq!(read(&open, &closed), (0, 0));
    assert_eq!(read(&closed, &open), (0, 1));
    assert_eq!(read(&closed, &of("all.json", "secret:Db-*")), (1, 0));
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
fn diff_shows_a_call_that_the_old_bundle_denies() {
    let case = "fixtures/changes/guardrail-dropped";
    let (old, new) = (format!("{case}/old"), format!("{case}/new"));
    let answer = run(["diff", &old, &new, "--format", "json"]).json();
    let call = &answer["calls"][0];
    assert_eq!(call["witness"], answer["witness"]);
    assert_eq!(call["before"], "explicit_deny");
    // The witness is a request of the bundle's own form, which both bundles can be asked.
    let request = call["witness"].as_object().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (path, decision) in [(&old, "explicit_deny"), (&new, "allow")] {
        let text = fs::read_to_string(support::root().join(path).join("bundle.json")).unwrap();
        let mut manifest: Value = serde_json::from_str(&text).unwrap();
        let mut request = request.clone();
        request.remove("organization");
        manifest["requests"] = json!([request]);
        let path = folder.path().join("bundle.json");
        fs::write(&path, manifest.to_string()).unwrap();
        let simulated = run(["simulate", path.to_str().unwrap(), "--format", "json"]);
        assert_eq!(simulated.json()["results"][0]["decision"], decision);
    }
}

#[test]
fn diff_says_nothing_of_a_bundle_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let good = "fixtures/changes/rewritten/old";
    let same = run(["diff", good, &format!("{good}/bundle.json"), "--format", "json"]);
    assert_eq!((same.code, &same.json()["new_access"]), (0, &Value::Bool(false)));
    let text = fs::read_to_string(support::root().join(good).join("bundle.json")).unwrap();
    let mut manifest: Value = serde_json::from_str(&text).unwrap();
    manifest["principals"][0]["arn"] = "nobody".into();
    let path = folder.path().join("bundle.json");
    fs::write(&path, manifest.to_string()).unwrap();
    let broken = run(["diff", good, path.to_str().unwrap(), "--format", "json"]);
    assert_eq!((broken.code, &broken.json()["new_access"]), (2, &Value::Null));
    assert_eq!(broken.json()["diagnostics"][0]["field"], "principals[].arn");
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
    let bundle = "fixtures/good/user-share";
    let mixed = run(["diff", bundle, &new]);
    assert_eq!(mixed.code, 2);
    let text = format!("`{new}` is a policy and `{bundle}` is a bundle");
    assert!(mixed.stderr.contains(&text), "{mixed:?}");
    let several = run(["diff", "fixtures/good", bundle]);
    assert_eq!(several.code, 2);
    let text = "`fixtures/good` has several bundles, `ec2-role/bundle.json` and";
    assert!(several.stderr.contains(text), "{several:?}");
    let none = run(["diff", "docs", bundle]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("no bundle was found in `docs`"), "{none:?}");
    let same = run(["diff", &new, &new]);
    assert_eq!((same.code, same.stdout.as_str()), (2, ""));
    let broken = run_with("{", &["diff", &old, "-"]);
    assert_eq!(broken.code, 2);
    let missing = run(["diff", &old, "nowhere.json"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("nowhere.json"), "{missing:?}");
}
