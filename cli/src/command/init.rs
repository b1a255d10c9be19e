mod inferred;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crosskey_engine::{
    aws::Arn,
    policy::PolicyKind,
    review::Review,
    text::{Location, escape},
};
use serde::Serialize;
use serde_json::{Value, json};

use self::inferred::{Fact, Told};
use super::{Failure, share::Share, unread};
use crate::{
    args::{Format, Init},
    config::{self, Config},
    exit::Exit,
    read::{self, Input, Wanted},
    render::{human, json},
    write::{Output, create_all},
};

/// The settings that are written: all of them said, none of them made.
const SETTINGS: &str = include_str!("init/crosskey.toml");

/// What `crosskey init` prints.
#[derive(Debug, Serialize)]
struct InitReport {
    schema_version: u32,
    /// The files that were written.
    written: Vec<String>,
    secret: Option<FactReport>,
    key: Option<FactReport>,
    principal: Option<FactReport>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FactReport {
    arn: String,
    from: String,
}

/// The policies that were named, and the share that they are for.
struct Found {
    secret: Fact,
    key: Option<Fact>,
    caller: Fact,
    notes: Vec<String>,
}

/// Writes first settings, and a first bundle of the policies that are named.
pub(super) fn run(arguments: &Init, format: Format, output: &Output) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::Usage {
            message: format!("`{}` is not a folder", shown(folder)),
            help: "name the folder that the files are to be written into".to_owned(),
        });
    }
    let mut files = Vec::new();
    let mut report = InitReport {
        schema_version: crosskey_engine::report::SCHEMA_VERSION,
        written: Vec::new(),
        secret: None,
        key: None,
        principal: None,
        notes: Vec::new(),
    };
    match config::above(folder) {
        // Settings further down would hide those.
        Some(above) => {
            report.notes.push(format!("the settings in `{above}` count here; none were written"));
        }
        None => files.push((folder.join("crosskey.toml"), SETTINGS.to_owned())),
    }
    if asks_for_bundle(arguments) {
        let policies = match named(arguments, output) {
            Ok(policies) => policies,
            Err(exit) => return Ok(exit),
        };
        let found = found(arguments, &policies)?;
        bundle(folder, &policies, &found, &mut files)?;
        report.notes.extend(found.notes);
        let fact = |fact: &Fact| FactReport { arn: fact.arn.to_string(), from: fact.from.clone() };
        report.secret = Some(fact(&found.secret));
        report.key = found.key.as_ref().map(fact);
        report.principal = Some(fact(&found.caller));
    }
    if let Some((there, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(Failure::Usage {
            message: format!("`{}` is there already, and nothing was written", shown(there)),
            help: "name another folder, or remove the file".to_owned(),
        });
    }
    if files.is_empty() {
        let message = "there is nothing to write".to_owned();
        let help = "name the policies of a share: `--secret-policy FILE`, …".to_owned();
        return Err(Failure::Usage { message, help });
    }
    create_all(&files)?;
    report.written = files.iter().map(|(path, _)| shown(path)).collect();
    output.report(&match format {
        Format::Json => json::document(&report)?,
        Format::Human => text(&report, folder),
    })?;
    Ok(Exit::Clean)
}

const fn asks_for_bundle(arguments: &Init) -> bool {
    arguments.secret_policy.is_some()
        || arguments.key_policy.is_some()
        || !arguments.identity_policy.is_empty()
        || arguments.secret.is_some()
        || arguments.key.is_some()
        || arguments.principal.is_some()
}

/// A policy that was named: what it is, what it is called where it must be copied, and what was read.
struct Named {
    path: PathBuf,
    kind: PolicyKind,
    copy: String,
    input: Input,
}

impl Named {
    fn told(&self) -> Option<Told<'_>> {
        let unit = self.input.units.first()?;
        let (_, document) = unit.loaded.bundle.policies.iter().next()?;
        Some(Told { policy: document.readable()?, sources: &self.input.sources })
    }

    fn text(&self) -> String {
        let place = self.told().map(|told| Location::new(told.policy.source, told.policy.span));
        let source = place.and_then(|place| self.input.sources.get(place.source));
        source.map(|source| source.text().to_owned()).unwrap_or_default()
    }
}

/// Reads the policies that are named; one that is not JSON ends the run, whatever else is wrong with it `check` tells.
fn named(arguments: &Init, output: &Output) -> Result<Vec<Named>, Exit> {
    let mut policies = Vec::new();
    let mut exit = Exit::Clean;
    let mut add = |path: &PathBuf, kind, copy: String| {
        let input = read::read(
            std::slice::from_ref(path),
            Wanted::Policies(Some(kind)),
            &Config::default(),
        );
        exit = exit.max(unread(&input.sources, &input.errors, output, &mut Vec::new()));
        let policy = Named { path: path.clone(), kind, copy, input };
        if policy.told().is_none() && exit == Exit::Clean {
            exit = super::unusable(&policy.input, output, &mut Vec::new());
        }
        policies.push(policy);
    };
    if let Some(path) = &arguments.secret_policy {
        add(path, PolicyKind::Secret, "secret-policy.json".to_owned());
    }
    if let Some(path) = &arguments.key_policy {
        add(path, PolicyKind::Key, "key-policy.json".to_owned());
    }
    for (number, path) in arguments.identity_policy.iter().enumerate() {
        let copy = match number {
            0 => "identity-policy.json".to_owned(),
            _ => format!("identity-policy-{}.json", number + 1),
        };
        add(path, PolicyKind::Identity, copy);
    }
    if exit == Exit::Clean { Ok(policies) } else { Err(exit) }
}

