use std::fmt::Write as _;

use annotate_snippets::Level;
use crosskey_engine::{
    decide::Truth,
    policy::Policy,
    prove::{BoundKind, NewAccess, NewGrant},
    text::{Sources, escape},
};

use super::{
    diagnostic::remark,
    public::{for_example, remark_line},
    snippet::{Mark, pictures, renderer},
    style::{BAD, GOOD, OPEN, STRONG, paint},
    text::{cause, more},
};

/// What a policy allows beyond another.
pub(crate) fn diff(sources: &Sources, policy: &Policy, found: &NewAccess) -> String {
    let (mark, style, text) = match found.new_access {
        Truth::True => ("✗", BAD, "allows what the old policy did not"),
        Truth::False => ("✓", GOOD, "allows nothing new"),
        Truth::Unknown => ("?", OPEN, "may allow what the old policy did not"),
    };
    let name = paint(STRONG, escape(sources.name(policy.source)));
    let mut out = format!("{} {name}: {}\n", paint(style, mark), paint(style, text));
    for new in &found.grants {
        grant(&mut out, sources, policy, new);
    }
    if found.more {
        out.push_str(&more(BoundKind::Grants));
    }
    for undecided in &found.undecided {
        let number = undecided.statement.map(|number| format!("statement {number}: "));
        let text = format!("{}{}", number.unwrap_or_default(), cause(&undecided.cause));
        remark_line(&mut out, "undecided", &text);
    }
    out
}

fn grant(out: &mut String, sources: &Sources, policy: &Policy, new: &NewGrant) {
    let Some(statement) = policy.statements.iter().find(|known| known.index == new.statement)
    else {
        return;
    };
    let (principal, action) = new.entries(policy);
    let marks: Vec<Mark> = [(principal, "this caller"), (action, "this action")]
        .into_iter()
        .filter_map(|(location, label)| Some(Mark { location: location?, label: label.to_owned() }))
        .collect();
    let marks = if marks.is_empty() {
        let location = policy.location(statement.effect.span);
        vec![Mark { location, label: String::new() }]
    } else {
        marks
    };
    let title = Level::ERROR.with_name("new");
    let title = title.primary_title(format!("{} allows more", statement.name()));
    let group = title.elements(pictures(sources, &marks));
    let example = remark(Level::NOTE.with_name("for example"), &for_example(&new.witness));
    let _ = writeln!(out, "\n{}", renderer().render(&[group.element(example)]));
}
