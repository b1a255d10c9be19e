//! Inputs of known size for the benches: the share of a secret across two accounts from `fixtures/good`, and the same
//! with more statements.

use std::{fs, path::PathBuf};

use crosskey_engine::{
    bundle::Bundle,
    ingest::manifest::{Files, read_manifest},
    text::{Limits, Source, Sources},
};

/// The folder of one fixture.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/good")).join(name)
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
    let mut sources = Sources::new();
    let manifest = sources.add(Source::new("bundle.json", text));
    let loaded = read_manifest(manifest, &mut sources, &mut Folder(folder), &Limits::default());
    match loaded.errors.first() {
        None => Ok((loaded.bundle, sources)),
        Some(error) => Err(error.to_string()),
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
