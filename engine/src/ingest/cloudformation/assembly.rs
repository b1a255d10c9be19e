//! The manifest that the CDK writes beside the templates that it synthesizes. It tells where each stack goes.
//!
//! <https://docs.aws.amazon.com/cdk/api/v2/docs/@aws-cdk_cloud-assembly-schema.ArtifactManifest.html>

use std::collections::BTreeMap;

use crate::{
    aws::AccountId,
    text::{Limits, Node, SourceId, Sources, parse_json},
};

/// What a manifest of the CDK tells of each template beside it, by its file: parameters and pseudo-parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assembly {
    /// By the name of the template's file.
    pub stacks: BTreeMap<String, BTreeMap<String, String>>,
}

/// Reads the manifest of a CDK assembly; `None` where the file is none.
///
/// ```
/// use crosskey_engine::{ingest::cloudformation::read_assembly, text::{Limits, Source, Sources}};
/// let text = r#"{"version": "36.0.0", "artifacts": {"App": {"type": "aws:cloudformation:stack",
///     "environment": "aws://111122223333/us-east-1", "properties": {"templateFile": "App.template.json"}}}}"#;
/// let mut sources = Sources::new();
/// let source = sources.add(Source::new("manifest.json", text));
/// let assembly = read_assembly(source, &sources, &Limits::default()).ok_or("no assembly")?;
/// assert_eq!(assembly.stacks["App.template.json"]["AWS::AccountId"], "111122223333");
/// # Ok::<(), &str>(())
/// ```
pub fn read_assembly(source: SourceId, sources: &Sources, limits: &Limits) -> Option<Assembly> {
    let root = parse_json(sources.get(source)?.text(), limits).ok()?;
    root.get("version")?;
    let mut assembly = Assembly::default();
    for artifact in root.get("artifacts")?.members()? {
        let text = |node: &Node, name: &str| node.get(name)?.as_str().map(str::to_owned);
        if text(&artifact.value, "type").as_deref() != Some("aws:cloudformation:stack") {
            continue;
        }
        let Some(properties) = artifact.value.get("properties") else { continue };
        let Some(file) = text(properties, "templateFile") else { continue };
        let mut told = BTreeMap::new();
        for member in properties.get("parameters").and_then(Node::members).unwrap_or_default() {
            if let Some(value) = member.value.as_str() {
                told.insert(member.key.value.to_string(), value.to_owned());
            }
        }
        let environment = text(&artifact.value, "environment").unwrap_or_default();
        if let Some((account, region)) =
            environment.strip_prefix("aws://").and_then(|place| place.split_once('/'))
        {
            // `unknown-account` and `unknown-region` stand for what the deployment decides.
            if account.parse::<AccountId>().is_ok() {
                told.insert("AWS::AccountId".to_owned(), account.to_owned());
            }
            if region != "unknown-region" {
                told.insert("AWS::Region".to_owned(), region.to_owned());
            }
        }
        let named = text(properties, "stackName");
        told.insert(
            "AWS::StackName".to_owned(),
            named.unwrap_or_else(|| artifact.key.value.to_string()),
        );
        assembly.stacks.insert(file, told);
    }
    Some(assembly)
}
