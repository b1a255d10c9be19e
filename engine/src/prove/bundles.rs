//! Does a bundle allow a call that another did not?

use super::{
    AccessWitness, Bounds, Cause, GranteeClass, ProveError, WhoCan,
    access::{Worlds, together},
    who_can::{self, Asked},
};
use crate::{
    aws::{Action, Arn, Service, catalog},
    bundle::{Bundle, Secret, Version},
    decide::{Truth, World},
};

/// What a bundle allows beyond another.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCalls {
    /// Whether there is anything; unknown where that could not be decided.
    pub new_access: Truth,
    /// What is new: who can call what now.
    pub calls: Vec<NewCall>,
    /// Whether there is more than that.
    pub more: bool,
    /// What could not be decided.
    pub undecided: Vec<UndecidedCall>,
}

/// A call that a bundle allows and another does not.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCall {
    /// Who can make it.
    pub caller: NewCaller,
    /// What is called.
    pub action: Action,
    /// The ARN of the secret or key.
    pub resource: Arn,
    /// A request that shows it: the evaluator has confirmed that the one bundle allows it and the other does not.
    pub witness: AccessWitness,
}

/// Who can make a call that could not be made before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewCaller {
    /// A user or role that one of the bundles lists.
    Listed(Arn),
    /// Callers whom neither lists, provided that their own accounts let them.
    Beside(GranteeClass),
}

/// A call of which it could not be decided whether it is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndecidedCall {
    /// The user or role, if it is one that a bundle lists.
    pub caller: Option<Arn>,
    /// What is called.
    pub action: Action,
    /// The ARN of the secret or key.
    pub resource: Arn,
    /// Why it could not be decided.
    pub cause: Cause,
}

/// Finds out whether `new` allows any call that `old` does not, on the secrets and keys of `new`.
///
/// Calls are decided as the services do: everything that bears on them counts, from identity policies to the state of a
/// key, and reading a secret takes the check on the secret and the one on its key. All actions that the catalogue lists for
/// secrets and keys are asked about, but for the making of a secret. Secrets and keys are found in `old` by their ARN; on
/// one that it does not have, it allowed nothing. Asked are the users and roles that either lists (one that a bundle does
/// not list has no identity policies there) and callers beside them, whose own accounts are taken to allow the call in both.
/// What only one of the two says of a caller's or owner's organization holds in both, and the assumptions of `new` count.
///
/// # Errors
/// [`ProveError`] if the solver cannot be used.
pub fn new_calls(old: &World<'_>, new: &World<'_>, bounds: Bounds) -> Result<NewCalls, ProveError> {
    let old_bundle = with_versions(old.bundle, new.bundle);
    let old = World::new(&old_bundle).assuming(new.assumptions.clone());
    let mut found = NewCalls {
        new_access: Truth::False,
        calls: Vec::new(),
        more: false,
        undecided: Vec::new(),
    };
    let secrets = new.bundle.secrets.iter().map(|secret| {
        let known = old.bundle.secret(&secret.arn.value).is_some();
        (&secret.arn.value, known, actions(Service::SecretsManager))
    });
    let keys = new.bundle.keys.iter().map(|key| {
        let known = old.bundle.key(&key.arn.value).is_some();
        (&key.arn.value, known, actions(Service::Kms))
    });
    for (resource, known, actions) in secrets.chain(keys) {
        let worlds = Worlds { new, old: known.then_some(&old), bounds };
        for group in together(worlds, actions, resource)? {
            let asked = Asked::of_some(worlds, &group, resource)?;
            for action in group {
                if asked.is_nobody() {
                    break;
                }
                found.add(who_can::who(worlds, &asked, &action, resource)?, &action, resource);
                if found.calls.len() > bounds.calls {
                    found.calls.truncate(bounds.calls);
                    found.more = true;
                    return Ok(found);
                }
            }
        }
    }
    Ok(found)
}

impl NewCalls {
    fn add(&mut self, answer: WhoCan, action: &Action, resource: &Arn) {
        let mut call = |caller, witness| {
            let (action, resource) = (action.clone(), resource.clone());
            self.calls.push(NewCall { caller, action, resource, witness });
        };
        let mut undecided = Vec::new();
        for found in answer.listed {
            undecided.extend(found.cause.map(|cause| (Some(found.arn.clone()), cause)));
            if let Some(witness) = found.witness {
                call(NewCaller::Listed(found.arn), witness);
            }
        }
        for found in answer.grantees {
            call(NewCaller::Beside(found.who), found.witness);
        }
        undecided.extend(answer.undecided.into_iter().map(|cause| (None, cause)));
        for (caller, cause) in undecided {
            let (action, resource) = (action.clone(), resource.clone());
            self.undecided.push(UndecidedCall { caller, action, resource, cause });
        }
        self.new_access = match (self.calls.is_empty(), self.undecided.is_empty()) {
            (false, _) => Truth::True,
            (true, false) => Truth::Unknown,
            (true, true) => Truth::False,
        };
    }
}

/// The actions on the secrets or the keys of a service, reading the secret first.
pub(super) fn actions(service: Service) -> Vec<Action> {
    let known = catalog::actions_of(service).iter();
    let known = known.filter(|action| who_can::is_on_its_own(action));
    let mut names: Vec<&str> = known.map(|action| action.full_name).collect();
    names.sort_by_key(|name| *name != "secretsmanager:GetSecretValue");
    names.into_iter().filter_map(Action::new).collect()
}

/// The old bundle, with the versions of secrets that only the new one has, under the key of then. That a secret got a new
/// value is no new access.
fn with_versions(old: &Bundle, new: &Bundle) -> Bundle {
    let mut bundle = old.clone();
    for secret in &mut bundle.secrets {
        let versions = new.secret(&secret.arn.value).and_then(|new| new.versions.as_ref());
        if let Some(versions) = versions {
            add_versions(secret, versions);
        }
    }
    bundle
}

fn add_versions(secret: &mut Secret, new: &[Version]) {
    let key = secret.key.clone();
    let mut versions = secret.versions.take().unwrap_or_else(|| {
        vec![Version { id: None, stages: vec!["AWSCURRENT".to_owned()], key: key.clone() }]
    });
    let known: Vec<String> = versions.iter().flat_map(|version| version.stages.clone()).collect();
    for version in new {
        let stages = version.stages.iter().filter(|stage| !known.contains(stage)).cloned();
        let same = |other: &&mut Version| other.id.is_some() && other.id == version.id;
        match versions.iter_mut().find(same) {
            Some(version) => version.stages.extend(stages),
            None => versions.push(Version {
                id: version.id.clone(),
                stages: stages.collect(),
                key: key.clone(),
            }),
        }
    }
    secret.versions = Some(versions);
}

#[cfg(test)]
mod tests;
