//! What is said of each kind of denial: the layer, the nearest statement, the part that failed, what to write.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test reads its fixtures and fails by panicking"
)]

#[path = "support/said.rs"]
mod said;

use std::{fs, path::Path};

use crosskey_engine::{
    decide::World,
    ingest::manifest::{NoFiles, read_manifest},
    text::{Limits, Source, Sources},
};
use said::said;
use serde_json::{Value, json};

/// A base bundle of the scenarios with some parts replaced.
fn explain(base: &str, changes: &[(&str, Value)]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/scenarios/bases");
    let text = fs::read_to_string(folder.join(format!("{base}.json"))).unwrap();
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        bundle.pointer_mut(parent).unwrap()[field] = value.clone();
    }
    let mut sources = Sources::new();
    let id = sources.add(Source::new("bundle.json", bundle.to_string()));
    let loaded = read_manifest(id, &mut sources, &mut NoFiles, &Limits::default());
    assert_eq!(loaded.errors, []);
    said(&World::new(&loaded.bundle).simulate(&loaded.bundle.requests[0]).unwrap())
}

fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[test]
fn identity_policy() {
    insta::assert_snapshot!(explain(
        "x0",
        &[(
            "/principals/0/identity_policies/0/Statement/0/Resource",
            json!("arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret"),
        )]
    ));
}

#[test]
fn resource_policy() {
    insta::assert_snapshot!(explain(
        "x0",
        &[(
            "/secrets/0/policy/Statement/0/Principal",
            json!({"AWS": "arn:aws:iam::444455556666:role/Other"}),
        )]
    ));
}

#[test]
fn key_policy() {
    insta::assert_snapshot!(explain(
        "x0",
        &[(
            "/keys/0/policy",
            policy(json!([{
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::444455556666:role/R_B"},
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {"StringEquals": {
                    "kms:ViaService": "secretsmanager.us-west-2.amazonaws.com",
                    "kms:EncryptionContext:SecretARN":
                        "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                }},
            }]))
        )]
    ));
}

#[test]
fn managed_key() {
    insta::assert_snapshot!(explain(
        "x0",
        &[("/secrets/0/kms_key_id", Value::Null), ("/secrets/0/versions", Value::Null),]
    ));
}

#[test]
fn grant() {
    insta::assert_snapshot!(explain(
        "x0",
        &[
            (
                "/keys/0/policy",
                policy(json!([{
                    "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                    "Action": "kms:*", "Resource": "*",
                }]))
            ),
            (
                "/keys/0/grants",
                json!([{
                    "GranteePrincipal": "arn:aws:iam::444455556666:role/R_B",
                    "Operations": ["Decrypt"],
                    "Constraints": {"EncryptionContextEquals": {
                        "SecretARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3",
                    }},
                }])
            ),
        ]
    ));
}

#[test]
fn permissions_boundary() {
    insta::assert_snapshot!(explain(
        "x0",
        &[(
            "/principals/0/permissions_boundary",
            policy(json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])),
        )]
    ));
}

#[test]
fn session_policy() {
    insta::assert_snapshot!(explain(
        "x0",
        &[(
            "/requests/0/session",
            json!({"policies": [policy(json!([
                {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
            ]))]}),
        )]
    ));
}

#[test]
fn service_control_policy() {
    insta::assert_snapshot!(explain(
        "x0",
        &[(
            "/accounts/444455556666",
            json!({"organization_id": "o-bbbbbbbbbb", "service_control_policies": [[policy(json!([
                {"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "*", "Condition": {
                    "StringNotEquals": {"aws:ResourceOrgID": "o-bbbbbbbbbb"},
                }},
            ]))]]}),
        )]
    ));
}

#[test]
fn resource_control_policy() {
    insta::assert_snapshot!(explain(
        "x0",
        &[
            (
                "/accounts/111122223333",
                json!({
                    "organization_id": "o-aaaaaaaaaa",
                    "resource_control_policies": [[policy(json!([{
                        "Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
                        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-aaaaaaaaaa"}},
                    }]))]],
                })
            ),
            ("/accounts/444455556666", json!({"organization_id": null})),
        ]
    ));
}

#[test]
fn vpc_endpoint_policy() {
    insta::assert_snapshot!(explain(
        "x0",
        &[
            (
                "/vpc_endpoints",
                json!([{"id": "vpce-1", "vpc_id": "vpc-1", "policy": policy(json!([{
                    "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*",
                }]))}])
            ),
            ("/requests/0/network", json!({"vpc_endpoint": "vpce-1"})),
        ]
    ));
}

#[test]
fn key_that_never_reaches_the_forwarded_call() {
    insta::assert_snapshot!(explain(
        "x0",
        &[
            (
                "/keys/0/policy/Statement",
                json!([
                    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/R_B"},
                     "Action": "kms:Decrypt", "Resource": "*"},
                    {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
                     "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}},
                ])
            ),
            ("/requests/0/network", json!({"vpc_endpoint": "vpce-1"})),
        ]
    ));
}

#[test]
fn unknown_key() {
    insta::assert_snapshot!(explain(
        "x0",
        &[
            (
                "/secrets/0/policy/Statement/0/Condition",
                json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}})
            ),
            ("/requests/0/network", Value::Null),
        ]
    ));
}

#[test]
fn operation_across_accounts() {
    insta::assert_snapshot!(explain(
        "x0",
        &[
            ("/requests/0/action", json!("kms:PutKeyPolicy")),
            ("/requests/0/parameters", json!({})),
            (
                "/requests/0/resource",
                json!(
                    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
                )
            ),
        ]
    ));
}

/// What requests of other services carry is not known here.
#[test]
fn a_key_that_a_request_of_another_service_has_not() {
    insta::assert_snapshot!(explain(
        "y0",
        &[
            (
                "/principals/0/identity_policies/0/Statement",
                json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*",
                    "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1", "s3:prefix": "a"}}}])
            ),
            ("/requests/0/action", json!("s3:GetObject")),
            ("/requests/0/resource", json!("arn:aws:s3:::bucket/x")),
            ("/requests/0/parameters", json!({})),
        ]
    ));
}
