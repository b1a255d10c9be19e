mod random;

use serde_json::{Value, json};

use super::*;
use crate::{
    policy::{PolicyKind, parse_policy},
    text::{Limits, SourceId, parse_json},
};

fn policy(kind: PolicyKind, text: &str) -> Policy {
    let node = parse_json(text, &Limits::default()).unwrap();
    let parsed = parse_policy(&node, kind, SourceId::default(), &Assumptions::default());
    assert!(parsed.valid().is_some(), "{:?}", parsed.errors);
    parsed.policy
}

fn of(kind: PolicyKind, statements: &Value) -> Policy {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    policy(kind, &text)
}

fn compare(kind: PolicyKind, old: &Value, new: &Value) -> NewAccess {
    new_access(&of(kind, old), &of(kind, new), &CompareOptions::default()).unwrap()
}

/// Both directions.
fn verdicts(kind: PolicyKind, old: &Value, new: &Value) -> (Truth, Truth) {
    (compare(kind, old, new).new_access, compare(kind, new, old).new_access)
}

const EQUAL: (Truth, Truth) = (Truth::False, Truth::False);

#[test]
fn how_a_policy_is_written_does_not_matter() {
    let read =
        json!({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"});
    let decrypt = json!({"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["*"]});
    let both = json!({"Effect": "Allow", "Action": ["kms:Decrypt", "secretsmanager:getsecretvalue"],
        "Resource": "*", "Sid": "Both"});
    let identity = PolicyKind::Identity;
    assert_eq!(verdicts(identity, &json!([read, decrypt]), &json!([decrypt, read])), EQUAL);
    assert_eq!(verdicts(identity, &json!([read, decrypt]), &json!(both)), EQUAL);
    let all = json!({"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"});
    let names: Vec<&str> = crate::aws::catalog::actions_of(crate::aws::Service::SecretsManager)
        .iter()
        .map(|action| action.full_name)
        .collect();
    let listed = json!({"Effect": "Allow", "Action": names, "Resource": "*"});
    assert_eq!(verdicts(identity, &all, &listed), EQUAL);
    // A secret has no other resource type than secrets.
    let on_secrets = json!({"Effect": "Allow", "Action": "secretsmanager:DeleteSecret",
        "Resource": "arn:*:secretsmanager:*:*:secret:*"});
    let on_all =
        json!({"Effect": "Allow", "Action": "secretsmanager:DeleteSecret", "Resource": "*"});
    assert_eq!(verdicts(identity, &on_secrets, &on_all), EQUAL);
}

#[test]
fn what_is_new_is_told_by_statement_principal_and_action() {
    let one = json!([{"Effect": "Allow", "Principal": {"AWS": "444455556666"},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]);
    let two = json!([{"Effect": "Allow", "Principal": {"AWS": ["444455556666", "777788889999"]},
        "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], "Resource": "*"}]);
    let found = compare(PolicyKind::Secret, &one, &two);
    assert_eq!(found.new_access, Truth::True);
    let told: Vec<_> = found
        .grants
        .iter()
        .map(|grant| (grant.principal, grant.action, grant.witness.action.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Some(0), Some(1), "secretsmanager:DescribeSecret"),
            (Some(1), Some(0), "secretsmanager:GetSecretValue"),
            (Some(1), Some(1), "secretsmanager:DescribeSecret"),
        ]
    );
    assert_eq!(compare(PolicyKind::Secret, &two, &one).new_access, Truth::False);
}

/// Where the entries that grant it stand.
#[test]
fn entries_are_pointed_at() {
    let old = of(PolicyKind::Secret, &json!([]));
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": {"AWS": "222233334444"}, "Action": "kms:Decrypt", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ["444455556666", "777788889999"]},
         "Action": ["secretsmanager:GetSecretValue"], "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "NotAction": "secretsmanager:GetSecretValue", "Resource": "*"}]}"#;
    let new = policy(PolicyKind::Secret, text);
    let found = new_access(&old, &new, &CompareOptions::default()).unwrap();
    let shown = |location: Option<Location>| {
        let Span { start, end } = location?.span;
        text.get(start as usize..end as usize)
    };
    let told: Vec<_> = found
        .grants
        .iter()
        .map(|grant| {
            let (principal, action) = grant.entries(&new);
            (grant.statement, shown(principal), shown(action))
        })
        .collect();
    let read = Some(r#""secretsmanager:GetSecretValue""#);
    assert_eq!(
        told,
        [
            (1, Some(r#""444455556666""#), read),
            (1, Some(r#""777788889999""#), read),
            (2, Some(r#""*""#), None),
        ]
    );
}

/// Some actions are authorized on `*`, and some on aliases.
#[test]
fn actions_are_on_resources_of_their_types() {
    let allow = |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let new = |statement: Value| compare(PolicyKind::Identity, &json!([]), &json!([statement]));
    let (secret, alias) =
        ("arn:aws:secretsmanager:*:*:secret:a-*", "arn:aws:kms:us-east-1:111122223333:alias/a");
    for (action, resource, is_new) in [
        ("secretsmanager:GetRandomPassword", "*", true),
        ("secretsmanager:GetRandomPassword", secret, false),
        ("secretsmanager:GetSecretValue", secret, true),
        ("secretsmanager:GetSecretValue", alias, false),
        ("kms:DeleteAlias", alias, true),
        ("kms:DeleteAlias", secret, false),
        ("kms:Decrypt", alias, false),
        ("kms:ListKeys", "*", true),
        ("kms:ListKeys", alias, false),
    ] {
        let found = new(allow(action, resource));
        let expected = if is_new { Truth::True } else { Truth::False };
        assert_eq!(found.new_access, expected, "{action} on {resource}");
    }
}

/// What hangs on a variable hangs on it in both.
#[test]
fn what_is_open_in_both_is_no_change() {
    let statement = |value: &str| {
        json!({"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "secretsmanager:GetSecretValue",
            "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": value}}})
    };
    let (open, other) = (statement("${aws:SourceIdentity}"), statement("${aws:userid}"));
    let more = json!({"Effect": "Allow", "Principal": {"AWS": "444455556666"},
        "Action": "secretsmanager:DescribeSecret", "Resource": "*"});
    let secret = PolicyKind::Secret;
    assert_eq!(verdicts(secret, &json!([open]), &json!([open])), EQUAL);
    assert_eq!(verdicts(secret, &json!([open]), &json!([more, open])), (Truth::True, Truth::False));
    let found = compare(secret, &json!([open]), &json!([more, open]));
    assert_eq!(found.grants.len(), 1);
    assert_eq!(found.grants[0].witness.action.as_str(), "secretsmanager:DescribeSecret");
    assert_ne!(compare(secret, &json!([open]), &json!([other])).new_access, Truth::False);
}

/// Whom `NotPrincipal` lets in is nobody whom it names, so that no entry is pointed at.
#[test]
fn what_is_new_under_not_principal_has_no_entry() {
    let new = json!({"Effect": "Allow", "NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:root"]},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"});
    let found = compare(PolicyKind::Secret, &json!([]), &new);
    assert_eq!(found.new_access, Truth::True);
    let told: Vec<_> = found.grants.iter().map(|grant| (grant.principal, grant.action)).collect();
    assert_eq!(told, [(None, Some(0))]);
}

/// As many grants as the bound lets be told are all of them; one less, and the answer says that there are more.
#[test]
fn the_bound_on_grants_is_inclusive() {
    let allow = |actions: Value| json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let old = of(PolicyKind::Identity, &json!([]));
    let new = json!([
        allow(json!(["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"])),
        allow(json!("kms:Decrypt"))
    ]);
    let new = of(PolicyKind::Identity, &new);
    for (grants, told, more) in
        [(4, 3, false), (3, 3, false), (2, 2, true), (1, 1, true), (0, 0, true)]
    {
        let bounds = Bounds { grants, ..Bounds::default() };
        let options = CompareOptions { bounds, ..CompareOptions::default() };
        let found = new_access(&old, &new, &options).unwrap();
        assert_eq!((found.new_access, found.grants.len(), found.more), (Truth::True, told, more));
    }
}

#[test]
fn denials_and_conditions_count() {
    let allow =
        json!({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"});
    let guard = json!({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}});
    let named = json!({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}});
    let secret = PolicyKind::Secret;
    assert_eq!(
        verdicts(secret, &json!([allow]), &json!([allow, guard])),
        (Truth::False, Truth::True)
    );
    assert_eq!(compare(secret, &json!([allow, guard]), &json!([named])).new_access, Truth::False);
    let loose = json!({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
        "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}});
    let tight = json!({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}});
    let found = compare(secret, &json!([tight]), &json!([loose]));
    assert_eq!(found.new_access, Truth::True);
    let key = crate::aws::ContextKey::new("aws:PrincipalOrgID");
    assert_eq!(found.grants[0].witness.context.get(&key), Some(&None));
    assert_eq!(compare(secret, &json!([loose]), &json!([tight])).new_access, Truth::False);
}

#[test]
fn only_policies_of_one_kind_are_compared() {
    let policies = [PolicyKind::Secret, PolicyKind::Identity].map(|kind| of(kind, &json!([])));
    let error = new_access(&policies[0], &policies[1], &CompareOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "policies of two kinds cannot be compared: secret policy and identity policy"
    );
}

/// Pairs published by AWS with the verdict of its own solver.
#[test]
#[expect(clippy::disallowed_methods, reason = "the material is not part of the project")]
fn published_verdicts_are_met() {
    let Ok(folder) = std::env::var("CROSSKEY_CORPUS") else {
        println!("CROSSKEY_CORPUS is not set: no published verdicts were compared");
        return;
    };
    let text = std::fs::read_to_string(format!("{folder}/new_access.jsonl")).unwrap();
    let mut compared = 0;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let pair: Value = serde_json::from_str(line).unwrap();
        let read = |name: &str| policy(PolicyKind::Identity, &pair[name].to_string());
        let (old, new) = (read("reference"), read("candidate"));
        let found = new_access(&old, &new, &CompareOptions::default()).unwrap();
        let expected = match pair["expected"].as_str().unwrap() {
            "PASS" => Truth::False,
            "FAIL" => Truth::True,
            other => panic!("{other}"),
        };
        assert_eq!(found.new_access, expected, "{}: {:?}", pair["id"], found.grants);
        compared += 1;
    }
    assert!(compared > 0);
}

/// The policies of roles have no `Resource`: a statement is about the role.
#[test]
fn a_trust_policy_grants_without_resource() {
    let trust = |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    let account = |id: &str| trust(json!({ "AWS": id }));
    let (old, new) = (account("111122223333"), account("444455556666"));
    let other = PolicyKind::OtherResource;
    assert_eq!(verdicts(other, &old, &new), (Truth::True, Truth::True));
    assert_eq!(verdicts(other, &old, &old), EQUAL);
    let role = account("arn:aws:iam::111122223333:role/Deploy");
    assert_eq!(verdicts(other, &old, &role), (Truth::False, Truth::True));
    let service = trust(json!({"Service": "ec2.amazonaws.com"}));
    assert_eq!(compare(other, &old, &service).new_access, Truth::True);
}

/// Whoever comes by an identity provider is no caller of secrets and keys, and is not tried.
#[test]
fn identity_providers_are_open_where_they_could_call() {
    let federated = |name: &str| json!({"Effect": "Allow", "Principal": {"Federated": name}, "Action": "sts:AssumeRoleWithSAML"});
    let corp = federated("arn:aws:iam::111122223333:saml-provider/Corp");
    let found = compare(PolicyKind::OtherResource, &json!([]), &corp);
    assert_eq!(found.new_access, Truth::Unknown);
    assert_eq!(
        (found.undecided[0].statement, &found.undecided[0].cause),
        (Some(0), &Cause::Untried)
    );
    assert_eq!(verdicts(PolicyKind::OtherResource, &corp, &corp), EQUAL);
    let elsewhere = federated("arn:aws:iam::111122223333:saml-provider/Other");
    assert_eq!(compare(PolicyKind::OtherResource, &corp, &elsewhere).new_access, Truth::Unknown);
    assert_eq!(compare(PolicyKind::Secret, &json!([]), &corp).new_access, Truth::False);
    // A Deny that is gone may have held it back.
    let mut deny = corp.clone();
    deny["Effect"] = json!("Deny");
    let guarded = json!([corp, deny]);
    assert_eq!(compare(PolicyKind::OtherResource, &guarded, &corp).new_access, Truth::Unknown);
    assert_eq!(verdicts(PolicyKind::OtherResource, &guarded, &guarded), EQUAL);
}
