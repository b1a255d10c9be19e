//! From files to a [`Bundle`](crate::bundle::Bundle): a file a format.

mod aws;
pub mod bare;
pub mod cloudformation;
pub mod manifest;
pub mod pieces;
mod terraform;

mod error;

pub use error::{IngestError, IngestErrorKind};

use crate::text::{JsonError, Limits, SourceId, Sources, parse_json};

/// Reads a file that `sources` already has into `pieces`: a plan or state of Terraform, or an answer of AWS. `false` where
/// it is none of these.
///
/// ```
/// use crosskey_engine::{ingest::{pieces::Pieces, read_pieces}, text::{Limits, Source, Sources}};
/// let state = r#"{"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {"resources": [
///     {"address": "aws_kms_key.db", "mode": "managed", "type": "aws_kms_key", "name": "db", "values":
///         {"arn": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}}]}}}"#;
/// let mut sources = Sources::new();
/// let source = sources.add(Source::new("state.json", state));
/// let mut pieces = Pieces::default();
/// assert!(read_pieces(source, &sources, &Limits::default(), &mut pieces));
/// assert_eq!(pieces.keys.len(), 1);
/// ```
pub fn read_pieces(
    source: SourceId,
    sources: &Sources,
    limits: &Limits,
    pieces: &mut pieces::Pieces,
) -> bool {
    let Some(file) = sources.get(source) else {
        return false;
    };
    let Ok(root) = parse_json(file.text(), limits) else {
        return false;
    };
    let mut told = pieces::Pieces::default();
    let is_one = terraform::read_plan(&root, source, file, limits, &mut told)
        || aws::read_answer(&root, source, file, limits, &mut told);
    pieces.take(told, limits);
    is_one
}

/// Tools whose output is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The AWS CLI.
    Aws,
    /// `terraform show -json`.
    Terraform,
}

/// Reads a file that `sources` already has as the output of a tool into `pieces`; `false` where it is not.
///
/// # Errors
/// [`JsonError`] for what is not JSON.
///
/// ```
/// use crosskey_engine::{ingest::{Tool, pieces::Pieces, read_output}, text::{Limits, Source, Sources}};
/// let mut sources = Sources::new();
/// let source = sources.add(Source::new("key.json", r#"{"KeyMetadata": {
///     "Arn": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}}"#));
/// let mut pieces = Pieces::default();
/// assert!(!read_output(Tool::Terraform, source, &sources, &Limits::default(), &mut pieces)?);
/// assert!(read_output(Tool::Aws, source, &sources, &Limits::default(), &mut pieces)?);
/// # Ok::<(), crosskey_engine::text::JsonError>(())
/// ```
pub fn read_output(
    tool: Tool,
    source: SourceId,
    sources: &Sources,
    limits: &Limits,
    pieces: &mut pieces::Pieces,
) -> Result<bool, JsonError> {
    let Some(file) = sources.get(source) else {
        return Ok(false);
    };
    let root = parse_json(file.text(), limits)?;
    let mut told = pieces::Pieces::default();
    let is_one = match tool {
        Tool::Aws => aws::read_answer(&root, source, file, limits, &mut told),
        Tool::Terraform => terraform::read_plan(&root, source, file, limits, &mut told),
    };
    pieces.take(told, limits);
    Ok(is_one)
}
