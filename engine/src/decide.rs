//! The evaluator.
//!
//! Read it in this order: [`Truth`] (three values), the operators, `conditions` (how an operator, a key and its
//! values become a truth value; written once for evaluator and prover), `statement` (whom and what a statement is
//! about), `layers` (how the kinds of policy combine; also written once), and `simulate`, which runs a request.

mod conditions;
mod logic;
mod operators;
mod statement;

pub use self::{
    conditions::{Facts, condition_holds},
    logic::{Kleene, Logic, Truth},
    operators::{Match, Variables, value_matches},
    statement::{Class, Parts, Target, statement_applies},
};
