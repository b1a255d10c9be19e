//! From files to a [`Bundle`](crate::bundle::Bundle): a file a format.

mod aws;
pub mod bare;
pub mod cloudformation;
pub mod manifest;
pub mod pieces;
mod terraform;

mod error;

pub use error::{IngestError, IngestErrorKind};

use crate::text::{Limits, SourceId, Sources, parse_json};

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
    terraform::read_plan(&root, source, file, limits, pieces)
        || aws::read_answer(&root, source, file, limits, pieces)
}
