//! From pieces to a bundle.

use std::{collections::BTreeMap, fmt::Debug};

use indexmap::IndexMap;

use super::{IdentityPiece, KeyPiece, Origin, Pieces, PolicyContent, PolicyPiece, SecretPiece};
use crate::{
    aws::{Arn, Assumptions, says_nothing_of_secrets},
    bundle::{
        Bundle, Document, DocumentError, Identity, IdentityKind, Key, KeyReference, PolicyId,
        Secret, Stated, Tags,
    },
    ingest::{IngestError, IngestErrorKind, manifest::Loaded},
    policy::{PolicyKind, parse_policy},
    text::{Located, Location, Sources},
};

impl Pieces {
    /// Puts the pieces together by ARN: policies on their secret, key, user or role, managed policies where they are
    /// attached, aliases and grants on their key.
    ///
    /// Pieces that say the same are one. Where two disagree, or both make the same resource, both are named in an
    /// error, and what they disagree about is not known: neither is believed. A policy that must be there and that no
    /// file has is one that is not known, too.
    pub fn join(mut self, name: &str, sources: &Sources, assumptions: &Assumptions) -> Loaded {
        self.settle();
        let Self { secrets, mut keys, identities, managed, key_policies, alone, errors, .. } = self;
        let bundle =
            Bundle { name: name.to_owned(), assumptions: assumptions.clone(), ..Bundle::default() };
        let mut joiner = Joiner { bundle, errors, sources };
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
        for piece in merged {
            joiner.identity(piece, &documents, &mut slots);
        }
        Loaded { bundle: joiner.bundle, errors: joiner.errors }
    }
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

struct Joiner<'a> {
    bundle: Bundle,
    errors: Vec<IngestError>,
    sources: &'a Sources,
}

/// The documents of managed policies that are in the bundle already, by ARN and use.
type Slots = BTreeMap<(String, PolicyKind), PolicyId>;

