use std::collections::BTreeSet;

use crate::{
    aws::{Action, Arn},
    bundle::{Bundle, Document, DocumentError, Identity, IdentityKind, READ, Request},
    decide::{World, brought_together},
    policy::{Policy, PolicyKind, Principal, Statement},
    text::{Located, Location},
};

/// Asks the question that matters of a bundle that asks nothing: for every secret, can each user and role that a policy
/// brings together with it read it? Those whom no policy could let read it are not asked for, unless one side of a share
/// names them.
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
    let pairs = brought_together(&World::new(bundle));
    let requests = pairs.into_iter().filter_map(|(secret, identity)| {
        Request::to_read(bundle.identities.get(identity)?, bundle.secrets.get(secret)?)
    });
    bundle.requests = requests.collect();
}

/// The users and roles that the policies of secrets and keys name and the bundle does not have. A policy of which
/// nobody can say where it belongs names them, too.
fn strangers(bundle: &Bundle) -> Vec<(Arn, IdentityKind, Location)> {
    let mut seen = BTreeSet::new();
    let documents = bundle.policies.iter().map(|(_, document)| document);
    let on_resources =
        documents.filter(|it| matches!(it.kind, PolicyKind::Secret | PolicyKind::Key));
    let named = on_resources.filter_map(Document::policy).flat_map(named);
    let strangers =
        named.filter(|(arn, ..)| bundle.identity(arn).is_none() && seen.insert(arn.as_str()));
    strangers.map(|(arn, kind, location)| (arn.clone(), kind, location)).collect()
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
