use crosskey_engine::{bundle::Decision, check::RequestAnswer};

use super::style::{BAD, GOOD, of_decision, paint};
use crate::render::words::count;

/// How many requests were decided how.
pub(crate) fn tally(answers: &[&RequestAnswer]) -> String {
    let all = [
        Decision::Allow,
        Decision::ExplicitDeny,
        Decision::ImplicitDeny,
        Decision::Indeterminate,
        Decision::Invalid,
    ];
    let parts: Vec<_> = all
        .into_iter()
        .filter_map(|decision| {
            let number = answers.iter().filter(|answer| answer.decision() == decision).count();
            (number > 0).then(|| paint(of_decision(decision), format!("{number} {decision}")))
        })
        .collect();
    let mut text = format!("{}: {}", count(answers.len(), "request"), parts.join(", "));
    let of = |met| answers.iter().filter(|answer| answer.expectation_met == Some(met)).count();
    match (of(true), of(false)) {
        (0, 0) => {}
        (met, 0) => text.push_str(&format!("; {}", paint(GOOD, format!("{met} as expected")))),
        (_, not) => text.push_str(&format!("; {}", paint(BAD, format!("{not} not as expected")))),
    }
    text.push('\n');
    text
}
