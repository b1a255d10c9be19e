//! What the commands take and give: flags, formats, exit codes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::fs;

use serde_json::{Value, json};
use support::{crosskey, root, run, run_in};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A role of another account that may read a secret under a customer managed key.
fn shared() -> Value {
    let role = "arn:aws:iam::444455556666:role/R_B";
    json!({
        "version": 1,
        "accounts": {
            "111122223333": { "organization_id": null },
            "444455556666": { "organization_id": null },
        },
        "secrets": [{ "arn": SECRET, "kms_key_id": KEY, "policy": { "Statement": [{
            "Effect": "Allow", "Principal": { "AWS": role },
            "Action": "secretsmanager:GetSecretValue", "Resource": "*" }] } }],
        "keys": [{ "arn": KEY, "policy": { "Statement": [{
            "Sid": "Admin", "Effect": "Allow", "Principal": { "AWS": "111122223333" },
            "Action": "kms:PutKeyPolicy", "Resource": "*" }, {
            "Effect": "Allow", "Principal": { "AWS": role },
            "Action": "kms:Decrypt", "Resource": "*" }] } }],
        "principals": [{ "arn": role, "identity_policies": [{ "Statement": [{
            "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"],
            "Resource": "*" }] }] }],
        "requests": [{
            "name": "the role reads the secret",
            "principal": "arn:aws:sts::444455556666:assumed-role/R_B/s1",
            "action": "secretsmanager:GetSecretValue",
            "resource": SECRET,
            "parameters": { "VersionStage": "AWSCURRENT" },
        }],
    })
}

fn simulate(bundle: &Value, more: &[&str]) -> support::Run {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bundle.json"), bundle.to_string()).unwrap();
    run_in(folder.path(), ["simulate", "."].iter().chain(more))
}

#[test]
fn both_checks_allow() {
    let run = simulate(&shared(), &["--format", "json"]);
    assert_eq!(run.code, 0);
    let json = run.json();
    assert_eq!(json["schema_version"], 1);
    let result = &json["results"][0];
    assert_eq!(result["bundle"], "bundle.json");
    assert_eq!(result["decision"], "allow");
    let checks = result["checks"].as_array().unwrap();
    let actions: Vec<_> = checks.iter().map(|check| &check["action"]).collect();
    assert_eq!(actions, ["secretsmanager:GetSecretValue", "kms:Decrypt"]);
    assert!(checks.iter().all(|check| check["decision"] == "allow"));
    let statement = &checks[0]["statements"][0];
    assert_eq!(statement["effect"], "Allow");
    assert_eq!(statement["sid"], Value::Null);
    assert!(statement["line"].is_u64() && statement["column"].is_u64());
    assert_eq!(result["operation_failure"], Value::Null);
    assert_eq!(result["expectation"], Value::Null);
}

#[test]
fn fields_come_in_the_order_of_the_contract() {
    let run = simulate(&shared(), &["--format", "json"]);
    let json = run.json();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&json)[..2], ["schema_version", "results"]);
    let result = &json["results"][0];
    assert_eq!(
        names(result)[..6],
        ["request", "bundle", "decision", "checks", "operation_failure", "expectation"]
    );
    assert_eq!(
        names(&result["checks"][0])[..7],
        ["action", "resource", "decision", "because", "statements", "needs", "near_misses"]
    );
    assert_eq!(
        names(&result["checks"][0]["statements"][0])[..6],
        ["policy", "index", "sid", "effect", "line", "column"]
    );
}

#[test]
fn a_missing_statement_is_named_by_its_layer() {
    let mut bundle = shared();
    bundle["keys"][0]["policy"]["Statement"].as_array_mut().unwrap().pop();
    let json = simulate(&bundle, &["--format", "json"]).json();
    let result = &json["results"][0];
    assert_eq!(result["decision"], "implicit_deny");
    assert_eq!(result["checks"][1]["because"], json!(["key_policy"]));
    let run = simulate(&bundle, &[]);
    // To decide is not to fail.
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("implicit_deny at kms:Decrypt because of key_policy"), "{run:?}");
}

#[test]
fn expectations_decide_the_exit_code() {
    let with = |expect: Value| {
        let mut bundle = shared();
        bundle["requests"][0]["expect"] = expect;
        simulate(&bundle, &[]).code
    };
    assert_eq!(with(json!("allow")), 0);
    assert_eq!(with(json!("deny")), 1);
    assert_eq!(
        with(json!({ "decision": "allow", "check": "kms:Decrypt", "because": ["key_policy"] })),
        0
    );
    assert_eq!(with(json!({ "decision": "allow", "check": "kms:Encrypt" })), 1);
    assert_eq!(with(json!("indeterminate")), 1);
}

