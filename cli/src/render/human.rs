//! Reports for people.

mod answer;
mod finding;
mod rules;
mod snippet;
mod style;
mod summary;
mod text;

pub(crate) use self::{
    answer::{answer, answer_line},
    finding::{error, finding},
    rules::{explain, list},
    style::{failure, heading, note},
    summary::{Summary, summary, tally},
};
