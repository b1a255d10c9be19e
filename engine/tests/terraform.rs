//! What plans of Terraform come to: the resources that say something of a secret, its key and its callers, and what stays open
//! where a plan does not say it yet.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use crosskey_engine::{
    aws::Assumptions,
    bundle::{Bundle, Decision, GrantConstraint, KeyState},
    check::ask_who_reads,
    decide::World,
    ingest::{pieces::Pieces, read_pieces},
    text::{Limits, Source, Sources},
};
use serde_json::{Value, json};
use support::{decided, not_known};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-a1B2c3";
const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const READER: &str = "arn:aws:iam::111122223333:role/Reader";
const ACTIONS: [&str; 2] = ["secretsmanager:GetSecretValue", "kms:Decrypt"];

/// One resource of a plan: what it will be, what is known after apply, and what its arguments refer to.
struct Resource {
    kind: &'static str,
    name: &'static str,
    after: Value,
    unknown: &'static [&'static str],
    references: &'static [(&'static str, &'static str)],
}

fn resource(kind: &'static str, name: &'static str, after: Value) -> Resource {
    Resource { kind, name, after, unknown: &[], references: &[] }
}

impl Resource {
    /// With arguments that are known after apply.
    fn unknown(self, unknown: &'static [&'static str]) -> Self {
        Self { unknown, ..self }
    }

    /// With arguments that refer to attributes of others.
    fn refers(self, references: &'static [(&'static str, &'static str)]) -> Self {
        Self { references, ..self }
    }

    fn address(&self) -> String {
        format!("{}.{}", self.kind, self.name)
    }
}

fn plan(resources: &[Resource]) -> Value {
    let changes = resources.iter().map(|resource| {
        let unknown: BTreeMap<_, _> = resource.unknown.iter().map(|name| (name, true)).collect();
        json!({"address": resource.address(), "mode": "managed", "type": resource.kind, "name": resource.name,
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["create"], "before": null, "after": resource.after, "after_unknown": unknown}})
    });
    let configured = resources.iter().map(|resource| {
        let expressions: BTreeMap<_, _> = resource
            .references
            .iter()
            .map(|(argument, to)| (argument, json!({"references": [to]})))
            .collect();
        json!({"address": resource.address(), "mode": "managed", "type": resource.kind, "name": resource.name,
            "provider_config_key": "aws", "expressions": expressions})
    });
    json!({
        "format_version": "1.2", "terraform_version": "1.9.8", "planned_values": {"root_module": {}},
        "resource_changes": changes.collect::<Vec<_>>(),
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws",
                "expressions": {"region": {"constant_value": "us-east-1"}}}},
            "root_module": {"resources": configured.collect::<Vec<_>>()},
        },
    })
}

struct Told {
    bundle: Bundle,
    errors: Vec<String>,
}

fn told(resources: &[Resource]) -> Told {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("plan.json", plan(resources).to_string()));
    let mut pieces = Pieces::default();
    assert!(read_pieces(source, &sources, &Limits::default(), &mut pieces));
    let limits = Limits::default();
    let loaded = pieces.join("plan.json", &sources, &Assumptions::default(), &limits);
    let mut bundle = loaded.bundle;
    ask_who_reads(&mut bundle);
    Told { bundle, errors: loaded.errors.iter().map(ToString::to_string).collect() }
}

impl Told {
    /// Whether the reader can read the secret.
    fn read(&self) -> Option<Decision> {
        assert_eq!(self.errors, [""; 0]);
        let mut asked = decided(&self.bundle).into_iter();
        asked.find(|(name, _)| name.contains(READER)).map(|(_, decision)| decision)
    }

    /// Why policies are not known.
    fn open(&self) -> Vec<String> {
        not_known(&self.bundle)
    }
}