impl Joiner<'_> {
    /// One piece an ARN, in the order in which they come first.
    fn merged<T>(
        &mut self,
        pieces: Vec<T>,
        head: impl Fn(&T) -> (&Arn, &Origin, bool),
        merge: impl Fn(&mut Self, &mut T, T),
        dispute: impl Fn(&mut Self, &mut T, T),
    ) -> Vec<T> {
        let mut merged: IndexMap<Arn, T> = IndexMap::new();
        for piece in pieces {
            let (arn, origin, makes) = head(&piece);
            let Some(first) = merged.get_mut(arn) else {
                merged.insert(arn.clone(), piece);
                continue;
            };
            let (_, first_origin, first_makes) = head(first);
            if makes && first_makes {
                let first_origin = first_origin.clone();
                self.conflict(arn, "the resource", &first_origin, origin);
                dispute(self, first, piece);
                continue;
            }
            merge(self, first, piece);
        }
        merged.into_values().collect()
    }

    fn merge_secret(&mut self, first: &mut SecretPiece, other: SecretPiece) {
        // Another file than the first may have told the policy.
        let told = match &first.policy {
            Stated::Value(policy) => policy.origin(),
            _ => first.origin.clone(),
        };
        let mut both = Both { joiner: self, arn: &other.arn, by: (&told, &other.origin) };
        let same = PolicyPiece::says_the_same;
        if let Some(second) = both.stated("the policy", &mut first.policy, other.policy, same) {
            self.dispute_secret(first, second);
        }
        let mut both = Both { joiner: self, arn: &other.arn, by: (&first.origin, &other.origin) };
        let same = |a: &Located<KeyReference>, b: &Located<KeyReference>| a.value == b.value;
        if both.stated("the key", &mut first.key, other.key, same).is_some() {
            first.key = Stated::Value(Located::new(KeyReference::NotKnown, first.origin.location));
        }
        if both.option("the tags", &mut first.tags, other.tags).is_some() {
            first.tags = Some(Tags::NotKnown);
        }
        both.option("the rotation function", &mut first.rotation_lambda, other.rotation_lambda);
        both.option("the primary Region", &mut first.primary_region, other.primary_region);
        both.option("the versions", &mut first.versions, other.versions);
        first.makes |= other.makes;
    }

    fn merge_key(&mut self, first: &mut KeyPiece, other: KeyPiece) {
        let told = first.policy.as_ref().map_or_else(|| first.origin.clone(), PolicyPiece::origin);
        let mut both = Both { joiner: self, arn: &other.arn, by: (&told, &other.origin) };
        let same = PolicyPiece::says_the_same;
        let second = both.told("the policy", &mut first.policy, other.policy, same);
        let mut both = Both { joiner: self, arn: &other.arn, by: (&first.origin, &other.origin) };
        // A call of a key that may be disabled is not known to succeed, whatever its policy says.
        let state = both.option("the state", &mut first.state, other.state);
        if second.is_some() || state.is_some() {
            self.dispute_key(first, second);
        }
        let mut both = Both { joiner: self, arn: &other.arn, by: (&first.origin, &other.origin) };
        if both.option("the tags", &mut first.tags, other.tags).is_some() {
            first.tags = Some(Tags::NotKnown);
        }
        both.option("the key spec", &mut first.spec, other.spec);
        both.option("the key usage", &mut first.usage, other.usage);
        both.option("the key's origin", &mut first.source, other.source);
        for alias in other.aliases {
            if !first.aliases.contains(&alias) {
                first.aliases.push(alias);
            }
        }
        for grant in other.grants {
            let known = |known: &&crate::bundle::Grant| grant.id.is_some() && known.id == grant.id;
            if first.grants.iter().find(known).is_none() {
                first.grants.push(grant);
            }
        }
        first.makes |= other.makes;
    }

    fn merge_identity(&mut self, first: &mut IdentityPiece, other: IdentityPiece) {
        let mut both = Both { joiner: self, arn: &other.arn, by: (&first.origin, &other.origin) };
        both.option("the unique id", &mut first.unique_id, other.unique_id);
        if both.option("the tags", &mut first.tags, other.tags).is_some() {
            first.tags = Some(Tags::NotKnown);
        }
        let same = |a: &Arn, b: &Arn| a == b;
        if both.stated("the boundary", &mut first.boundary, other.boundary, same).is_some() {
            first.inline.get_or_insert_default().push(disputed(&first.arn, &first.origin));
        }
        // One file a policy is how the CLI exports them, so these add up.
        if let Some(policies) = other.inline {
            let inline = first.inline.get_or_insert_default();
            for policy in policies {
                if !inline.iter().any(|known| known.says_the_same(&policy)) {
                    inline.push(policy);
                }
            }
        }
        if let Some(arns) = other.attached {
            let attached = first.attached.get_or_insert_default();
            for arn in arns {
                if !attached.iter().any(|known| known.value == arn.value) {
                    attached.push(arn);
                }
            }
        }
        first.makes |= other.makes;
    }

    /// Leaves open what the policy of a secret says: what two places say of it is judged by itself.
    fn dispute_secret(&mut self, piece: &mut SecretPiece, second: Stated<PolicyPiece>) {
        let unknown = Stated::Value(disputed(&piece.arn, &piece.origin));
        for policy in [std::mem::replace(&mut piece.policy, unknown), second] {
            if let Stated::Value(policy) = policy {
                self.alone(policy, PolicyKind::Secret);
            }
        }
    }

    fn dispute_key(&mut self, piece: &mut KeyPiece, second: Option<PolicyPiece>) {
        for policy in
            piece.policy.replace(disputed(&piece.arn, &piece.origin)).into_iter().chain(second)
        {
            self.alone(policy, PolicyKind::Key);
        }
    }

    fn dispute_identity(&mut self, piece: &mut IdentityPiece, second: Option<Vec<PolicyPiece>>) {
        let unknown = vec![disputed(&piece.arn, &piece.origin)];
        for policy in piece.inline.replace(unknown).into_iter().chain(second).flatten() {
            self.alone(policy, PolicyKind::Identity);
        }
    }

    /// Keeps a policy, where it can be read, to be judged by itself.
    fn alone(&mut self, policy: PolicyPiece, kind: PolicyKind) {
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
        if piece.inline.is_none() && piece.attached.is_none() {
            let reason = format!("no file says what the policies of {} are", piece.arn);
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
            PolicyContent::Json { node, text } => {
                let mut parsed = parse_policy(&node, kind, source, &self.bundle.assumptions);
                parsed.check_size(&text);
                Ok(parsed)
            }
            PolicyContent::Broken(error) => Err(DocumentError::Json(error)),
            PolicyContent::NotKnown { reason } => Err(DocumentError::NotKnown { reason }),
        };
        let (label, location) = (piece.label, piece.location);
        self.bundle.policies.add(Document { label, kind, location, content })
    }

    fn missing(&mut self, reason: String, kind: PolicyKind, origin: &Origin) -> PolicyId {
        let content = PolicyContent::NotKnown { reason };
        let (label, location) = (origin.name.clone(), origin.location);
        self.policy(PolicyPiece { label, location, content }, kind)
    }

    fn conflict(&mut self, arn: &Arn, what: &'static str, first: &Origin, second: &Origin) {
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

/// Two pieces about one ARN.
struct Both<'a, 'b> {
    joiner: &'a mut Joiner<'b>,
    arn: &'a Arn,
    by: (&'a Origin, &'a Origin),
}

impl Both<'_, '_> {
    /// Takes what either tells; where they disagree, gives back what the other tells.
    fn told<T>(
        &mut self,
        what: &'static str,
        first: &mut Option<T>,
        other: Option<T>,
        same: impl Fn(&T, &T) -> bool,
    ) -> Option<T> {
        match (&*first, other) {
            (None, other) => *first = other,
            (Some(known), Some(other)) if !same(known, &other) => {
                self.disagree(what);
                return Some(other);
            }
            (Some(_), _) => {}
        }
        None
    }

    fn option<T: PartialEq>(
        &mut self,
        what: &'static str,
        first: &mut Option<T>,
        other: Option<T>,
    ) -> Option<T> {
        self.told(what, first, other, |a, b| a == b)
    }

    fn stated<T: Debug>(
        &mut self,
        what: &'static str,
        first: &mut Stated<T>,
        other: Stated<T>,
        same: impl Fn(&T, &T) -> bool,
    ) -> Option<Stated<T>> {
        match (&*first, other) {
            (_, Stated::Unstated) | (Stated::Null, Stated::Null) => {}
            (Stated::Unstated, other) => *first = other,
            (Stated::Value(known), Stated::Value(other)) if same(known, &other) => {}
            (_, other) => {
                self.disagree(what);
                return Some(other);
            }
        }
        None
    }

    fn disagree(&mut self, what: &'static str) {
        let (first, second) = self.by;
        self.joiner.conflict(self.arn, what, first, second);
    }
}

/// A policy that two places tell, and not alike.
fn disputed(arn: &Arn, by: &Origin) -> PolicyPiece {
    let reason = format!("two places tell different things of {arn}");
    PolicyPiece::not_known(&by.name, by.location, reason)
}
