use super::{KeyReference, PolicyId, Tags};
use crate::{
    aws::{AccountId, Arn},
    text::{Located, Location},
};

/// A secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Its full ARN, random suffix included.
    pub arn: Located<Arn>,
    /// What is known of the end of that ARN.
    pub end: ArnEnd,
    /// The account that owns it.
    pub account: AccountId,
    /// Its resource policy, if it has one.
    pub policy: Option<PolicyId>,
    /// The key that new versions are encrypted with.
    pub key: KeyReference,
    /// Where the key is named, if it is.
    pub key_location: Option<Location>,
    /// Its tags.
    pub tags: Tags,
    /// The rotation function, if there is one.
    pub rotation_lambda: Option<Arn>,
    /// For a replica: the Region of the primary.
    pub primary_region: Option<String>,
    /// Its versions; `None` for a single current one whose id is unknown.
    pub versions: Option<Vec<Version>>,
}

/// What is known of the end of an ARN that AWS makes up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ArnEnd {
    /// It is the real one.
    #[default]
    Known,
    /// A stand-in for random characters of a resource that is still to be made: nobody can have written them down.
    Random,
    /// A stand-in by which the policies that name this very resource call it too. The resource may be there already; a
    /// policy that may or may not name it by its real ARN is one that is not known.
    StandIn,
}

/// One version of a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its id, where known.
    pub id: Option<String>,
    /// Its staging labels.
    pub stages: Vec<String>,
    /// The key that this version is encrypted with: changing the secret's key does not always re-encrypt it.
    pub key: KeyReference,
}

impl Secret {
    /// The name and suffix: what follows `secret:`.
    pub fn name_and_suffix(&self) -> &str {
        self.arn.value.resource().strip_prefix("secret:").unwrap_or_default()
    }

    /// The name, without the hyphen and six random characters that Secrets Manager adds to the ARN.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html>
    pub fn name(&self) -> &str {
        let full = self.name_and_suffix();
        match full.rsplit_once('-') {
            Some((name, suffix)) if is_suffix(suffix) => name,
            _ => full,
        }
    }
}

/// Whether `text` could be the random end of a secret's ARN.
pub(crate) fn is_suffix(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}
