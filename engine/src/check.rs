//! The rules: a file each under `rules`, and [`check`], which runs them all over a bundle and its answers.

mod input;
mod report;
mod rules;
mod subject;

pub use self::{
    input::{CheckOptions, RequestAnswer},
    report::{Report, answers, check},
    rules::{RULES, rule},
};
