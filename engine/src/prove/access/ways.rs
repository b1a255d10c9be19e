//! Calls as the planner is asked about them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Call, Home, Who, Worlds};
use crate::{
    aws::{AccountId, Action, Arn, Service},
    bundle::{
        Bundle, GrantConstraint, IdentityKind, Request, RequestPrincipal, Secret, Session, Version,
    },
    decide::World,
    prove::trust::Own,
    request::CallerKind,
    text::{Location, SourceId, Span, Spanned},
};

/// The ways to make a call that can be decided differently: of a secret, one for each version and label that policies or
/// keys tell apart; of a key, one for each encryption context that a grant wants.
pub(in crate::prove) fn ways(worlds: Worlds<'_>, action: &Action, resource: &Arn) -> Vec<Call> {
    let plain = Call {
        action: action.clone(),
        alike: Vec::new(),
        resource: resource.to_string(),
        parameters: BTreeMap::new(),
    };
    let with = |name: &str, value: Value| {
        let mut call = plain.clone();
        call.parameters.insert(name.to_owned(), value);
        call
    };
    let mut calls = vec![plain.clone()];
    if action.service() == Service::Kms {
        calls.extend(
            wanted_by_grants(worlds, resource).map(|pairs| with("EncryptionContext", pairs)),
        );
        return calls;
    }
    let secret = worlds.new.bundle.secret(resource).filter(|_| action.name() == "GetSecretValue");
    let Some(secret) = secret else { return calls };
    let keys = ["secretsmanager:versionstage", "secretsmanager:versionid"];
    let asked = worlds.all().any(|world| mentions(world, &keys));
    let Some(versions) = &secret.versions else {
        if asked {
            calls.push(with("VersionStage", "AWSCURRENT".into()));
        }
        return calls;
    };
    let before = worlds.old.and_then(|old| old.bundle.secret(resource));
    let has_own_key = |secret: &Secret, version: &Version| version.key != secret.key;
    for version in versions {
        let then = before.and_then(|secret| {
            let known = secret.versions.iter().flatten().find(|known| known.id == version.id)?;
            Some(has_own_key(secret, known))
        });
        if !asked && !has_own_key(secret, version) && then != Some(true) {
            continue;
        }
        if let Some(id) = &version.id {
            calls.push(with("VersionId", id.as_str().into()));
        }
        for stage in &version.stages {
            calls.push(with("VersionStage", stage.as_str().into()));
        }
    }
    calls
}

/// The encryption contexts that grants on a key want.
fn wanted_by_grants(worlds: Worlds<'_>, key: &Arn) -> impl Iterator<Item = Value> {
    let keys = worlds.all().filter_map(|world| world.bundle.key(key));
    let pairs = keys.flat_map(|key| &key.grants).filter_map(|grant| match &grant.constraint {
        GrantConstraint::Equals(pairs) | GrantConstraint::Subset(pairs) => Some(pairs),
        GrantConstraint::None => None,
    });
    let pairs: BTreeSet<_> = pairs.filter(|pairs| !pairs.is_empty()).collect();
    let text = |(name, value): (&String, &String)| (name.clone(), Value::from(value.as_str()));
    pairs.into_iter().map(move |pairs| pairs.iter().map(text).collect())
}

/// Whether some policy has a condition on one of these keys.
fn mentions(world: &World<'_>, keys: &[&str]) -> bool {
    let policies = world.bundle.policies.iter().filter_map(|(id, _)| world.policy(id));
    let mut clauses = policies.flat_map(|policy| &policy.statements).flat_map(|s| &s.clauses);
    clauses.any(|clause| keys.contains(&clause.key.lower()))
}

/// The account of a caller whom nobody lists: the one that it is from, or one that none of the bundles has.
pub(super) fn stand_in_account(who: &Who<'_>, bundles: &[&Bundle], own: &Own) -> String {
    const FIRST: &str = "999988887777";
    const CHOICE: [&str; 4] = [FIRST, "888877776666", "777766665555", "666655554444"];
    if let Who::Anyone(_, Home::In(account)) = who {
        return account.to_string();
    }
    let is_taken = |id: AccountId| {
        own.accounts.contains(&id)
            || bundles.iter().any(|bundle| {
                bundle.accounts.contains_key(&id)
                    || bundle.identities.iter().any(|identity| identity.account == id)
            })
    };
    let is_free = |text: &&str| text.parse::<AccountId>().is_ok_and(|id| !is_taken(id));
    CHOICE.into_iter().find(is_free).unwrap_or(FIRST).to_owned()
}

/// The partition of what is called, which is that of everyone who can call it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
pub(super) fn partition(call: &Call) -> String {
    call.resource.parse().map_or_else(|_| "aws".to_owned(), |arn: Arn| arn.partition().to_owned())
}

/// The request by which the planner is asked what is known of the checks.
pub(super) fn request(who: &Who<'_>, call: &Call, account: &str) -> Request {
    let span = Span::default();
    let partition = partition(call);
    let named =
        |service: &str, resource: &str| Arn::new(&partition, service, "", account, resource);
    let principal = match who {
        Who::Known(identity) => principal_of(identity.kind, &identity.arn.value, None),
        Who::Anyone(CallerKind::User, _) => RequestPrincipal::User(named("iam", "user/stranger")),
        Who::Anyone(CallerKind::Root, _) => RequestPrincipal::Root(named("iam", "root")),
        Who::Anyone(CallerKind::FederatedUser, _) => {
            RequestPrincipal::FederatedUser(named("sts", "federated-user/stranger"))
        }
        Who::Anyone(..) => principal_of(IdentityKind::Role, &named("iam", "role/stranger"), None),
        Who::Service(name) => {
            RequestPrincipal::Service { name: name.clone(), source_account: None, source_arn: None }
        }
    };
    Request {
        stated: true,
        name: String::new(),
        location: Location::new(SourceId::default(), span),
        principal: Spanned::new(principal, span),
        action: Spanned::new(call.action.clone(), span),
        resource: Some(Spanned::new(call.resource.clone(), span)),
        region: None,
        parameters: call.parameters.clone(),
        session: Session::default(),
        network: crate::bundle::Network::Unknown,
        context: BTreeMap::new(),
        key_context: BTreeMap::new(),
        expectation: None,
    }
}

/// How a request names a user or a role.
pub(super) fn principal_of(
    kind: IdentityKind,
    arn: &Arn,
    session: Option<String>,
) -> RequestPrincipal {
    match kind {
        IdentityKind::User => RequestPrincipal::User(arn.clone()),
        IdentityKind::Role => RequestPrincipal::Session {
            written: arn.clone(),
            role_name: arn.resource().rsplit('/').next().unwrap_or_default().to_owned(),
            role: Some(arn.clone()),
            session,
        },
    }
}
