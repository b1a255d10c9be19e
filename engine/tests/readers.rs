//! Who can read what over a world: what the index leaves out is denied.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use crosskey_engine::{
    bundle::{Bundle, Decision, Request},
    decide::World,
    ingest::manifest::{Files, read_manifest},
    text::{Limits, Source, Sources},
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

struct NoFiles;

impl Files for NoFiles {
    fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
        Err("no files".into())
    }
}

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

fn secret_arn(account: &str, number: usize) -> String {
    format!("arn:aws:secretsmanager:us-east-1:{account}:secret:Secret{number}-a1B2c3")
}

fn identity_arn(account: &str, number: usize) -> String {
    let kind = if number == 0 { "user/Person" } else { "role/app/Role" };
    format!("arn:aws:iam::{account}:{kind}{number}")
}

fn load(manifest: &Value) -> Bundle {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("bundle.json", manifest.to_string()));
    read_manifest(source, &mut sources, &mut NoFiles, &Limits::default()).bundle
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
            let element = if odd == 0 && effect == "Deny" { "NotPrincipal" } else { "Principal" };
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

fn manifest() -> impl Strategy<Value = Value> {
    let policy = |with_principal| {
        vec(statement(with_principal), 0..3)
            .prop_map(|list| json!({"Version": "2012-10-17", "Statement": list}))
    };
    (vec(policy(true), 6), vec(policy(false), 6), proptest::option::of(policy(false))).prop_map(
        |(of_secrets, of_identities, control)| {
            let mut secrets = Vec::new();
            let mut principals = Vec::new();
            for (at, account) in ACCOUNTS.into_iter().enumerate() {
                for number in 0..3 {
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
            let control = control.into_iter().collect::<Vec<_>>();
            json!({
                "version": 1,
                "accounts": {"444455556666": {"service_control_policies": [control]}},
                "secrets": secrets,
                "principals": principals,
            })
        },
    )
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
