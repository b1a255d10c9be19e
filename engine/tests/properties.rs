//! What holds of every decision, whatever the policies.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test reads its fixtures and fails by panicking"
)]

use crosskey_engine::{
    aws::ASSUMPTIONS,
    bundle::{Bundle, Decision, Request},
    decide::{Hinge, World},
    ingest::manifest::{NoFiles, read_manifest},
    text::{Limits, Source, Sources},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A role of one account reads a secret of another, under random policies.
#[derive(Clone, Debug)]
struct Setting {
    secret: Vec<Value>,
    key: Vec<Value>,
    identity: Vec<Value>,
    same_account: bool,
    context: Value,
    network: Value,
}

impl Setting {
    fn manifest(&self) -> Value {
        let account = if self.same_account { "111122223333" } else { "444455556666" };
        let policy =
            |statements: &Vec<Value>| json!({"Version": "2012-10-17", "Statement": statements});
        json!({
            "version": 1,
            "accounts": {
                "111122223333": {"organization_id": "o-aaaaaaaaaa"},
                "444455556666": {},
            },
            "secrets": [{"arn": SECRET, "policy": policy(&self.secret), "kms_key_id": KEY}],
            "keys": [{"arn": KEY, "policy": policy(&self.key)}],
            "principals": [{
                "arn": format!("arn:aws:iam::{account}:role/Reader"),
                "unique_id": "AROAEXAMPLEREADER123",
                "identity_policies": [policy(&self.identity)],
                "tags": {"team": "red"},
            }],
            "requests": [{
                "principal": format!("arn:aws:sts::{account}:assumed-role/Reader/s1"),
                "action": "secretsmanager:GetSecretValue",
                "resource": SECRET,
                "parameters": {"VersionStage": "AWSCURRENT"},
                "network": self.network,
                "context": self.context,
            }],
        })
    }

    fn decide(&self) -> Decision {
        decide(&self.manifest())
    }
}

fn load(manifest: &Value) -> Bundle {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("bundle.json", manifest.to_string()));
    let loaded = read_manifest(id, &mut sources, &mut NoFiles, &Limits::default());
    assert_eq!(loaded.errors, [], "{manifest:#}");
    loaded.bundle
}

fn decide(manifest: &Value) -> Decision {
    let bundle = load(manifest);
    let request = &bundle.requests[0];
    World::new(&bundle).decision(request).unwrap_or(Decision::Invalid)
}

/// The slow reading of what an answer hangs on: every value of every assumption is tried.
fn hinges(world: &World<'_>, request: &Request, decision: Decision) -> Vec<Hinge> {
    let mut hinges = Vec::new();
    for known in ASSUMPTIONS {
        let value = world.assumptions.get(known.name).unwrap();
        let mut others = Vec::new();
        for (other, _) in known.values.iter().filter(|(other, _)| *other != value) {
            let mut assumptions = world.assumptions.clone();
            assumptions.set(known.name, other).unwrap();
            let then = world.assuming(assumptions).decision(request);
            others.extend(then.ok().filter(|then| *then != decision).map(|then| (*other, then)));
        }
        if !others.is_empty() {
            hinges.push(Hinge { name: known.name, value, others });
        }
    }
    hinges
}

