use std::fmt::Write as _;

use crosskey_engine::{
    aws::{Action, Arn, ContextKey},
    bundle::{ContextValue, Network},
    decide::Truth,
    prove::{AccessWitness, GranteeClass, ListedPrincipal, WhoCan},
    text::escape,
};

use super::{
    style::{BAD, DIM, GOOD, OPEN, STRONG, paint},
    text,
};

/// Who can call something on one resource.
pub(crate) fn who_can(action: &Action, resource: &Arn, answer: &WhoCan) -> String {
    let title = format!("{action} on {}", escape(resource.as_str()));
    let mut out = format!("{}\n", paint(STRONG, title));
    if !answer.listed.is_empty() {
        out.push_str("  in the bundle\n");
    }
    for found in &answer.listed {
        listed(&mut out, found);
    }
    out.push_str("  beside it, if their own accounts let them\n");
    if answer.grantees.is_empty() {
        let (mark, text) = match answer.undecided.is_empty() {
            true => (paint(GOOD, "✓"), "nobody"),
            false => (paint(OPEN, "?"), "nobody that could be found"),
        };
        let _ = writeln!(out, "    {mark} {text}");
    }
    for found in &answer.grantees {
        let (mark, who) = grantee(&found.who);
        let on = conditions(&found.conditions);
        let _ = writeln!(out, "    {mark} {}{on}", escape(&who));
        let _ = writeln!(out, "      {}", paint(DIM, escape(&for_example(&found.witness))));
    }
    for cause in &answer.undecided {
        let _ =
            writeln!(out, "    {} undecided: {}", paint(OPEN, "?"), escape(&text::cause(cause)));
    }
    out
}

/// Callers whom no bundle lists, with the mark before them.
pub(super) fn grantee(who: &GranteeClass) -> (String, String) {
    let plain = "•".to_owned();
    match who {
        GranteeClass::Everyone => (paint(BAD, "✗"), "everyone with an AWS account".to_owned()),
        GranteeClass::Organization(id) => (plain, format!("organization {id}")),
        GranteeClass::Account(id) => (plain, format!("account {id}")),
        GranteeClass::Principal(arn) => (plain, arn.to_string()),
        GranteeClass::Service(name) => (plain, format!("the service {name}")),
        GranteeClass::Others => {
            (paint(OPEN, "!"), "others of whom a pattern leaves a part open".to_owned())
        }
    }
}

fn listed(out: &mut String, found: &ListedPrincipal) {
    let (mark, word) = match (found.can, found.always) {
        (Truth::True, true) => (paint(GOOD, "✓"), "can"),
        (Truth::True, false) => (paint(GOOD, "✓"), "can"),
        (Truth::False, _) => (paint(DIM, "·"), "cannot"),
        (Truth::Unknown, _) => (paint(OPEN, "?"), "undecided"),
    };
    let on = match (found.can, found.always) {
        (Truth::True, false) if found.conditions.is_empty() => ", on conditions".to_owned(),
        _ => conditions(&found.conditions),
    };
    let _ = writeln!(out, "    {mark} {} {word}{on}", escape(found.arn.as_str()));
    if let (Some(witness), false) = (&found.witness, found.always) {
        let _ = writeln!(out, "      {}", paint(DIM, escape(&for_example(witness))));
    }
    if let Some(cause) = &found.cause {
        let _ = writeln!(out, "      {}", escape(&text::cause(cause)));
    }
}

/// What callers hang on.
fn conditions(keys: &[ContextKey]) -> String {
    let names: Vec<_> = keys.iter().map(ContextKey::canonical).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(", on a condition: {}", escape(one)),
        several => format!(", on conditions: {}", escape(&several.join(", "))),
    }
}

/// A call as a sentence.
pub(super) fn for_example(witness: &AccessWitness) -> String {
    let mut text = format!("for example {}", witness.principal());
    if let Some(id) = &witness.organization {
        let _ = write!(text, " of organization {id}");
    }
    let request = &witness.request;
    match &request.network {
        Network::Endpoint { id, .. } => {
            let _ = write!(text, ", through {id}");
        }
        Network::Public { source_ip: Some(address) } => {
            let _ = write!(text, ", from {address}");
        }
        Network::Public { source_ip: None } | Network::Unknown => {}
    }
    for (name, value) in &request.parameters {
        let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(text, ", with {name} {plain}");
    }
    let keys = request.context.iter().chain(&request.key_context);
    for (key, value) in keys {
        text.push_str(&stated(key, value));
    }
    text
}

fn stated(key: &ContextKey, value: &ContextValue) -> String {
    match value {
        ContextValue::Absent => format!(", without {}", key.canonical()),
        ContextValue::Values(values) => {
            format!(", with {} = {}", key.canonical(), values.join(", "))
        }
    }
}
