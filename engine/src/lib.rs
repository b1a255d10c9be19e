//! Offline access evaluation for AWS Secrets Manager secrets that accounts share.
//!
//! The engine is pure: text in, answers out; no file, clock, environment or network. Its modules stand in layers,
//! each using only those named before it:
//!
//! | module | what lives there |
//! |---|---|
//! | [`text`] | sources, spans, limits, JSON with a place for every value |
//! | [`aws`] | ARNs, accounts, actions, patterns, the catalogue of the two services |
//! | [`policy`] | the typed policy document and its parser |
//! | [`bundle`] | the world that is judged: accounts, secrets, keys, principals, requests |
//! | [`ingest`] | from files to a bundle |
//! | [`request`] | from an API call to the authorization checks behind it, each with its context |
//! | [`compile`] | policies made quick to test |
//! | [`decide`] | the evaluator: operators, statements, layers, explanation |
//! | [`prove`] | the solver-backed questions |
//! | [`finding`] | what is said to people |
//! | [`check`] | the rules, a file each |
//! | [`report`] | the answers as data, for programs |
//! | [`review`] | the door: a bundle from memory or a folder, and every question asked of it |

pub mod aws;
pub mod bundle;
pub mod check;
pub mod compile;
pub mod decide;
pub mod finding;
pub mod ingest;
pub mod policy;
#[cfg(feature = "prove")]
pub mod prove;
pub mod report;
pub mod request;
pub mod review;
pub mod text;

/// What to do about a defect of this program.
pub const DEFECT_HELP: &str = concat!(
    "please report this with the input that caused it: ",
    env!("CARGO_PKG_REPOSITORY"),
    "/issues"
);
