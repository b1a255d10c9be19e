use thiserror::Error;

use crate::{
    policy::{Parsed, Policy, PolicyKind},
    text::{JsonError, Location},
};

/// Which policy of a bundle; handed out by [`Policies::add`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicyId(u32);

/// A policy document as it was given, readable or not.
#[derive(Clone, Debug)]
pub struct Document {
    /// How answers call it: the path as the manifest has it.
    pub label: String,
    /// What it is attached to.
    pub kind: PolicyKind,
    /// The document in its source.
    pub location: Location,
    /// What was read: the policy with what AWS would refuse, or why there is none.
    pub content: Result<Parsed, DocumentError>,
}

/// Why nothing of a policy document could be read. A policy that is there but cannot be read is not the same as no
/// policy: whatever hangs on it cannot be decided.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// It is not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The file could not be read; the reader has said why.
    #[error("the file could not be read")]
    Unreadable,
    /// There is one, or may be, but nobody can say yet what it says: a plan that has not been applied, or files that
    /// leave it out. Whatever hangs on it is open, not invalid.
    #[error("{reason}")]
    NotKnown {
        /// Why, and what would tell.
        reason: String,
    },
}

impl Document {
    /// The policy, if AWS would save it.
    pub fn policy(&self) -> Option<&Policy> {
        self.content.as_ref().ok().and_then(Parsed::valid)
    }

    /// The policy as far as it could be read, which is enough to look for further mistakes.
    pub fn readable(&self) -> Option<&Policy> {
        self.content.as_ref().ok().map(|parsed| &parsed.policy)
    }
}

/// All policy documents of a bundle.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    list: Vec<Document>,
    /// See [`Self::values`].
    values: usize,
}

impl PolicyId {
    /// Its number among the policies of its bundle.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Policies {
    /// Keeps a document and says by which id it is referred to.
    pub fn add(&mut self, document: Document) -> PolicyId {
        let id = PolicyId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.values += document.content.as_ref().map_or(0, |parsed| parsed.values);
        self.list.push(document);
        id
    }

    /// The document behind an id, if it was handed out by this list.
    pub fn get(&self, id: PolicyId) -> Option<&Document> {
        self.list.get(id.0 as usize)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, id: PolicyId) -> Option<&mut Document> {
        self.list.get_mut(id.0 as usize)
    }

    /// All documents, in the order added.
    pub fn iter(&self) -> impl Iterator<Item = (PolicyId, &Document)> {
        self.list.iter().zip(0..).map(|(document, index)| (PolicyId(index), document))
    }

    /// How many values the documents were read from: the measure of what it costs to keep and to judge them.
    pub const fn values(&self) -> usize {
        self.values
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
