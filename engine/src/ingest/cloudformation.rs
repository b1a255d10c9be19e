//! CloudFormation templates, as people write them, as the CDK synthesizes them, and with the functions of SAM, as pieces
//! of a world.
//!
//! A template is resolved as far as it tells: parameters, mappings, conditions and intrinsic functions. What it does not
//! tell stays *not known*: a policy with such a part is a policy that is not known. Resources of the template get ARNs of
//! which the part that AWS makes up is a stand-in, the same on both sides of every reference.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>

mod assembly;
mod conditions;
mod document;
mod functions;
mod identities;
mod names;
mod parameters;
mod place;
mod resolve;
mod resources;
mod serverless;
mod template;

use std::collections::{BTreeMap, BTreeSet};

pub use self::assembly::{Assembly, read_assembly};
use self::{
    resolve::Resolver,
    resources::Reader,
    template::{Sections, is_template, looks_like_template},
};
use super::{IngestError, IngestErrorKind, pieces::Pieces};
use crate::text::{Limits, Location, Node, Source, SourceId, Sources, parse_json, parse_yaml};

/// A file that is a template. There may be many, and what they tell is known only of all together: what is kept of each is
/// its text, which is parsed again when its turn comes.
#[derive(Clone, Debug)]
pub struct Template {
    source: SourceId,
    parameters: BTreeSet<String>,
}

/// What a file turned out to be.
#[derive(Clone, Debug)]
pub enum Parsed {
    /// A template.
    Template(Template),
    /// JSON or YAML of another sort.
    Other,
    /// Neither.
    Broken {
        /// What is wrong.
        error: Box<IngestError>,
        /// Whether the text was most likely meant to be a template.
        is_likely: bool,
    },
}

/// A template and what is known of the stack that is made of it.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The template.
    pub template: Template,
    /// The values of its parameters and pseudo-parameters (`AWS::AccountId`, `AWS::Region`, …), by name.
    pub parameters: BTreeMap<String, String>,
}

/// Parses a file that `sources` already has as a template: JSON where it begins like it, else YAML.
///
/// ```
/// use crosskey_engine::{ingest::cloudformation::{Parsed, parse}, text::{Limits, Source, Sources}};
/// let mut sources = Sources::new();
/// let text = "Resources:\n  Db:\n    Type: AWS::SecretsManager::Secret\n";
/// let source = sources.add(Source::new("template.yaml", text));
/// assert!(matches!(parse(source, &sources, &Limits::default()), Parsed::Template(_)));
/// ```
pub fn parse(source: SourceId, sources: &Sources, limits: &Limits) -> Parsed {
    let Some(file) = sources.get(source) else { return Parsed::Other };
    match tree(source, file, limits) {
        Ok(root) if is_template(&root) => {
            let section = root.get("Parameters").and_then(Node::members).unwrap_or_default();
            let parameters = section.iter().map(|member| member.key.value.to_string()).collect();
            Parsed::Template(Template { source, parameters })
        }
        Ok(_) => Parsed::Other,
        Err(error) => Parsed::Broken { error, is_likely: looks_like_template(file.text()) },
    }
}

/// The tree of a file: JSON where it begins like it, else YAML.
fn tree(source: SourceId, file: &Source, limits: &Limits) -> Result<Node, Box<IngestError>> {
    let text = file.text();
    let parsed = match text.trim_start().starts_with(['{', '[']) {
        true => parse_json(text, limits).map_err(|error| {
            let span = error.span;
            (IngestErrorKind::Json(error), span)
        }),
        false => parse_yaml(text, limits, &functions::long_form).map_err(|error| {
            let span = error.span;
            (IngestErrorKind::Yaml(error), span)
        }),
    };
    parsed.map_err(|(kind, span)| {
        let location = Some(Location::new(source, span));
        let (field, file) = (String::new(), file.name().to_owned());
        Box::new(IngestError { kind, field, location, file })
    })
}

impl Template {
    /// The file that it is in.
    pub const fn source(&self) -> SourceId {
        self.source
    }

    /// Whether it declares a parameter of this name.
    pub fn declares(&self, parameter: &str) -> bool {
        self.parameters.contains(parameter)
    }
}

/// Reads templates into pieces of one world.
///
/// ```
/// use std::collections::BTreeMap;
/// use crosskey_engine::ingest::{cloudformation::{Parsed, Stack, parse, read_stacks}, pieces::Pieces};
/// use crosskey_engine::text::{Limits, Source, Sources};
/// let mut sources = Sources::new();
/// let text = "Resources:\n  Db:\n    Type: AWS::SecretsManager::Secret\n    Properties: {Name: Db}\n";
/// let source = sources.add(Source::new("template.yaml", text));
/// let Parsed::Template(template) = parse(source, &sources, &Limits::default()) else { return };
/// let given = [("AWS::AccountId", "111122223333"), ("AWS::Region", "us-east-1")];
/// let parameters = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
/// let mut pieces = Pieces::default();
/// read_stacks(&[Stack { template, parameters }], &sources, &Limits::default(), &mut pieces);
/// let arn = pieces.secrets[0].arn.to_string();
/// assert_eq!(arn, "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-TBDTBD");
/// ```
pub fn read_stacks(stacks: &[Stack], sources: &Sources, limits: &Limits, pieces: &mut Pieces) {
    let mut names = BTreeSet::new();
    for stack in stacks {
        let Stack { template: Template { source, .. }, parameters } = stack;
        let Some(file) = sources.get(*source) else { continue };
        let root = match tree(*source, file, limits) {
            Ok(root) => root,
            Err(error) => {
                pieces.errors.push(*error);
                continue;
            }
        };
        let mut here = Pieces::default();
        let told = parameters.get("AWS::StackName").map(String::as_str);
        let name = unique(told.unwrap_or_else(|| stem(file)), &mut names);
        let sections = Sections::new(&root);
        let resolver = Resolver::new(&sections, parameters, name);
        let mut reader = Reader {
            resolver: &resolver,
            source: *source,
            file,
            limits,
            pieces: &mut here,
            unplaced: None,
        };
        for (called, span) in &sections.macros {
            let name = called.clone();
            let kind = match name.starts_with("Fn::ForEach") {
                true => IngestErrorKind::Loop { name },
                false => IngestErrorKind::Macro { name },
            };
            reader.error(kind, *span);
        }
        // What a macro has made of the whole template nobody knows.
        if !sections.is_changed_as_a_whole() {
            reader.parameters();
            reader.read();
        }
        pieces.take(here, limits);
    }
}

/// The name of a file without folders and endings.
fn stem(file: &Source) -> &str {
    let mut name = file.name().rsplit('/').next().unwrap_or_default();
    for end in [".json", ".yaml", ".yml", ".template"] {
        name = name.strip_suffix(end).unwrap_or(name);
    }
    if name.is_empty() { "stack" } else { name }
}

/// A name of letters, digits and hyphens that no other stack of the run has.
fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let numbered = |number: usize| match number {
        1 => plain.clone(),
        _ => format!("{plain}-{number}"),
    };
    let free = (1..).map(numbered).find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
}
