//! Random pairs of bundles: whatever the new one allows and the old one does not, of a list of requests, is among what is
//! told. What is told replays, or there would be no answer.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::prove::who_can::tests::random::{
    asked_by_role, asking, callers, covers, statement, whole_bundle,
};

const OF_SECRETS: &[&str] = &[READ, READ, "secretsmanager:*", "secretsmanager:PutResourcePolicy"];
const OF_KEYS: &[&str] = &["kms:Decrypt", "kms:Decrypt", "kms:*", "kms:CreateGrant"];
const ASKED: [(&str, &str); 5] = [
    (READ, SECRET),
    ("secretsmanager:PutResourcePolicy", SECRET),
    ("kms:Decrypt", KEY),
    ("kms:CreateGrant", KEY),
    ("kms:PutKeyPolicy", KEY),
];

/// What accounts, the role and its account's guardrail may look like.
const ORGANIZATIONS: [&str; 3] =
    ["null", r#"{"organization_id": null}"#, r#"{"organization_id": "o-a1b2c3d4e5"}"#];
const OWN: [&str; 4] = [
    r#"["*"]"#,
    r#"["secretsmanager:GetSecretValue", "kms:Decrypt"]"#,
    r#"["secretsmanager:GetSecretValue"]"#,
    r#"["kms:*"]"#,
];
const GUARDS: [&str; 3] = ["*", "secretsmanager:*", "kms:*"];

#[derive(Clone, Debug)]
struct Parts {
    secret: Vec<Value>,
    key: Vec<Value>,
    organization: &'static str,
    own: &'static str,
    guard: &'static str,
}

fn parts() -> impl Strategy<Value = Parts> {
    let secret = vec(statement(OF_SECRETS), 1..4);
    let key = vec(statement(OF_KEYS), 1..4);
    (secret, key, select(&ORGANIZATIONS[..]), select(&OWN[..]), select(&GUARDS[..])).prop_map(
        |(secret, key, organization, own, guard)| Parts { secret, key, organization, own, guard },
    )
}

/// Two bundles that have most in common.
fn pairs() -> impl Strategy<Value = (Value, Value)> {
    let same = prop::bool::weighted(0.6);
    (parts(), parts(), [same; 5]).prop_map(|(old, other, same)| {
        let [secret, key, organization, own, guard] = same;
        let new = Parts {
            secret: if secret { old.secret.clone() } else { other.secret },
            key: if key { old.key.clone() } else { other.key },
            organization: if organization { old.organization } else { other.organization },
            own: if own { old.own } else { other.own },
            guard: if guard { old.guard } else { other.guard },
        };
        (manifest(&old), manifest(&new))
    })
}

fn manifest(parts: &Parts) -> Value {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut manifest = base(&parts.secret, &parts.key);
    match read(parts.organization) {
        Value::Null => drop(manifest["accounts"].as_object_mut().unwrap().remove("444455556666")),
        account => manifest["accounts"]["444455556666"] = account,
    }
    manifest["accounts"]["777788889999"] = json!({"organization_id": "o-a1b2c3d4e5",
        "service_control_policies": [[policy(&[own(json!(parts.guard))])]]});
    manifest["principals"][0]["identity_policies"] = json!([policy(&[own(read(parts.own))])]);
    manifest
}

/// What is decided on each of the actions asked.
fn decisions(mut manifest: Value) -> Vec<Decision> {
    let request = manifest["requests"][0].take();
    let requests = ASKED.map(|(action, resource)| {
        let mut request = request.clone();
        request["action"] = action.into();
        request["resource"] = resource.into();
        if action != READ {
            request["parameters"] = json!({});
        }
        request
    });
    manifest["requests"] = json!(requests);
    let asked = bundle(&manifest);
    let world = World::new(&asked);
    asked.requests.iter().map(|request| world.decision(request).unwrap()).collect()
}

fn is_told(found: &NewCalls, [old, new]: [&Value; 2], arn: &Arn, action: &str) -> bool {
    // What only one of the bundles says of an account holds in both.
    let of =
        |manifest: &Value| manifest["accounts"][arn.account_field()]["organization_id"].clone();
    let organization = if of(new).is_null() { of(old) } else { of(new) };
    let calls = found.calls.iter().filter(|call| call.action.as_str() == action);
    let told = calls.map(|call| &call.caller).any(|caller| match caller {
        NewCaller::Listed(listed) => listed == arn,
        NewCaller::Beside(GranteeClass::Organization(id)) => organization == **id,
        NewCaller::Beside(who) => arn.as_str() != ROLE && covers(who, arn),
    });
    told || found.more || found.undecided.iter().any(|open| open.action.as_str() == action)
}

proptest! {
    // A thirty-second of what PROPTEST_CASES asks of the others, for the time that each takes.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 32))]

    #[test]
    fn whatever_is_new_is_told((old, new) in pairs()) {
        let found = compared(&old, &new);
        let mut callers = callers();
        callers.extend([r#"{"source_ip": "203.0.113.9"}"#, r#"{"vpc_endpoint": "vpce-1"}"#].map(|network| (ROLE, network)));
        for (arn, network) in callers {
            let (old, new) = match arn == ROLE {
                true => (asked_by_role(&old, network), asked_by_role(&new, network)),
                false => (asking(&old, arn, network), asking(&new, arn, network)),
            };
            let decided = decisions(old.clone()).into_iter().zip(decisions(new.clone()));
            for ((action, _), (then, now)) in ASKED.into_iter().zip(decided) {
                let denied = [Decision::ImplicitDeny, Decision::ExplicitDeny].contains(&then);
                if now == Decision::Allow && denied {
                    let told = is_told(&found, [&old, &new], &arn.parse().unwrap(), action);
                    prop_assert!(told, "{arn} {action} {network}: {old} {new} {:?}", self::told(&found));
                }
            }
        }
        let same = compared(&new, &new);
        prop_assert!(same.calls.is_empty() && same.undecided.is_empty(), "{same:?}: {new}");
    }
}

proptest! {
    // Each case asks for all actions on all that the bundles have.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.div_ceil(2048)))]

    /// An answer says that the evaluator has confirmed every call that was found, over both bundles.
    #[test]
    #[ignore = "a long search, for a run of its own"]
    fn every_new_call_is_confirmed(
        old in whole_bundle(), other in whole_bundle(), same in proptest::arbitrary::any::<[bool; 5]>(),
        to_be_made in prop::bool::weighted(0.2),
    ) {
        let mut new = old.clone();
        for (part, same) in ["secrets", "keys", "principals", "accounts", "vpc_endpoints"].iter().zip(same) {
            if !same {
                new[part] = other[part].clone();
            }
        }
        // Some parts are of some bundles only.
        new.as_object_mut().unwrap().retain(|_, part| !part.is_null());
        let [old_bundle, new_bundle] = [&old, &new].map(|manifest| {
            let mut bundle = bundle(manifest);
            if to_be_made {
                bundle.secrets[0].end = ArnEnd::Random;
            }
            bundle
        });
        let found = new_calls(&World::new(&old_bundle), &World::new(&new_bundle), Bounds::default());
        prop_assert!(found.is_ok(), "{:?}: {old} {new} {to_be_made}", found.err());
    }
}