fn condition() -> impl Strategy<Value = Value> {
    let line = select(vec![
        ("StringEquals", "aws:SourceVpce", json!("vpce-1")),
        ("StringNotEquals", "aws:SourceVpce", json!(["vpce-1", "vpce-2"])),
        ("StringEqualsIfExists", "aws:SourceVpce", json!("vpce-2")),
        ("Null", "aws:SourceVpce", json!("true")),
        ("StringEquals", "aws:PrincipalOrgID", json!("o-aaaaaaaaaa")),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgID", json!(["o-aaaaaaaaaa"])),
        ("StringNotEqualsIfExists", "aws:PrincipalOrgID", json!("o-aaaaaaaaaa")),
        ("StringEquals", "secretsmanager:VersionStage", json!("AWSCURRENT")),
        ("StringLike", "kms:ViaService", json!("secretsmanager.*.amazonaws.com")),
        ("StringEquals", "aws:PrincipalTag/team", json!("${aws:PrincipalTag/team}")),
        ("IpAddress", "aws:SourceIp", json!("203.0.113.0/24")),
        ("NotIpAddress", "aws:SourceIp", json!(["203.0.113.0/25", "2001:db8::/32"])),
        ("Bool", "aws:MultiFactorAuthPresent", json!("false")),
        ("DateLessThan", "aws:CurrentTime", json!("2027-01-01T00:00:00Z")),
        ("ForAnyValue:StringNotLike", "aws:CalledVia", json!("cloudformation.*")),
        ("ArnLike", "aws:PrincipalArn", json!("arn:aws:iam::*:role/R*")),
        ("StringLike", "aws:userid", json!("*:s1")),
    ]);
    line.prop_map(|(operator, key, value)| json!({operator: {key: value}}))
}

fn statement(with_principal: bool) -> impl Strategy<Value = Value> {
    let principal = select(vec![
        json!("*"),
        json!({"AWS": "444455556666"}),
        json!({"AWS": "arn:aws:iam::111122223333:root"}),
        json!({"AWS": ["arn:aws:iam::444455556666:role/Reader", "arn:aws:iam::111122223333:role/Reader"]}),
        json!({"AWS": "arn:aws:sts::444455556666:assumed-role/Reader/s1"}),
        json!({"AWS": "arn:aws:sts::111122223333:assumed-role/Reader/s1"}),
        json!({"AWS": "arn:aws:iam::777788889999:role/Other"}),
    ]);
    let action = select(vec![
        json!("*"),
        json!(["secretsmanager:GetSecretValue", "kms:Decrypt"]),
        json!("secretsmanager:Get*"),
        json!("kms:*"),
        json!("kms:Describe*"),
    ]);
    let resource = select(vec![
        json!("*"),
        json!([SECRET, KEY]),
        json!("arn:aws:secretsmanager:*:*:secret:DevSecret-??????"),
        json!("arn:aws:kms:us-east-1:111122223333:key/*"),
    ]);
    (
        prop_oneof![4 => Just("Allow"), 1 => Just("Deny")],
        principal,
        action,
        resource,
        option::of(condition()),
    )
        .prop_map(move |(effect, principal, action, resource, condition)| {
            let mut statement = json!({"Effect": effect, "Action": action, "Resource": resource});
            if with_principal {
                statement["Principal"] = principal;
            }
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        })
}

/// A statement on whose meaning AWS's documents leave room, and which policy it is added to.
fn negation() -> impl Strategy<Value = (usize, Value)> {
    let statement = select(vec![
        json!({"NotPrincipal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}}),
        json!({"Principal": {"AWS": "*"}, "Resource": "arn:aws:*:DevSecret-a1B2c3"}),
        json!({"Principal": "*", "Resource": "arn:*:*:*:*:*:DevSecret-*"}),
        json!({"Principal": "*", "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:*"}),
        json!({"Principal": "*", "Condition": {"StringNotEquals": {"aws:CalledVia": "x.amazonaws.com"}}}),
        json!({"Principal": "*", "Condition": {"ForAnyValue:StringEqualsIfExists": {"aws:CalledVia": "x.amazonaws.com"}}}),
        json!({"Principal": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "no ARN"}}}),
        json!({"Principal": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "no address"}}}),
        json!({"Principal": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}),
        json!({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
        json!({"Principal": "*", "Condition": {"Null": {"aws:CalledViaLast": "true"}}}),
        json!({"Principal": "*", "Condition": {"StringNotEquals": {"secretsmanager:SecretId": "DevSecret"}}}),
    ]);
    (0..3_usize, prop_oneof![Just("Allow"), Just("Deny")], statement).prop_map(
        |(at, effect, mut statement)| {
            statement["Effect"] = json!(effect);
            statement["Action"] = json!("*");
            let map = statement.as_object_mut().unwrap();
            map.entry("Resource").or_insert_with(|| json!("*"));
            (at, statement)
        },
    )
}

