//! The examples of a rule, put where they belong in a share that is sound: is the bad one found, and the good one not?

use std::collections::BTreeMap;

use crosskey_engine::{check::CheckOptions, finding::Rule, report::FindingReport, review::Review};
use serde_json::{Value, json};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const READER: &str = "arn:aws:iam::444455556666:role/Reader";

/// Where an example can stand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// In the statement of a policy, or as a statement, or as the whole document.
    Policy(Slot),
    /// As the whole file of a policy, whatever it is.
    File,
    /// In a grant on the key.
    Grant,
    /// In an entry of the manifest.
    Entry(&'static str),
    /// As the manifest.
    Manifest,
}

/// A policy of the share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Secret,
    Key,
    IdentitySecret,
    IdentityKey,
    Scp,
    Rcp,
    Other,
}

const PLACES: [Place; 14] = [
    Place::Policy(Slot::Secret),
    Place::Policy(Slot::Key),
    Place::Policy(Slot::IdentitySecret),
    Place::Policy(Slot::IdentityKey),
    Place::Policy(Slot::Scp),
    Place::Policy(Slot::Rcp),
    Place::Policy(Slot::Other),
    Place::Manifest,
    Place::Grant,
    Place::Entry("secrets"),
    Place::Entry("keys"),
    Place::Entry("principals"),
    Place::Entry("requests"),
    Place::File,
];

/// What is said of the bad example, and where it stands then; `None` for examples that are no text to be read.
pub(crate) fn found(rule: &Rule) -> Option<(Place, FindingReport)> {
    let mut places = PLACES.into_iter();
    places.find_map(|place| Some((place, said(rule, place, rule.bad)?)))
}

/// What the rule says of an example in a place.
pub(crate) fn said(rule: &Rule, place: Place, example: &str) -> Option<FindingReport> {
    let review = Review::open("bundle.json", files(place, example)?).unwrap();
    let findings = review.check(&CheckOptions::default()).findings;
    findings.into_iter().find(|finding| finding.rule == rule.id)
}

/// A share in which one part is the example.
fn files(place: Place, example: &str) -> Option<BTreeMap<String, String>> {
    let mut manifest = json!({
        "version": 1,
        "accounts": {"111122223333": {"organization_id": "o-a1b2c3d4e5"},
            "444455556666": {"organization_id": "o-a1b2c3d4e5"}},
        "secrets": [{"arn": SECRET, "policy": "secret.json", "kms_key_id": KEY}],
        "keys": [{"arn": KEY, "policy": "key.json", "aliases": ["alias/DevSecretKMS"]}],
        "principals": [{"arn": READER, "identity_policies": ["identity.json"]}],
        "requests": [{"principal": READER, "action": "secretsmanager:GetSecretValue",
            "resource": SECRET}],
    });
    let own = [sound(Slot::IdentitySecret, &[]), sound(Slot::IdentityKey, &[])].join(", ");
    let mut files = BTreeMap::from([
        ("secret.json", document(&sound(Slot::Secret, &[]))),
        ("key.json", document(&[ADMINISTRATION, &sound(Slot::Key, &[])].join(", "))),
        ("identity.json", document(&own)),
    ]);
    match place {
        Place::Policy(slot) => {
            let policy = policy(slot, example)?;
            let name = match slot {
                Slot::Secret => "secret.json",
                Slot::Key => "key.json",
                Slot::IdentitySecret | Slot::IdentityKey => "identity.json",
                Slot::Scp | Slot::Rcp => {
                    let list = if slot == Slot::Scp { "service" } else { "resource" };
                    let list = format!("{list}_control_policies");
                    manifest["accounts"]["111122223333"][list] = json!([["guardrail.json"]]);
                    "guardrail.json"
                }
                Slot::Other => {
                    let endpoint = json!([{"id": "vpce-1", "policy": "endpoint.json"}]);
                    manifest["vpc_endpoints"] = endpoint;
                    "endpoint.json"
                }
            };
            files.insert(name, policy);
        }
        Place::File => {
            files.insert("secret.json", example.to_owned());
        }
        Place::Grant => {
            let mut grant = json!({"GranteePrincipal": READER, "Operations": ["Decrypt"]});
            grant.as_object_mut()?.extend(members(example)?);
            manifest["keys"][0]["grants"] = json!([grant]);
        }
        Place::Entry(list) => {
            let members = members(example)?;
            let entry = manifest[list][0].as_object_mut()?;
            // What an example leaves out by `…` is what the share has.
            entry.extend(members.into_iter().filter(|(_, value)| !value.to_string().contains('…')));
        }
        Place::Manifest => {
            let members = members(example)?;
            members.get("version")?;
            manifest = Value::Object(members);
        }
    }
    files.insert("bundle.json", manifest.to_string());
    Some(files.into_iter().map(|(name, text)| (name.to_owned(), text)).collect())
}

