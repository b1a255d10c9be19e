//! Policies made quick to test: patterns read, values parsed, keys looked up, once for many requests.
//!
//! A compiled statement keeps the number of the statement that it was made from, so that a verdict can be pointed
//! back into the document.

mod beginnings;
mod clause;
mod index;
mod statement;

pub(crate) use self::clause::{fold_token, parse_binary, parse_bool, parse_number};
pub use self::{
    clause::{ArnTest, Clause, Relation, TextTest, ValueSet},
    index::{Candidates, Names},
    statement::{
        ActionTest, CompiledPolicy, CompiledStatement, PrincipalTest, ResourceTest, ResourceTests,
    },
};