fn allow(principal: Option<&str>) -> String {
    let mut statement = json!({"Effect": "Allow", "Action": ACTIONS, "Resource": "*"});
    if let Some(principal) = principal {
        statement["Principal"] = json!({"AWS": principal});
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// Lets nobody do anything.
fn silent() -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": READER}, "Action": "kms:DescribeKey", "Resource": "*"}]})
    .to_string()
}

fn secret() -> Resource {
    resource(
        "aws_secretsmanager_secret",
        "s",
        json!({"arn": SECRET, "name": "Db", "kms_key_id": KEY}),
    )
}

fn secret_policy(name: &'static str) -> Resource {
    let after = json!({"secret_arn": SECRET, "policy": allow(Some(READER))});
    resource("aws_secretsmanager_secret_policy", name, after)
}

fn key(policy: &str) -> Resource {
    let after = json!({"arn": KEY, "key_id": KEY_ID, "policy": policy, "is_enabled": true});
    resource("aws_kms_key", "k", after)
}

fn role() -> Resource {
    let after = json!({"arn": READER, "name": "Reader", "path": "/", "inline_policy": []});
    resource("aws_iam_role", "r", after)
}

fn open_key() -> Resource {
    key(&allow(Some(READER)))
}

#[test]
fn a_plain_share_is_read() {
    let told = told(&[secret(), secret_policy("p"), open_key(), role()]);
    assert_eq!(told.read(), Some(Decision::Allow));
    assert_eq!(told.open(), [""; 0]);
}

#[test]
fn the_policy_of_a_key_can_be_a_resource_of_its_own() {
    let of = |key_id: &str, policy: &str| {
        resource("aws_kms_key_policy", "kp", json!({"key_id": key_id, "policy": policy}))
    };
    for name in [KEY, KEY_ID] {
        let opened = told(&[
            secret(),
            secret_policy("p"),
            key(&silent()),
            of(name, &allow(Some(READER))),
            role(),
        ]);
        assert_eq!(opened.read(), Some(Decision::Allow), "{name}");
        let closed = told(&[secret(), secret_policy("p"), open_key(), of(name, &silent()), role()]);
        assert_eq!(closed.read(), Some(Decision::ImplicitDeny), "{name}");
    }
    // The key that another state tells of.
    let elsewhere = told(&[secret(), secret_policy("p"), of(KEY_ID, &allow(Some(READER))), role()]);
    assert_eq!(elsewhere.read(), Some(Decision::Allow));
}

#[test]
fn a_policy_of_a_key_that_is_not_named_yet_may_be_that_of_each() {
    let of = resource("aws_kms_key_policy", "kp", json!({"policy": silent()})).unknown(&["key_id"]);
    let told = told(&[secret(), secret_policy("p"), open_key(), of, role()]);
    assert_eq!(told.read(), Some(Decision::Indeterminate));
    assert!(told.open()[0].contains("aws_kms_key_policy.kp"), "{:?}", told.open());
}

fn grant(after: Value) -> Resource {
    resource("aws_kms_grant", "g", after)
}

#[test]
fn a_grant_lets_in() {
    let plain = json!({"key_id": KEY, "grantee_principal": READER, "operations": ["Decrypt"]});
    let told = told(&[secret(), secret_policy("p"), key(&silent()), grant(plain), role()]);
    assert_eq!(told.read(), Some(Decision::Allow));
}

#[test]
fn the_constraints_of_a_grant_count() {
    let with = |constraints: Value| {
        let after = json!({"key_id": KEY_ID, "grantee_principal": READER, "operations": ["Decrypt"],
            "constraints": constraints, "grant_id": "g-1"});
        told(&[secret(), secret_policy("p"), key(&silent()), grant(after), role()])
    };
    let constraint = |told: &Told| told.bundle.keys[0].grants[0].constraint.clone();
    let pairs = |value: &str| BTreeMap::from([("SecretARN".to_owned(), value.to_owned())]);
    let other = with(json!([{"encryption_context_subset": {"SecretARN": "other"}}]));
    assert_eq!(constraint(&other), GrantConstraint::Subset(pairs("other")));
    assert_eq!(other.read(), Some(Decision::ImplicitDeny));
    let own = with(json!([{"encryption_context_subset": {"SecretARN": SECRET}}]));
    assert_eq!(own.read(), Some(Decision::Allow));
    let equal = with(
        json!([{"encryption_context_equals": {"SecretARN": SECRET}, "encryption_context_subset": {}}]),
    );
    assert_eq!(constraint(&equal), GrantConstraint::Equals(pairs(SECRET)));
    // Secrets Manager sends the version beside it.
    assert_eq!(equal.read(), Some(Decision::ImplicitDeny));
    for none in [json!([]), json!([{}])] {
        assert_eq!(constraint(&with(none)), GrantConstraint::None);
    }
}

#[test]
fn a_grant_that_is_not_known_yet_leaves_its_key_open() {
    let full = || json!({"key_id": KEY, "grantee_principal": READER, "operations": ["Decrypt"]});
    for unknown in [&["grantee_principal"][..], &["operations"], &["constraints"], &["key_id"]] {
        let mut after = full();
        after.as_object_mut().unwrap().remove(unknown[0]);
        let made = grant(after).unknown(unknown);
        let told = told(&[secret(), secret_policy("p"), key(&silent()), made, role()]);
        assert_eq!(told.read(), Some(Decision::Indeterminate), "{unknown:?}");
        assert_eq!(
            told.open(),
            ["the grant `aws_kms_grant.g` is known after apply"],
            "{unknown:?}"
        );
    }
    let wrong = json!({"key_id": KEY, "grantee_principal": "nobody", "operations": ["Decrypt"]});
    let told = told(&[secret(), secret_policy("p"), key(&silent()), grant(wrong), role()]);
    assert!(told.errors[0].contains("nobody"), "{:?}", told.errors);
}

#[test]
fn the_policy_of_a_secret_of_another_state_makes_the_secret_known() {
    let told = told(&[secret_policy("p"), open_key(), role()]);
    assert_eq!(told.bundle.secrets[0].arn.value.as_str(), SECRET);
    // Its key is not told.
    assert_eq!(told.read(), Some(Decision::Indeterminate));
}

#[test]
fn a_policy_of_a_secret_that_is_not_named_yet_may_be_that_of_each() {
    let of =
        resource("aws_secretsmanager_secret_policy", "p", json!({"policy": allow(Some(READER))}));
    let told = told(&[secret(), of.unknown(&["secret_arn"]), open_key(), role()]);
    assert_eq!(told.read(), Some(Decision::Indeterminate));
    assert_eq!(
        told.open(),
        [
            "`aws_secretsmanager_secret_policy.p` is the policy of a secret that the plan does not name yet"
        ]
    );
}

#[test]
fn two_policies_of_one_secret_that_differ_are_an_error() {
    let mut second = secret_policy("q");
    second.after["policy"] = json!(allow(Some("arn:aws:iam::111122223333:role/Other")));
    let told = told(&[secret(), secret_policy("p"), second, open_key(), role()]);
    assert_eq!(told.errors.len(), 1, "{:?}", told.errors);
    assert!(told.errors[0].contains("polic"), "{:?}", told.errors);
}

#[test]
fn a_key_can_be_off() {
    let mut off = open_key();
    off.after["is_enabled"] = json!(false);
    let told = told(&[secret(), secret_policy("p"), off, role()]);
    assert_eq!(told.bundle.keys[0].state, KeyState::Disabled);
    let world = World::new(&told.bundle);
    let answer = world.simulate(&told.bundle.requests[0]).unwrap();
    assert_eq!(answer.failure.unwrap().code, "DisabledException");
}

/// A secret whose policy says nothing, so that the role's own policies decide.
fn by_identity(others: Vec<Resource>) -> Told {
    let root = "arn:aws:iam::111122223333:root";
    let mut all = vec![secret(), key(&allow(Some(root)))];
    all.extend(others);
    told(&all)
}

fn policy(name: &'static str) -> Resource {
    let arn = format!("arn:aws:iam::111122223333:policy/{name}");
    resource(
        "aws_iam_policy",
        name,
        json!({"arn": arn, "name": name, "path": "/", "policy": allow(None)}),
    )
}

#[test]
fn an_attachment_to_several_counts_for_those_that_it_names() {
    let attachment = |roles: Value, unknown: &'static [&'static str]| {
        let after = json!({"name": "a", "roles": roles, "policy_arn": "arn:aws:iam::111122223333:policy/Read"});
        resource("aws_iam_policy_attachment", "a", after).unknown(unknown)
    };
    let read = |attachment| by_identity(vec![role(), policy("Read"), attachment]);
    assert_eq!(read(attachment(json!(["Reader"]), &[])).read(), Some(Decision::Allow));
    assert_ne!(read(attachment(json!(["Other"]), &[])).read(), Some(Decision::Allow));
    let open = read(attachment(Value::Null, &["roles"]));
    assert_eq!(open.read(), Some(Decision::Indeterminate));
    assert_eq!(open.open(), ["`aws_iam_policy_attachment.a` is known after apply"]);
}

