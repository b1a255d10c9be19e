//! One request from the command line, as an entry of a manifest: it is read, and its mistakes are told, in the same
//! way.

use std::path::Path;

use crosskey_engine::{
    bundle::RequestPrincipal,
    ingest::manifest::{Loaded, read_manifest_assuming, read_request},
    text::{Limits, Source},
};
use serde_json::{Map, Value, json};

use crate::{
    args::{RequestArguments, Simulate},
    command::Failure,
    config::Config,
    read::{Input, NamedFiles, Unit, UnitKind},
};

/// How messages call text that was put together from flags.
const SOURCE: &str = "<command line>";

/// Asks a request of every bundle in place of its own.
pub(super) fn instead(input: &mut Input, arguments: &RequestArguments) -> Result<(), Failure> {
    for unit in &mut input.units {
        let secrets = &unit.loaded.bundle.secrets;
        let only = match secrets.as_slice() {
            [secret] => Some(secret.arn.value.to_string()),
            _ => None,
        };
        let text = serde_json::to_string_pretty(&entry(arguments, only.as_deref()))?;
        let source = input.sources.add(Source::new(SOURCE, text));
        let loaded = std::mem::take(&mut unit.loaded);
        unit.loaded = read_request(
            source,
            &mut input.sources,
            &mut NamedFiles::new(),
            &Limits::default(),
            loaded,
        );
    }
    Ok(())
}

/// A bundle of one secret, one key, one caller and one request.
pub(super) fn without_bundle(arguments: &Simulate, config: &Config) -> Result<Input, Failure> {
    let world = &arguments.world;
    let mut files = NamedFiles::new();
    let mut add = |path: &Path| Value::String(files.add(path));
    let mut secret = Map::new();
    set(&mut secret, "arn", world.secret.clone());
    set(&mut secret, "kms_key_id", world.key.clone());
    set(&mut secret, "policy", world.secret_policy.as_deref().map(&mut add));
    let mut key = Map::new();
    set(&mut key, "arn", world.key.clone());
    set(&mut key, "policy", world.key_policy.as_deref().map(&mut add));
    let policies: Vec<_> = world.identity_policy.iter().map(|path| add(path)).collect();
    let caller = arguments.request.principal.as_deref().and_then(identity);
    let principals = caller.map(|arn| json!({ "arn": arn, "identity_policies": policies }));
    let manifest = json!({
        "version": 1,
        "secrets": [secret],
        "keys": if key.is_empty() { Vec::new() } else { vec![key] },
        "principals": principals.into_iter().collect::<Vec<_>>(),
        "requests": [entry(&arguments.request, world.secret.as_deref())],
    });
    let mut input = Input { sources: config.sources.clone(), ..Input::default() };
    let text = serde_json::to_string_pretty(&manifest)?;
    let source = input.sources.add(Source::new(SOURCE, text));
    let limits = Limits::default();
    let assumed = &config.assumed;
    let loaded: Loaded =
        read_manifest_assuming(source, &mut input.sources, &mut files, &limits, assumed);
    input.files = files.read;
    input.units.push(Unit { name: SOURCE.to_owned(), loaded, kind: UnitKind::Bundle });
    Ok(input)
}

fn entry(arguments: &RequestArguments, only_secret: Option<&str>) -> Value {
    let mut request = Map::new();
    set(&mut request, "name", Some("the request"));
    set(&mut request, "principal", arguments.principal.clone());
    let action = arguments.action.as_deref().unwrap_or("secretsmanager:GetSecretValue");
    set(&mut request, "action", Some(action));
    let of_secrets = action.to_ascii_lowercase().starts_with("secretsmanager:");
    let default = only_secret.filter(|_| of_secrets);
    set(&mut request, "resource", arguments.resource.as_deref().or(default));
    set(&mut request, "region", arguments.region.clone());
    let mut parameters = Map::new();
    set(&mut parameters, "VersionStage", arguments.version_stage.clone());
    set(&mut parameters, "VersionId", arguments.version_id.clone());
    parameters.extend(arguments.parameter.iter().map(|(name, text)| (name.clone(), value(text))));
    set(&mut request, "parameters", (!parameters.is_empty()).then_some(parameters));
    let mut network = Map::new();
    set(&mut network, "source_ip", arguments.source_ip.clone());
    set(&mut network, "vpc_endpoint", arguments.vpc_endpoint.clone());
    set(&mut request, "network", (!network.is_empty()).then_some(network));
    let context = arguments.context.iter().map(|(name, text)| (name.clone(), value(text)));
    let context: Map<_, _> = context.collect();
    set(&mut request, "context", (!context.is_empty()).then_some(context));
    Value::Object(request)
}

fn set(map: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value.into());
    }
}

/// A value from the command line: JSON where it can only be meant so, else text. Numbers stay text: IAM compares them
/// as it reads them, and so do account ids.
fn value(text: &str) -> Value {
    let is_json = matches!(text, "null" | "true" | "false") || text.starts_with(['[', '{', '"']);
    match is_json.then(|| serde_json::from_str(text)) {
        Some(Ok(value)) => value,
        _ => Value::String(text.to_owned()),
    }
}

/// The user or role behind a caller; `None` for callers that have no policies of their own.
fn identity(principal: &str) -> Option<String> {
    match RequestPrincipal::parse(principal).ok()? {
        RequestPrincipal::User(arn) => Some(arn.to_string()),
        RequestPrincipal::Session { role: Some(arn), .. } => Some(arn.to_string()),
        RequestPrincipal::Session { written, role_name, role: None, .. } => {
            let (partition, account) = (written.partition(), written.account()?);
            Some(format!("arn:{partition}:iam::{account}:role/{role_name}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json_only_where_they_must_be() {
        assert_eq!(value("null"), Value::Null);
        assert_eq!(value("111122223333"), json!("111122223333"));
        assert_eq!(value("true"), json!(true));
        assert_eq!(value(r#"["a", "b"]"#), json!(["a", "b"]));
        assert_eq!(value("[not json"), json!("[not json"));
    }

    #[test]
    fn the_role_behind_a_session_is_found() {
        let session = "arn:aws:sts::444455556666:assumed-role/R_B/s1";
        assert_eq!(identity(session).unwrap(), "arn:aws:iam::444455556666:role/R_B");
        assert_eq!(identity("anonymous"), None);
    }
}
