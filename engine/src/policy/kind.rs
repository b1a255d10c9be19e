use std::fmt;

/// What a policy is attached to, which decides its grammar and its part in the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyKind {
    /// Attached to a user, group or role.
    Identity,
    /// The upper bound of what a user's or role's identity policies can give.
    PermissionsBoundary,
    /// Passed when a session was made.
    Session,
    /// The resource-based policy of a secret.
    Secret,
    /// The resource-based policy of a KMS key.
    Key,
    /// The resource-based policy of anything else.
    OtherResource,
    /// Organizations: the upper bound of what an account's principals can do.
    ServiceControl,
    /// Organizations: the upper bound of what can be done to an account's resources.
    ResourceControl,
    /// Attached to a VPC endpoint.
    VpcEndpoint,
}

impl PolicyKind {
    /// Whether a statement must say whom it is about; in the other kinds it must not.
    pub const fn has_principal(self) -> bool {
        match self {
            Self::Secret
            | Self::Key
            | Self::OtherResource
            | Self::ResourceControl
            | Self::VpcEndpoint => true,
            Self::Identity | Self::PermissionsBoundary | Self::Session | Self::ServiceControl => {
                false
            }
        }
    }

    /// Whether only the characters up to U+00FF are stored. What Secrets Manager and endpoints store is not
    /// documented.
    pub const fn has_iam_characters(self) -> bool {
        !matches!(self, Self::Secret | Self::OtherResource | Self::VpcEndpoint)
    }

    /// Whether Sids are letters and digits and stand once each. Key policies have sentences for Sids, the managed
    /// ones even twice the same.
    pub const fn has_unique_sids(self) -> bool {
        matches!(self, Self::Identity | Self::PermissionsBoundary | Self::Session)
    }

    /// Whether a statement without `Resource` can be saved, whatever it then applies to.
    pub const fn resource_is_optional(self) -> bool {
        matches!(self, Self::Secret | Self::Key | Self::OtherResource)
    }

    /// The most characters (for a key policy: bytes) that AWS stores, white space counted only where it is.
    ///
    /// Secrets Manager: PutResourcePolicy; KMS: resource quotas. The other kinds have quotas that depend on how
    /// the policy is attached and are left to the account.
    pub const fn size_limit(self) -> Option<usize> {
        match self {
            Self::Secret => Some(20_480),
            Self::Key => Some(32_768),
            _ => None,
        }
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Secret => "secret policy",
            Self::Key => "key policy",
            Self::OtherResource => "resource-based policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::VpcEndpoint => "VPC endpoint policy",
        })
    }
}
