//! `crosskey public`: verdicts, their witnesses, and how the run ends.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails there"
)]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use serde_json::{Value, json};
use support::{run, run_with};

fn policy(statement: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

/// A secret's policy for everybody, under a condition.
fn everybody(condition: Value) -> String {
    policy(&json!({
        "Effect": "Allow",
        "Principal": "*",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
        "Condition": condition,
    }))
}

fn judged(policy: &str) -> (i32, Value) {
    let run = run_with(policy, &["public", "-", "--format", "json", "--owner", "111122223333"]);
    let json = run.json();
    assert_eq!(json["schema_version"], 1);
    (run.code, json["results"][0].clone())
}

#[test]
fn everybody_is_public() {
    let (code, result) = judged(&everybody(json!({})));
    assert_eq!(code, 1);
    assert_eq!(result["policy"], "<stdin>");
    assert_eq!(result["kind"], "secret");
    assert_eq!(result["exposure"], "public");
    for definition in ["secrets_manager", "s3"] {
        assert_eq!(result["definitions"][definition]["public"], true);
        assert_eq!(result["definitions"][definition]["statements"], json!([0]));
    }
    assert_eq!(result["witness"]["action"], "secretsmanager:GetSecretValue");
    assert!(result["witness"]["context"].is_object());
}

#[test]
fn fixed_values_are_not_public() {
    let organization = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } });
    let (code, result) = judged(&everybody(organization));
    assert_eq!(code, 0);
    assert_eq!(result["exposure"], "organization");
    assert_eq!(result["definitions"]["s3"]["public"], false);
    // The console of Secrets Manager calls every `*` public; that alone does not fail.
    assert_eq!(result["definitions"]["secrets_manager"]["public"], true);
}

#[test]
fn a_missing_key_is_shown_as_null() {
    let open = json!({ "StringEqualsIfExists": { "aws:SourceVpce": "vpce-1a2b3c4d" } });
    let (code, result) = judged(&everybody(open));
    assert_eq!(code, 1);
    assert_eq!(result["witness"]["context"], json!({ "aws:SourceVpce": null }));
}

#[test]
fn the_owner_decides_what_is_internal() {
    let policy = policy(&json!({
        "Effect": "Allow",
        "Principal": { "AWS": "111122223333" },
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }));
    assert_eq!(judged(&policy).1["exposure"], "internal");
    let run = run_with(&policy, &["public", "-", "--format", "json", "--owner", "444455556666"]);
    assert_eq!(run.json()["results"][0]["exposure"], "named_external");
    assert_eq!(run_with(&policy, &["public", "-", "--owner", "Dev_Account"]).code, 2);
}

#[test]
fn one_broken_file_hides_nothing() {
    let run = run([
        "public",
        "fixtures/bad/trailing-comma/key-policy.json",
        "fixtures/good/user-share/identity-policy.json",
        "fixtures/good/user-share/bundle.json",
        "fixtures/bad/placeholder-account/secret-policy.json",
        "nowhere.json",
        "fixtures/good/user-share/secret-policy.json",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 2);
    let json = run.json();
    assert_eq!(json["results"].as_array().unwrap().len(), 1);
    assert_eq!(json["results"][0]["exposure"], "named_external");
    let mut files: Vec<_> =
        json["diagnostics"].as_array().unwrap().iter().map(|d| &d["file"]).collect();
    files.sort_by_key(|file| file.to_string());
    assert_eq!(
        files,
        [
            "fixtures/bad/placeholder-account/secret-policy.json",
            "fixtures/bad/trailing-comma/key-policy.json",
            "fixtures/good/user-share/bundle.json",
            "fixtures/good/user-share/identity-policy.json",
            "nowhere.json",
        ]
    );
    assert!(run.stderr.contains("trailing comma"), "{run:?}");
}

#[test]
fn the_reasons_are_underlined() {
    let run = run([
        "public",
        "fixtures/bad/public-key/key-policy.json",
        "fixtures/bad/via-service-only/key-policy.json",
        "fixtures/bad/if-exists-organization/secret-policy.json",
        "fixtures/bad/service-without-source/secret-policy.json",
        "fixtures/good/whole-account-share/secret-policy.json",
    ]);
    assert_eq!(run.code, 1);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("public", run.stdout);
    });
}

#[test]
fn what_is_undecided_is_not_called_safe() {
    let marks = "?".repeat(400);
    let like =
        |operator: &str, pattern: String| json!({ operator: { "aws:PrincipalArn": pattern } });
    let statement = |effect: &str, condition| {
        json!({"Effect": effect, "Principal": "*", "Action": "secretsmanager:GetSecretValue",
            "Resource": "*", "Condition": condition})
    };
    let policy = json!({"Version": "2012-10-17", "Statement": [
        statement("Allow", like("StringLike", format!("arn:aws:iam::*:role/{marks}"))),
        statement("Deny", like("StringLike", format!("arn:aws:iam::*:role/*{marks}"))),
    ]});
    let run = run_with(&policy.to_string(), &["public", "-"]);
    assert_eq!(run.code, 3, "{run:?}");
    let head: Vec<_> = run.stdout.lines().take(2).collect();
    assert_eq!(
        head,
        [
            "? <stdin>: none, perhaps public",
            "  nothing is granted to anybody, as far as could be decided"
        ]
    );
    assert!(run.stdout.contains("multiply to more states than are searched"), "{run:?}");
}
