use super::{arns, conditions};
use crate::{
    aws::AccountId,
    bundle::{Membership, RequestPrincipal},
    check::subject::{PolicyView, Subject},
    policy::{Condition, Piece, PolicyKind, Principal, Statement, Template},
    text::Span,
};

/// Someone outside of the owner's account whom a statement is about.
#[derive(Clone, Debug)]
pub(in crate::check::rules) struct Outsider {
    /// The account; `None`: everyone.
    pub(in crate::check::rules) account: Option<AccountId>,
    /// Whether conditions let in only some of everyone.
    is_narrowed: bool,
    /// Where it is written.
    pub(in crate::check::rules) span: Span,
}

impl Outsider {
    /// For messages.
    pub(in crate::check::rules) fn name(&self) -> String {
        match self.account {
            Some(account) => format!("account {account}"),
            None if self.is_narrowed => "everyone whom the conditions admit".to_owned(),
            None => "everyone".to_owned(),
        }
    }
}

/// The account whose secret or key a policy is attached to, where that can be told: by the bundle, by the ARNs
/// in its own `Resource`, or, for a key policy, by the account that it lets administer the key.
pub(in crate::check::rules) fn owner(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
) -> Option<AccountId> {
    let attached = match view.document.kind {
        PolicyKind::Secret => only(subject.secrets_of(view).iter().map(|secret| secret.account)),
        PolicyKind::Key => only(subject.keys_of(view).iter().map(|key| key.account)),
        _ => return None,
    };
    let service = if view.document.kind == PolicyKind::Key { "kms" } else { "secretsmanager" };
    let own_arns = || {
        let entries = view.policy.statements.iter().flat_map(|s| arns::entries(view, s));
        let accounts = entries.filter_map(|entry| {
            let [_, _, of, _, account, _] = arns::fields(entry.template.as_str())?;
            if of == service { account.parse().ok() } else { None }
        });
        only(accounts)
    };
    let administrator = || {
        let statements = view.policy.statements.iter().filter(|statement| {
            statement.allows() && super::actions::covers(statement, "kms:PutKeyPolicy")
        });
        let entries = statements.flat_map(|s| s.principals.iter().flat_map(|p| &p.list));
        only(entries.filter_map(|entry| entry.value.account()))
    };
    attached.or_else(own_arns).or_else(|| match view.document.kind {
        PolicyKind::Key => administrator(),
        _ => None,
    })
}

fn only(mut accounts: impl Iterator<Item = AccountId>) -> Option<AccountId> {
    let first = accounts.next()?;
    accounts.all(|account| account == first).then_some(first)
}

/// Whether an account is the owner's, or one that the user trusts like it.
pub(in crate::check::rules) fn is_own(
    subject: &Subject<'_>,
    owner: AccountId,
    account: AccountId,
) -> bool {
    let organization = match subject.bundle.account(account).map(|account| &account.membership) {
        Some(Membership::Member(organization)) => Some(&organization.id),
        _ => None,
    };
    account == owner
        || subject.options.trusted_accounts.contains(&account)
        || organization.is_some_and(|id| subject.options.trusted_organizations.contains(id))
}

/// Those outside of the owner's account whom an Allow of a secret's or key's policy lets in. A statement for
/// everyone that a condition confines to accounts is about these. Services are not counted.
pub(in crate::check::rules) fn outsiders(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    statement: &Statement,
) -> Vec<Outsider> {
    let Some(element) = statement.principals.as_ref().filter(|_| statement.allows()) else {
        return Vec::new();
    };
    let owner = owner(subject, view);
    let foreign =
        |account: &AccountId| owner.is_some_and(|owner| !is_own(subject, owner, *account));
    let is_narrowed = statement.conditions.iter().any(conditions::narrows);
    let everyone = |span| match confined_to(subject, statement, owner) {
        None => vec![Outsider { account: None, is_narrowed, span }],
        Some(accounts) => accounts
            .into_iter()
            .filter(foreign)
            .map(|account| Outsider { account: Some(account), is_narrowed, span })
            .collect(),
    };
    if element.negated {
        return everyone(element.span);
    }
    let mut found = Vec::new();
    for entry in &element.list {
        match &entry.value {
            Principal::Everyone { .. } => found.extend(everyone(entry.span)),
            principal => {
                let account = principal.account().filter(foreign);
                found.extend(account.map(|a| Outsider {
                    account: Some(a),
                    is_narrowed,
                    span: entry.span,
                }));
            }
        }
    }
    found
}

/// The accounts that a condition confines a statement for everyone to; `None` where none does.
fn confined_to(
    subject: &Subject<'_>,
    statement: &Statement,
    owner: Option<AccountId>,
) -> Option<Vec<AccountId>> {
    let mut conditions = statement.conditions.iter().filter(|c| conditions::narrows(c));
    conditions.find_map(|condition| {
        let values = || condition.values.iter().map(|value| &value.value);
        match condition.key.value.lower() {
            "aws:principalaccount" | "kms:calleraccount" | "aws:sourceaccount" => {
                values().map(|value| account_of(value, owner)).collect()
            }
            "aws:principalarn" | "aws:sourcearn" => values().map(arn_account).collect(),
            "aws:principalorgid" if is_trusted(subject, condition) => Some(Vec::new()),
            _ => None,
        }
    })
}

fn is_trusted(subject: &Subject<'_>, condition: &Condition) -> bool {
    let trusted = &subject.options.trusted_organizations;
    condition.values.iter().all(|value| trusted.iter().any(|id| id == value.value.as_str()))
}

fn account_of(value: &Template, owner: Option<AccountId>) -> Option<AccountId> {
    match value.pieces() {
        [Piece::Variable { key, .. }] if key.lower() == "aws:resourceaccount" => owner,
        _ => value.as_str().parse().ok(),
    }
}

fn arn_account(value: &Template) -> Option<AccountId> {
    let [_, _, _, _, account, _] = arns::fields(value.as_str())?;
    account.parse().ok()
}

/// The account that a request comes from.
pub(in crate::check::rules) fn caller_account(principal: &RequestPrincipal) -> Option<AccountId> {
    match principal {
        RequestPrincipal::User(arn)
        | RequestPrincipal::Session { written: arn, .. }
        | RequestPrincipal::FederatedUser(arn)
        | RequestPrincipal::Root(arn) => arn.account(),
        RequestPrincipal::Anonymous | RequestPrincipal::Service { .. } => None,
    }
}
