//! Edits that close a statement to strangers, said where they are proved and the bundle still does what it is for.

use crate::{
    aws::AccountId,
    bundle::{Bundle, Decision},
    check::{
        answers,
        input::RequestAnswer,
        rules::shared::principals,
        subject::{PolicyView, Subject},
    },
    decide::{PolicyRef, World},
    finding::Edit,
    policy::{Policy, PolicyKind, Statement},
    prove::{self, FixOptions, ProveError, PublicOptions, PublicStatement},
    request::Caller,
};

/// Edits of one statement, with what is said of them.
pub(super) struct Proven {
    pub(super) edits: Vec<Edit>,
    pub(super) help: String,
}

/// The smallest edit of a statement that is known to be right.
pub(super) fn fix(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    statement: &Statement,
    found: &PublicStatement,
    options: &PublicOptions,
) -> Result<Option<Proven>, ProveError> {
    let wanted: Vec<&RequestAnswer> = subject.answers.iter().filter(|a| is_wanted(a)).collect();
    let callers = wanted.iter().filter(|answer| carries(subject, view, statement, answer));
    let callers = callers.filter_map(|answer| {
        let request = subject.bundle.requests.get(answer.request)?;
        Caller::find(subject.bundle, request).ok()?.arn
    });
    // Whoever gets in only because everybody does is not proposed to be named, whatever the bundle expects.
    let callers = callers.filter(|arn| {
        arn.account().is_some_and(|account| is_meant(subject, view, statement, options, account))
    });
    let options = FixOptions { public: options.clone(), callers: callers.collect() };
    let keeps = |policy: &Policy| {
        let edited = with_policy(subject.bundle, view, policy);
        let after = answers(&World::new(&edited));
        wanted.iter().all(|answer| {
            after.get(answer.request).is_some_and(|after| after.decision() == Decision::Allow)
        })
    };
    let Some(proven) = prove::fix(view.policy, found, &options, keeps)? else { return Ok(None) };
    let edits: Vec<Edit> =
        proven.edits.iter().filter_map(|edit| as_written(statement, edit)).collect();
    let said: Vec<String> = edits.iter().map(ToString::to_string).collect();
    let requests = match wanted.len() {
        0 => "",
        _ => ", and what the bundle's requests may do they still may",
    };
    let help = format!(
        "{}: this is proved to keep out all whom the policy does not name and to allow nothing new{requests}",
        said.join(" and ")
    );
    Ok(Some(Proven { edits, help }))
}

/// Whether a request is allowed, and should be.
fn is_wanted(answer: &RequestAnswer) -> bool {
    answer.decision() == Decision::Allow && answer.expectation_met != Some(false)
}

/// Whether a statement is among those that let a request pass.
fn carries(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    statement: &Statement,
    answer: &RequestAnswer,
) -> bool {
    let checks = answer.answer.as_ref().map_or(&[][..], |answer| answer.checks.as_slice());
    checks.iter().flat_map(|check| &check.statements).any(|carried| match carried.policy {
        PolicyRef::Document(id) => carried.index == statement.index && subject.holds(id, view),
        _ => false,
    })
}

/// Whether an account is the owner's, or trusted like it, or is named by a statement of a secret's or key's policy other
/// than the one that lets everybody in.
fn is_meant(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    statement: &Statement,
    options: &PublicOptions,
    account: AccountId,
) -> bool {
    let is_named = || {
        let of_resources = subject.statements().filter(|(other, named)| {
            matches!(other.document.kind, PolicyKind::Secret | PolicyKind::Key)
                && (other.document.location != view.document.location
                    || named.index != statement.index)
        });
        of_resources.filter(|(_, named)| named.allows()).any(|(_, named)| {
            let element = named.principals.as_ref().filter(|element| !element.negated);
            element.is_some_and(|element| {
                element.list.iter().any(|entry| entry.value.account() == Some(account))
            })
        })
    };
    let is_own = |owner| principals::is_own(subject, owner, account);
    options.owner.is_some_and(is_own) || is_named()
}

/// The bundle with another policy in the place of one.
fn with_policy(bundle: &Bundle, view: PolicyView<'_>, policy: &Policy) -> Bundle {
    let mut edited = bundle.clone();
    for (id, document) in bundle.policies.iter() {
        let same =
            (document.location, document.kind) == (view.document.location, view.document.kind);
        if let Some(document) = edited.policies.get_mut(id).filter(|_| same)
            && let Ok(parsed) = &mut document.content
        {
            parsed.policy = policy.clone();
        }
    }
    edited
}

/// An edit with what stands there now.
fn as_written(statement: &Statement, edit: &prove::Edit) -> Option<Edit> {
    Some(match edit {
        prove::Edit::Operator { condition, key, operator } => Edit::ReplaceOperator {
            key: key.canonical().into_owned(),
            old: statement.conditions.get(*condition)?.operator.value.to_string(),
            new: operator.to_string(),
        },
        prove::Edit::Condition { operator, key, values } => Edit::AddCondition {
            operator: operator.to_string(),
            key: key.canonical().into_owned(),
            values: values.clone(),
        },
        prove::Edit::Principals { list } => {
            Edit::ReplaceEveryone { principals: list.iter().map(ToString::to_string).collect() }
        }
    })
}