/// One assumption with a value other than the default, or none.
fn assumed() -> impl Strategy<Value = Value> {
    let all: Vec<Value> = ASSUMPTIONS
        .iter()
        // These two change what can be read at all.
        .filter(|known| !["operator_case", "element_case"].contains(&known.name))
        .flat_map(|known| known.values.iter().skip(1).map(|(value, _)| json!({known.name: value})))
        .collect();
    prop_oneof![Just(json!({})), select(all)]
}

fn setting() -> impl Strategy<Value = Setting> {
    let network = select(vec![
        Value::Null,
        json!({"source_ip": "203.0.113.9"}),
        json!({"vpc_endpoint": "vpce-1"}),
    ]);
    let policy = |with_principal| vec(statement(with_principal), 1..4);
    (policy(true), policy(true), policy(false), any::<bool>(), network).prop_map(
        |(secret, key, identity, same_account, network)| {
            let context = json!({});
            Setting { secret, key, identity, same_account, context, network }
        },
    )
}

fn is_definite(decision: Decision) -> bool {
    !matches!(decision, Decision::Indeterminate | Decision::Invalid)
}

/// Puts scalars into lists, or takes one-element lists apart.
fn respell(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| {
                let listable = ["Action", "Resource", "AWS"].contains(&key.as_str());
                let value = match value {
                    Value::Array(list) if list.len() == 1 && listable => list[0].clone(),
                    Value::String(_) if listable => json!([value]),
                    other => respell(other),
                };
                (key.clone(), value)
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(list) => list.iter().map(respell).collect(),
        other => other.clone(),
    }
}

/// Changes the case of action names and condition keys, which never matters.
fn recase(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match (key.as_str(), value) {
                ("Action", Value::String(text)) => (key.clone(), json!(text.to_uppercase())),
                ("Action", Value::Array(list)) => {
                    let upper = list.iter().map(|v| json!(v.as_str().unwrap().to_lowercase()));
                    (key.clone(), upper.collect())
                }
                (name, _) if name.contains(':') && !name.starts_with("For") => {
                    (key.to_uppercase(), value.clone())
                }
                _ => (key.clone(), recase(value)),
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(list) => list.iter().map(recase).collect(),
        other => other.clone(),
    }
}

