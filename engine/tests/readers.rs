//! Who can read what over a world: what the index leaves out is denied.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use crosskey_engine::{
    aws::Action,
    bundle::{Bundle, Decision, Identity, PolicyId, Request, Secret},
    check::{CheckOptions, ask_who_reads, check},
    decide::World,
    finding::{Finding, Place},
    ingest::manifest::{NoFiles, read_manifest},
    policy::{Principal, Statement},
    text::{Limits, Source, Sources},
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

fn secret_arn(account: &str, number: usize) -> String {
    format!("arn:aws:secretsmanager:us-east-1:{account}:secret:Secret{number}-a1B2c3")
}

fn identity_arn(account: &str, number: usize) -> String {
    let kind = if number == 0 { "user/Person" } else { "role/app/Role" };
    format!("arn:aws:iam::{account}:{kind}{number}")
}

fn key_arn(account: &str, number: usize) -> String {
    format!("arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-00000000000{number}")
}

fn load(manifest: &Value) -> Bundle {
    load_with(manifest, &mut Sources::new())
}

fn load_with(manifest: &Value, sources: &mut Sources) -> Bundle {
    let source = sources.add(Source::new("bundle.json", manifest.to_string()));
    read_manifest(source, sources, &mut NoFiles, &Limits::default()).bundle
}

fn principal() -> impl Strategy<Value = Value> {
    let session = "arn:aws:sts::444455556666:assumed-role/Role1/s1";
    let mut all = vec![
        json!("*"),
        json!({"AWS": "*"}),
        json!({"AWS": ACCOUNTS}),
        json!({"AWS": session}),
        json!({"AWS": "AROAEXAMPLEROLE12345"}),
        json!({"Service": "lambda.amazonaws.com"}),
    ];
    for account in ACCOUNTS {
        all.push(json!({"AWS": account}));
        all.extend((0..3).map(|number| json!({"AWS": identity_arn(account, number)})));
        all.push(json!({"AWS": [identity_arn(account, 0), identity_arn(account, 2)]}));
    }
    select(all)
}

fn statement(with_principal: bool) -> impl Strategy<Value = Value> {
    let mut resources =
        vec![json!("*"), json!(["arn:aws:secretsmanager:*:*:secret:Secret1*", "*"])];
    for account in ACCOUNTS {
        resources.extend((0..3).map(|number| json!(secret_arn(account, number))));
        for end in
            ["Secret?-??????", "Secret1*", "*a1B2c3", "${aws:username}", "S*${aws:username, '1'}*"]
        {
            resources
                .push(json!(format!("arn:aws:secretsmanager:us-east-1:{account}:secret:{end}")));
        }
    }
    let actions = ["secretsmanager:GetSecretValue", "secretsmanager:*", "*", "kms:Decrypt"];
    let effects = ["Allow", "Allow", "Allow", "Deny"];
    let shape = (select(resources), select(actions.to_vec()), select(effects.to_vec()), 0..12_u8);
    (principal(), shape).prop_map(move |(principal, (resource, action, effect, odd))| {
        let mut statement = json!({"Effect": effect, "Action": action, "Resource": resource});
        if with_principal {
            let element = if odd == 0 { "NotPrincipal" } else { "Principal" };
            statement[element] = principal;
        }
        match odd {
            1 => {
                statement["NotResource"] = statement["Resource"].take();
                statement.as_object_mut().unwrap().remove("Resource");
            }
            2 => {
                statement["NotAction"] = json!("secretsmanager:DeleteSecret");
                statement.as_object_mut().unwrap().remove("Action");
            }
            3 => statement["Condition"] = json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
            // AWS refuses to save it.
            4 if effect == "Deny" => statement["Effect"] = json!("deny"),
            _ => {}
        }
        statement
    })
}

/// A resource control policy, or one that AWS refuses to save.
fn resource_control() -> impl Strategy<Value = Value> {
    let resources: Vec<_> = (0..3).map(|number| secret_arn(ACCOUNTS[0], number)).collect();
    (select(resources), 0..4_u8).prop_map(|(resource, odd)| {
        let effect = if odd == 0 { "deny" } else { "Deny" };
        let action = "secretsmanager:*";
        let statement =
            json!({"Effect": effect, "Principal": "*", "Action": action, "Resource": resource});
        json!({"Version": "2012-10-17", "Statement": [statement]})
    })
}

fn manifest() -> impl Strategy<Value = Value> {
    let policy = |with_principal| {
        vec(statement(with_principal), 0..3)
            .prop_map(|list| json!({"Version": "2012-10-17", "Statement": list}))
    };
    let control = (vec(policy(false), 0..2), vec(resource_control(), 0..2));
    (vec(policy(true), 6), vec(policy(false), 6), control).prop_map(
        |(of_secrets, of_identities, (service_control, mut resource_control))| {
            let everything =
                json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
            resource_control.push(json!({"Version": "2012-10-17", "Statement": [everything]}));
            let mut secrets = Vec::new();
            let mut principals = Vec::new();
            for (at, account) in ACCOUNTS.into_iter().enumerate() {
                // Not in the order of their names.
                for number in [2, 0, 1] {
                    let mut secret = json!({"arn": secret_arn(account, number)});
                    if number > 0 {
                        secret["policy"] = of_secrets[at * 3 + number].clone();
                    }
                    secrets.push(secret);
                    let mut identity = json!({
                        "arn": identity_arn(account, number),
                        "identity_policies": [of_identities[at * 3 + number]],
                    });
                    if number == 1 {
                        identity["unique_id"] = json!("AROAEXAMPLEROLE12345");
                    }
                    principals.push(identity);
                }
            }
            json!({
                "version": 1,
                "accounts": {
                    "111122223333": {"resource_control_policies": [resource_control]},
                    "444455556666": {"service_control_policies": [service_control]},
                },
                "secrets": secrets,
                "principals": principals,
            })
        },
    )
}