#[test]
fn an_unknown_key_leaves_the_answer_open() {
    let mut bundle = shared();
    bundle["secrets"][0]["policy"]["Statement"][0]["Condition"] =
        json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } });
    let run = simulate(&bundle, &["--format", "json"]);
    assert_eq!(run.code, 3, "{run:?}");
    let check = &run.json()["results"][0]["checks"][0];
    assert_eq!(check["needs"], json!(["aws:SourceVpce"]));
    let decisions: Vec<_> =
        check["outcomes"].as_array().unwrap().iter().map(|outcome| &outcome["decision"]).collect();
    assert!(decisions.contains(&&json!("allow")), "{check}");
    assert!(decisions.contains(&&json!("implicit_deny")), "{check}");
    assert_eq!(simulate(&bundle, &["--quiet"]).code, 3);
    // Said, it is known.
    bundle["requests"][0]["context"] = json!({ "aws:SourceVpce": "vpce-1" });
    assert_eq!(simulate(&bundle, &[]).code, 0);
}

#[test]
fn requests_that_cannot_be_evaluated_hide_nothing() {
    let mut bundle = shared();
    let mut stranger = bundle["requests"][0].clone();
    stranger["principal"] = json!("arn:aws:iam::444455556666:role/R_C");
    bundle["requests"].as_array_mut().unwrap().insert(0, stranger);
    let run = simulate(&bundle, &["--format", "json"]);
    assert_eq!(run.code, 2);
    let results = &run.json()["results"];
    assert_eq!(results[0]["decision"], "invalid");
    assert_eq!(results[0]["diagnostics"][0]["field"], "principal");
    assert!(results[0]["diagnostics"][0]["line"].is_u64());
    assert_eq!(results[1]["decision"], "allow");
    // What is expected is no failure.
    bundle["requests"][0]["expect"] = json!("invalid");
    assert_eq!(simulate(&bundle, &[]).code, 0);
}

#[test]
fn one_request_can_be_given_by_flags() {
    let role = "arn:aws:iam::444455556666:role/R_B";
    let run = simulate(&shared(), &["--principal", role, "--format", "json"]);
    let results = run.json()["results"].clone();
    assert_eq!(results.as_array().unwrap().len(), 1);
    assert_eq!(results[0]["decision"], "allow");
    let direct = ["--principal", role, "--action", "kms:Encrypt", "--resource", KEY];
    let run = simulate(&shared(), &[&direct[..], &["--format", "json"]].concat());
    assert_eq!(run.json()["results"][0]["decision"], "implicit_deny");
    let run = simulate(&shared(), &["--principal", "R_B"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("<command line>:"), "{run:?}");
}

#[test]
fn parameters_and_context_can_be_given_by_flags() {
    let mut bundle = shared();
    bundle["secrets"][0]["policy"]["Statement"][0]["Condition"] = json!({ "StringEquals": {
        "secretsmanager:VersionStage": "AWSCURRENT", "aws:SourceVpce": "vpce-1" } });
    let role = ["--principal", "arn:aws:iam::444455556666:role/R_B", "--format", "json"];
    let decision = |more: &[&str]| {
        let run = simulate(&bundle, &[&role[..], more].concat());
        run.json()["results"][0]["decision"].clone()
    };
    let stage = ["--version-stage", "AWSCURRENT"];
    let endpoint = ["--context", "aws:SourceVpce=vpce-1"];
    assert_eq!(decision(&endpoint), "implicit_deny");
    assert_eq!(decision(&stage), "indeterminate");
    assert_eq!(decision(&[stage, endpoint].concat()), "allow");
    assert_eq!(decision(&[&stage[..], &["--source-ip", "203.0.113.9"]].concat()), "implicit_deny");
    assert_eq!(
        decision(&[&stage[..], &["--context", "aws:SourceVpce=null"]].concat()),
        "implicit_deny"
    );
    let stage = ["--parameter", "VersionStage=AWSCURRENT"];
    assert_eq!(decision(&[stage, endpoint].concat()), "allow");
}

#[test]
fn no_bundle_is_needed() {
    let folder = root().join("fixtures/good/role-share-version-stage");
    let arguments = |key_policy: &str| {
        [
            "simulate",
            "--secret",
            SECRET,
            "--key",
            KEY,
            "--secret-policy",
            "secret-policy.json",
            "--key-policy",
            key_policy,
            "--identity-policy",
            "identity-policy.json",
            "--principal",
            "arn:aws:sts::444455556666:assumed-role/DevApp/s1",
            "--version-stage",
            "AWSCURRENT",
            "--format",
            "json",
        ]
        .map(str::to_owned)
    };
    let run = run_in(&folder, arguments("key-policy.json"));
    let json = run.json();
    assert_eq!(json["results"][0]["decision"], "allow", "{json:#}");
    let statements = json["results"][0]["checks"][1]["statements"].as_array().unwrap();
    let policies: Vec<_> = statements.iter().map(|statement| &statement["policy"]).collect();
    assert_eq!(policies, ["identity-policy.json", "key-policy.json"]);
    // A file of any folder will do.
    let run = run_in(&folder, arguments("../ec2-role/key-policy.json"));
    assert_eq!(run.code, 0, "{run:?}");
    let run = run_in(&folder, arguments("nowhere.json"));
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("`nowhere.json` cannot be read: no such file"), "{run:?}");
}

