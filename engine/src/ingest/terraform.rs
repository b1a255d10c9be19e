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
use crate::text::{Limits, Node, Source, SourceId};

use self::{
    instance::{before, instances},
    places::Places,
    references::References,
    resources::Reader,
};

/// Reads the plan or state in a file, whose tree is `root`, into `pieces`; `false` where it is neither.
pub(super) fn read_plan(
    root: &Node,
    source: SourceId,
    file: &Source,
    limits: &Limits,
    pieces: &mut Pieces,
) -> bool {
    let has = |name| root.get(name).is_some();
    if !has("format_version") || !(has("resource_changes") || has("values")) {
        return false;
    }
    let instances = instances(root);
    let references = References::new(root, &instances);
    let places = Places::new(root, &instances, &references);
    let reader = Reader {
        source,
        file,
        limits,
        instances: &instances,
        before: before(root),
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
