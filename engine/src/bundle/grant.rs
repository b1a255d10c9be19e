use std::collections::BTreeMap;

use crate::{aws::Arn, policy::Principal, text::Location};

/// A grant on a key: an Allow for one principal, some operations and, with constraints, some encryption contexts.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where it was read.
    pub location: Location,
    /// Its id, where given.
    pub id: Option<String>,
    /// Who may use it.
    pub grantee: Grantee,
    /// `Decrypt`, `GenerateDataKey`, …
    pub operations: Vec<String>,
    /// What the encryption context must be.
    pub constraint: GrantConstraint,
    /// For a service: on behalf of which resource.
    pub source_arn: Option<Arn>,
}

/// Who may use a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// A user, role, session, federated user or account.
    Principal(Principal),
    /// An AWS service.
    Service(String),
}

/// What a grant demands of the encryption context; names and values are case-sensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GrantConstraint {
    /// Nothing.
    #[default]
    None,
    /// These pairs and no others.
    Equals(BTreeMap<String, String>),
    /// At least these pairs.
    Subset(BTreeMap<String, String>),
}
