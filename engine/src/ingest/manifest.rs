//! The manifest of a bundle: `bundle.json`, which names the policy files beside it.

mod document;
mod grant;
mod read;

pub(super) use self::grant::{grant, grantee};
pub use self::{
    document::{
        AccountEntry, EndpointEntry, ExpectEntry, GrantConstraintsEntry, GrantEntry, KeyEntry,
        Manifest, NetworkEntry, PolicySlot, PrincipalEntry, RequestEntry, RequestPrincipalEntry,
        SecretEntry, SessionEntry, VersionEntry,
    },
    read::{Assumed, Files, Loaded, NoFiles, read_manifest, read_manifest_assuming, read_request},
};