#[test]
fn assumptions_can_be_changed() {
    let mut bundle = shared();
    bundle["secrets"][0]["policy"]["Statement"][0]["Condition"] =
        json!({ "stringequals": { "secretsmanager:VersionStage": "AWSCURRENT" } });
    let decision = |more: &[&str]| {
        let run = simulate(&bundle, &[&["--format", "json"], more].concat());
        (run.code, run.json()["results"][0]["decision"].clone())
    };
    assert_eq!(decision(&[]), (0, json!("allow")));
    assert_eq!(decision(&["--assume", "operator_case=exact"]), (2, json!("invalid")));
    let help = run(["simulate", "--help"]);
    assert_eq!(help.code, 0);
    assert!(help.stdout.contains("operator_case"), "{help:?}");
}

#[test]
fn a_tree_of_bundles_names_each() {
    let run = run(["simulate", "fixtures/good", "--format", "json"]);
    assert_eq!(run.code, 0);
    let json = run.json();
    assert_eq!(json["results"][0]["bundle"], "ec2-role/bundle.json");
    let file = self::run(["simulate", "fixtures/good/ec2-role/bundle.json", "--format", "json"]);
    assert_eq!(file.json()["results"][0]["bundle"], "bundle.json");
}

#[test]
fn the_threshold_decides_what_fails() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(root().join("fixtures/good/user-share/secret-policy.json"));
    let text = text.unwrap().replace("\"Allow\"", "\"Alow\"");
    fs::write(folder.path().join("policy.json"), text).unwrap();
    for threshold in ["info", "warning", "error"] {
        assert_eq!(run_in(folder.path(), ["check", "--fail-on", threshold]).code, 1);
    }
    let run = run_in(folder.path(), ["check"]);
    assert!(run.stderr.contains("belongs to no bundle; taken for: secret policy"), "{run:?}");
    assert!(run.stdout.contains("error[invalid-element]: `Alow` is not an effect"), "{run:?}");
    assert!(run_in(folder.path(), ["check", "--quiet"]).stderr.is_empty());
}

#[test]
fn the_kind_of_a_policy_by_itself_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}]}"#;
    fs::write(folder.path().join("guard.json"), text).unwrap();
    fs::write(folder.path().join("package.json"), r#"{"name": "no policy"}"#).unwrap();
    let guessed = run_in(folder.path(), ["check"]);
    assert!(guessed.stderr.contains("taken for: service control policy"), "{guessed:?}");
    assert_eq!(guessed.code, 0, "{guessed:?}");
    for format in ["auto", "policy"] {
        let said = ["check", "--kind", "identity", "--input-format", format];
        let said = run_in(folder.path(), said);
        assert!(said.stderr.contains("taken for: identity policy"), "{said:?}");
        assert!(!said.said().contains("package.json"), "{said:?}");
        assert_eq!(said.code, 0, "{said:?}");
    }
    let secret = run_in(folder.path(), ["check", "--kind", "secret"]);
    assert!(secret.stdout.contains("error["), "a secret's policy has principals: {secret:?}");
}

#[test]
fn colour_is_where_it_is_wanted() {
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = crosskey();
        command.args(["check", "fixtures/bad/trailing-comma"]).args(arguments);
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[], &[]), "not on a pipe");
    assert!(coloured(&["--color", "always"], &[]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn colour_changes_nothing_else() {
    let plain = run(["check", "fixtures/bad/trailing-comma", "--color", "never"]);
    let styled = run(["check", "fixtures/bad/trailing-comma", "--color", "always"]);
    assert_eq!(anstream::adapter::strip_str(&styled.stdout).to_string(), plain.stdout);
}

#[test]
fn a_report_can_go_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let path = path.to_str().unwrap();
    let run = run(["check", "fixtures/bad/trailing-comma", "--format", "json", "--output", path]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.is_empty());
    let report: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(report["findings"][0]["rule"], "json-syntax");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let run = self::run(["rules", "--output", "/nowhere/report.txt"]);
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.contains("cannot write `/nowhere/report.txt`"), "{run:?}");
}

#[test]
fn a_closed_output_is_no_success() {
    for arguments in [&["rules"][..], &["--help"], &["check", "fixtures/good"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = crosskey().args(arguments).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_no_success() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = crosskey().arg("rules").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
}

#[test]
fn rules_are_listed_and_explained() {
    let list = run(["rules"]);
    assert_eq!(list.code, 0);
    assert!(list.stdout.contains("missing-suffix"));
    let json = run(["rules", "--format", "json"]).json();
    for rule in json["rules"].as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        assert!(list.stdout.contains(id), "{id}");
        let explained = run(["rules", id]);
        assert!(explained.stdout.contains(rule["bad"].as_str().unwrap().lines().next().unwrap()));
    }
    let wrong = run(["rules", "missing-sufix"]);
    assert!(wrong.stderr.contains("did you mean `missing-suffix`?"), "{wrong:?}");
}

#[test]
fn schemas_are_printed() {
    for (name, property) in [("bundle", "secrets"), ("simulate", "results"), ("check", "findings")]
    {
        let schema = run(["schema", name]).json();
        assert!(schema["properties"][property].is_object(), "{name}");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
}
