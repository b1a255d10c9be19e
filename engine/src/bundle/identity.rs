use super::{PolicyId, Tags};
use crate::{
    aws::{AccountId, Arn},
    text::Located,
};

/// An IAM user or role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its ARN, path included.
    pub arn: Located<Arn>,
    /// The account that it lives in.
    pub account: AccountId,
    /// User or role.
    pub kind: IdentityKind,
    /// `AIDA…` or `AROA…`, where given.
    pub unique_id: Option<String>,
    /// Its own policies, and those of a user's groups.
    pub identity_policies: Vec<PolicyId>,
    /// Its permissions boundary.
    pub boundary: Option<PolicyId>,
    /// Its tags.
    pub tags: Tags,
    /// Whether it is a service-linked role, which SCPs and RCPs do not bind.
    pub service_linked: bool,
}

/// User or role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityKind {
    /// An IAM user.
    User,
    /// An IAM role.
    Role,
}

impl Identity {
    /// The name without the path.
    pub fn name(&self) -> &str {
        self.arn.value.resource().rsplit('/').next().unwrap_or_default()
    }
}
