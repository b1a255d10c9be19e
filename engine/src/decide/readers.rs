//! Who can read what, over a whole world. Not every pair is tried: a secret's policy tells whom it names, a principal's
//! policies which secrets, and what is in neither list is denied.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::World;
use crate::{
    aws::{AccountId, Action, Arn},
    bundle::{Bundle, Decision, Identity, KeyReference, PolicyId, READ, Request, Secret},
    compile::{CompiledPolicy, CompiledStatement, ResourceTest},
    policy::{Effect, Principal},
};

/// A user or role of the bundle that is not denied a secret.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The secret.
    pub secret: &'a Secret,
    /// The user or role; a role stands for an unnamed session.
    pub identity: &'a Identity,
    /// Allow, or what keeps it from being certain.
    pub decision: Decision,
}

impl World<'_> {
    /// The users and roles of the bundle that can read its secrets, or perhaps can, by secret and then by identity, in the
    /// bundle's order. How the calls travel is not known. Who is not told is denied.
    ///
    /// What it costs grows with the policies and the answers, not with the pairs.
    pub fn readers(&self) -> Vec<Reader<'_>> {
        let pairs = candidates(self);
        let mut readers = Vec::with_capacity(pairs.len());
        for (secret, identity) in pairs {
            let secrets = self.bundle.secrets.get(secret);
            let Some((secret, identity)) = secrets.zip(self.bundle.identities.get(identity)) else {
                continue;
            };
            let Some(request) = Request::to_read(identity, secret) else { continue };
            let decision = self.decision(&request).unwrap_or(Decision::Invalid);
            if !matches!(decision, Decision::ExplicitDeny | Decision::ImplicitDeny) {
                readers.push(Reader { secret, identity, decision });
            }
        }
        readers
    }
}

/// The pairs of a secret and an identity, by number, that the policies bring together: the secret's policy names the
/// identity, or the identity's own policies let it read the secret. All others are denied.
///
/// An identity whose policies cannot be read goes with every secret, and a secret whose policy cannot be read with every
/// identity. One that the key's policy names is there too where it may read other secrets, or the secret's policy is about
/// others than users and roles by name or lets it decrypt: it may be meant to read this one, unless the key is shared with
/// other secrets.
pub(crate) fn brought_together(world: &World<'_>) -> BTreeSet<(usize, usize)> {
    let actions = Action::new(READ).zip(Action::new("kms:Decrypt"));
    let Some((read, decrypt)) = actions else { return BTreeSet::new() };
    let (named, by_key) = (Named::of(world.bundle), ByKey::of(world));
    let identities = world.bundle.identities.iter();
    let heads: Vec<_> = identities.map(|identity| heads(world, identity, &read)).collect();
    let may_read = |identity: &usize| heads.get(*identity).is_some_and(|heads| !heads.is_empty());
    let mut pairs = BTreeSet::new();
    let mut all = Shelf::default();
    for (number, secret) in world.bundle.secrets.iter().enumerate() {
        all.0.push((secret.arn.value.as_str(), number));
        let found = secret.policy.map_or(LetsIn::default(), |id| lets_in(world, id, &read, &named));
        pairs.extend(found.identities.into_iter().map(|identity| (number, identity)));
        if found.everyone {
            let own = named.by_account.get(&secret.account).into_iter().flatten();
            pairs.extend(own.map(|identity| (number, *identity)));
        }
        let of_key = by_key.named(secret).flat_map(|entry| named.by(entry));
        let policy = secret.policy.and_then(|id| world.policy(id));
        let grants = policy.into_iter().flat_map(|policy| &policy.statements);
        let grants: Vec<_> = grants.filter(|s| s.effect == Effect::Allow).collect();
        let is_open = grants.iter().any(|statement| names_others(statement));
        // Whom the secret's policy gives what belongs into the key's is meant to read, too.
        let misplaced = grants.iter().filter(|statement| may_allow(statement, &decrypt));
        let misplaced: BTreeSet<usize> = misplaced
            .filter_map(|statement| statement.principals.as_ref())
            .flat_map(|element| &element.list)
            .flat_map(|entry| named.by(entry))
            .collect();
        let is_meant = |it: &usize| is_open || may_read(it) || misplaced.contains(it);
        pairs.extend(of_key.filter(is_meant).map(|it| (number, it)));
    }
    all.sort();
    for (number, heads) in heads.iter().enumerate() {
        for head in heads {
            pairs.extend(all.beginning_with(head).map(|secret| (secret, number)));
        }
    }
    pairs
}

