use super::{DEAD_ENTRY, DEAD_STATEMENT, REDUNDANT_ENTRY, REDUNDANT_STATEMENT};
use crate::{
    check::{
        rules::{
            internal_error,
            shared::{
                attachment::Attachment,
                words::{listed, quote},
            },
        },
        subject::{Findings, PolicyView, Subject},
    },
    decide::Part,
    finding::Finding,
    policy::{PolicyKind, Statement},
    prove::{Dead, DeadOptions, DeadPart, WhyDead, dead_weight},
    text::{Span, Spanned},
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies() {
        let attachment = match view.document.kind {
            PolicyKind::Secret | PolicyKind::Key => Attachment::of(subject, view),
            PolicyKind::Identity => Attachment::default(),
            _ => continue,
        };
        let Some(policy) = view.document.policy() else { continue };
        let options = DeadOptions {
            owner: attachment.owner,
            owner_organization: attachment.organization,
            resource: attachment.resource,
            assumptions: subject.bundle.assumptions.clone(),
            bounds: subject.options.bounds,
        };
        let found = match dead_weight(policy, &options) {
            Ok(found) => found,
            // Of policies of resources it is said where their exposure is judged.
            Err(error) => {
                if view.document.kind == PolicyKind::Identity {
                    findings.push(internal_error::of_proof(view, &error));
                }
                continue;
            }
        };
        for dead in found {
            let statement = policy.statements.iter().find(|s| s.index == dead.statement);
            let Some(statement) = statement else { continue };
            let found = match dead.what {
                DeadPart::Statement => whole(view, statement, &dead),
                _ => entry(subject, view, statement, &dead),
            };
            if let Some(found) = found {
                findings.push(found);
            }
        }
    }
}

/// A statement that does nothing.
fn whole(view: PolicyView<'_>, statement: &Statement, dead: &Dead) -> Option<Finding> {
    let statements = |numbers: &[usize]| -> Vec<&Statement> {
        let list = view.policy.statements.iter();
        list.filter(|other| numbers.contains(&other.index)).collect()
    };
    let names = |list: &[&Statement]| -> String {
        listed(&list.iter().map(|other| other.name()).collect::<Vec<_>>())
    };
    let related = |list: &[&Statement], what: &str| -> Vec<_> {
        list.iter().map(|s| (view.policy.location(s.effect.span), what.to_owned())).collect()
    };
    let allows = statement.allows();
    Some(match &dead.why {
        WhyDead::Never { parts, on_service_path } => {
            let clash = clash(statement, parts, *on_service_path)?;
            let message = match allows {
                true => format!("no request can use this Allow: {clash}"),
                false => format!("this Deny forbids nothing: {clash}"),
            };
            let help = "correct the element that is wrong, or remove the statement".to_owned();
            let mut places: Vec<Span> =
                parts.iter().filter_map(|part| span(statement, *part)).collect();
            let place = places.pop().unwrap_or(statement.effect.span);
            let related = places.into_iter().map(|span| {
                (view.policy.location(span), "does not hold together with this".to_owned())
            });
            let related = related.collect();
            let finding = view.finding(&DEAD_STATEMENT, Some(statement), place, message, help);
            Finding { related, ..finding }
        }
        WhyDead::Denied { by } => {
            let denies = statements(by);
            let verb = if denies.len() == 1 { "takes" } else { "together take" };
            let message = format!("{} {verb} this Allow back whole", names(&denies));
            let help = "narrow the Deny by a condition, or remove one of the two".to_owned();
            let place = statement.effect.span;
            let finding = view.finding(&DEAD_STATEMENT, Some(statement), place, message, help);
            Finding { related: related(&denies, "denied here"), ..finding }
        }
        WhyDead::Covered { by } => {
            let others = statements(by);
            let what = if allows { "allow" } else { "forbid" };
            let verb =
                if others.len() == 1 { format!("{what}s") } else { format!("together {what}") };
            let message = format!("{} {verb} all that this one {what}s", names(&others));
            let help = match allows {
                true => "remove this one; or, if it is what was meant, narrow the other",
                false => "remove this one",
            };
            let place = statement.effect.span;
            let finding = view.finding(
                &REDUNDANT_STATEMENT,
                Some(statement),
                place,
                message,
                help.to_owned(),
            );
            Finding { related: related(&others, "said here already"), ..finding }
        }
    })
}

