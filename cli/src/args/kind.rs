//! Kinds of policy, as flags name them.

use clap::ValueEnum;
use crosskey_engine::policy::PolicyKind;

/// What a resource-based policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResourceKind {
    /// A secret
    Secret,
    /// A KMS key
    Key,
    /// Anything else
    Other,
}

impl From<ResourceKind> for PolicyKind {
    fn from(kind: ResourceKind) -> Self {
        match kind {
            ResourceKind::Secret => Self::Secret,
            ResourceKind::Key => Self::Key,
            ResourceKind::Other => Self::OtherResource,
        }
    }
}

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnyKind {
    /// A user, role or group
    Identity,
    /// A user or role, as its boundary
    PermissionsBoundary,
    /// A secret
    Secret,
    /// A KMS key
    Key,
    /// Any other resource
    Other,
    /// An account or organizational unit, as a service control policy
    Scp,
    /// The same, as a resource control policy
    Rcp,
    /// A VPC endpoint
    VpcEndpoint,
}

impl From<AnyKind> for PolicyKind {
    fn from(kind: AnyKind) -> Self {
        match kind {
            AnyKind::Identity => Self::Identity,
            AnyKind::PermissionsBoundary => Self::PermissionsBoundary,
            AnyKind::Secret => Self::Secret,
            AnyKind::Key => Self::Key,
            AnyKind::Other => Self::OtherResource,
            AnyKind::Scp => Self::ServiceControl,
            AnyKind::Rcp => Self::ResourceControl,
            AnyKind::VpcEndpoint => Self::VpcEndpoint,
        }
    }
}