/// Whether a statement is about others than users and roles by their ARN.
fn names_others(statement: &CompiledStatement) -> bool {
    let by_arn = |entry: &Principal| matches!(entry, Principal::User(_) | Principal::Role(_));
    let element = statement.principals.as_ref();
    element.is_some_and(|e| e.negated || !e.list.iter().all(by_arn))
}

/// Whom the policies of keys name, by what secrets call the key.
struct ByKey<'a> {
    policies: HashMap<&'a str, Vec<&'a CompiledPolicy>>,
    /// How many secrets are under a key.
    secrets: HashMap<&'a KeyReference, usize>,
}

impl<'a> ByKey<'a> {
    fn of(world: &'a World<'_>) -> Self {
        let mut policies: HashMap<_, Vec<_>> = HashMap::new();
        for key in &world.bundle.keys {
            let policy = key.policy.and_then(|id| world.policy(id));
            // In which account and Region it is does not matter: rather too many than too few.
            for name in [key.id()].into_iter().chain(key.aliases.iter().map(String::as_str)) {
                policies.entry(name).or_default().extend(policy);
            }
        }
        let mut secrets: HashMap<_, usize> = HashMap::new();
        for secret in &world.bundle.secrets {
            *secrets.entry(&secret.key).or_default() += 1;
        }
        Self { policies, secrets }
    }

    /// Whom the policies of a secret's keys name; nobody for a shared one.
    fn named(&self, secret: &'a Secret) -> impl Iterator<Item = &'a Principal> {
        let is_shared = self.secrets.get(&secret.key).is_some_and(|secrets| *secrets > 1);
        let versions = secret.versions.iter().flatten().map(|version| &version.key);
        let keys = [&secret.key].into_iter().chain(versions).filter(move |_| !is_shared);
        let policies = keys.filter_map(|key| self.policies.get(name(key)?)).flatten();
        let elements = policies.flat_map(|policy| &policy.statements);
        let elements = elements.filter_map(|statement| statement.principals.as_ref());
        elements.filter(|element| !element.negated).flat_map(|element| &element.list)
    }
}

/// The id or alias by which a key is called.
fn name(key: &KeyReference) -> Option<&str> {
    match key {
        KeyReference::Arn(arn) => arn.resource().strip_prefix("key/"),
        KeyReference::AliasArn(arn) => Some(arn.resource()),
        KeyReference::Id(id) | KeyReference::Alias(id) => Some(id),
        KeyReference::Managed | KeyReference::NotKnown => None,
    }
}

/// The numbers of secrets and identities that may go together.
fn candidates(world: &World<'_>) -> BTreeSet<(usize, usize)> {
    let Some(read) = Action::new(READ) else { return BTreeSet::new() };
    let named = Named::of(world.bundle);
    let mut pairs = BTreeSet::new();
    let mut own: BTreeMap<AccountId, Shelf<'_>> = BTreeMap::new();
    let mut open = Shelf::default();
    for (number, secret) in world.bundle.secrets.iter().enumerate() {
        let arn = secret.arn.value.as_str();
        own.entry(secret.account).or_default().0.push((arn, number));
        let lets_in =
            secret.policy.map_or(LetsIn::default(), |id| lets_in(world, id, &read, &named));
        pairs.extend(lets_in.identities.into_iter().map(|identity| (number, identity)));
        if lets_in.everyone {
            // Its own account's principals need nothing more.
            let own = named.by_account.get(&secret.account).into_iter().flatten();
            pairs.extend(own.map(|identity| (number, *identity)));
        }
        if lets_in.everyone || lets_in.accounts {
            open.0.push((arn, number));
        }
        let owner = world.bundle.account(secret.account);
        let control = owner.into_iter().flat_map(|owner| owner.resource_control.iter().flatten());
        if !all_readable(world, control) {
            pairs.extend((0..world.bundle.identities.len()).map(|identity| (number, identity)));
        }
    }
    own.values_mut().chain([&mut open]).for_each(Shelf::sort);
    for (number, identity) in world.bundle.identities.iter().enumerate() {
        let account = world.bundle.account(identity.account);
        let control =
            account.into_iter().flat_map(|account| account.service_control.iter().flatten());
        let own_policies = identity.identity_policies.iter().chain(&identity.boundary);
        if !all_readable(world, own_policies.chain(control)) {
            // What AWS would refuse makes every answer invalid.
            pairs.extend((0..world.bundle.secrets.len()).map(|secret| (secret, number)));
            continue;
        }
        // In its own account an identity policy suffices; elsewhere the secret's must let in more than those named.
        for shelf in own.get(&identity.account).into_iter().chain([&open]) {
            for head in heads(world, identity, &read) {
                pairs.extend(shelf.beginning_with(&head).map(|secret| (secret, number)));
            }
        }
    }
    pairs
}

fn all_readable<'i>(world: &World<'_>, mut policies: impl Iterator<Item = &'i PolicyId>) -> bool {
    policies.all(|id| world.policy(*id).is_some())
}

