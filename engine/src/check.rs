//! The rules: a file each under `rules`, and [`check`], which runs them all over a bundle and its answers.

mod report;
mod rules;
mod subject;

pub use self::{
    report::{CheckOptions, Report, RequestAnswer, answers, check},
    rules::{RULES, rule},
};
