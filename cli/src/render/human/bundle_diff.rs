use std::fmt::Write as _;

use crosskey_engine::{
    decide::Truth,
    prove::{Before, BoundKind, NewCall, NewCaller, NewCalls, UndecidedCall},
    text::escape,
};

use super::{
    style::{BAD, DIM, GOOD, OPEN, STRONG, paint},
    text::{cause, more},
    who_can::{for_example, grantee},
};

/// How many actions are named beside the first.
const MOST_ACTIONS: usize = 5;

/// What a bundle allows beyond another.
pub(crate) fn bundle_diff(name: &str, found: &NewCalls) -> String {
    let (mark, style, text) = match found.new_access {
        Truth::True => ("✗", BAD, "allows what the old bundle did not"),
        Truth::False => ("✓", GOOD, "allows nothing new"),
        Truth::Unknown => ("?", OPEN, "may allow what the old bundle did not"),
    };
    let name = paint(STRONG, escape(name));
    let mut out = format!("{} {name}: {}\n", paint(style, mark), paint(style, text));
    for of_one in found.calls.chunk_by(|a, b| a.resource == b.resource) {
        if let Some(first) = of_one.first() {
            let _ = writeln!(out, "\n{}", paint(STRONG, escape(first.resource.as_str())));
        }
        // By caller, in the order in which each is first met.
        let mut callers: Vec<(&NewCall, Vec<&NewCall>)> = Vec::new();
        for call in of_one {
            match callers.iter_mut().find(|(first, _)| first.caller == call.caller) {
                Some((_, more)) => more.push(call),
                None => callers.push((call, Vec::new())),
            }
        }
        for (first, more) in callers {
            caller(&mut out, first, &more);
        }
    }
    if found.more {
        out.push_str(&more(BoundKind::Calls));
    }
    if !found.undecided.is_empty() {
        out.push('\n');
    }
    for open in &found.undecided {
        undecided(&mut out, open);
    }
    out
}

fn caller(out: &mut String, first: &NewCall, more: &[&NewCall]) {
    let (mark, who) = match &first.caller {
        NewCaller::Listed(arn) => ("•".to_owned(), arn.to_string()),
        NewCaller::Beside(class) => {
            let (mark, who) = grantee(class);
            (mark, format!("{who}, if their own account lets them"))
        }
    };
    let _ = writeln!(out, "  {mark} {}", escape(&who));
    let _ = writeln!(out, "    can now call {}", first.action);
    let then = match &first.witness.before {
        Some(Before::Denied(decision)) => format!("the old bundle said {decision}"),
        Some(Before::Failed(failure)) => {
            format!("over the old bundle it failed with {}: {}", failure.code, failure.reason)
        }
        None => "the old bundle did not have it".to_owned(),
    };
    let example = format!("{}; {then}", for_example(&first.witness));
    let _ = writeln!(out, "      {}", paint(DIM, escape(&example)));
    let names: Vec<&str> = more.iter().map(|call| call.action.as_str()).collect();
    let (named, rest) = names.split_at(names.len().min(MOST_ACTIONS));
    if !named.is_empty() {
        let rest = match rest.len() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let _ = writeln!(out, "    and {}{rest}", named.join(", "));
    }
}

fn undecided(out: &mut String, open: &UndecidedCall) {
    let who = match &open.caller {
        Some(arn) => arn.to_string(),
        None => "callers beside the bundles".to_owned(),
    };
    let text = format!("{who}, {} on {}: {}", open.action, open.resource, cause(&open.cause));
    let _ = writeln!(out, "{} undecided: {}", paint(OPEN, "?"), escape(&text));
}
