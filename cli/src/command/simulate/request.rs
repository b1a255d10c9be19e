//! One request from the command line, as an entry of a manifest: it is read, and its mistakes are told, in the same
//! way.

use std::path::Path;

use crosskey_engine::{
    ingest::manifest::{Loaded, read_manifest_assuming, read_request},
    text::Source,
};
use serde_json::{Map, Value};

use crate::{
    args::{RequestArguments, Simulate},
    command::{
        Failure,
        share::{Share, set},
    },
    config::Config,
    read::{Input, NamedFiles, Unit, UnitKind},
    render::RenderError,
};

/// How messages call text that was put together from flags.
const SOURCE: &str = "<command line>";

/// Asks a request of every bundle in place of its own.
pub(super) fn instead(
    input: &mut Input,
    arguments: &RequestArguments,
    config: &Config,
) -> Result<(), Failure> {
    for unit in &mut input.units {
        let secrets = &unit.loaded.bundle.secrets;
        let only = match secrets.as_slice() {
            [secret] => Some(secret.arn.value.to_string()),
            _ => None,
        };
        let text = serde_json::to_string_pretty(&entry(arguments, only.as_deref()));
        let text = text.map_err(RenderError::from)?;
        let source = input.sources.add(Source::new(SOURCE, text));
        let loaded = std::mem::take(&mut unit.loaded);
        unit.loaded = read_request(
            source,
            &mut input.sources,
            &mut NamedFiles::new(config.limits),
            &config.limits,
            loaded,
        );
    }
    Ok(())
}

/// A bundle of one secret, one key, one caller and one request.
pub(super) fn without_bundle(arguments: &Simulate, config: &Config) -> Result<Input, Failure> {
    let world = &arguments.world;
    let mut files = NamedFiles::new(config.limits);
    let mut add = |path: &Path| files.add(path);
    let share = Share {
        secret: world.secret.clone(),
        key: world.key.clone(),
        principal: arguments.request.principal.clone(),
        secret_policy: world.secret_policy.as_deref().map(&mut add),
        key_policy: world.key_policy.as_deref().map(&mut add),
        identity_policies: world.identity_policy.iter().map(|path| add(path)).collect(),
    };
    let manifest = share.manifest(entry(&arguments.request, world.secret.as_deref()));
    let mut input = Input { sources: config.sources.clone(), ..Input::default() };
    let text = serde_json::to_string_pretty(&manifest).map_err(RenderError::from)?;
    let source = input.sources.add(Source::new(SOURCE, text));
    let assumed = &config.assumed;
    let loaded: Loaded =
        read_manifest_assuming(source, &mut input.sources, &mut files, &config.limits, assumed);
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

/// A value from the command line: JSON where it can only be meant so, else text. Numbers stay text: IAM compares them
/// as it reads them, and so do account ids.
fn value(text: &str) -> Value {
    let is_json = matches!(text, "null" | "true" | "false") || text.starts_with(['[', '{', '"']);
    match is_json.then(|| serde_json::from_str(text)) {
        Some(Ok(value)) => value,
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_json_only_where_they_must_be() {
        assert_eq!(value("null"), Value::Null);
        assert_eq!(value("111122223333"), json!("111122223333"));
        assert_eq!(value("true"), json!(true));
        assert_eq!(value(r#"["a", "b"]"#), json!(["a", "b"]));
        assert_eq!(value("[not json"), json!("[not json"));
    }
}
