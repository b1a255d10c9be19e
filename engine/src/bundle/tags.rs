use std::collections::BTreeMap;

/// The tags of a secret, key, user or role.
///
/// An export without them does not mean that there are none: a condition on a tag is then left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// These, and no others.
    Listed(BTreeMap<String, String>),
    /// These, and maybe others: a stack gives its own tags to all that it makes, and its template does not tell them.
    AtLeast(BTreeMap<String, String>),
    /// Nobody says which there are.
    NotKnown,
}

impl Tags {
    /// The tags that somebody lists.
    pub const fn listed(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::Listed(tags) | Self::AtLeast(tags) => Some(tags),
            Self::NotKnown => None,
        }
    }

    /// Whether there are no others than those listed.
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Listed(_))
    }
}

impl Default for Tags {
    /// None at all.
    fn default() -> Self {
        Self::Listed(BTreeMap::new())
    }
}

impl FromIterator<(String, String)> for Tags {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(tags: I) -> Self {
        Self::Listed(tags.into_iter().collect())
    }
}
