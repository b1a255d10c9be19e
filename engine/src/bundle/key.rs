use std::str::FromStr;

use thiserror::Error;

use super::{Grant, PolicyId, Tags};
use crate::{
    aws::{AccountId, Arn, ArnError},
    text::Located,
};

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its key ARN.
    pub arn: Located<Arn>,
    /// The account that owns it.
    pub account: AccountId,
    /// Its key policy; `None` where the bundle does not have it, though every key has one.
    pub policy: Option<PolicyId>,
    /// `alias/…`
    pub aliases: Vec<String>,
    /// Whether it can be used.
    pub state: KeyState,
    /// Its tags.
    pub tags: Tags,
    /// Its grants.
    pub grants: Vec<Grant>,
    /// `SYMMETRIC_DEFAULT` unless said otherwise.
    pub spec: Option<String>,
    /// `ENCRYPT_DECRYPT` unless said otherwise.
    pub usage: Option<String>,
    /// `AWS_KMS`, `EXTERNAL`, …; unknown unless said.
    pub origin: Option<String>,
}

/// The states of a key. <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[expect(missing_docs, reason = "the names are those of KMS")]
pub enum KeyState {
    #[default]
    Enabled,
    Disabled,
    PendingDeletion,
    PendingReplicaDeletion,
    PendingImport,
    Unavailable,
    Creating,
    Updating,
}

impl KeyState {
    /// The exception with which KMS answers a cryptographic operation in this state.
    pub const fn failure(self) -> Option<&'static str> {
        match self {
            Self::Enabled | Self::Updating => None,
            Self::Disabled => Some("DisabledException"),
            Self::PendingDeletion
            | Self::PendingReplicaDeletion
            | Self::PendingImport
            | Self::Unavailable
            | Self::Creating => Some("KMSInvalidStateException"),
        }
    }
}

impl Key {
    /// The part of the ARN behind `key/`.
    pub fn id(&self) -> &str {
        self.arn.value.resource().strip_prefix("key/").unwrap_or_default()
    }

    /// Whether the key is managed by AWS for Secrets Manager.
    pub fn is_aws_managed(&self) -> bool {
        self.aliases.iter().any(|alias| alias == KeyReference::MANAGED_ALIAS)
    }

    /// Whether related keys in other Regions share its id.
    pub fn is_multi_region(&self) -> bool {
        self.id().starts_with("mrk-")
    }
}

/// How a secret, version or request names a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeyReference {
    /// The AWS managed key `aws/secretsmanager` of the secret's account and Region; what a secret without
    /// `KmsKeyId` is under.
    #[default]
    Managed,
    /// A key ARN.
    Arn(Arn),
    /// An alias ARN.
    AliasArn(Arn),
    /// A key id, in the caller's account and Region.
    Id(String),
    /// An alias name, in the caller's account and Region.
    Alias(String),
    /// Nobody says which key, nor whether it is the AWS managed one. Never read from text.
    NotKnown,
}

/// Text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyReferenceError {
    /// Looks like an ARN but is none.
    #[error(transparent)]
    Arn(#[from] ArnError),
    /// An ARN of something else.
    #[error("`{text}` is not the ARN of a KMS key or alias")]
    NotAKey {
        /// What was written.
        text: String,
    },
    /// A placeholder or other text.
    #[error("`{text}` is neither a key id nor an alias")]
    NotAnId {
        /// What was written.
        text: String,
    },
}

impl KeyReference {
    /// The alias of the AWS managed key.
    pub const MANAGED_ALIAS: &str = "alias/aws/secretsmanager";

    /// Whether the key is named by an alias.
    pub const fn is_alias(&self) -> bool {
        matches!(self, Self::AliasArn(_) | Self::Alias(_))
    }
}

impl FromStr for KeyReference {
    type Err = KeyReferenceError;

    fn from_str(text: &str) -> Result<Self, KeyReferenceError> {
        if text == Self::MANAGED_ALIAS || text == "aws/secretsmanager" {
            return Ok(Self::Managed);
        }
        if text.starts_with("alias/") && text.len() > "alias/".len() {
            return Ok(Self::Alias(text.to_owned()));
        }
        if text.starts_with("arn:") || text.contains(':') {
            let arn: Arn = text.parse()?;
            let owned = arn.service() == "kms" && arn.account().is_some();
            return match arn.resource().split_once('/') {
                Some(("key", id)) if owned && is_key_id(id) => Ok(Self::Arn(arn)),
                Some(("alias", "aws/secretsmanager")) if owned => Ok(Self::Managed),
                Some(("alias", name)) if owned && !name.is_empty() => Ok(Self::AliasArn(arn)),
                _ => Err(KeyReferenceError::NotAKey { text: text.to_owned() }),
            };
        }
        if is_key_id(text) {
            return Ok(Self::Id(text.to_owned()));
        }
        Err(KeyReferenceError::NotAnId { text: text.to_owned() })
    }
}

/// A UUID or a multi-Region id. KMS makes nothing else, but tests and documents write shorter ones, so only what
/// cannot be an id at all is refused.
fn is_key_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