/// Whom a secret's policy lets in.
#[derive(Default)]
struct LetsIn {
    identities: Vec<usize>,
    /// Whether it lets accounts delegate.
    accounts: bool,
    /// Whether it names nobody in particular.
    everyone: bool,
}

fn lets_in(world: &World<'_>, policy: PolicyId, read: &Action, named: &Named<'_>) -> LetsIn {
    let mut found = LetsIn::default();
    let Some(policy) = world.policy(policy) else {
        // What cannot be read may let in anyone, and every answer says so.
        found.identities = (0..world.bundle.identities.len()).collect();
        return found;
    };
    for statement in policy.statements.iter().filter(|s| may_allow(s, read)) {
        match &statement.principals {
            Some(element) if !element.negated => {
                for entry in &element.list {
                    match entry {
                        Principal::Everyone { .. } => found.everyone = true,
                        Principal::Account { .. } => found.accounts = true,
                        entry => found.identities.extend(named.by(entry)),
                    }
                }
            }
            _ => found.everyone = true,
        }
    }
    found
}

fn may_allow(statement: &CompiledStatement, read: &Action) -> bool {
    let listed = statement.actions.list.iter().any(|pattern| pattern.matches(read));
    statement.effect == Effect::Allow && listed != statement.actions.negated
}

/// The identities by what names them.
#[derive(Default)]
struct Named<'a> {
    by_arn: HashMap<&'a Arn, usize>,
    by_id: HashMap<&'a str, Vec<usize>>,
    /// Roles, whose sessions have no path in their ARN.
    by_role: HashMap<(AccountId, &'a str), Vec<usize>>,
    by_account: HashMap<AccountId, Vec<usize>>,
}

impl<'a> Named<'a> {
    fn of(bundle: &'a Bundle) -> Self {
        let mut named = Self::default();
        for (number, identity) in bundle.identities.iter().enumerate() {
            named.by_arn.insert(&identity.arn.value, number);
            if let Some(id) = &identity.unique_id {
                named.by_id.entry(id).or_default().push(number);
            }
            let role = (identity.account, identity.name());
            named.by_role.entry(role).or_default().push(number);
            named.by_account.entry(identity.account).or_default().push(number);
        }
        named
    }

    /// The identities that an entry names.
    fn by(&self, entry: &Principal) -> Vec<usize> {
        match entry {
            Principal::User(arn) | Principal::Role(arn) => {
                self.by_arn.get(arn).copied().into_iter().collect()
            }
            Principal::RoleSession(arn) => {
                let role = arn.account().zip(arn.resource().split('/').nth(1));
                role.and_then(|role| self.by_role.get(&role)).cloned().unwrap_or_default()
            }
            Principal::UniqueId(id) => self.by_id.get(&**id).cloned().unwrap_or_default(),
            // Everyone and whole accounts are no list, and the others are no users or roles.
            Principal::Everyone { .. }
            | Principal::Account { .. }
            | Principal::FederatedUser(_)
            | Principal::Service(_)
            | Principal::Federated(_)
            | Principal::CanonicalUser(_) => Vec::new(),
        }
    }
}

/// Secrets, by their ARN.
#[derive(Debug, Default)]
struct Shelf<'a>(Vec<(&'a str, usize)>);

impl Shelf<'_> {
    fn sort(&mut self) {
        self.0.sort_unstable();
    }

    fn beginning_with(&self, head: &str) -> impl Iterator<Item = usize> {
        let start = self.0.partition_point(|(arn, _)| *arn < head);
        let behind = self.0.get(start..).unwrap_or_default();
        behind.iter().take_while(move |(arn, _)| arn.starts_with(head)).map(|(_, number)| *number)
    }
}

/// What the secrets begin with that an identity's policies may let it read.
fn heads(world: &World<'_>, identity: &Identity, read: &Action) -> BTreeSet<String> {
    let mut heads = BTreeSet::new();
    for id in &identity.identity_policies {
        let Some(policy) = world.policy(*id) else {
            return BTreeSet::from([String::new()]);
        };
        for statement in policy.statements.iter().filter(|s| may_allow(s, read)) {
            match &statement.resources {
                Some(element) if !element.negated => {
                    heads.extend(element.list.iter().map(ResourceTest::head));
                }
                _ => {
                    heads.insert(String::new());
                }
            }
        }
    }
    heads
}
