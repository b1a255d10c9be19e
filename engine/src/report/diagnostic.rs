use schemars::JsonSchema;
use serde::Serialize;

use super::Known;
use crate::{
    bundle::{Document, DocumentError, PolicyId},
    ingest::IngestError,
    text::{Location, Sources},
};

/// A problem with the input that is no finding of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// The field at fault, as the manifest calls it; empty where it is not one field.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column in characters, from 1.
    pub column: Option<u32>,
}

impl Diagnostic {
    /// A mistake at a place of the input.
    pub fn at(sources: &Sources, message: String, help: &str, place: Location) -> Self {
        let position = sources.positions(place).map(|(start, _)| start);
        Self {
            field: String::new(),
            message,
            help: help.to_owned(),
            file: sources.name(place.source).to_owned(),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
        }
    }

    /// Something that could not be read.
    pub fn of_error(sources: &Sources, error: &IngestError) -> Self {
        let (message, help) = (error.to_string(), error.kind.help());
        let field = error.field.clone();
        match error.location {
            Some(place) => Self { field, ..Self::at(sources, message, &help, place) },
            None => {
                Self { field, message, help, file: error.file.clone(), line: None, column: None }
            }
        }
    }

    /// Why a policy cannot be evaluated; none for one that can, or of which [`of_error`](Self::of_error) tells.
    pub fn of_policy(known: Known<'_>, id: PolicyId) -> Vec<Self> {
        let Some(Document { location, content, .. }) = known.bundle.policies.get(id) else {
            return Vec::new();
        };
        let policy = |message, help: &str, place| Self {
            field: "policy".to_owned(),
            ..Self::at(known.sources, message, help, place)
        };
        match content {
            Err(DocumentError::Unreadable | DocumentError::NotKnown { .. }) => Vec::new(),
            Err(DocumentError::Json(error)) => {
                let place = Location::new(location.source, error.span);
                vec![policy(error.to_string(), &error.kind.help(), place)]
            }
            Ok(parsed) => {
                let errors = parsed.errors.iter().map(|error| {
                    let place = parsed.policy.location(error.span);
                    policy(error.to_string(), &error.kind.help(), place)
                });
                errors.collect()
            }
        }
    }
}
