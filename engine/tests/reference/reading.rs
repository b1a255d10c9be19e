//! A plain reading of the rules of access: slow, over text, and with nothing from the engine. Where the two differ,
//! one of them is wrong.

mod condition;
mod context;
mod layers;
mod principal;
mod statement;
mod text;
mod truth;

pub(crate) use self::{
    condition::DATES,
    context::{Call, Held, held},
    layers::{Decision, checks, decide, owner, rcp, scp},
    statement::{Check, On},
};
