//! From an API call to the authorization checks behind it, each with its own resource, owner and context.
//!
//! A call of Secrets Manager is one check on the secret and, where the value is read or written, calls of KMS that
//! the service makes for the caller (a forward access session). [`plan`] works them out.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>

mod caller;
mod context;
mod error;
mod forward;
mod global;
mod kms;
mod lookup;
mod parameters;
mod plan;
mod secretsmanager;

pub use self::{
    caller::{Caller, CallerKind},
    context::{Binding, Context, UnknownEnd},
    error::RequestError,
    forward::is_forwarded,
    parameters::is_passed,
    plan::{Check, CheckResource, CheckTarget, Failure, Need, OtherEnds, Plan, plan},
};
