use serde_json::{Value, json};

use super::*;
use crate::prove::who_can::tests::{SECRET, allow, bundle, policy};

const READ: &str = "secretsmanager:GetSecretValue";
const KEYS: [&str; 2] = [
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:kms:us-east-1:111122223333:key/aaaabbbb-1111-2222-3333-ccccddddeeee",
];

fn versions(keys: &[usize]) -> Value {
    let version = |(number, key): (usize, &usize)| {
        let id = format!("{number}{number}111111-2222-4333-8444-555555555555");
        json!({"version_id": id, "stages": [format!("STAGE{number}")], "kms_key_id": KEYS[*key]})
    };
    keys.iter().enumerate().map(version).collect()
}

/// A secret under the first key with versions under these, and a condition.
fn manifest(keys: Option<&[usize]>, condition: Value) -> Value {
    let mut secret = json!({"arn": SECRET, "kms_key_id": KEYS[0],
        "policy": policy(&[allow(READ, json!("*"), condition)])});
    if let Some(keys) = keys {
        secret["versions"] = versions(keys);
    }
    json!({"version": 1, "secrets": [secret],
        "keys": KEYS.map(|key| json!({"arn": key, "policy": policy(&[])}))})
}

/// What is passed in each of the ways.
fn passed(new: &Value, old: Option<&Value>, action: &str) -> Vec<Value> {
    let (new, old) = (bundle(new), old.map(bundle));
    let (new, old) = (World::new(&new), old.as_ref().map(World::new));
    let worlds = Worlds { new: &new, old: old.as_ref(), bounds: Bounds::default() };
    let ways = ways(worlds, &Action::new(action).unwrap(), &SECRET.parse().unwrap());
    ways.into_iter().map(|call| json!(call.parameters)).collect()
}

/// The ways to name these versions, by their numbers.
fn naming(numbers: &[usize]) -> Vec<Value> {
    let ways = |number: &usize| {
        let id = format!("{number}{number}111111-2222-4333-8444-555555555555");
        [json!({"VersionId": id}), json!({"VersionStage": format!("STAGE{number}")})]
    };
    std::iter::once(json!({})).chain(numbers.iter().flat_map(ways)).collect()
}

#[test]
fn a_version_is_called_by_name_where_it_can_be_decided_differently() {
    let any = || json!({});
    let stage = || json!({"StringLike": {"secretsmanager:VersionStage": "STAGE*"}});
    let id = || json!({"StringLike": {"secretsmanager:VersionId": "1*"}});
    let ways = |manifest: &Value| passed(manifest, None, READ);
    assert_eq!(ways(&manifest(None, any())), [json!({})]);
    assert_eq!(ways(&manifest(None, stage())), [json!({}), json!({"VersionStage": "AWSCURRENT"})]);
    assert_eq!(ways(&manifest(Some(&[0, 0]), any())), naming(&[]));
    assert_eq!(ways(&manifest(Some(&[0, 1]), any())), naming(&[1]));
    assert_eq!(ways(&manifest(Some(&[0, 1]), stage())), naming(&[0, 1]));
    assert_eq!(ways(&manifest(Some(&[0, 1]), id())), naming(&[0, 1]));
    // Other calls name no version.
    let described =
        passed(&manifest(Some(&[0, 1]), stage()), None, "secretsmanager:DescribeSecret");
    assert_eq!(described, [json!({})]);
}

/// Which versions are told apart hangs on both bundles.
#[test]
fn a_version_that_had_another_key_is_called_by_name() {
    let of = |keys: &[usize]| manifest(Some(keys), json!({}));
    let ways = |new: &Value, old: &Value| passed(new, Some(old), READ);
    assert_eq!(ways(&of(&[0, 0, 0]), &of(&[0, 1, 0])), naming(&[1]));
    assert_eq!(ways(&of(&[0, 1, 0]), &of(&[0, 0, 0])), naming(&[1]));
    assert_eq!(ways(&of(&[0, 0]), &of(&[0, 0])), naming(&[]));
    // A version that is gone, and a secret without a list of them.
    assert_eq!(ways(&of(&[0]), &of(&[0, 1])), naming(&[]));
    assert_eq!(ways(&of(&[0, 1]), &manifest(None, json!({}))), naming(&[1]));
    // Conditions of the old bundle count, too.
    let asked = manifest(Some(&[0]), json!({"Null": {"secretsmanager:VersionId": "true"}}));
    assert_eq!(ways(&of(&[0]), &asked), naming(&[0]));
}

#[test]
fn the_account_of_somebody_made_up_is_nobodys() {
    const TAKEN: &str = "999988887777";
    let of = |manifest: &Value, owner: Option<&str>| {
        let accounts = owner.into_iter().map(|id| id.parse().unwrap()).collect();
        let own = Own { accounts, organizations: Vec::new() };
        let bundle = bundle(manifest);
        let who = Who::Anyone(CallerKind::RoleSession, Home::Anywhere);
        ways::stand_in_account(&who, &[&bundle], &own)
    };
    let plain = manifest(None, json!({}));
    assert_eq!(of(&plain, None), TAKEN);
    assert_eq!(of(&plain, Some("111122223333")), TAKEN);
    assert_eq!(of(&plain, Some(TAKEN)), "888877776666");
    let mut listed = plain.clone();
    listed["accounts"] = json!({TAKEN: {}});
    assert_eq!(of(&listed, None), "888877776666");
    let mut named = plain;
    named["principals"] = json!([{"arn": format!("arn:aws:iam::{TAKEN}:role/r")}]);
    assert_eq!(of(&named, None), "888877776666");
    named["accounts"] = json!({"888877776666": {}});
    assert_eq!(of(&named, Some("777766665555")), "666655554444");
    let home = Who::Anyone(CallerKind::User, Home::In(TAKEN.parse().unwrap()));
    assert_eq!(ways::stand_in_account(&home, &[&bundle(&named)], &Own::default()), TAKEN);
}
