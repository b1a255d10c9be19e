//! From pieces to a bundle.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::{
    GuardrailPiece, IdentityPiece, KeyPiece, ManagedPiece, NamelessPiece, Origin, Pieces,
    PolicyContent, PolicyPiece, SecretPiece,
    merge::disputed,
    nameless::{self, Found, Known},
};
use crate::{
    aws::{AccountId, Arn, Assumptions, says_nothing_of_secrets},
    bundle::{
        Bundle, Document, DocumentError, Identity, IdentityKind, Key, KeyReference, PolicyId,
        Secret, Stated, Tags,
    },
    ingest::{IngestError, IngestErrorKind, manifest::Loaded},
    policy::{PolicyKind, parse_policy_within},
    text::{LimitKind, Limits, Located, Location, Sources},
};

impl Pieces {
    /// Puts the pieces together by ARN: policies on their secret, key, user or role, managed policies where they are
    /// attached, aliases and grants on their key.
    ///
    /// Pieces that say the same are one. Where two disagree, or both make the same resource, both are named in an
    /// error, and what they disagree about is not known: neither is believed. A policy that must be there and that no
    /// file has is one that is not known, too.
    pub fn join(
        mut self,
        name: &str,
        sources: &Sources,
        assumptions: &Assumptions,
        limits: &Limits,
    ) -> Loaded {
        if self.is_full {
            return too_large(name, assumptions, limits);
        }
        self.settle();
        let Self { secrets, mut keys, key_policies, alone, errors, .. } = self;
        let Self { mut identities, mut managed, nameless, managed_arns, guardrails, .. } = self;
        let bundle =
            Bundle { name: name.to_owned(), assumptions: assumptions.clone(), ..Bundle::default() };
        let mut joiner = Joiner { bundle, errors, sources, limits };
        let names = joiner.named(nameless, &managed_arns, &mut identities, &mut managed);
        let mut documents: IndexMap<Arn, (Origin, PolicyPiece)> = IndexMap::new();
        for piece in managed {
            match documents.get_mut(&piece.arn) {
                None => {
                    documents.insert(piece.arn, (piece.origin, piece.policy));
                }
                Some((first, policy)) if !policy.says_the_same(&piece.policy) => {
                    joiner.conflict(&piece.arn, "the document", first, &piece.origin);
                    let known = std::mem::replace(policy, disputed(&piece.arn, first));
                    joiner.alone(known, PolicyKind::Identity);
                    joiner.alone(piece.policy, PolicyKind::Identity);
                }
                Some(_) => {}
            }
        }
        let merged = joiner.merged(
            secrets,
            |piece| (&piece.arn, &piece.origin, piece.makes),
            Joiner::merge_secret,
            |joiner, first, second| joiner.dispute_secret(first, second.policy),
        );
        for piece in merged {
            joiner.secret(piece);
        }
        for (kind, policy) in alone {
            joiner.policy(policy, kind);
        }
        for policy in key_policies {
            let known = joiner.bundle.secrets.iter().filter_map(|secret| match &secret.key {
                KeyReference::Arn(arn) => Some(arn),
                _ => None,
            });
            let known: Vec<&Arn> = keys.iter().map(|key| &key.arn).chain(known).collect();
            match key_of(&policy, sources.name(policy.location.source), &known) {
                Some(arn) => {
                    let origin = Origin { name: policy.label.clone(), location: policy.location };
                    let mut piece = KeyPiece::new(arn, origin);
                    piece.policy = Some(policy);
                    keys.push(piece);
                }
                // Nobody says which key it is for: it is judged by itself.
                None => {
                    joiner.policy(policy, PolicyKind::Key);
                }
            }
        }
        let merged = joiner.merged(
            keys,
            |piece| (&piece.arn, &piece.origin, piece.makes),
            Joiner::merge_key,
            |joiner, first, second| joiner.dispute_key(first, second.policy),
        );
        for piece in merged {
            joiner.key(piece);
        }
        let merged = joiner.merged(
            identities,
            |piece| (&piece.arn, &piece.origin, piece.makes),
            Joiner::merge_identity,
            |joiner, first, second| joiner.dispute_identity(first, second.inline),
        );
        let mut slots = BTreeMap::new();
        for mut piece in merged {
            for (arn, names, origin) in &names {
                if *arn == piece.arn {
                    nameless::complete(&mut piece, names, origin);
                }
            }
            joiner.identity(piece, &documents, &mut slots);
        }
        joiner.guardrails(guardrails);
        if joiner.is_full() {
            return too_large(name, assumptions, limits);
        }
        Loaded { bundle: joiner.bundle, errors: joiner.errors }
    }
}