/// What share the policies are for; what the user states wins.
fn found(arguments: &Init, policies: &[Named]) -> Result<Found, Failure> {
    let told: Vec<_> = policies.iter().filter_map(Named::told).collect();
    let stated = |arn: &Option<Arn>, flag| arn.as_ref().map(|arn| Fact::stated(arn, flag));
    let secret =
        stated(&arguments.secret, "--secret").map_or_else(|| inferred::secret(&told), Ok)?;
    let key = match stated(&arguments.key, "--key") {
        Some(key) => Some(key),
        None => inferred::key(&told)?,
    };
    let caller =
        stated(&arguments.principal, "--principal").map_or_else(|| inferred::caller(&told), Ok)?;
    let mut notes = Vec::new();
    if secret.open_end {
        notes.push(
            "the policies leave the end of the secret's ARN open: `TBDTBD` stands for it in bundle.json until the secret \
             is there"
                .to_owned(),
        );
    }
    if key.is_none() {
        notes.push("no policy names a key: the AWS managed key is taken".to_owned());
    }
    let has = |kind| policies.iter().any(|policy| policy.kind == kind);
    if key.is_some() && !has(PolicyKind::Key) {
        notes.push("the key's policy was not given: what hangs on it stays open".to_owned());
    }
    if inferred::asks_for_organization(&told) {
        notes.push(
            "a condition asks for an organization: say in bundle.json which accounts are in it, \
             `\"accounts\": {\"ID\": {\"organization_id\": \"o-…\"}}`"
                .to_owned(),
        );
    }
    Ok(Found { secret, key, caller, notes })
}

/// The bundle, and the copies of the policies that are in no place that it can name. It is read as `check` will read it.
fn bundle(
    folder: &Path,
    policies: &[Named],
    found: &Found,
    files: &mut Vec<(PathBuf, String)>,
) -> Result<(), Failure> {
    let mut share = Share {
        secret: Some(found.secret.arn.to_string()),
        key: found.key.as_ref().map(|key| key.arn.to_string()),
        principal: Some(found.caller.arn.to_string()),
        ..Share::default()
    };
    let mut beside = BTreeMap::new();
    for policy in policies {
        let name = config::within(folder, &policy.path);
        let name = name.unwrap_or_else(|| {
            files.push((folder.join(&policy.copy), policy.text()));
            policy.copy.clone()
        });
        beside.insert(name.clone(), policy.text());
        match policy.kind {
            PolicyKind::Secret => share.secret_policy = Some(name),
            PolicyKind::Key => share.key_policy = Some(name),
            _ => share.identity_policies.push(name),
        }
    }
    let manifest = manifest(&share)?;
    beside.insert("bundle.json".to_owned(), manifest.clone());
    let review = Review::open("bundle.json", beside);
    let wrong = |message: String, help| Failure::Usage { message, help };
    let review = review.map_err(|error| wrong(error.to_string(), error.kind.help()))?;
    if let Some(error) = review.errors().first() {
        return Err(wrong(format!("{}: {error}", error.field), error.kind.help()));
    }
    let asked = review.simulate().results.into_iter().flat_map(|result| result.diagnostics);
    if let Some(told) = asked.into_iter().find(|told| told.file == "bundle.json") {
        return Err(wrong(format!("{}: {}", told.field, told.message), told.help));
    }
    files.push((folder.join("bundle.json"), manifest));
    Ok(())
}

fn manifest(share: &Share) -> Result<String, Failure> {
    let name = |arn: &Option<String>| {
        let arn = arn.as_deref().unwrap_or_default();
        arn.rsplit_once(['/', ':']).map_or(arn, |(_, name)| name).to_owned()
    };
    let request: Value = json!({
        "name": format!("{} reads {}", name(&share.principal), name(&share.secret)),
        "principal": share.principal,
        "action": "secretsmanager:GetSecretValue",
        "resource": share.secret,
        "expect": "allow",
    });
    Ok(json::document(&share.manifest(request))?)
}

fn text(report: &InitReport, folder: &Path) -> String {
    let mut out = String::new();
    for path in &report.written {
        out.push_str(&format!("wrote {}\n", escape(path)));
    }
    let facts = [("secret", &report.secret), ("key", &report.key), ("caller", &report.principal)];
    for (what, fact) in facts {
        if let Some(fact) = fact {
            let (arn, from) = (escape(&fact.arn), escape(&fact.from));
            out.push_str(&format!("\n{what:<7} {arn}\n        from {from}\n"));
        }
    }
    if !report.notes.is_empty() {
        out.push('\n');
    }
    for note in &report.notes {
        out.push_str(&human::note(&escape(note)));
    }
    if report.secret.is_some() {
        let path = shown(folder);
        out.push_str(&format!("\nnext: crosskey check {path}\n"));
    }
    out
}

fn shown(path: &Path) -> String {
    let plain = path.strip_prefix(".").ok().filter(|rest| !rest.as_os_str().is_empty());
    escape(&plain.unwrap_or(path).to_string_lossy()).into_owned()
}
