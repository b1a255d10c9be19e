//! Reports for people.

mod answer;
mod diagnostic;
mod finding;
mod public;
mod rules;
mod snippet;
mod style;
mod summary;
mod text;

pub(crate) use self::{
    answer::{answer, answer_line},
    diagnostic::{error, mistake, unusable},
    finding::finding,
    public::public,
    rules::{explain, list},
    style::{as_expected, failure, heading, note},
    summary::{Summary, summary, tally},
};