/// No world, as it would be more than may be judged as one; half of it would be a guess.
fn too_large(name: &str, assumptions: &Assumptions, limits: &Limits) -> Loaded {
    let bundle =
        Bundle { name: name.to_owned(), assumptions: assumptions.clone(), ..Bundle::default() };
    let kind = IngestErrorKind::Together { kind: LimitKind::Values, limit: limits.values };
    let (field, file) = (String::new(), name.to_owned());
    Loaded { bundle, errors: vec![IngestError { kind, field, location: None, file }] }
}

/// The key that a policy is of: the one whose id is in the name of the file, else the only one that the policy's own
/// `Resource` elements name.
fn key_of(policy: &PolicyPiece, file: &str, known: &[&Arn]) -> Option<Arn> {
    let file = file.rsplit('/').next().unwrap_or(file);
    let id = |arn: &Arn| arn.resource().strip_prefix("key/").map(str::to_owned);
    let named = |arn: &&&Arn| id(arn).is_some_and(|id| id.len() >= 8 && file.contains(&id));
    let mut by_name: Vec<&Arn> = known.iter().filter(named).copied().collect();
    by_name.dedup();
    if let [only] = by_name.as_slice() {
        return Some((*only).clone());
    }
    let PolicyContent::Json { node, .. } = &policy.content else {
        return None;
    };
    let statement = node.get("Statement")?;
    let statements = statement.elements().unwrap_or(std::slice::from_ref(statement));
    let mut arns = Vec::new();
    for resource in statements.iter().filter_map(|statement| statement.get("Resource")) {
        for text in resource.elements().unwrap_or(std::slice::from_ref(resource)) {
            if let Some(Ok(KeyReference::Arn(arn))) = text.as_str().map(str::parse)
                && !arns.contains(&arn)
            {
                arns.push(arn);
            }
        }
    }
    match arns.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// The names of all policies of a user's or role's own, and who lists them.
type Names = Vec<(Arn, Vec<String>, Origin)>;

pub(super) struct Joiner<'a> {
    bundle: Bundle,
    errors: Vec<IngestError>,
    sources: &'a Sources,
    limits: &'a Limits,
}

/// The documents of managed policies that are in the bundle already, by ARN and use.
type Slots = BTreeMap<(String, PolicyKind), PolicyId>;

