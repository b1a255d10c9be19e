//! What `terraform show -json` prints of a plan or a state, as pieces of a world.
//!
//! A resource that is still to be made has no ARN. Terraform and the configuration tell enough of most: the name, the
//! Region of the provider, the account of `data.aws_caller_identity`. The random end of a secret's ARN and the id of
//! a key get stand-ins that are marked as such. A value that is known after apply stays *not known*; a reference that
//! the configuration names is followed to the resource that it leads to.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

mod identities;
mod instance;
mod places;
mod references;
mod resources;

use super::pieces::Pieces;
use crate::text::{Limits, Node, SourceId, Sources, parse_json};

use self::{
    instance::{before, instances},
    places::Places,
    references::References,
    resources::Reader,
};

/// Reads a plan or state that `sources` already has into `pieces`; `false` where the file is neither.
///
/// ```
/// use crosskey_engine::{ingest::{pieces::Pieces, terraform::read_plan}, text::{Limits, Source, Sources}};
/// let state = r#"{"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {"resources": [
///     {"address": "aws_kms_key.db", "mode": "managed", "type": "aws_kms_key", "name": "db", "values":
///         {"arn": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}}]}}}"#;
/// let mut sources = Sources::new();
/// let source = sources.add(Source::new("state.json", state));
/// let mut pieces = Pieces::default();
/// assert!(read_plan(source, &sources, &Limits::default(), &mut pieces));
/// assert_eq!(pieces.keys.len(), 1);
/// ```
pub fn read_plan(
    source: SourceId,
    sources: &Sources,
    limits: &Limits,
    pieces: &mut Pieces,
) -> bool {
    let Some(file) = sources.get(source) else {
        return false;
    };
    let Ok(root) = parse_json(file.text(), limits) else {
        return false;
    };
    let has = |name| root.get(name).is_some();
    if !has("format_version") || !(has("resource_changes") || has("values")) {
        return false;
    }
    let instances = instances(&root);
    let references = References::new(&root, &instances);
    let places = Places::new(&root, &instances, &references);
    let reader = Reader {
        source,
        file,
        limits,
        instances: &instances,
        before: before(&root),
        places: &places,
        references: &references,
        pieces,
    };
    reader.read();
    true
}

/// The text of a member.
fn text<'n>(node: &'n Node, member: &str) -> Option<&'n str> {
    node.get(member)?.as_str()
}