#[test]
fn managed_policies_that_a_role_lists_count() {
    let with = |list: Value, unknown: &'static [&'static str]| {
        let mut role = role();
        role.after["managed_policy_arns"] = list;
        by_identity(vec![role.unknown(unknown), policy("Read")])
    };
    let listed = with(json!(["arn:aws:iam::111122223333:policy/Read"]), &[]);
    assert_eq!(listed.read(), Some(Decision::Allow));
    let open = with(Value::Null, &["managed_policy_arns"]);
    // As the provider has them while no argument sets them.
    assert_ne!(open.read(), Some(Decision::Allow));
    let wrong = with(json!(["Read"]), &[]);
    assert!(wrong.errors[0].contains("Read"), "{:?}", wrong.errors);
}

#[test]
fn what_a_boundary_does_not_allow_is_denied() {
    let with = |boundary: Value, unknown, references| {
        let mut role = role();
        role.after["permissions_boundary"] = boundary;
        role.after["inline_policy"] = json!([{"name": "own", "policy": allow(None)}]);
        let mut narrow = policy("Narrow");
        narrow.after["policy"] =
            json!(allow(None).replace("secretsmanager:GetSecretValue", "s3:GetObject"));
        by_identity(vec![role.unknown(unknown).refers(references), narrow])
    };
    assert_eq!(with(Value::Null, &[], &[]).read(), Some(Decision::Allow));
    let arn = json!("arn:aws:iam::111122223333:policy/Narrow");
    assert_eq!(with(arn, &[], &[]).read(), Some(Decision::ImplicitDeny));
    let refers = &[("permissions_boundary", "aws_iam_policy.Narrow.arn")];
    let by_reference = with(Value::Null, &["permissions_boundary"], refers);
    assert_eq!(by_reference.read(), Some(Decision::ImplicitDeny));
    let elsewhere = &[("permissions_boundary", "data.aws_iam_policy.far.arn")];
    let open = with(Value::Null, &["permissions_boundary"], elsewhere);
    assert_eq!(open.read(), Some(Decision::Indeterminate));
    let wrong = with(json!("Narrow"), &[], &[]);
    assert!(wrong.errors[0].contains("Narrow"), "{:?}", wrong.errors);
}

