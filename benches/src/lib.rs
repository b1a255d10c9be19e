//! Inputs of known size for the benches: the share of a secret across two accounts from `fixtures/good`, the plain one that
//! the scenarios start from, and the same with more statements, bundles or principals.

use std::{
    env::{self, consts::EXE_EXTENSION},
    fs, io,
    path::{Path, PathBuf},
};

use crosskey_engine::{
    bundle::Bundle,
    ingest::manifest::{Files, read_manifest},
    text::{Limits, Source, Sources},
};
use serde_json::{Value, json};

fn fixtures() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures"))
}

/// The folder of one fixture.
pub fn fixture(name: &str) -> PathBuf {
    fixtures().join("good").join(name)
}

/// Files of one folder, read when asked for.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Files for Folder {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(self.0.join(path)).map_err(|error| error.to_string())
    }
}

/// Reads a fixture's bundle with everything that it names.
///
/// # Errors
/// Why it cannot be read.
pub fn load(name: &str) -> Result<(Bundle, Sources), String> {
    let folder = fixture(name);
    let text = fs::read_to_string(folder.join("bundle.json")).map_err(|error| error.to_string())?;
    read(text, folder)
}

/// Reads a bundle whose policies stand in its manifest.
///
/// # Errors
/// Why it cannot be read.
pub fn read_inline(manifest: &Value) -> Result<(Bundle, Sources), String> {
    read(manifest.to_string(), PathBuf::new())
}

fn read(text: String, folder: PathBuf) -> Result<(Bundle, Sources), String> {
    let mut sources = Sources::new();
    let manifest = sources.add(Source::new("bundle.json", text));
    let loaded = read_manifest(manifest, &mut sources, &mut Folder(folder), &Limits::default());
    match loaded.errors.first() {
        None => Ok((loaded.bundle, sources)),
        Some(error) => Err(error.to_string()),
    }
}

/// The manifest of the plain share across two accounts: a role of one reads a secret of the other, under a customer's key.
///
/// # Errors
/// Why it cannot be read.
pub fn plain_share() -> Result<Value, String> {
    let path = fixtures().join("scenarios/bases/x0.json");
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Where the statements stand in the plain share that carry its answer.
const POLICIES: [&str; 3] =
    ["/secrets/0/policy", "/keys/0/policy", "/principals/0/identity_policies/0"];

/// The policies of the plain share, as JSON.
///
/// # Errors
/// Why they cannot be read.
pub fn plain_policies() -> Result<Vec<String>, String> {
    let share = plain_share()?;
    Ok(POLICIES.iter().filter_map(|path| share.pointer(path)).map(Value::to_string).collect())
}

/// The plain share with `statements` in every policy. Those of the share come last; those before them are about other
/// roles, other keys and other secrets. Without `hit` the last ones are left out.
///
/// # Errors
/// Why it cannot be read.
pub fn long_share(statements: usize, hit: bool) -> Result<Value, String> {
    let mut share = plain_share()?;
    for path in POLICIES {
        let Some(list) = share.pointer_mut(path).and_then(|policy| policy.get_mut("Statement"))
        else {
            continue;
        };
        let own = list.as_array().cloned().unwrap_or_default();
        let others = statements.saturating_sub(if hit { own.len() } else { 0 });
        let mut all: Vec<Value> = (0..others).map(|number| other(path, number)).collect();
        if hit {
            all.extend(own);
        }
        *list = all.into();
    }
    Ok(share)
}

fn other(path: &str, number: usize) -> Value {
    let secret =
        format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:Secret{number:04}-??????");
    let role = json!({"AWS": format!("arn:aws:iam::444455556666:role/Role{number}")});
    match path {
        "/secrets/0/policy" => json!({
            "Effect": "Allow", "Principal": role, "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
        }),
        "/keys/0/policy" => json!({
            "Effect": "Allow", "Principal": role, "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"StringLike": {"kms:EncryptionContext:SecretARN": secret}},
        }),
        _ => json!({
            "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret,
        }),
    }
}

/// A policy of `statements` Allow statements for as many roles; the last one names `last`.
pub fn many_statements(statements: usize, last: &str) -> String {
    let statement = |number: usize| {
        let role = if number + 1 == statements { last.to_owned() } else { format!("Role{number}") };
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::444455556666:role/{role}"}},
                "Action": "secretsmanager:GetSecretValue", "Resource": "*",
                "Condition": {{"StringEquals": {{"aws:PrincipalTag/team": "team{number}"}}}}}}"#
        )
    };
    let list: Vec<String> = (0..statements).map(statement).collect();
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, list.join(","))
}

