use std::collections::BTreeSet;

use crate::{
    aws::{Action, Arn},
    bundle::{Bundle, Document, DocumentError, Identity, IdentityKind, PolicyId, READ, Request},
    policy::{Policy, PolicyKind, Principal, Statement},
    text::{Located, Location, Spanned},
};

/// Asks the question that matters of a bundle that asks nothing: for every secret, can each user and role that a policy
/// mentions read it? Those whom no policy could let read it are not asked for.
///
/// A user or role that a policy of a secret or key names and that the bundle does not have is added, with policies that
/// are not known: the answer is then open, unless the owner's side denies it alone.
pub fn ask_who_reads(bundle: &mut Bundle) {
    if !bundle.requests.is_empty() || bundle.secrets.is_empty() {
        return;
    }
    for (arn, kind, location) in strangers(bundle) {
        add_unknown(bundle, arn, kind, location);
    }
    let Some(read) = Action::new(READ) else { return };
    let mut requests = Vec::new();
    for secret in &bundle.secrets {
        let policy = secret.policy.and_then(|id| bundle.policies.get(id)).map(Document::policy);
        // A policy that is not known, or cannot be read, may let in anyone.
        let open = policy.is_some_and(|policy| {
            policy.is_none_or(|policy| policy.statements.iter().any(lets_anyone))
        });
        let policy = policy.flatten();
        let named: BTreeSet<&str> =
            policy.into_iter().flat_map(named).map(|(arn, ..)| arn.as_str()).collect();
        for identity in &bundle.identities {
            let arn = &identity.arn.value;
            if !open && !named.contains(arn.as_str()) && !may_read(bundle, identity, &read) {
                continue;
            }
            requests.extend(Request::to_read(identity, secret));
        }
    }
    bundle.requests = requests;
}

/// The users and roles that the policies of secrets and keys name and the bundle does not have. A policy of which
/// nobody can say where it belongs names them, too.
fn strangers(bundle: &Bundle) -> Vec<(Arn, IdentityKind, Location)> {
    let mut found: Vec<(Arn, IdentityKind, Location)> = Vec::new();
    let documents = bundle.policies.iter().map(|(_, document)| document);
    let on_resources =
        documents.filter(|it| matches!(it.kind, PolicyKind::Secret | PolicyKind::Key));
    for policy in on_resources.filter_map(Document::policy) {
        for (arn, kind, location) in named(policy) {
            let known = bundle.identity(arn).is_some() || found.iter().any(|(a, ..)| a == arn);
            if !known {
                found.push((arn.clone(), kind, location));
            }
        }
    }
    found
}

/// The users and roles that a policy grants the secret or its key to.
fn named(policy: &Policy) -> impl Iterator<Item = (&Arn, IdentityKind, Location)> {
    let grants = |statement: &&Statement| statement.allows() && (covers(statement));
    let entries = policy.statements.iter().filter(grants).filter_map(|s| s.principals.as_ref());
    entries.filter(|element| !element.negated).flat_map(|element| &element.list).filter_map(
        |entry| {
            let (arn, kind) = match &entry.value {
                Principal::User(arn) => (arn, IdentityKind::User),
                Principal::Role(arn) => (arn, IdentityKind::Role),
                _ => return None,
            };
            Some((arn, kind, policy.location(entry.span)))
        },
    )
}

/// Whether a statement is about reading a secret, or about the key call behind that.
fn covers(statement: &Statement) -> bool {
    let of = |name| Action::new(name).is_some_and(|action| statement.covers_action(&action));
    of(READ) || of("kms:Decrypt")
}

/// Whether a statement may let in principals that it does not name.
fn lets_anyone(statement: &Statement) -> bool {
    let wide = |principal: &Spanned<Principal>| {
        !matches!(principal.value, Principal::User(_) | Principal::Role(_))
    };
    let element = statement.principals.as_ref();
    statement.allows() && element.is_some_and(|e| e.negated || e.list.iter().any(wide))
}

/// Whether some policy of an identity allows the action on something, or is not known.
fn may_read(bundle: &Bundle, identity: &Identity, read: &Action) -> bool {
    let allows = |id: &PolicyId| match bundle.policies.get(*id).map(Document::policy) {
        Some(Some(policy)) => policy.statements.iter().any(|s| s.allows() && s.covers_action(read)),
        _ => true,
    };
    identity.identity_policies.iter().any(allows)
}

fn add_unknown(bundle: &mut Bundle, arn: Arn, kind: IdentityKind, location: Location) {
    let Some(account) = arn.account() else { return };
    let reason = format!("no file says what the policies of {arn} are");
    let policy = bundle.policies.add(Document {
        label: arn.as_str().to_owned(),
        kind: PolicyKind::Identity,
        location,
        content: Err(DocumentError::NotKnown { reason }),
    });
    bundle.identities.push(Identity {
        arn: Located::new(arn, location),
        account,
        kind,
        unique_id: None,
        identity_policies: vec![policy],
        boundary: None,
        tags: Default::default(),
        service_linked: false,
    });
}