#[test]
fn inline_policies_that_are_not_known_yet_leave_the_role_open() {
    let role_policy = |after: Value| resource("aws_iam_role_policy", "rp", after);
    let known =
        by_identity(vec![role(), role_policy(json!({"role": "Reader", "policy": allow(None)}))]);
    assert_eq!(known.read(), Some(Decision::Allow));
    let open = role_policy(json!({"role": "Reader"})).unknown(&["policy"]);
    let open = by_identity(vec![role(), open.refers(&[("policy", "var.policy")])]);
    assert_eq!(open.read(), Some(Decision::Indeterminate));
    // Whose it is the plan does not say yet.
    let somebodys = role_policy(json!({"policy": allow(None)})).unknown(&["role"]);
    let somebodys = somebodys.refers(&[("role", "var.role")]);
    let somebodys = by_identity(vec![role(), somebodys]);
    assert_eq!(somebodys.read(), Some(Decision::Indeterminate));
    let mut inline = role();
    inline.after.as_object_mut().unwrap().remove("inline_policy");
    let inline = inline.refers(&[("inline_policy", "data.aws_iam_policy_document.d.json")]);
    let open = by_identity(vec![inline.unknown(&["inline_policy"])]);
    assert_eq!(open.read(), Some(Decision::Indeterminate));
}

#[test]
fn groups_leave_users_open() {
    const USER: &str = "arn:aws:iam::111122223333:user/u";
    let user = resource("aws_iam_user", "u", json!({"arn": USER, "name": "u", "path": "/"}));
    let group =
        resource("aws_iam_user_group_membership", "m", json!({"user": "u", "groups": ["g"]}));
    let told = by_identity(vec![user, group]);
    assert_eq!(told.open(), ["the groups of `aws_iam_user_group_membership.m` are not read"]);
}
