//! Fingerprints name a mistake for good: they outlive a formatter, another order and other Sids, or every ignore would
//! be lost at the first touch of a file.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads its fixtures and fails by panicking"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crosskey_engine::{
    check::{CheckOptions, check},
    finding::Place,
    ingest::manifest::read_manifest,
    text::{Limits, Source, Sources},
};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// The files of a case, in memory.
type Case = BTreeMap<String, String>;

/// Every folder of bad fixtures whose files are JSON.
fn cases() -> Vec<(PathBuf, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/bad");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        let mut case = Case::new();
        for file in fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                case.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
        if case.values().all(|text| serde_json::from_str::<Value>(text).is_ok()) {
            found.push((folder, case));
        }
    }
    found.sort();
    assert!(found.len() > 20, "only {} cases", found.len());
    found
}

/// File, rule and fingerprint of every finding in a policy, in order.
fn fingerprints(case: &Case) -> Vec<(String, &'static str, String)> {
    let mut sources = Sources::new();
    let manifest = sources.add(Source::new("bundle.json", case.get("bundle.json").unwrap()));
    let loaded = read_manifest(manifest, &mut sources, &mut case.clone(), &Limits::default());
    let report = check(&loaded.bundle, &sources, &loaded.errors, &CheckOptions::default());
    let mut found: Vec<_> = report
        .findings
        .iter()
        // What is wrong with a Sid is another mistake once it is called otherwise.
        .filter(|finding| finding.rule.id != "invalid-sid")
        .filter(|finding| matches!(finding.place, Place::Source(at) if at.source != manifest))
        .map(|f| (f.file(&sources).to_owned(), f.rule.id, f.fingerprint.clone()))
        .collect();
    found.sort();
    found
}

/// A source of choices that shrinks towards changing nothing.
struct Choices<'a>(std::iter::Cycle<std::slice::Iter<'a, usize>>);

impl Choices<'_> {
    fn below(&mut self, bound: usize) -> usize {
        self.0.next().copied().unwrap_or_default() % bound.max(1)
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, at - self.below(at + 1));
        }
    }
}

/// The same policy, written otherwise: another order of members, statements and values, other Sids, one value with or
/// without brackets.
fn rewritten(value: &Value, key: &str, choices: &mut Choices<'_>) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<_> =
                list.iter().map(|element| rewritten(element, key, choices)).collect();
            choices.shuffle(&mut list);
            match list.len() {
                1 if choices.below(2) == 1 => list.remove(0),
                _ => Value::Array(list),
            }
        }
        Value::Object(members) => {
            let keep_sid = choices.below(3) != 2;
            let mut members: Vec<_> = members
                .iter()
                .filter(|(name, _)| *name != "Sid" || keep_sid)
                .map(|(name, value)| (name.clone(), rewritten(value, name, choices)))
                .collect();
            let is_statement = members.iter().any(|(name, _)| name == "Effect");
            if is_statement
                && !members.iter().any(|(name, _)| name == "Sid")
                && choices.below(2) == 1
            {
                members.push((
                    "Sid".to_owned(),
                    rewritten(&Value::String(String::new()), "Sid", choices),
                ));
            }
            choices.shuffle(&mut members);
            Value::Object(Map::from_iter(members))
        }
        Value::String(_) if key == "Sid" => {
            // The counter keeps them apart.
            let number = choices.below(usize::MAX);
            Value::String(format!("Renamed{number}"))
        }
        other => other.clone(),
    }
}

fn is_policy(value: &Value) -> bool {
    value.get("Statement").is_some()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn fingerprints_survive_another_way_to_write_the_same(
        choices in proptest::collection::vec(any::<usize>(), 97),
        pretty: bool,
    ) {
        for (folder, case) in cases() {
            let mut choices = Choices(choices.iter().cycle());
            let mut other = Case::new();
            for (name, text) in &case {
                let value: Value = serde_json::from_str(text).unwrap();
                let text = match is_policy(&value) {
                    false => text.clone(),
                    true => {
                        let value = rewritten(&value, "", &mut choices);
                        match pretty {
                            true => serde_json::to_string_pretty(&value).unwrap(),
                            false => value.to_string(),
                        }
                    }
                };
                other.insert(name.clone(), text);
            }
            prop_assert_eq!(fingerprints(&case), fingerprints(&other), "{:?}: {:#?}", folder, other);
        }
    }
}

/// The other half: what says something else has another fingerprint. The prover finds these.
#[cfg(feature = "prove")]
#[test]
fn different_statements_have_different_fingerprints() {
    let policy = |action: &str, role: &str| {
        let bundle = serde_json::json!({
            "version": 1,
            "secrets": [{
                "arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3",
                "policy": "secret-policy.json",
            }],
        });
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": action, "Resource": "*",
            "Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": role}},
        }]});
        Case::from([
            ("bundle.json".to_owned(), bundle.to_string()),
            ("secret-policy.json".to_owned(), policy.to_string()),
        ])
    };
    let role = "arn:aws:iam::1111*:role/Reader";
    let one = fingerprints(&policy("secretsmanager:GetSecretValue", role));
    assert!(!one.is_empty());
    assert_eq!(one, fingerprints(&policy("secretsmanager:getsecretvalue", role)));
    for other in [
        policy("secretsmanager:PutSecretValue", role),
        policy("secretsmanager:GetSecretValue", "arn:aws:iam::1112*:role/Reader"),
    ] {
        let other = fingerprints(&other);
        assert!(one.iter().all(|(_, _, known)| other.iter().all(|(_, _, new)| new != known)));
    }
}
