mod request;

use std::{borrow::Borrow, collections::BTreeMap};

pub use self::request::read_request;

use super::{
    document::{AccountEntry, GrantEntry, KeyEntry, Manifest, PolicySlot, SecretEntry},
    grant::grant,
};
use crate::{
    aws::{AccountId, Arn, Assumptions},
    bundle::{
        Account, ArnEnd, Bundle, Document, DocumentError, Endpoint, Grant, Identity, IdentityKind,
        Key, KeyReference, Membership, Organization, PolicyId, Secret, Stated, Version,
    },
    ingest::{IngestError, IngestErrorKind},
    policy::{PolicyKind, parse_policy_within},
    text::{
        LimitKind, Limits, Located, Location, Node, Source, SourceId, Sources, Span, Spanned,
        decode, parse_json,
    },
};

/// Hands the engine the bytes of files, which it does not open itself.
pub trait Files {
    /// The bytes of the file at `path`, relative to the folder of the manifest. The path stays in that folder as
    /// far as its text goes; a link that leads out of it is the implementation's to refuse.
    ///
    /// # Errors
    /// Why it cannot be read, for people.
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String>;
}

/// No file beside the manifest, whose policies are all inline.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
        Err("no such file".to_owned())
    }
}

/// A closure that reads: `|path: &str| fs::read(folder.join(path)).map_err(|error| error.to_string())`.
impl<F: FnMut(&str) -> Result<Vec<u8>, String>> Files for F {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        self(path)
    }
}

/// Files in memory, by their paths.
impl<P: Borrow<str> + Ord, T: AsRef<[u8]>> Files for BTreeMap<P, T> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let text = self.get(path).ok_or("no such file")?;
        Ok(text.as_ref().to_vec())
    }
}

/// A manifest as far as it could be read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The world; entries with errors are left out.
    pub bundle: Bundle,
    /// What could not be read.
    pub errors: Vec<IngestError>,
}

/// Reads a manifest that `sources` already has, and the policy files that it names.
///
/// An entry that cannot be read is reported and left out; the others are still there. A policy file that cannot be
/// read stays in the bundle as a document without content where that is because of what it says.
pub fn read_manifest(
    manifest: SourceId,
    sources: &mut Sources,
    files: &mut dyn Files,
    limits: &Limits,
) -> Loaded {
    read_manifest_assuming(manifest, sources, files, limits, &Assumed::default())
}

/// Assumptions that are made outside of a manifest, by name and value. They count from the start, because some of them
/// say which documents can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// The manifest's own win over these.
    pub defaults: Vec<(String, String)>,
    /// These win over the manifest's own.
    pub overrides: Vec<(String, String)>,
}

impl Assumed {
    /// What counts where there is no manifest. Names and values that do not exist are passed over.
    pub fn assumptions(&self) -> Assumptions {
        let mut assumptions = Assumptions::default();
        for (name, value) in self.defaults.iter().chain(&self.overrides) {
            let _ = assumptions.set(name, value);
        }
        assumptions
    }
}

/// Reads a manifest like [`read_manifest`], with assumptions from outside.
pub fn read_manifest_assuming(
    manifest: SourceId,
    sources: &mut Sources,
    files: &mut dyn Files,
    limits: &Limits,
    assumed: &Assumed,
) -> Loaded {
    let (name, text) = match sources.get(manifest) {
        Some(source) => (source.name().to_owned(), source.text().to_owned()),
        None => return Loaded::default(),
    };
    let mut reader = Reader {
        source: manifest,
        sources,
        files,
        limits,
        root: None,
        known_files: BTreeMap::new(),
        bytes: text.len(),
        is_full: false,
        overrides: &assumed.overrides,
        bundle: Bundle { name, assumptions: assumed.assumptions(), ..Bundle::default() },
        errors: Vec::new(),
    };
    if text.len() > limits.together {
        reader.full(LimitKind::Together, Span::default());
        return reader.done();
    }
    let node = match parse_json(&text, limits) {
        Ok(node) => node,
        Err(error) => {
            let span = error.span;
            reader.error(IngestErrorKind::Json(error), "", span);
            return reader.done();
        }
    };
    match decode::<Manifest>(&node) {
        Ok(entries) => {
            reader.root = Some(node);
            reader.manifest(entries);
        }
        Err(error) => {
            let span = error.span;
            reader.error(IngestErrorKind::Shape(error), "", span);
        }
    }
    reader.done()
}

struct Reader<'a> {
    source: SourceId,
    sources: &'a mut Sources,
    files: &'a mut dyn Files,
    limits: &'a Limits,
    root: Option<Node>,
    /// A file that several slots name is read once.
    known_files: BTreeMap<String, Option<SourceId>>,
    /// Bytes of the manifest and of the files, each as often as it is named: so often it is parsed and kept.
    bytes: usize,
    /// Whether they, or the values in the policies, are more than may be judged as one. From then on nothing is read.
    is_full: bool,
    overrides: &'a [(String, String)],
    bundle: Bundle,
    errors: Vec<IngestError>,
}

