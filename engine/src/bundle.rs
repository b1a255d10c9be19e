//! The world being judged: accounts, secrets, keys, principals, endpoints, the policies on them, and the requests
//! to decide. Made by [`ingest`](crate::ingest); nothing here looks at JSON any more.

mod account;
mod grant;
mod identity;
mod key;
mod network;
mod places;
mod policies;
mod request;
mod secret;
mod tags;

use std::collections::BTreeMap;

use self::places::Places;
pub(crate) use self::{request::READ, secret::is_suffix};

pub use self::{
    account::{Account, Membership, Organization},
    grant::{Grant, GrantConstraint, Grantee},
    identity::{Identity, IdentityKind},
    key::{Key, KeyReference, KeyReferenceError, KeyState},
    network::{Endpoint, Network},
    policies::{Document, DocumentError, Policies, PolicyId},
    request::{
        ContextValue, Decision, Expectation, Layer, Request, RequestPrincipal, Session, Stated,
    },
    secret::{ArnEnd, Secret, Version},
    tags::Tags,
};
use crate::aws::{AccountId, Arn, Assumptions};

/// Everything that a decision can depend on.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// How messages and answers call it, usually the path of its manifest.
    pub name: String,
    /// The accounts that something is known of.
    pub accounts: BTreeMap<AccountId, Account>,
    /// The secrets.
    pub secrets: Vec<Secret>,
    /// The KMS keys.
    pub keys: Vec<Key>,
    /// The IAM users and roles.
    pub identities: Vec<Identity>,
    /// The VPC endpoints.
    pub endpoints: Vec<Endpoint>,
    /// What is asked.
    pub requests: Vec<Request>,
    /// All policy documents.
    pub policies: Policies,
    /// What is taken for true where AWS's documents leave room.
    pub assumptions: Assumptions,
    pub(crate) secret_places: Places,
    pub(crate) key_places: Places,
    pub(crate) identity_places: Places,
}

impl Bundle {
    /// What is known of an account's organization and guardrails.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// The requests that the bundle itself asks.
    pub fn stated_requests(&self) -> impl Iterator<Item = &Request> + Clone {
        self.requests.iter().filter(|request| request.stated)
    }

    /// The secret with this full ARN.
    pub fn secret(&self, arn: &Arn) -> Option<&Secret> {
        self.secret_places.find(&self.secrets, |secret| &secret.arn.value, arn)
    }

    /// The key with this ARN.
    pub fn key(&self, arn: &Arn) -> Option<&Key> {
        self.key_places.find(&self.keys, |key| &key.arn.value, arn)
    }

    /// The user or role with this ARN.
    pub fn identity(&self, arn: &Arn) -> Option<&Identity> {
        self.identity_places.find(&self.identities, |identity| &identity.arn.value, arn)
    }

    /// The endpoint with this id.
    pub fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }
}
