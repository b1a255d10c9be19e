//! Secrets and keys of a template, and what belongs to them.

use std::collections::BTreeMap;

use super::{
    document,
    names::Identity,
    resolve::{Resolver, Unknown, as_text},
    template::Resource,
};
use crate::{
    aws::Arn,
    bundle::{ArnEnd, KeyReference, KeyState, Stated, Tags},
    ingest::{
        IngestError, IngestErrorKind,
        pieces::{
            About, KeyPiece, Origin, Pieces, PolicyContent, PolicyPiece, SecretPiece, StandIn,
            Unclear,
        },
    },
    policy::PolicyKind,
    text::{Limits, Located, Location, Node, Source, SourceId, Span},
};

/// Reads the resources of a template into pieces.
pub(super) struct Reader<'r, 'a> {
    pub(super) resolver: &'r Resolver<'a>,
    pub(super) source: SourceId,
    pub(super) file: &'r Source,
    pub(super) limits: &'r Limits,
    pub(super) pieces: &'r mut Pieces,
    /// The first resource that cannot be placed.
    pub(super) unplaced: Option<Span>,
}

impl<'a> Reader<'_, 'a> {
    /// Reads every resource that a decision can hang on.
    pub(super) fn read(&mut self) {
        self.keys();
        self.secrets();
        self.identities();
        if let Some(span) = self.unplaced {
            let place = &self.resolver.place;
            let missing = if place.account.is_none() { "account" } else { "Region" };
            self.error(IngestErrorKind::NoStackPlace { missing }, span);
        }
    }

    /// Refuses values that the template does not allow.
    pub(super) fn parameters(&mut self) {
        let section = self.resolver.sections.section("Parameters").and_then(Node::members);
        for parameter in section.unwrap_or_default() {
            let name = &*parameter.key.value;
            let allowed = parameter.value.get("AllowedValues");
            let (Some(value), Some(allowed)) = (self.resolver.given.get(name), allowed) else {
                continue;
            };
            let mut list = allowed.elements().unwrap_or_default().iter().filter_map(as_text);
            if !list.any(|one| one == *value) {
                let (name, value) = (name.to_owned(), value.clone());
                self.error(IngestErrorKind::ParameterValue { name, value }, allowed.span);
            }
        }
    }

    /// The resources of a type that are made, or may be.
    pub(super) fn of(&self, kind: &str) -> Vec<Resource<'a>> {
        let mut all = self.resolver.sections.of(kind);
        all.retain(|resource| self.resolver.is_made(resource) != Ok(false));
        all
    }

    fn secrets(&mut self) {
        let first = self.pieces.secrets.len();
        for resource in self.of("AWS::SecretsManager::Secret") {
            let Some(known) = self.identity(&resource) else { continue };
            let mut piece = SecretPiece::new(known.arn.clone(), self.origin(&resource));
            piece.makes = true;
            piece.end = ArnEnd::StandIn;
            piece.policy = Stated::Null;
            piece.key = self.secret_key(&resource);
            piece.tags = Some(self.tags(&resource));
            self.pieces.secrets.push(piece);
        }
        for resource in self.of("AWS::SecretsManager::ResourcePolicy") {
            self.secret_policy(&resource, first);
        }
        for resource in self.of("AWS::SecretsManager::RotationSchedule") {
            self.rotation(&resource, first);
        }
    }

    fn secret_policy(&mut self, resource: &Resource<'a>, first: usize) {
        let policy = self.policy(resource, "ResourcePolicy", PolicyKind::Secret);
        let Some(place) = self.resolver.place.known() else {
            self.unplaced.get_or_insert(resource.span);
            return self.alone(PolicyKind::Secret, policy);
        };
        let told = resource.property("SecretId").map(|node| self.resolver.text(node));
        let arn = match told {
            // A name, or an ARN without its random end, which only a secret of the template can be told by.
            Some(Ok(Some(id))) => match id.parse::<Arn>() {
                Ok(arn) => Ok(arn),
                Err(_) => {
                    let named = |piece: &&SecretPiece| is_called(&piece.arn, &id);
                    let mine = self.pieces.secrets.get(first..).unwrap_or_default();
                    mine.iter().find(named).map(|piece| piece.arn.clone()).ok_or_else(|| {
                        Unknown::new(format!("no template that was read makes the secret `{id}`"))
                    })
                }
            },
            Some(Err(unknown)) => Err(unknown),
            Some(Ok(None)) | None => Err(Unknown::new("it names no secret")),
        };
        match arn {
            Ok(arn) => {
                let mine = self.pieces.secrets.get_mut(first..).unwrap_or_default();
                let known = mine.iter_mut().find(|piece| piece.arn == arn);
                match (known, policy) {
                    (Some(piece), Some(policy))
                        if piece.policy == Stated::Null || is_not_known(&policy) =>
                    {
                        piece.policy = Stated::Value(policy);
                    }
                    // Two resources for one policy: the join names both.
                    (_, policy) => {
                        let mut piece = SecretPiece::new(arn, self.origin(resource));
                        piece.policy = policy.map_or(Stated::Null, Stated::Value);
                        self.pieces.secrets.push(piece);
                    }
                }
            }
            Err(unknown) => {
                let reason = format!(
                    "`{}` is the policy of a secret that is not known: {}",
                    resource.id, unknown.reason
                );
                self.alone(PolicyKind::Secret, policy);
                let place = (place.account, place.region);
                self.unclear(About::Secrets, place, resource, reason);
            }
        }
    }

    /// The function that rotates a secret can be named by a condition key.
    fn rotation(&mut self, resource: &Resource<'a>, first: usize) {
        let of = |name: &str| resource.property(name).map(|node| self.resolver.text(node));
        let (Some(Ok(Some(secret))), Some(Ok(Some(function)))) =
            (of("SecretId"), of("RotationLambdaARN"))
        else {
            return;
        };
        let mine = self.pieces.secrets.get_mut(first..).unwrap_or_default();
        if let Some(piece) = mine.iter_mut().find(|piece| piece.arn.as_str() == secret) {
            piece.rotation_lambda = function.parse().ok();
        }
    }

    fn secret_key(&mut self, resource: &Resource<'a>) -> Stated<Located<KeyReference>> {
        let Some(node) = resource.property("KmsKeyId") else {
            return Stated::Null;
        };
        match self.resolver.text(node) {
            Ok(None) => Stated::Null,
            Err(_) => Stated::Unstated,
            Ok(Some(text)) => match text.parse() {
                Ok(key) => Stated::Value(Located::new(self.own_key(key), self.at(node.span))),
                Err(error) => {
                    self.error(IngestErrorKind::Key(error), node.span);
                    Stated::Unstated
                }
            },
        }
    }

    /// A key id is one of the stack's account and Region.
    fn own_key(&self, key: KeyReference) -> KeyReference {
        match (key, self.resolver.place.known()) {
            (KeyReference::Id(id), Some(place)) => {
                KeyReference::Arn(place.arn("kms", &format!("key/{id}")))
            }
            (key, _) => key,
        }
    }

    fn keys(&mut self) {
        for resource in self.of("AWS::KMS::Key") {
            let policy = self.policy(&resource, "KeyPolicy", PolicyKind::Key);
            let policy = policy.unwrap_or_else(|| {
                let reason = format!(
                    "`{}` sets no policy: KMS will give the key its default one",
                    resource.id
                );
                PolicyPiece::not_known(resource.id, self.at(resource.span), reason)
            });
            let Some(known) = self.identity(&resource) else {
                self.alone(PolicyKind::Key, Some(policy));
                continue;
            };
            let mut piece = KeyPiece::new(known.arn, self.origin(&resource));
            piece.makes = true;
            piece.policy = Some(policy);
            let text =
                |name| resource.property(name).and_then(|node| self.resolver.text(node).ok()?);
            match resource.property("Enabled").map(|node| self.resolver.text(node)) {
                Some(Ok(Some(text))) if text.eq_ignore_ascii_case("false") => {
                    piece.state = Some(KeyState::Disabled);
                }
                Some(Err(unknown)) => {
                    let unknown = self.not_known(&resource, &unknown);
                    let known = piece.policy.replace(unknown);
                    self.alone(PolicyKind::Key, known);
                }
                _ => piece.state = Some(KeyState::Enabled),
            }
            piece.spec = text("KeySpec");
            piece.usage = text("KeyUsage");
            piece.source = text("Origin");
            piece.tags = Some(self.tags(&resource));
            self.pieces.keys.push(piece);
        }
        for resource in self.of("AWS::KMS::Alias") {
            self.alias(&resource);
        }
    }

    fn alias(&mut self, resource: &Resource<'a>) {
        let Some(place) = self.resolver.place.known() else { return };
        let text = |name: &str| match resource.property(name).map(|node| self.resolver.text(node)) {
            Some(Ok(Some(text))) => Ok(text),
            Some(Err(unknown)) => Err(unknown),
            Some(Ok(None)) | None => Err(Unknown::new(format!("it has no `{name}`"))),
        };
        let made = self.resolver.is_made(resource);
        let told = made.and_then(|_| Ok((text("AliasName")?, text("TargetKeyId")?)));
        let key =
            told.and_then(|(alias, target)| match target.parse().map(|key| self.own_key(key)) {
                Ok(KeyReference::Arn(arn)) => Ok((alias, arn)),
                _ => Err(Unknown::new(format!("`{target}` is not a key"))),
            });
        match key {
            Ok((alias, arn)) => {
                let mut piece = KeyPiece::new(arn, self.origin(resource));
                piece.aliases.push(alias);
                self.pieces.keys.push(piece);
            }
            Err(unknown) => {
                let reason =
                    format!("the alias `{}` is not known: {}", resource.id, unknown.reason);
                self.unclear(About::Keys, (place.account, place.region), resource, reason);
            }
        }
    }

    /// The policy document in a property; `None` where there is none.
    pub(super) fn policy(
        &mut self,
        resource: &Resource<'a>,
        property: &str,
        kind: PolicyKind,
    ) -> Option<PolicyPiece> {
        let node = resource.property(property)?;
        let policy = self.document(resource, node, kind);
        match self.resolver.is_made(resource) {
            Ok(_) => policy,
            Err(unknown) => {
                // Should it be there, then what is wrong with it by itself is worth knowing.
                self.alone(kind, policy);
                Some(self.not_known(resource, &unknown))
            }
        }
    }

    /// A policy document, named after its resource.
    pub(super) fn document(
        &mut self,
        resource: &Resource<'a>,
        node: &Node,
        kind: PolicyKind,
    ) -> Option<PolicyPiece> {
        let at = self.at(node.span);
        match self.resolver.resolve(node) {
            Ok(None) => None,
            Ok(Some(made)) => Some(self.made(resource, node, made)),
            Err(unknown) => {
                let part = document::known_part(node, kind, |node| self.resolver.resolve(node));
                let part = part.map(|part| self.made(resource, node, part));
                self.alone(kind, part);
                let reason =
                    format!("the policy of `{}` is not known: {}", resource.id, unknown.reason);
                Some(PolicyPiece::not_known(resource.id, at, reason))
            }
        }
    }

    fn made(&self, resource: &Resource<'a>, node: &Node, made: Node) -> PolicyPiece {
        let (at, file) = (self.at(node.span), self.file.text());
        document::piece(resource.id, at, node, made, file, self.limits)
    }

    /// A policy of which nothing is known.
    pub(super) fn not_known(&self, resource: &Resource<'a>, unknown: &Unknown) -> PolicyPiece {
        let reason = format!("`{}` is not known: {}", resource.id, unknown.reason);
        PolicyPiece::not_known(resource.id, self.at(resource.span), reason)
    }

    /// What a resource is called, with the stand-in for what is not known of it. Where nothing tells the stack's place,
    /// the resource is told at the end.
    pub(super) fn identity(&mut self, resource: &Resource<'a>) -> Option<Identity> {
        match self.resolver.identity(resource) {
            Ok(known) => {
                self.stand_in(resource, &known);
                Some(known)
            }
            Err(unknown) => {
                match self.resolver.place.known() {
                    None => {
                        self.unplaced.get_or_insert(resource.span);
                    }
                    Some(_) => {
                        let (name, reason) = (resource.id.to_owned(), unknown.reason);
                        self.error(IngestErrorKind::NoName { name, reason }, resource.span);
                    }
                }
                None
            }
        }
    }

    pub(super) fn stand_in(&mut self, resource: &Resource<'a>, known: &Identity) {
        if let Some(open) = &known.open {
            let (origin, token) = (self.origin(resource), open.token.clone());
            self.pieces.stand_ins.push(StandIn { origin, token, arns: open.arns() });
        }
    }

    /// The tags of a resource. Those of the stack come to them.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html>
    pub(super) fn tags(&self, resource: &Resource<'a>) -> Tags {
        let mut tags = BTreeMap::new();
        for tag in resource.property("Tags").into_iter().flat_map(|node| self.resolver.list(node)) {
            let Ok(tag) = tag else { return Tags::NotKnown };
            let text = |name| tag.get(name).and_then(as_text);
            if let (Some(key), Some(value)) = (text("Key"), text("Value")) {
                tags.insert(key, value);
            }
        }
        Tags::AtLeast(tags)
    }

    /// Keeps a policy of which nobody can say where it belongs, to be judged by itself.
    pub(super) fn alone(&mut self, kind: PolicyKind, policy: Option<PolicyPiece>) {
        let known = policy.filter(|policy| !is_not_known(policy));
        self.pieces.alone.extend(known.map(|policy| (kind, policy)));
    }

    pub(super) fn unclear(
        &mut self,
        about: About,
        place: (crate::aws::AccountId, String),
        resource: &Resource<'a>,
        reason: String,
    ) {
        let origin = self.origin(resource);
        self.pieces.unclear.push(Unclear { about, place, origin, reason });
    }

    pub(super) fn origin(&self, resource: &Resource<'_>) -> Origin {
        Origin { name: resource.id.to_owned(), location: self.at(resource.span) }
    }

    pub(super) const fn at(&self, span: Span) -> Location {
        Location::new(self.source, span)
    }

    pub(super) fn error(&mut self, kind: IngestErrorKind, span: Span) {
        let (field, file) = (String::new(), self.file.name().to_owned());
        let location = Some(self.at(span));
        self.pieces.errors.push(IngestError { kind, field, location, file });
    }
}

const fn is_not_known(policy: &PolicyPiece) -> bool {
    matches!(policy.content, PolicyContent::NotKnown { .. })
}

/// Whether a secret has this name.
fn is_called(arn: &Arn, name: &str) -> bool {
    let known = arn.resource().strip_prefix("secret:").and_then(|rest| rest.rsplit_once('-'));
    known.is_some_and(|(known, _)| known == name)
}