/// Secrets under keys: one of its own, one that two share, and that of AWS.
fn manifest_with_keys() -> impl Strategy<Value = Value> {
    let statement = principal().prop_map(|principal| {
        json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Principal": principal})
    });
    let policy =
        vec(statement, 1..3).prop_map(|list| json!({"Version": "2012-10-17", "Statement": list}));
    (manifest(), vec((0..5_usize, any::<bool>()), 6), vec(policy, 4)).prop_map(
        |(mut manifest, keys, policies)| {
            let account = |number: usize| ACCOUNTS[number / 2];
            for (secret, (number, by_alias)) in keys.into_iter().enumerate() {
                manifest["secrets"][secret]["kms_key_id"] = match (number, by_alias) {
                    (4, _) => continue,
                    (number, false) => json!(key_arn(account(number), number)),
                    (number, true) => {
                        json!(format!("arn:aws:kms:us-east-1:{}:alias/k{number}", account(number)))
                    }
                };
            }
            let keys = policies.into_iter().enumerate().map(|(number, policy)| {
                let arn = key_arn(account(number), number);
                json!({"arn": arn, "aliases": [format!("alias/k{number}")], "policy": policy})
            });
            manifest["keys"] = keys.collect();
            manifest
        },
    )
}

/// Whether somebody may be meant to read a secret: the secret's policy names it or does not say whom it lets in, or its
/// own policies let it read something, whatever that is.
fn may_be_asked(bundle: &Bundle, identity: &Identity, secret: &Secret) -> bool {
    let read = Action::new("secretsmanager:GetSecretValue").unwrap();
    let decrypt = Action::new("kms:Decrypt").unwrap();
    let policy = |id: &PolicyId| bundle.policies.get(*id).unwrap().policy();
    let allows = |statement: &&Statement| statement.allows();
    let lets_in = |statement: &Statement| {
        let about = statement.covers_action(&read) || statement.covers_action(&decrypt);
        let element = statement.principals.as_ref().unwrap();
        element.negated
            || element.list.iter().any(|entry| match &entry.value {
                Principal::User(arn) | Principal::Role(arn) => about && *arn == identity.arn.value,
                _ => true,
            })
    };
    let of_secret = secret.policy.as_ref().is_some_and(|id| {
        policy(id).is_none_or(|policy| policy.statements.iter().filter(allows).any(lets_in))
    });
    let own = |id: &PolicyId| {
        policy(id).is_none_or(|policy| {
            policy.statements.iter().filter(allows).any(|s| s.covers_action(&read))
        })
    };
    of_secret || identity.identity_policies.iter().any(own)
}

/// What findings say and where.
fn said(findings: &[Finding]) -> Vec<(&str, &str, &Place)> {
    findings.iter().map(|it| (it.rule.id, it.message.as_str(), &it.place)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_asked_shows_what_every_pair_would(manifest in manifest_with_keys()) {
        let mut sources = Sources::new();
        let mut some = load_with(&manifest, &mut sources);
        ask_who_reads(&mut some);
        let mut every = some.clone();
        let may = |pair: &(&Identity, &Secret)| may_be_asked(&some, pair.0, pair.1);
        let pairs = some.secrets.iter().flat_map(|s| some.identities.iter().map(move |i| (i, s)));
        every.requests =
            pairs.filter(may).filter_map(|(i, secret)| Request::to_read(i, secret)).collect();
        let found = |bundle: &Bundle| check(bundle, &sources, &[], &CheckOptions::default());
        let (some_found, every_found) = (found(&some), found(&every));
        prop_assert_eq!(said(&some_found.findings), said(&every_found.findings));
        let asked: BTreeSet<&str> = some.requests.iter().map(|r| r.name.as_str()).collect();
        prop_assert_eq!(asked.len(), some.requests.len());
        for answer in &every_found.answers {
            let name = every.requests[answer.request].name.as_str();
            // Of an account with an unreadable control policy nothing is known; a finding says so.
            let denied = !matches!(answer.decision(), Decision::Allow | Decision::Indeterminate);
            prop_assert!(asked.contains(name) || denied, "{} {}", name, answer.decision());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn readers_are_those_whom_no_pair_by_pair_check_denies(manifest in manifest()) {
        let bundle = load(&manifest);
        let world = World::new(&bundle);
        let mut expected = Vec::new();
        for secret in &bundle.secrets {
            for identity in &bundle.identities {
                let request = Request::to_read(identity, secret).unwrap();
                let decision = world.decision(&request).unwrap();
                if !matches!(decision, Decision::ExplicitDeny | Decision::ImplicitDeny) {
                    let pair = (secret.arn.value.clone(), identity.arn.value.clone());
                    expected.push((pair, decision));
                }
            }
        }
        let found: Vec<_> = world
            .readers()
            .into_iter()
            .map(|reader| {
                let pair = (reader.secret.arn.value.clone(), reader.identity.arn.value.clone());
                (pair, reader.decision)
            })
            .collect();
        prop_assert_eq!(found, expected);
    }
}