impl Joiner<'_> {
    /// Finds what answers are about that do not say it, and adds them to the others.
    fn named(
        &mut self,
        nameless: Vec<NamelessPiece>,
        listed: &[Arn],
        identities: &mut Vec<IdentityPiece>,
        managed: &mut Vec<ManagedPiece>,
    ) -> Names {
        let mut names = Names::new();
        // What is attached tells which managed policies there are, so documents come last.
        let (documents, others): (Vec<_>, Vec<_>) =
            nameless.into_iter().partition(|piece| piece.is_document());
        for piece in others.into_iter().chain(documents) {
            let file = self.sources.name(piece.origin.location.source);
            let known = Known {
                identities: identities.iter().map(|piece| &piece.arn).collect(),
                managed: nameless::attached(identities).chain(listed).collect(),
            };
            match nameless::resolve(piece, file, &known) {
                Ok(Found::Identity(piece)) => identities.push(piece),
                Ok(Found::Managed(piece)) => managed.push(piece),
                Ok(Found::InlineNames(piece, list)) => {
                    names.push((piece.arn.clone(), list, piece.origin.clone()));
                    identities.push(piece);
                }
                Err(lost) => {
                    self.error(lost.kind, lost.origin.location);
                    if let Some(policy) = lost.policy {
                        self.alone(policy, PolicyKind::Identity);
                    }
                }
            }
        }
        names
    }

    /// Judges control policies by themselves. To which accounts they are attached no file says, so what they would deny
    /// is open in every account but the one that manages the organization, which none binds.
    fn guardrails(&mut self, pieces: Vec<GuardrailPiece>) {
        let mut seen: Vec<Arn> = Vec::new();
        for piece in pieces {
            if let Some(policy) = piece.policy {
                self.alone(policy, piece.kind);
            }
            if seen.contains(&piece.arn) {
                continue;
            }
            seen.push(piece.arn.clone());
            let secrets = self.bundle.secrets.iter().map(|secret| secret.account);
            let keys = self.bundle.keys.iter().map(|key| key.account);
            let identities = self.bundle.identities.iter().map(|identity| identity.account);
            let accounts: BTreeSet<AccountId> = secrets.chain(keys).chain(identities).collect();
            for account in accounts {
                if piece.arn.account() == Some(account) {
                    self.bundle.accounts.entry(account).or_default().is_management = true;
                    continue;
                }
                let reason = format!(
                    "no file says whether `{}` is attached to account {account}",
                    piece.name
                );
                let unknown = self.missing(reason, piece.kind, &piece.origin);
                let known = self.bundle.accounts.entry(account).or_default();
                match piece.kind {
                    PolicyKind::ServiceControl => known.service_control.push(vec![unknown]),
                    _ => known.resource_control.push(vec![unknown]),
                }
            }
        }
    }

    /// Keeps a policy, where it can be read, to be judged by itself.
    pub(super) fn alone(&mut self, policy: PolicyPiece, kind: PolicyKind) {
        if !matches!(policy.content, PolicyContent::NotKnown { .. }) {
            self.policy(policy, kind);
        }
    }

    fn secret(&mut self, piece: SecretPiece) {
        let named = piece.arn.resource().strip_prefix("secret:").is_some_and(|n| !n.is_empty());
        let account =
            piece.arn.account().filter(|_| named && piece.arn.service() == "secretsmanager");
        let Some(account) = account else {
            return self.wrong_arn(&piece.arn, "a secret", &piece.origin);
        };
        let policy = match piece.policy {
            Stated::Value(policy) => Some(self.policy(policy, PolicyKind::Secret)),
            Stated::Null => None,
            Stated::Unstated => Some(self.missing(
                format!("no file says what the policy of {} is, or that it has none", piece.arn),
                PolicyKind::Secret,
                &piece.origin,
            )),
        };
        let (key, key_location) = match piece.key {
            Stated::Value(key) => (key.value, Some(key.location)),
            Stated::Null => (KeyReference::Managed, None),
            Stated::Unstated => (KeyReference::NotKnown, None),
        };
        self.bundle.secrets.push(Secret {
            arn: Located::new(piece.arn, piece.origin.location),
            end: piece.end,
            account,
            policy,
            key,
            key_location,
            tags: piece.tags.unwrap_or(Tags::NotKnown),
            rotation_lambda: piece.rotation_lambda,
            primary_region: piece.primary_region,
            versions: piece.versions,
        });
    }

    fn key(&mut self, piece: KeyPiece) {
        let is_key = matches!(piece.arn.as_str().parse(), Ok(KeyReference::Arn(_)));
        let Some(account) = piece.arn.account().filter(|_| is_key) else {
            return self.wrong_arn(&piece.arn, "a KMS key", &piece.origin);
        };
        let policy = piece.policy.map(|policy| self.policy(policy, PolicyKind::Key));
        self.bundle.keys.push(Key {
            arn: Located::new(piece.arn, piece.origin.location),
            account,
            policy,
            aliases: piece.aliases,
            state: piece.state.unwrap_or_default(),
            tags: piece.tags.unwrap_or(Tags::NotKnown),
            grants: piece.grants,
            spec: piece.spec,
            usage: piece.usage,
            origin: piece.source,
        });
    }

    fn identity(
        &mut self,
        piece: IdentityPiece,
        documents: &IndexMap<Arn, (Origin, PolicyPiece)>,
        slots: &mut Slots,
    ) {
        let kind = match (piece.arn.service(), piece.arn.resource().split_once('/')) {
            ("iam", Some(("user", name))) if !name.is_empty() => Some(IdentityKind::User),
            ("iam", Some(("role", name))) if !name.is_empty() => Some(IdentityKind::Role),
            _ => None,
        };
        let (Some(kind), Some(account)) = (kind, piece.arn.account()) else {
            return self.wrong_arn(&piece.arn, "an IAM user or role", &piece.origin);
        };
        let mut policies = Vec::new();
        let unknown = match (&piece.inline, &piece.attached) {
            (None, None) => Some("no file says what the policies of"),
            (None, Some(_)) => Some("no file says what the inline policies of"),
            (Some(_), None) => Some("no file says what the attached managed policies of"),
            (Some(_), Some(_)) => None,
        };
        if let Some(unknown) = unknown {
            let reason = format!("{unknown} {} are", piece.arn);
            policies.push(self.missing(reason, PolicyKind::Identity, &piece.origin));
        }
        for policy in piece.inline.into_iter().flatten() {
            policies.push(self.policy(policy, PolicyKind::Identity));
        }
        for arn in piece.attached.into_iter().flatten() {
            if !documents.contains_key(&arn.value) && says_nothing_of_secrets(&arn.value) {
                continue;
            }
            let origin = Origin { name: piece.origin.name.clone(), location: arn.location };
            policies.push(self.managed(
                &arn.value,
                PolicyKind::Identity,
                &origin,
                documents,
                slots,
            ));
        }
        let boundary = match &piece.boundary {
            Stated::Value(arn) => Some(self.managed(
                arn,
                PolicyKind::PermissionsBoundary,
                &piece.origin,
                documents,
                slots,
            )),
            Stated::Null | Stated::Unstated => None,
        };
        let service_linked = piece.arn.resource().starts_with("role/aws-service-role/");
        self.bundle.identities.push(Identity {
            arn: Located::new(piece.arn, piece.origin.location),
            account,
            kind,
            unique_id: piece.unique_id,
            identity_policies: policies,
            boundary,
            tags: piece.tags.unwrap_or(Tags::NotKnown),
            service_linked,
        });
    }

    /// The document of a managed policy, once a use.
    fn managed(
        &mut self,
        arn: &Arn,
        kind: PolicyKind,
        origin: &Origin,
        documents: &IndexMap<Arn, (Origin, PolicyPiece)>,
        slots: &mut Slots,
    ) -> PolicyId {
        let slot = (arn.as_str().to_owned(), kind);
        if let Some(id) = slots.get(&slot) {
            return *id;
        }
        let id = match documents.get(arn) {
            Some((_, policy)) => self.policy(policy.clone(), kind),
            None => {
                let reason = format!("no file has the document of the managed policy {arn}");
                self.missing(reason, kind, origin)
            }
        };
        slots.insert(slot, id);
        id
    }

    fn policy(&mut self, piece: PolicyPiece, kind: PolicyKind) -> PolicyId {
        let source = piece.location.source;
        let content = match piece.content {
            // Nothing of it will be judged: a document that is attached in many places is kept in each.
            _ if self.is_full() => Err(DocumentError::Unreadable),
            PolicyContent::Json { node, text } => {
                let mut parsed =
                    parse_policy_within(&node, kind, source, &self.bundle.assumptions, self.limits);
                parsed.check_size(&text);
                Ok(parsed)
            }
            PolicyContent::Broken(error) => Err(DocumentError::Json(error)),
            PolicyContent::NotKnown { reason } => Err(DocumentError::NotKnown { reason }),
        };
        let (label, location) = (piece.label, piece.location);
        self.bundle.policies.add(Document { label, kind, location, content })
    }

    /// Whether there are more values than may be judged as one.
    const fn is_full(&self) -> bool {
        self.bundle.policies.values() > self.limits.values
    }

    fn missing(&mut self, reason: String, kind: PolicyKind, origin: &Origin) -> PolicyId {
        let content = PolicyContent::NotKnown { reason };
        let (label, location) = (origin.name.clone(), origin.location);
        self.policy(PolicyPiece { label, location, content }, kind)
    }

    pub(super) fn conflict(
        &mut self,
        arn: &Arn,
        what: &'static str,
        first: &Origin,
        second: &Origin,
    ) {
        let kind = IngestErrorKind::Conflict {
            arn: arn.as_str().to_owned(),
            what,
            first: self.called(first),
            second: self.called(second),
        };
        self.error(kind, second.location);
    }

    fn wrong_arn(&mut self, arn: &Arn, expected: &'static str, origin: &Origin) {
        let kind = IngestErrorKind::WrongArn { text: arn.as_str().to_owned(), expected };
        self.error(kind, origin.location);
    }

    /// The name of who tells something, and where it stands.
    fn called(&self, origin: &Origin) -> String {
        let file = self.sources.name(origin.location.source);
        let line = self.sources.positions(origin.location).map_or(1, |(start, _)| start.line);
        match origin.name == file {
            true => format!("{file}:{line}"),
            false => format!("`{}` at {file}:{line}", origin.name),
        }
    }

    fn error(&mut self, kind: IngestErrorKind, location: Location) {
        let file = self.sources.name(location.source).to_owned();
        let location = Some(location);
        self.errors.push(IngestError { kind, field: String::new(), location, file });
    }
}