/// An entry of a list that does nothing.
fn entry(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    statement: &Statement,
    dead: &Dead,
) -> Option<Finding> {
    let (spans, number) = entries(statement, dead.what);
    let shown = |number: usize| {
        let location = view.policy.location(*spans.get(number)?);
        Some(quote(subject.sources.slice(location).trim_matches('"')))
    };
    let (span, this) = (*spans.get(number)?, shown(number)?);
    let (rule, message, help, related) = match &dead.why {
        WhyDead::Never { parts, on_service_path } => {
            let calls = match on_service_path {
                true => "no call that Secrets Manager makes for a caller",
                false => "no request",
            };
            let with: Vec<String> = parts.iter().map(|part| name(statement, *part)).collect();
            let message = match with.as_slice() {
                [] => format!("{calls} meets {this}"),
                with => format!("{calls} meets {this} together with {}", listed(with)),
            };
            let places = parts.iter().filter_map(|part| self::span(statement, *part));
            let related = places.map(|span| (span, "does not hold together with this"));
            let help = "correct the element that is wrong, or remove the entry";
            (&DEAD_ENTRY, message, help, related.collect::<Vec<_>>())
        }
        WhyDead::Covered { by } => {
            let names: Vec<String> = by.iter().filter_map(|number| shown(*number)).collect();
            let verb = if names.len() == 1 { "includes" } else { "together include" };
            let message = format!("{} {verb} {this}", listed(&names));
            let related =
                by.iter().filter_map(|number| Some((*spans.get(*number)?, "included here")));
            let help = "remove this entry; or, if it is what was meant, the one that includes it";
            (&REDUNDANT_ENTRY, message, help, related.collect())
        }
        WhyDead::Denied { .. } => return None,
    };
    let finding = view.finding(rule, Some(statement), span, message, help.to_owned());
    let related = related.into_iter();
    let related =
        related.map(|(span, what)| (view.policy.location(span), what.to_owned())).collect();
    Some(Finding { related, ..finding })
}

/// The places of all entries of the list that an entry is in, and its number.
fn entries(statement: &Statement, what: DeadPart) -> (Vec<Span>, usize) {
    fn spans<T>(list: &[Spanned<T>]) -> Vec<Span> {
        list.iter().map(|entry| entry.span).collect()
    }
    match what {
        DeadPart::Statement => (Vec::new(), 0),
        DeadPart::Principal(number) => {
            (statement.principals.as_ref().map_or_else(Vec::new, |e| spans(&e.list)), number)
        }
        DeadPart::Action(number) => (spans(&statement.actions.list), number),
        DeadPart::Resource(number) => {
            (statement.resources.as_ref().map_or_else(Vec::new, |e| spans(&e.list)), number)
        }
        DeadPart::Value { condition, value } => {
            let condition = statement.conditions.get(condition);
            (condition.map_or_else(Vec::new, |condition| spans(&condition.values)), value)
        }
    }
}

/// How messages call a part of a statement.
fn name(statement: &Statement, part: Part) -> String {
    let negated = |negated: bool, name: &str| match negated {
        true => format!("`Not{name}`"),
        false => format!("`{name}`"),
    };
    match part {
        Part::Principal => {
            negated(statement.principals.as_ref().is_some_and(|e| e.negated), "Principal")
        }
        Part::Action => negated(statement.actions.negated, "Action"),
        Part::Resource => {
            negated(statement.resources.as_ref().is_some_and(|e| e.negated), "Resource")
        }
        Part::Condition(number) => match statement.conditions.get(number) {
            Some(condition) => format!(
                "the condition on `{}` under `{}`",
                condition.key.value.canonical(),
                condition.operator.value
            ),
            None => "a condition".to_owned(),
        },
    }
}

/// Where a part of a statement stands.
fn span(statement: &Statement, part: Part) -> Option<Span> {
    match part {
        Part::Principal => Some(statement.principals.as_ref()?.span),
        Part::Action => Some(statement.actions.span),
        Part::Resource => Some(statement.resources.as_ref()?.span),
        Part::Condition(number) => Some(statement.conditions.get(number)?.span),
    }
}

/// What parts of a statement cannot do together.
fn clash(statement: &Statement, parts: &[Part], on_service_path: bool) -> Option<String> {
    let names: Vec<String> = parts.iter().map(|part| name(statement, *part)).collect();
    let calls = match on_service_path {
        true => " in a call that Secrets Manager makes for a caller",
        false => "",
    };
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("{one} never holds{calls}")),
        _ => Some(format!("{} never hold together{calls}", listed(&names))),
    }
}

#[cfg(test)]
mod tests;
