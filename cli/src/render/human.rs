//! Reports for people.

mod answer;
mod diagnostic;
mod diff;
mod finding;
mod public;
mod rules;
mod snippet;
mod style;
mod summary;
mod text;
mod who_can;

pub(crate) use self::{
    answer::{answer, answer_line},
    diagnostic::{error, mistake, unusable},
    diff::diff,
    finding::finding,
    public::public,
    rules::{explain, list},
    style::{as_expected, failure, heading, note},
    summary::{Summary, summary, tally},
    who_can::who_can,
};
