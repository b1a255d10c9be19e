//! Reports for people.

mod answer;
mod bundle_diff;
mod check;
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
    answer::answer,
    bundle_diff::bundle_diff,
    check::Human,
    diagnostic::{error, mistake, unusable},
    diff::diff,
    finding::finding,
    public::public,
    rules::{explain, list},
    style::{failure, heading, note},
    summary::tally,
    who_can::who_can,
};
