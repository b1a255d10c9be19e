//! What is the smallest edit that closes a statement to strangers?

use super::{
    CompareOptions, Exposure, Mode, ProveError, PublicOptions, PublicStatement, Reach, Reason, Why,
    new_access, public,
};
use crate::{
    aws::{AccountId, Arn, ContextKey},
    decide::Truth,
    policy::{Comparison, Condition, Operator, Policy, PolicyKind, Principal, Statement, Template},
    text::Spanned,
};

/// The most principals that are named in the place of `*`.
const MOST_PRINCIPALS: usize = 8;

/// What an edit is made of.
#[derive(Clone, Debug, Default)]
pub struct FixOptions {
    /// What is known beside the policy.
    pub public: PublicOptions,
    /// Users and roles that are meant to get in.
    pub callers: Vec<Arn>,
}

/// A change of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Another operator for a condition.
    Operator {
        /// The number of the condition.
        condition: usize,
        /// Its key.
        key: ContextKey,
        /// The operator to write.
        operator: Operator,
    },
    /// A further condition.
    Condition {
        /// The operator.
        operator: Operator,
        /// The key.
        key: ContextKey,
        /// The values.
        values: Vec<String>,
    },
    /// Principals in the place of `*`.
    Principals {
        /// Users and roles.
        list: Vec<Arn>,
    },
}

/// An edit that was proved to close a statement to strangers and to allow nothing new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The number of the statement.
    pub statement: usize,
    /// What to change.
    pub edits: Vec<Edit>,
    /// The policy after that.
    pub policy: Policy,
}

/// Looks for the smallest edit of a statement that lets strangers in, out of a few that people make: the operator
/// without `IfExists` or with another set operator, the key demanded, the source account of a service, the callers in the place of `*`,
/// the organization, the accounts.
///
/// An edit is returned only if it is proved that the statement then lets in nobody whom the policy does not name
/// ([`public()`]), and that the policy allows nothing new ([`new_access()`]), and if `keeps` finds the edited policy to
/// do what it is for.
///
/// # Errors
/// [`ProveError`] if the solver cannot be used.
///
/// ```
/// use crosskey_engine::{
///     aws::Assumptions,
///     policy::{PolicyKind, parse_policy},
///     prove::{Edit, FixOptions, PublicOptions, fix, public},
///     text::{Limits, SourceId, parse_json},
/// };
/// let text = r#"{"Version": "2012-10-17", "Statement": {
///     "Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
///     "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}}"#;
/// let node = parse_json(text, &Limits::default())?;
/// let policy = parse_policy(&node, PolicyKind::Secret, SourceId::default(), &Assumptions::default()).policy;
/// let answer = public(&policy, &PublicOptions::default())?;
/// let found = fix(&policy, &answer.statements[0], &FixOptions::default(), |_| true)?.ok_or("no fix")?;
/// let [Edit::Operator { operator, .. }] = &found.edits[..] else { return Err("another edit".into()) };
/// assert_eq!(operator.to_string(), "StringEquals");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fix(
    policy: &Policy,
    found: &PublicStatement,
    options: &FixOptions,
    mut keeps: impl FnMut(&Policy) -> bool,
) -> Result<Option<Fix>, ProveError> {
    let Some(statement) = policy.statements.iter().find(|s| s.index == found.index) else {
        return Ok(None);
    };
    for edits in candidates(policy.kind, statement, found, options) {
        let edited = edited(policy, statement.index, &edits);
        if !is_closed(&edited, statement.index, &options.public)?
            || !allows_nothing_new(policy, &edited, &options.public)?
        {
            continue;
        }
        if keeps(&edited) {
            return Ok(Some(Fix { statement: statement.index, edits, policy: edited }));
        }
        // The author said whom to let in, and somebody else is meant to get in: that is for people to decide.
        if edits.iter().any(is_mend) {
            return Ok(None);
        }
    }
    Ok(None)
}

/// Whether a statement certainly lets in nobody whom the policy does not name.
fn is_closed(policy: &Policy, index: usize, options: &PublicOptions) -> Result<bool, ProveError> {
    let answer = public(policy, options)?;
    let reach = answer.statements.iter().find(|s| s.index == index).map(|s| s.within);
    let open = answer.undecided.iter().any(|undecided| {
        undecided.statement.is_none_or(|statement| statement == index)
            && undecided.exposure.is_none_or(|exposure| exposure >= Exposure::Broad)
    });
    Ok(reach == Some(Reach::Named) && !open)
}

fn allows_nothing_new(
    old: &Policy,
    new: &Policy,
    options: &PublicOptions,
) -> Result<bool, ProveError> {
    let options = CompareOptions {
        owner: options.owner,
        resource: options.resource.clone(),
        mode: Mode::Strict,
        assumptions: options.assumptions.clone(),
        bounds: options.bounds,
    };
    Ok(new_access(old, new, &options)?.new_access == Truth::False)
}

