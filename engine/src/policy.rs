//! The policy document: what a JSON policy says, each part with its place.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod condition;
mod document;
mod error;
mod kind;
mod parse;
mod principal;
mod template;

pub use self::{
    condition::{Comparison, Condition, Family, Operator, OperatorError, Quantifier},
    document::{Actions, Effect, Policy, Principals, Resource, Resources, Statement, Version},
    error::{PolicyError, PolicyErrorKind, PrincipalProblem},
    kind::PolicyKind,
    parse::{Parsed, parse_policy, parse_policy_within},
    principal::Principal,
    template::{Piece, Template},
};