impl Reader<'_> {
    fn done(self) -> Loaded {
        Loaded { bundle: self.bundle, errors: self.errors }
    }

    fn manifest(&mut self, manifest: Manifest) {
        if manifest.version.value != 1 {
            let kind = IngestErrorKind::Version { version: manifest.version.value };
            return self.error(kind, "version", manifest.version.span);
        }
        for (name, value) in &manifest.assumptions {
            if let Err(error) = self.bundle.assumptions.set(name, &value.value) {
                self.error(IngestErrorKind::Assumption(error), "assumptions", value.span);
            }
        }
        for (name, value) in self.overrides {
            if let Err(error) = self.bundle.assumptions.set(name, value) {
                self.error(
                    IngestErrorKind::Assumption(error),
                    "assumptions",
                    manifest.version.span,
                );
            }
        }
        for (id, entry) in manifest.accounts {
            self.account(&id, entry);
        }
        for entry in manifest.secrets {
            if let Some(secret) = self.secret(entry) {
                self.unless_twice(secret, |b| &mut b.secrets, |s| &s.arn);
            }
        }
        for entry in manifest.keys {
            if let Some(key) = self.key(entry) {
                self.unless_twice(key, |b| &mut b.keys, |k| &k.arn);
            }
        }
        for entry in manifest.principals {
            if let Some(identity) = self.identity(entry.value) {
                self.unless_twice(identity, |b| &mut b.identities, |i| &i.arn);
            }
        }
        for entry in manifest.vpc_endpoints {
            let Spanned { value: entry, span } = entry;
            let account =
                entry.account.and_then(|text| self.account_id(&text, "vpc_endpoints[].account"));
            let policy = entry.policy.and_then(|slot| self.policy(&slot, PolicyKind::VpcEndpoint));
            let endpoint = Endpoint { id: entry.id, vpc_id: entry.vpc_id, policy, account };
            if self.bundle.endpoint(&endpoint.id).is_some() {
                let kind = IngestErrorKind::DuplicateEndpoint { id: endpoint.id };
                self.error(kind, "vpc_endpoints[].id", span);
                continue;
            }
            self.bundle.endpoints.push(endpoint);
        }
        for (number, entry) in manifest.requests.into_iter().enumerate() {
            if let Some(request) = self.request(entry, number) {
                self.bundle.requests.push(request);
            }
        }
    }

    fn account(&mut self, id: &str, entry: Spanned<AccountEntry>) {
        let Spanned { value: entry, span } = entry;
        let Some(id) = self.account_id(&Spanned::new(id.to_owned(), span), "accounts") else {
            return;
        };
        let membership = match entry.organization_id {
            Stated::Unstated => Membership::Unknown,
            Stated::Null => Membership::Standalone,
            Stated::Value(id) => {
                Membership::Member(Organization { id, path: entry.organization_path })
            }
        };
        let mut levels = |lists: Vec<Vec<Spanned<PolicySlot>>>, kind| {
            lists.into_iter().map(|slots| self.policies(slots, kind)).collect()
        };
        let account = Account {
            membership,
            is_management: entry.management_account,
            service_control: levels(entry.service_control_policies, PolicyKind::ServiceControl),
            resource_control: levels(entry.resource_control_policies, PolicyKind::ResourceControl),
        };
        self.bundle.accounts.insert(id, account);
    }

    fn secret(&mut self, entry: Spanned<SecretEntry>) -> Option<Secret> {
        let entry = entry.value;
        let arn = self.arn(&entry.arn, "secrets[].arn")?;
        let account = arn.value.account();
        let named = arn.value.resource().strip_prefix("secret:").is_some_and(|n| !n.is_empty());
        let Some(account) = account.filter(|_| arn.value.service() == "secretsmanager" && named)
        else {
            return self.wrong_arn(&entry.arn, "a secret", "secrets[].arn");
        };
        let policy = entry.policy.and_then(|slot| self.policy(&slot, PolicyKind::Secret));
        let key_location = entry.kms_key_id.as_ref().map(|text| self.at(text.span));
        let key = match &entry.kms_key_id {
            Some(text) => self.key_reference(text, "secrets[].kms_key_id")?,
            None => KeyReference::Managed,
        };
        let rotation_lambda = match &entry.rotation_lambda_arn {
            Some(text) => Some(self.arn(text, "secrets[].rotation_lambda_arn")?.value),
            None => None,
        };
        let mut versions = None;
        if let Some(list) = entry.versions {
            let mut read = Vec::with_capacity(list.len());
            for version in list {
                let version = version.value;
                let key = match &version.kms_key_id {
                    Some(text) => self.key_reference(text, "secrets[].versions[].kms_key_id")?,
                    None => key.clone(),
                };
                read.push(Version { id: version.version_id, stages: version.stages, key });
            }
            versions = Some(read);
        }
        Some(Secret {
            arn,
            end: ArnEnd::Known,
            account,
            policy,
            key,
            key_location,
            tags: entry.tags.into_iter().collect(),
            rotation_lambda,
            primary_region: entry.primary_region,
            versions,
        })
    }

    fn key(&mut self, entry: Spanned<KeyEntry>) -> Option<Key> {
        let entry = entry.value;
        let arn = self.arn(&entry.arn, "keys[].arn")?;
        let Ok(KeyReference::Arn(_)) = arn.value.as_str().parse() else {
            return self.wrong_arn(&entry.arn, "a KMS key", "keys[].arn");
        };
        let account = arn.value.account()?;
        let policy = entry.policy.and_then(|slot| self.policy(&slot, PolicyKind::Key));
        let grants = entry.grants.into_iter().filter_map(|grant| self.grant(grant)).collect();
        Some(Key {
            arn,
            account,
            policy,
            aliases: entry.aliases,
            state: entry.state,
            tags: entry.tags.into_iter().collect(),
            grants,
            spec: entry.key_spec,
            usage: entry.key_usage,
            origin: entry.key_origin,
        })
    }

    fn grant(&mut self, entry: Spanned<GrantEntry>) -> Option<Grant> {
        let found = grant(entry, self.source);
        found.map_err(|(kind, field, span)| self.error(kind, field, span)).ok()
    }

    fn identity(&mut self, entry: super::document::PrincipalEntry) -> Option<Identity> {
        let arn = self.arn(&entry.arn, "principals[].arn")?;
        let kind = match (arn.value.service(), arn.value.resource().split_once('/')) {
            ("iam", Some(("user", name))) if !name.is_empty() => Some(IdentityKind::User),
            ("iam", Some(("role", name))) if !name.is_empty() => Some(IdentityKind::Role),
            _ => None,
        };
        let (Some(kind), Some(account)) = (kind, arn.value.account()) else {
            return self.wrong_arn(&entry.arn, "an IAM user or role", "principals[].arn");
        };
        Some(Identity {
            arn,
            account,
            kind,
            unique_id: entry.unique_id,
            identity_policies: self.policies(entry.identity_policies, PolicyKind::Identity),
            boundary: entry
                .permissions_boundary
                .and_then(|slot| self.policy(&slot, PolicyKind::PermissionsBoundary)),
            tags: entry.tags.into_iter().collect(),
            service_linked: entry.service_linked,
        })
    }

    fn policies(&mut self, slots: Vec<Spanned<PolicySlot>>, kind: PolicyKind) -> Vec<PolicyId> {
        slots.into_iter().filter_map(|slot| self.policy(&slot, kind)).collect()
    }

    fn policy(&mut self, slot: &Spanned<PolicySlot>, kind: PolicyKind) -> Option<PolicyId> {
        match &slot.value {
            PolicySlot::Inline => {
                if self.is_full {
                    return Some(self.unreadable("", slot.span, kind));
                }
                let node = self.root.as_ref().and_then(|root| root.at(slot.span))?.clone();
                let mut parsed = parse_policy_within(
                    &node,
                    kind,
                    self.source,
                    &self.bundle.assumptions,
                    self.limits,
                );
                let name = self.sources.name(self.source);
                let name = name.rsplit('/').next().unwrap_or(name).to_owned();
                parsed.check_size(self.sources.slice(self.at(slot.span)));
                let document = Document {
                    label: name,
                    kind,
                    location: self.at(slot.span),
                    content: Ok(parsed),
                };
                Some(self.add(document, slot.span))
            }
            PolicySlot::Path(path) => self.policy_file(path, slot.span, kind),
        }
    }

    fn policy_file(&mut self, path: &str, span: Span, kind: PolicyKind) -> Option<PolicyId> {
        let source = match self.known_files.get(path) {
            _ if self.is_full => None,
            Some(known) => *known,
            None => {
                let read = self.open(path, span);
                self.known_files.insert(path.to_owned(), read);
                read
            }
        };
        let length = source.and_then(|source| self.sources.get(source)).map(|it| it.text().len());
        self.bytes = self.bytes.saturating_add(length.unwrap_or_default());
        if self.bytes > self.limits.together {
            self.full(LimitKind::Together, span);
        }
        let Some(source) = source.filter(|_| !self.is_full) else {
            return Some(self.unreadable(path, span, kind));
        };
        let text = self.sources.get(source)?.text();
        let whole = Location::new(source, Span::from_offsets(0, text.len()));
        let content = parse_json(text, self.limits).map(|node| {
            let mut parsed =
                parse_policy_within(&node, kind, source, &self.bundle.assumptions, self.limits);
            parsed.check_size(text);
            parsed
        });
        let content = content.map_err(DocumentError::Json);
        let document = Document { label: path.to_owned(), kind, location: whole, content };
        Some(self.add(document, span))
    }

    /// A policy that is there and that nothing is known of; whatever hangs on it is invalid.
    fn unreadable(&mut self, path: &str, span: Span, kind: PolicyKind) -> PolicyId {
        let (label, content) = (path.to_owned(), Err(DocumentError::Unreadable));
        let document = Document { label, kind, location: self.at(span), content };
        self.bundle.policies.add(document)
    }

    /// Keeps a policy, which is named at `span`.
    fn add(&mut self, document: Document, span: Span) -> PolicyId {
        let id = self.bundle.policies.add(document);
        if self.bundle.policies.values() > self.limits.values {
            self.full(LimitKind::Values, span);
        }
        id
    }

    /// Notes, once, that this is more than may be judged as one.
    fn full(&mut self, kind: LimitKind, span: Span) {
        if !std::mem::replace(&mut self.is_full, true) {
            let limit = self.limits.get(kind);
            self.error(IngestErrorKind::Together { kind, limit }, "policy", span);
        }
    }

    fn open(&mut self, path: &str, span: Span) -> Option<SourceId> {
        let absolute = path.starts_with(['/', '\\']) || path.get(1..2) == Some(":");
        if absolute {
            self.error(IngestErrorKind::AbsolutePath { path: path.to_owned() }, "policy", span);
            return None;
        }
        if path.split(['/', '\\']).any(|part| part == "..") {
            self.error(IngestErrorKind::PathLeavesFolder { path: path.to_owned() }, "policy", span);
            return None;
        }
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(reason) => {
                let kind = IngestErrorKind::Unreadable { path: path.to_owned(), reason };
                self.error(kind, "policy", span);
                return None;
            }
        };
        let manifest = self.sources.name(self.source);
        let name = match manifest.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{path}"),
            None => path.to_owned(),
        };
        match Source::from_bytes(name, bytes, self.limits) {
            Ok(source) => Some(self.sources.add(source)),
            Err(error) => {
                let kind = IngestErrorKind::Source { path: path.to_owned(), error };
                self.error(kind, "policy", span);
                None
            }
        }
    }

    fn arn(&mut self, text: &Spanned<String>, field: &str) -> Option<Located<Arn>> {
        match text.value.parse() {
            Ok(arn) => Some(Located::new(arn, self.at(text.span))),
            Err(error) => {
                self.error(IngestErrorKind::Arn(error), field, text.span);
                None
            }
        }
    }

    fn wrong_arn<T>(
        &mut self,
        text: &Spanned<String>,
        expected: &'static str,
        field: &str,
    ) -> Option<T> {
        let kind = IngestErrorKind::WrongArn { text: text.value.clone(), expected };
        self.error(kind, field, text.span);
        None
    }

    fn account_id(&mut self, text: &Spanned<String>, field: &str) -> Option<AccountId> {
        match text.value.parse() {
            Ok(account) => Some(account),
            Err(error) => {
                self.error(IngestErrorKind::Account(error), field, text.span);
                None
            }
        }
    }

    fn key_reference(&mut self, text: &Spanned<String>, field: &str) -> Option<KeyReference> {
        match text.value.parse() {
            Ok(key) => Some(key),
            Err(error) => {
                self.error(IngestErrorKind::Key(error), field, text.span);
                None
            }
        }
    }

    fn unless_twice<T>(
        &mut self,
        entry: T,
        list: fn(&mut Bundle) -> &mut Vec<T>,
        arn: fn(&T) -> &Located<Arn>,
    ) {
        let first = list(&mut self.bundle)
            .iter()
            .find(|known| arn(known).value == arn(&entry).value)
            .map(|known| arn(known).location);
        match first {
            None => list(&mut self.bundle).push(entry),
            Some(first) => {
                let again = arn(&entry);
                let kind = IngestErrorKind::Duplicate { arn: again.value.as_str().into(), first };
                let span = again.location.span;
                self.error(kind, "arn", span);
            }
        }
    }

    const fn at(&self, span: Span) -> Location {
        Location::new(self.source, span)
    }

    fn error(&mut self, kind: IngestErrorKind, field: &str, span: Span) {
        let location = Some(self.at(span));
        let field = field.to_owned();
        self.errors.push(IngestError { kind, field, location, file: self.bundle.name.clone() });
    }
}
