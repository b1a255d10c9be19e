//! All that is said of an answer, for snapshots.

use std::fmt::Write as _;

use crosskey_engine::decide::Answer;

/// The check that decides, the statements that come nearest, what to write, and what the answer hangs on.
pub(crate) fn said(answer: &Answer) -> String {
    let check = answer.deciding().unwrap();
    let because: Vec<_> = check.because.iter().map(|layer| layer.as_str()).collect();
    let mut out =
        format!("{} at {} because of {}\n", check.decision, check.action, because.join(", "));
    if answer.checks.len() > 1 {
        let each = answer.checks.iter().map(|check| {
            let optional = if check.optional { ", which may fail" } else { "" };
            format!("{} {}{optional}", check.action, check.decision)
        });
        writeln!(out, "checks: {}", each.collect::<Vec<_>>().join("; ")).unwrap();
    }
    for near in &check.near_misses {
        let statement = near.statement.map_or("-".to_owned(), |s| s.index.to_string());
        writeln!(out, "{} {statement}: {}\n  {}", near.layer, near.reason, near.remedy).unwrap();
        if let Some(snippet) = &near.snippet {
            writeln!(out, "  {snippet}").unwrap();
        }
    }
    for outcome in &check.outcomes {
        let value = outcome.value.as_deref().unwrap_or("(absent)");
        writeln!(out, "{} if {} is {value}", outcome.decision, outcome.key).unwrap();
    }
    for hinge in &answer.assumptions {
        writeln!(out, "assumes {}={}: {:?}", hinge.name, hinge.value, hinge.others).unwrap();
    }
    if let Some(failure) = &answer.failure {
        writeln!(out, "fails: {}", failure.code).unwrap();
    }
    for reason in &check.reasons {
        writeln!(out, "open: {reason}").unwrap();
    }
    for note in &answer.notes {
        writeln!(out, "note: {note}").unwrap();
    }
    out
}