const ADMINISTRATION: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "kms:*", "Resource": "*"}"#;

const ELEMENTS: [&str; 7] =
    ["Principal", "NotPrincipal", "Action", "NotAction", "Resource", "Condition", "Sid"];
const PRINCIPALS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

/// A policy document with the example in it, as it is written: what is wrong with it may be gone once it is read.
fn policy(slot: Slot, example: &str) -> Option<String> {
    let statement = match serde_json::from_str::<Value>(example) {
        Ok(Value::Array(_)) => {
            return Some(format!(r#"{{"Version": "2012-10-17", "Statement": {example}}}"#));
        }
        Ok(Value::Object(members)) if members.contains_key("Statement") => {
            return Some(example.to_owned());
        }
        Ok(Value::Object(members)) if members.contains_key("Effect") => example.to_owned(),
        Ok(Value::Object(members))
            if members.keys().all(|name| ELEMENTS.contains(&name.as_str())) =>
        {
            let inner = example.trim().strip_prefix('{')?.strip_suffix('}')?;
            sound(slot, &[(members.keys().cloned().collect(), inner)])
        }
        Ok(Value::Object(members))
            if members.keys().all(|kind| PRINCIPALS.contains(&kind.as_str())) =>
        {
            let principal = format!(r#""Principal": {example}"#);
            sound(slot, &[(vec!["Principal".to_owned()], &principal)])
        }
        Ok(_) => return None,
        Err(_) => {
            let members = members(example)?;
            let names = || members.keys().map(String::as_str);
            let text = quoted(example);
            if names().all(|name| ELEMENTS.contains(&name)) {
                sound(slot, &[(members.keys().cloned().collect(), text)])
            } else if members.values().all(Value::is_object) {
                let condition = format!(r#""Condition": {{{text}}}"#);
                sound(slot, &[(vec!["Condition".to_owned()], &condition)])
            } else {
                return None;
            }
        }
    };
    let list = match slot {
        Slot::Key => [ADMINISTRATION, &statement].join(", "),
        _ => statement,
    };
    Some(document(&list))
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

/// The statement that a policy of the share has, with some elements as the example has them.
fn sound(slot: Slot, given: &[(Vec<String>, &str)]) -> String {
    let context = r#""Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:SecretARN":
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}}"#;
    let reader = format!(r#""Principal": {{"AWS": "{READER}"}}"#);
    let everyone = r#""Principal": "*""#.to_owned();
    let read = r#""Action": "secretsmanager:GetSecretValue""#.to_owned();
    let decrypt = r#""Action": "kms:Decrypt""#.to_owned();
    let any = r#""Resource": "*""#.to_owned();
    let named =
        r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????""#;
    let key = format!(r#""Resource": "{KEY}""#);
    let elements = match slot {
        Slot::Secret => vec![reader, read, any],
        Slot::Key => vec![reader, decrypt, any, context.to_owned()],
        Slot::IdentitySecret => vec![read, named.to_owned()],
        Slot::IdentityKey => vec![decrypt, key],
        Slot::Scp => vec![read, any],
        Slot::Rcp | Slot::Other => vec![everyone, read, any],
    };
    let is_given = |element: &str| {
        let name = element.split('"').nth(1).unwrap_or_default();
        let names = given.iter().flat_map(|(names, _)| names);
        names.map(|given| given.trim_start_matches("Not")).any(|given| given == name)
    };
    let effect = if slot == Slot::Rcp { "Deny" } else { "Allow" };
    let mut members = vec![format!(r#""Effect": "{effect}""#)];
    members.extend(elements.into_iter().filter(|element| !is_given(element)));
    members.extend(given.iter().map(|(_, text)| (*text).to_owned()));
    format!("{{{}}}", members.join(", "))
}

/// The members of an example: an object, or what stands in one.
fn members(example: &str) -> Option<serde_json::Map<String, Value>> {
    let object = [example.to_owned(), format!("{{{}}}", quoted(example))];
    object.iter().find_map(|text| serde_json::from_str(text).ok())
}

/// An example without the words behind it, such as `, for a key in us-east-1`.
fn quoted(example: &str) -> &str {
    match example.rfind("}, ") {
        Some(end) if example.starts_with('"') => example.get(..=end).unwrap_or(example),
        _ => example,
    }
}