/// The program, where it was built beside the benches.
pub fn command() -> Option<PathBuf> {
    let bench = env::current_exe().ok()?;
    let program = bench.parent()?.parent()?.join("crosskey").with_extension(EXE_EXTENSION);
    program.is_file().then_some(program)
}

/// A folder for files of a bench, inside that of the build.
pub fn scratch(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/benches")).join(name)
}

/// Writes a tree of as many bundles, each the plain share with its own secret and its policies in files beside it. Every
/// tenth leaves out the key's statement, so that its read is denied and there is something to explain.
///
/// # Errors
/// Why a file cannot be written.
pub fn many_bundles(folder: &Path, count: usize) -> Result<(), String> {
    let share = plain_share()?.to_string();
    for number in 0..count {
        let mut own: Value =
            serde_json::from_str(&share.replace("DevSecret", &format!("Secret{number:05}")))
                .map_err(|error| error.to_string())?;
        if number % 10 == 9
            && let Some(list) = own.pointer_mut("/keys/0/policy/Statement")
            && let Some(list) = list.as_array_mut()
        {
            list.truncate(1);
        }
        let place = folder.join(format!("{:02}", number / 100)).join(format!("bundle-{number:05}"));
        write_bundle(&place, own).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A world of `principals` roles in one account, each with a policy for `each` secrets of its own under the AWS managed key: as
/// many can read as there are secrets.
///
/// # Errors
/// Why it cannot be made.
pub fn many_readers(principals: usize, each: usize) -> Result<Value, String> {
    let mut share = plain_share()?;
    let secret = |role: usize, number: usize, end: &str| {
        format!("arn:aws:secretsmanager:us-east-1:444455556666:secret:R{role:05}S{number}-{end}")
    };
    let roles = (0..principals).map(|role| {
        let own: Vec<String> = (0..each).map(|number| secret(role, number, "??????")).collect();
        json!({
            "arn": format!("arn:aws:iam::444455556666:role/R{role:05}"),
            "unique_id": format!("AROAEXAMPLER{role:05}"),
            "tags": {},
            "permissions_boundary": null,
            "identity_policies": [{"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": own,
            }]}],
        })
    });
    let secrets = (0..principals).flat_map(|role| (0..each).map(move |number| (role, number)));
    let secrets = secrets.map(|(role, number)| {
        json!({
            "arn": secret(role, number, "a1B2c3"), "kms_key_id": null, "policy": null, "tags": {},
        })
    });
    let own = share.as_object_mut().ok_or("the share is no object")?;
    own.insert("principals".to_owned(), roles.collect());
    own.insert("secrets".to_owned(), secrets.collect());
    for unused in ["keys", "requests"] {
        own.insert(unused.to_owned(), json!([]));
    }
    Ok(share)
}

fn write_bundle(place: &Path, mut manifest: Value) -> io::Result<()> {
    fs::create_dir_all(place)?;
    for (path, name) in POLICIES.into_iter().zip(["secret.json", "key.json", "identity.json"]) {
        if let Some(slot) = manifest.pointer_mut(path) {
            let policy = std::mem::replace(slot, json!(name));
            fs::write(place.join(name), format!("{policy:#}"))?;
        }
    }
    fs::write(place.join("bundle.json"), format!("{manifest:#}"))
}
