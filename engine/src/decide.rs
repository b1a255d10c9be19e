//! The evaluator.
//!
//! Read it in this order: [`Truth`] (three values), the operators, `conditions` (how an operator, a key and its
//! values become a truth value; written once for evaluator and prover), `statement` (whom and what a statement is
//! about), `layers` (how the kinds of policy combine; also written once), and `simulate`, which runs a request.

mod answer;
mod conditions;
mod evaluator;
mod explain;
mod grants;
pub(crate) mod guardrails;
mod hearing;
mod layers;
mod logic;
mod operators;
mod prepared;
mod readers;
mod record;
mod simulate;
mod statement;
mod world;

#[cfg(feature = "prove")]
pub(crate) use self::evaluator::{common_prefix, covers};
pub use self::{
    answer::{
        Answer, CheckAnswer, Hinge, LayerAnswer, NearMiss, Outcome, Part, PolicyRef, StatementRef,
        StatementTrace,
    },
    conditions::{Facts, condition_holds},
    evaluator::Evaluator,
    grants::grant_covers,
    layers::{ByClass, Combination, Levels, Route, Situation, Voice, Voices, combine},
    logic::{Logic, Truth},
    operators::{Match, Variables, value_matches},
    prepared::Prepared,
    readers::Reader,
    statement::{Class, Parts, Target, statement_applies},
    world::{World, managed_key_policy},
};
pub(crate) use self::{readers::brought_together, statement::covers_without_resource};
