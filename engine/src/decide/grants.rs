//! Whether a grant gives what a check asks for.

use std::collections::BTreeMap;

use super::{Class, Evaluator, Target, Truth};
use crate::{
    bundle::{Grant, GrantConstraint, Grantee},
    policy::Effect,
    request::{CallerKind, Check, CheckTarget},
};

/// Whether `grant` applies to `check`, and by what it names the caller.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
pub(super) fn applies(
    evaluator: &mut Evaluator<'_>,
    grant: &Grant,
    check: &Check<'_>,
) -> (Class, Truth) {
    let (class, named) = match &grant.grantee {
        Grantee::Principal(principal) => evaluator.principal(principal, Effect::Allow),
        Grantee::Service(name) => {
            let caller = evaluator.caller;
            let same = caller.kind == CallerKind::Service
                && caller.service.as_deref() == Some(name.as_str());
            (Class::Service, same.into())
        }
    };
    let source = source(grant, evaluator);
    (class, named & source & grant_covers(grant, check))
}

/// Whether a grant is for what a check asks for, whoever asks: its operation, and its encryption context.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
pub fn grant_covers(grant: &Grant, check: &Check<'_>) -> Truth {
    let listed = grant.operations.iter().any(|operation| operation == check.action.name());
    Truth::from(listed) & constraint(&grant.constraint, check)
}

/// A grant for a source serves only the service that calls for it.
fn source(grant: &Grant, evaluator: &Evaluator<'_>) -> Truth {
    let Some(wanted) = &grant.source_arn else { return Truth::True };
    match (evaluator.caller.kind, &evaluator.caller.source_arn) {
        (CallerKind::Service, Some(found)) => (found == wanted).into(),
        (CallerKind::Service, None) => Truth::Unknown,
        _ => Truth::False,
    }
}

/// Why no grant of the key gives what a check asks for, for people.
pub(super) fn why_not(target: &CheckTarget<'_>, check: &Check<'_>) -> String {
    let operation = check.action.name();
    let CheckTarget::Key(key) = target else {
        return "the key has no grants".to_owned();
    };
    let grants = key.grants.iter().enumerate();
    let mut listing =
        grants.filter(|(_, grant)| grant.operations.iter().any(|listed| listed == operation));
    let misfit = listing.find_map(|(number, grant)| {
        Some(format!("grant {number} wants {}", misfit(&grant.constraint, check)?))
    });
    misfit.unwrap_or_else(|| format!("no grant gives the caller {operation}"))
}

/// What a constraint wants that the encryption context of a call is not; nothing where they may fit.
fn misfit(wanted: &GrantConstraint, check: &Check<'_>) -> Option<String> {
    if !constraint(wanted, check).is_false() {
        return None;
    }
    let (wanted, exactly) = match wanted {
        GrantConstraint::None => return None,
        GrantConstraint::Subset(wanted) => (wanted, false),
        GrantConstraint::Equals(wanted) => (wanted, true),
    };
    let sent = |name: &String| check.encryption_context.as_ref()?.get(name);
    for (name, value) in wanted {
        let found = match sent(name) {
            None => "nothing".to_owned(),
            Some(Some(found)) if found != value => quoted(found),
            Some(_) => continue,
        };
        let (name, value) = (quoted(name), quoted(value));
        return Some(format!(
            "{name} to be {value} in the encryption context, and the call sends {found}"
        ));
    }
    let mut names = check.encryption_context.iter().flatten().map(|(name, _)| name);
    let more = names.find(|name| exactly && !wanted.contains_key(*name))?;
    Some(format!("the encryption context without {}, which the call sends", quoted(more)))
}

fn quoted(text: &str) -> String {
    format!("`{}`", crate::text::escape(text))
}

/// Constraints compare whole encryption contexts, case-sensitively; DescribeKey and RetireGrant have none and ignore
/// them.
fn constraint(constraint: &GrantConstraint, check: &Check<'_>) -> Truth {
    if matches!(check.action.name(), "DescribeKey" | "RetireGrant") {
        return Truth::True;
    }
    let none = BTreeMap::new();
    let sent = check.encryption_context.as_ref().unwrap_or(&none);
    match constraint {
        GrantConstraint::None => Truth::True,
        GrantConstraint::Subset(wanted) => contains(sent, wanted),
        GrantConstraint::Equals(wanted) => {
            Truth::from(sent.len() == wanted.len()) & contains(sent, wanted)
        }
    }
}

fn contains(sent: &BTreeMap<String, Option<String>>, wanted: &BTreeMap<String, String>) -> Truth {
    wanted
        .iter()
        .map(|(name, value)| match sent.get(name) {
            None => Truth::False,
            Some(None) => Truth::Unknown,
            Some(Some(found)) => (found == value).into(),
        })
        .min()
        .unwrap_or(Truth::True)
}
