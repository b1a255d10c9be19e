//! The vocabulary of AWS: accounts, ARNs, actions, condition keys, patterns, and the catalogue of Secrets Manager
//! and KMS. Nothing here knows about policies.

mod account;
mod action;
mod arn;
pub mod assumption;
pub mod catalog;
mod instant;
mod key;
mod managed;
mod pattern;
mod region;

pub(crate) use self::instant::parse_instant;
pub use self::{
    account::{AccountId, AccountIdError},
    action::{Action, ActionPattern, Service},
    arn::{Arn, ArnError, ArnPattern},
    assumption::{ASSUMPTIONS, AssumptionError, Assumptions, KnownAssumption},
    key::ContextKey,
    managed::says_nothing_of_secrets,
    pattern::{Pattern, Token},
    region::{is_known_region, nearest_region, partition_of_region},
};