/// Edits worth proving, the smallest first.
fn candidates(
    kind: PolicyKind,
    statement: &Statement,
    found: &PublicStatement,
    options: &FixOptions,
) -> Vec<Vec<Edit>> {
    let mut list = Vec::new();
    let mends: Vec<Edit> =
        found.reasons.iter().filter_map(|reason| mend(statement, reason)).collect();
    // All conditions must hold, so that one that keeps strangers out is enough.
    list.extend(mends.into_iter().map(|edit| vec![edit]));
    // `ForAnyValue` can allow what `ForAllValues` did not: to demand the key does not.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    let vacuous = found.reasons.iter().filter(|reason| reason.why == Why::AbsentForAllValues);
    for key in vacuous.filter_map(|reason| reason.key.clone()) {
        list.extend(condition(statement, plain(Comparison::Null), key, vec!["false".to_owned()]));
    }
    let mut equals = |key: &str, values: Vec<String>| {
        let key = ContextKey::new(key);
        list.extend(condition(statement, plain(Comparison::StringEquals), key, values));
    };
    let PublicOptions {
        owner, owner_organization, trusted_accounts, trusted_organizations, ..
    } = &options.public;
    if names(statement, |entry| matches!(entry, Principal::Service(_))) {
        equals("aws:SourceAccount", texts(owner.iter()));
    }
    let mut organizations: Vec<String> = owner_organization.iter().cloned().collect();
    organizations.extend(trusted_organizations.iter().cloned());
    equals("aws:PrincipalOrgID", unique(organizations));
    let callers = options.callers.iter().filter_map(Arn::account);
    let accounts: Vec<AccountId> =
        owner.iter().copied().chain(trusted_accounts.iter().copied()).chain(callers).collect();
    let key = if kind == PolicyKind::Key { "kms:CallerAccount" } else { "aws:PrincipalAccount" };
    equals(key, unique(texts(accounts.iter())));
    if let Some(edit) = principals(statement, options) {
        // Who is meant to get in is best named. A mended operator keeps what the author had in mind.
        let at = list.iter().take_while(|edits| edits.iter().any(is_mend));
        let at = at.count();
        list.insert(at, vec![edit]);
    }
    list
}

const fn plain(comparison: Comparison) -> Operator {
    Operator { quantifier: None, comparison, if_exists: false }
}

/// A further condition, unless it has no values or the statement has one on its key under its operator.
fn condition(
    statement: &Statement,
    operator: Operator,
    key: ContextKey,
    values: Vec<String>,
) -> Option<Vec<Edit>> {
    let new = !values.is_empty() && !has(statement, operator, &key);
    new.then(|| vec![Edit::Condition { operator, key, values }])
}

/// Whether a statement has a condition on a key under an operator: there is room for one only.
fn has(statement: &Statement, operator: Operator, key: &ContextKey) -> bool {
    let mut written = statement.conditions.iter();
    written.any(|written| written.key.value == *key && written.operator.value == operator)
}

/// Whether an edit makes of what the author wrote what was meant.
fn is_mend(edit: &Edit) -> bool {
    match edit {
        Edit::Operator { .. } => true,
        Edit::Condition { operator, .. } => operator.comparison == Comparison::Null,
        Edit::Principals { .. } => false,
    }
}

fn texts<'a>(accounts: impl Iterator<Item = &'a AccountId>) -> Vec<String> {
    accounts.map(ToString::to_string).collect()
}

fn unique(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list.dedup();
    list
}

fn names(statement: &Statement, of: impl Fn(&Principal) -> bool) -> bool {
    let element = statement.principals.as_ref().filter(|element| !element.negated);
    element.is_some_and(|element| element.list.iter().any(|entry| of(&entry.value)))
}

/// A condition under an operator that a request without the key does not pass.
fn mend(statement: &Statement, reason: &Reason) -> Option<Edit> {
    let (written, operator) = reason.mended(statement)?;
    if has(statement, operator, &written.key.value) {
        return None;
    }
    let condition = statement.conditions.iter().position(|other| other.span == written.span)?;
    Some(Edit::Operator { condition, key: written.key.value.clone(), operator })
}

/// Those who are meant to get in, in the place of `*`. A user of the owner's account that is named itself is not bound
/// by its permissions boundary, so that naming it could allow something new.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
fn principals(statement: &Statement, options: &FixOptions) -> Option<Edit> {
    let everyone = |entry: &Principal| matches!(entry, Principal::Everyone { .. });
    let mut list = options.callers.clone();
    list.sort_unstable();
    list.dedup();
    let bound = |arn: &Arn| match Principal::parse("AWS", arn.as_str()) {
        Ok(Principal::Role(_)) => true,
        Ok(Principal::User(_)) => {
            options.public.owner.is_some_and(|owner| arn.account() != Some(owner))
        }
        _ => false,
    };
    let fits = (1..=MOST_PRINCIPALS).contains(&list.len()) && list.iter().all(bound);
    (fits && names(statement, everyone)).then_some(Edit::Principals { list })
}

/// The policy with a statement changed.
fn edited(policy: &Policy, index: usize, edits: &[Edit]) -> Policy {
    let mut policy = policy.clone();
    for statement in policy.statements.iter_mut().filter(|statement| statement.index == index) {
        for edit in edits {
            change(statement, edit);
        }
    }
    policy
}

fn change(statement: &mut Statement, edit: &Edit) {
    let span = statement.span;
    match edit {
        Edit::Operator { condition, operator, .. } => {
            if let Some(condition) = statement.conditions.get_mut(*condition) {
                condition.operator.value = *operator;
            }
        }
        Edit::Condition { operator, key, values } => {
            let values = values.iter().map(|value| Spanned::new(Template::plain(value), span));
            statement.conditions.push(Condition {
                operator: Spanned::new(*operator, span),
                key: Spanned::new(key.clone(), span),
                values: values.collect(),
                span,
            });
        }
        Edit::Principals { list } => {
            let Some(element) = &mut statement.principals else { return };
            element.list.retain(|entry| !matches!(entry.value, Principal::Everyone { .. }));
            let named = list.iter().filter_map(|arn| Principal::parse("AWS", arn.as_str()).ok());
            element.list.extend(named.map(|entry| Spanned::new(entry, span)));
        }
    }
}

#[cfg(test)]
mod tests;
