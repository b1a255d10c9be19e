use std::collections::BTreeMap;

/// The tags of a secret, key, user or role.
///
/// An export without them does not mean that there are none: a condition on a tag is then left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// These, and no others.
    Listed(BTreeMap<String, String>),
    /// Nobody says which there are.
    NotKnown,
}

impl Tags {
    /// The tags, where somebody lists them.
    pub const fn listed(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::Listed(tags) => Some(tags),
            Self::NotKnown => None,
        }
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