fn map_policies(setting: &Setting, change: impl Fn(&Value) -> Value) -> Setting {
    let all = |list: &Vec<Value>| list.iter().map(&change).collect();
    Setting {
        secret: all(&setting.secret),
        key: all(&setting.key),
        identity: all(&setting.identity),
        ..setting.clone()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn order_never_matters(setting in setting()) {
        let mut turned = setting.clone();
        for list in [&mut turned.secret, &mut turned.key, &mut turned.identity] {
            list.reverse();
            for statement in list {
                for element in ["Action", "Resource"] {
                    if let Some(list) = statement[element].as_array_mut() {
                        list.reverse();
                    }
                }
            }
        }
        prop_assert_eq!(setting.decide(), turned.decide());
    }

    /// Only assumptions that were looked at are varied; the answer is as if all had been.
    #[test]
    fn no_hinge_is_missed(setting in setting(), negations in vec(negation(), 0..3), assumed in assumed()) {
        let mut setting = setting;
        for (at, deny) in negations {
            let lists = [&mut setting.secret, &mut setting.key, &mut setting.identity];
            let list = lists.into_iter().nth(at).unwrap();
            list.push(deny);
        }
        for statement in &mut setting.identity {
            let statement = statement.as_object_mut().unwrap();
            statement.remove("Principal");
            statement.remove("NotPrincipal");
        }
        let mut manifest = setting.manifest();
        manifest["assumptions"] = assumed;
        let bundle = load(&manifest);
        let world = World::new(&bundle);
        let request = &bundle.requests[0];
        if let Ok(answer) = world.simulate(request) {
            prop_assert_eq!(world.decision(request).ok(), Some(answer.decision));
            prop_assert_eq!(hinges(&world, request, answer.decision), answer.assumptions);
        }
    }

    #[test]
    fn one_policy_or_several_is_the_same(setting in setting()) {
        let mut manifest = setting.manifest();
        let apart: Vec<Value> = setting
            .identity
            .iter()
            .map(|statement| json!({"Version": "2012-10-17", "Statement": statement}))
            .collect();
        manifest["principals"][0]["identity_policies"] = json!(apart);
        prop_assert_eq!(setting.decide(), decide(&manifest));
    }

    #[test]
    fn scalars_and_lists_agree(setting in setting()) {
        prop_assert_eq!(setting.decide(), map_policies(&setting, respell).decide());
    }

    #[test]
    fn case_of_actions_and_keys_never_matters(setting in setting()) {
        prop_assert_eq!(setting.decide(), map_policies(&setting, recase).decide());
    }

    #[test]
    fn case_of_resources_always_matters(setting in setting()) {
        // Without a statement that covers everything, the secret in capitals is another secret.
        let all = [&setting.secret, &setting.identity];
        prop_assume!(all.iter().all(|list| list.iter().all(|s| s["Resource"] != json!("*"))));
        let other = map_policies(&setting, |statement| {
            let mut statement = statement.clone();
            statement["Resource"] =
                json!("arn:aws:secretsmanager:us-east-1:111122223333:secret:DEVSECRET-??????");
            statement
        });
        prop_assert_ne!(other.decide(), Decision::Allow);
    }

    #[test]
    fn a_deny_more_never_opens_anything(setting in setting(), deny in statement(true), at in 0..3usize) {
        let before = setting.decide();
        let mut deny = deny;
        deny["Effect"] = json!("Deny");
        let mut more = setting.clone();
        match at {
            0 => more.secret.push(deny),
            1 => more.key.push(deny),
            _ => {
                deny.as_object_mut().unwrap().remove("Principal");
                more.identity.push(deny);
            }
        }
        let after = more.decide();
        if before != Decision::Allow {
            prop_assert_ne!(after, Decision::Allow);
        }
    }

    /// A definite answer with keys unknown is the answer for every value of them.
    #[test]
    fn unknown_is_sound(setting in setting()) {
        let open = setting.decide();
        prop_assume!(is_definite(open));
        let deny = |decision| matches!(decision, Decision::ExplicitDeny | Decision::ImplicitDeny);
        let organizations = [Value::Null, json!("o-aaaaaaaaaa"), json!("o-bbbbbbbbbb")];
        let times = [json!("2026-06-01T00:00:00Z"), json!("2028-06-01T00:00:00Z")];
        let mfa = [Value::Null, json!(true), json!(false)];
        let networks = match setting.network {
            Value::Null => vec![json!({"source_ip": "203.0.113.9"}), json!({"source_ip": "198.51.100.1"}),
                json!({"vpc_endpoint": "vpce-1"}), json!({"vpc_endpoint": "vpce-9"})],
            _ => vec![setting.network.clone()],
        };
        for organization in &organizations {
            for time in &times {
                for mfa in &mfa {
                    for network in &networks {
                        let mut known = setting.clone();
                        known.network = network.clone();
                        known.context = json!({
                            "aws:CurrentTime": time,
                            "aws:MultiFactorAuthPresent": mfa,
                        });
                        if !setting.same_account {
                            known.context["aws:PrincipalOrgID"] = organization.clone();
                        }
                        let closed = known.decide();
                        let same = closed == open || (deny(closed) && deny(open));
                        prop_assert!(same, "{open} became {closed} with {}", known.manifest());
                    }
                }
            }
        }
    }
}
