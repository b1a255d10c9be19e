//! The rules: a file each under `rules`, and [`check`], which runs them all over a bundle and its answers.

mod grade;
mod ignore;
mod input;
mod questions;
mod report;
mod rules;
mod subject;
mod tally;

pub use self::{
    ignore::{Ignore, Ignored, Judged, Sieve},
    input::{CheckOptions, Grade, RequestAnswer},
    questions::ask_who_reads,
    report::{Report, answers, check},
    rules::{RULES, is_about_input, rule},
    tally::Tally,
};
