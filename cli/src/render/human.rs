//! Reports for people.

mod answer;
mod check;
mod diagnostic;
mod finding;
mod public;
mod rules;
mod snippet;
mod style;
mod summary;
mod text;

pub(crate) use self::{
    answer::answer,
    check::check,
    diagnostic::{error, mistake, unusable},
    finding::finding,
    public::public,
    rules::{explain, list},
    style::{failure, heading, note},
    summary::tally,
};
