//! Secrets, keys and what belongs to them.

use std::collections::BTreeMap;

use super::{
    instance::{Field, Instance},
    places::Places,
    references::{Leads, References},
    text,
};
use crate::{
    aws::Arn,
    bundle::{ArnEnd, Grant, GrantConstraint, KeyReference, KeyState, Stated, Tags},
    ingest::{
        IngestError, IngestErrorKind,
        manifest::grantee as read_grantee,
        pieces::{
            KeyPiece, Origin, Pieces, PolicyContent, PolicyPiece, STAND_IN, STAND_IN_END,
            SecretPiece,
        },
    },
    policy::PolicyKind,
    text::{Limits, Located, Location, Node, Source, SourceId, Value},
};

/// Reads instances into pieces.
pub(super) struct Reader<'a> {
    pub(super) source: SourceId,
    pub(super) file: &'a Source,
    pub(super) limits: &'a Limits,
    pub(super) instances: &'a [Instance<'a>],
    pub(super) before: Vec<(&'a str, &'a Node)>,
    pub(super) places: &'a Places<'a>,
    pub(super) references: &'a References<'a>,
    pub(super) pieces: &'a mut Pieces,
}

impl<'a> Reader<'a> {
    /// Reads every instance that a decision can hang on.
    pub(super) fn read(mut self) {
        self.keys();
        self.secrets();
        self.identities();
    }

    /// The managed instances of a kind.
    pub(super) fn of(&self, kind: &str) -> impl Iterator<Item = Instance<'a>> + use<'a> {
        let kind = kind.to_owned();
        let instances = self.instances.iter().copied();
        instances.filter(move |instance| !instance.is_data && instance.kind == kind)
    }

    fn secrets(&mut self) {
        let made: Vec<Instance<'a>> = self.of("aws_secretsmanager_secret").collect();
        let mut pieces: Vec<(&str, SecretPiece)> = Vec::new();
        for instance in made {
            if let Some(piece) = self.secret(&instance) {
                pieces.push((instance.address, piece));
            }
        }
        // What a secret shows of its policy is old; a resource for the policy says what it will be.
        let (mut told, mut unclear) = (Vec::new(), Vec::new());
        for instance in self.of("aws_secretsmanager_secret_policy") {
            let policy = self.policy(&instance, "policy");
            let kinds = ["aws_secretsmanager_secret"];
            let index = match instance.field("secret_arn") {
                Field::Known(node) => {
                    let arn = node.as_str().unwrap_or_default();
                    pieces.iter().position(|(_, piece)| piece.arn.as_str() == arn)
                }
                Field::Unknown | Field::Absent => {
                    match self.references.leads(&instance, "secret_arn", &kinds) {
                        Leads::To(secret) => {
                            pieces.iter().position(|(address, _)| *address == secret.address)
                        }
                        Leads::Unset | Leads::Unclear => None,
                    }
                }
            };
            let known = instance.text("secret_arn").and_then(|text| text.parse::<Arn>().ok());
            match (index, known, policy) {
                (Some(index), _, policy) => {
                    let Some((address, piece)) = pieces.get_mut(index) else { continue };
                    let policy = policy.map_or(Stated::Null, Stated::Value);
                    if told.contains(address) {
                        // Two resources for one policy: the join names both.
                        let mut second =
                            SecretPiece::new(piece.arn.clone(), self.origin(&instance));
                        second.policy = policy;
                        pieces.push(("", second));
                    } else {
                        told.push(address);
                        piece.policy = policy;
                    }
                }
                // A secret that another file may tell of.
                (None, Some(arn), policy) => {
                    let mut piece = SecretPiece::new(arn, self.origin(&instance));
                    piece.policy = policy.map_or(Stated::Null, Stated::Value);
                    pieces.push(("", piece));
                }
                (None, None, policy) => {
                    unclear.push(instance);
                    self.alone(PolicyKind::Secret, policy);
                }
            }
        }
        for instance in unclear {
            let reason = format!(
                "`{}` is the policy of a secret that the plan does not name yet",
                instance.address
            );
            let others = pieces.iter_mut().filter(|(address, _)| !told.contains(address));
            for (_, piece) in others.filter(|(address, _)| !address.is_empty()) {
                let at = piece.origin.location;
                let unknown = PolicyPiece::not_known(instance.address, at, reason.clone());
                piece.policy = Stated::Value(unknown);
            }
        }
        self.pieces.secrets.extend(pieces.into_iter().map(|(_, piece)| piece));
    }

    fn secret(&mut self, instance: &Instance<'a>) -> Option<SecretPiece> {
        let policy = self.policy(instance, "policy");
        let (arn, end) = match instance.text("arn").map(str::parse::<Arn>) {
            Some(Ok(arn)) => (arn, ArnEnd::Known),
            _ => {
                let prefix = instance.text("name_prefix");
                let name = instance.text("name").map(str::to_owned);
                let name = name.unwrap_or_else(|| stand_in(prefix, instance));
                let resource = format!("secret:{name}-{STAND_IN_END}");
                match self.arn(instance, "secretsmanager", &resource) {
                    Some(arn) => (arn, ArnEnd::Random),
                    None => {
                        self.unplaced(instance);
                        self.alone(PolicyKind::Secret, policy);
                        return None;
                    }
                }
            }
        };
        let mut piece = SecretPiece::new(arn, self.origin(instance));
        piece.makes = true;
        piece.end = end;
        let is_old =
            self.was("aws_secretsmanager_secret_policy", &[("secret_arn", piece.arn.as_str())]);
        let policy = policy.filter(|_| !is_old);
        piece.policy = policy.map_or(Stated::Null, Stated::Value);
        piece.key = self.secret_key(instance);
        piece.tags = Some(self.tags(instance));
        Some(piece)
    }

    fn secret_key(&mut self, instance: &Instance<'a>) -> Stated<Located<KeyReference>> {
        match instance.field("kms_key_id") {
            // An empty text is how the provider writes the default.
            Field::Known(node) if node.as_str() == Some("") => Stated::Null,
            Field::Known(node) => {
                let text = node.as_str().unwrap_or_default();
                match text.parse() {
                    Ok(key) => Stated::Value(Located::new(key, self.at(node))),
                    Err(error) => {
                        self.error(IngestErrorKind::Key(error), node);
                        Stated::Unstated
                    }
                }
            }
            Field::Absent => Stated::Null,
            Field::Unknown if !self.references.sets(instance, "kms_key_id") => Stated::Null,
            Field::Unknown => match self.key_of(instance, "kms_key_id") {
                Some(arn) => {
                    Stated::Value(Located::new(KeyReference::Arn(arn), self.at(instance.node)))
                }
                None => Stated::Unstated,
            },
        }
    }

    fn keys(&mut self) {
        let mut pieces: Vec<KeyPiece> = Vec::new();
        for instance in self.of("aws_kms_key") {
            pieces.extend(self.key(&instance));
        }
        let (mut told, mut unclear) = (Vec::new(), Vec::new());
        for instance in self.of("aws_kms_key_policy") {
            let policy = self.policy(&instance, "policy");
            match self.key_of(&instance, "key_id") {
                Some(arn) => {
                    told.push(arn.clone());
                    let mut piece = KeyPiece::new(arn, self.origin(&instance));
                    piece.policy = policy;
                    pieces.push(piece);
                }
                None => {
                    unclear.push(instance);
                    self.alone(PolicyKind::Key, policy);
                }
            }
        }
        for instance in unclear {
            let reason = format!(
                "`{}` is the policy of a key that the plan does not name yet",
                instance.address
            );
            for piece in pieces.iter_mut().filter(|piece| !told.contains(&piece.arn)) {
                self.open_all(std::slice::from_mut(piece), &instance, &reason);
            }
        }
        for instance in self.of("aws_kms_alias") {
            if let (Some(name), Some(arn)) =
                (instance.text("name"), self.key_of(&instance, "target_key_id"))
            {
                let mut piece = KeyPiece::new(arn, self.origin(&instance));
                piece.aliases.push(name.to_owned());
                pieces.push(piece);
            }
        }
        for instance in self.of("aws_kms_grant") {
            let reason = || format!("the grant `{}` is known after apply", instance.address);
            match (self.key_of(&instance, "key_id"), self.grant(&instance)) {
                (Some(arn), Some(grant)) => {
                    let mut piece = KeyPiece::new(arn, self.origin(&instance));
                    piece.grants.push(grant);
                    pieces.push(piece);
                }
                (Some(arn), None) => {
                    let (mut on, others): (Vec<_>, Vec<_>) =
                        pieces.into_iter().partition(|piece| piece.arn == arn);
                    self.open_all(&mut on, &instance, &reason());
                    pieces = others;
                    pieces.append(&mut on);
                }
                (None, _) => self.open_all(&mut pieces, &instance, &reason()),
            }
        }
        self.pieces.keys.append(&mut pieces);
    }

    /// Makes what the policies of keys say, together with an unknown part, unknown.
    fn open_all(&mut self, pieces: &mut [KeyPiece], instance: &Instance<'a>, reason: &str) {
        for piece in pieces {
            let unknown =
                PolicyPiece::not_known(instance.address, piece.origin.location, reason.to_owned());
            if let Some(known) = piece.policy.replace(unknown) {
                self.alone(PolicyKind::Key, Some(known));
            }
        }
    }

    fn key(&mut self, instance: &Instance<'a>) -> Option<KeyPiece> {
        let policy = match self.policy(instance, "policy") {
            // What the key shows of its policy is old.
            _ if self.has_key_policy(instance) => None,
            None => Some(PolicyPiece::not_known(
                instance.address,
                self.at(instance.node),
                format!(
                    "`{}` sets no policy: KMS will give the key its default one",
                    instance.address
                ),
            )),
            policy => policy,
        };
        let Some(arn) = self.key_arn(instance) else {
            self.unplaced(instance);
            self.alone(PolicyKind::Key, policy);
            return None;
        };
        let mut piece = KeyPiece::new(arn, self.origin(instance));
        piece.makes = true;
        piece.policy = policy;
        piece.state = match instance.field("is_enabled") {
            Field::Known(node) if node.value == Value::Bool(false) => Some(KeyState::Disabled),
            _ => Some(KeyState::Enabled),
        };
        let owned = |name| instance.text(name).map(str::to_owned);
        piece.spec = owned("customer_master_key_spec");
        piece.usage = owned("key_usage");
        piece.tags = Some(self.tags(instance));
        Some(piece)
    }

    /// Whether a resource of its own holds the policy of this key.
    fn has_key_policy(&self, key: &Instance<'a>) -> bool {
        self.of("aws_kms_key_policy").any(|policy| {
            let arn = self.key_arn(key);
            arn.is_some() && self.key_of(&policy, "key_id") == arn
        })
    }

    /// The ARN of a key; one that is still to be made gets an id that stands in for the random one.
    fn key_arn(&self, instance: &Instance<'_>) -> Option<Arn> {
        if let Some(Ok(arn)) = instance.text("arn").map(str::parse::<Arn>) {
            return Some(arn);
        }
        let several = instance.field("multi_region");
        let several = matches!(several, Field::Known(node) if node.value == Value::Bool(true));
        let id = format!("{}{}", if several { "mrk-" } else { "" }, stand_in(None, instance));
        self.arn(instance, "kms", &format!("key/{id}"))
    }

    /// The key that an argument names: by ARN or id, or by reference.
    fn key_of(&self, instance: &Instance<'a>, argument: &str) -> Option<Arn> {
        if let Field::Known(node) = instance.field(argument) {
            return match node.as_str()?.parse().ok()? {
                KeyReference::Arn(arn) => Some(arn),
                KeyReference::Id(id) => {
                    let mut keys = self.of("aws_kms_key");
                    match keys.find(|key| key.text("key_id") == Some(&id)) {
                        Some(key) => self.key_arn(&key),
                        None => self.arn(instance, "kms", &format!("key/{id}")),
                    }
                }
                _ => None,
            };
        }
        match self.references.leads(instance, argument, &["aws_kms_key"]) {
            Leads::To(key) => self.key_arn(&key),
            Leads::Unset | Leads::Unclear => None,
        }
    }

    /// A grant; `None` where a part of it is not known yet.
    fn grant(&mut self, instance: &Instance<'a>) -> Option<Grant> {
        let Field::Known(grantee) = instance.field("grantee_principal") else {
            return None;
        };
        let text = grantee.as_str().unwrap_or_default();
        let grantee = match read_grantee(text) {
            Ok(grantee) => grantee,
            Err(problem) => {
                let text = text.to_owned();
                self.error(IngestErrorKind::Grantee { text, problem }, grantee);
                return None;
            }
        };
        let Field::Known(operations) = instance.field("operations") else {
            return None;
        };
        let operations = operations.elements()?.iter().filter_map(Node::as_str);
        let constraint = match instance.field("constraints") {
            Field::Unknown => return None,
            Field::Absent => GrantConstraint::None,
            Field::Known(list) => match list.elements()?.first() {
                None => GrantConstraint::None,
                Some(one) => {
                    let some = |name| {
                        let pairs = one.get(name).map(pairs::<BTreeMap<_, _>>);
                        pairs.filter(|pairs| !pairs.is_empty())
                    };
                    match some("encryption_context_equals") {
                        Some(pairs) => GrantConstraint::Equals(pairs),
                        None => some("encryption_context_subset")
                            .map_or(GrantConstraint::None, GrantConstraint::Subset),
                    }
                }
            },
        };
        Some(Grant {
            location: self.at(instance.node),
            id: instance.text("grant_id").map(str::to_owned),
            grantee,
            operations: operations.map(str::to_owned).collect(),
            constraint,
            source_arn: None,
        })
    }

    /// Whether the plan has a resource of this kind with these values before it, whatever becomes of it.
    pub(super) fn was(&self, kind: &str, values: &[(&str, &str)]) -> bool {
        self.before.iter().any(|(known, node)| {
            *known == kind && values.iter().all(|(name, value)| text(node, name) == Some(value))
        })
    }

    /// The policy in an argument; `None` where the argument is not set.
    pub(super) fn policy(&self, instance: &Instance<'a>, argument: &str) -> Option<PolicyPiece> {
        match instance.field(argument) {
            Field::Known(node) if node.as_str() == Some("") => None,
            Field::Known(node) => Some(self.document(instance, node)),
            Field::Absent => None,
            // A computed argument that nobody sets is unknown too; then there will be none of ours.
            Field::Unknown if !self.references.sets(instance, argument) => None,
            Field::Unknown => {
                let reason =
                    format!("the {argument} of `{}` is known after apply", instance.address);
                Some(PolicyPiece::not_known(instance.address, self.at(instance.node), reason))
            }
        }
    }

    /// A policy document, named after its resource.
    pub(super) fn document(&self, instance: &Instance<'_>, node: &Node) -> PolicyPiece {
        let (label, at) = (instance.address.to_owned(), self.at(node));
        PolicyPiece::of_node(label, self.file.text(), at, node, self.limits)
    }

    /// Keeps a policy of which nobody can say where it belongs, to be judged by itself.
    pub(super) fn alone(&mut self, kind: PolicyKind, policy: Option<PolicyPiece>) {
        let known = policy.filter(|p| !matches!(p.content, PolicyContent::NotKnown { .. }));
        self.pieces.alone.extend(known.map(|policy| (kind, policy)));
    }

    /// The tags of a resource, those of the provider included.
    pub(super) fn tags(&self, instance: &Instance<'_>) -> Tags {
        match (instance.field("tags_all"), instance.field("tags")) {
            (Field::Known(tags), _) | (Field::Absent, Field::Known(tags)) => pairs(tags),
            (Field::Absent, Field::Absent) => Tags::default(),
            (Field::Unknown, _) | (Field::Absent, Field::Unknown) => Tags::NotKnown,
        }
    }

    /// The ARN that a resource will have, where account and Region can be told; otherwise an error says what would
    /// tell.
    pub(super) fn arn(
        &self,
        instance: &Instance<'_>,
        service: &str,
        resource: &str,
    ) -> Option<Arn> {
        let account = self.places.account(instance)?;
        let region = self.places.region(instance);
        let global = service == "iam";
        let partition = match region.as_deref() {
            Some(region) if region.starts_with("cn-") => "aws-cn",
            Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
            Some(_) => "aws",
            None if global => "aws",
            None => return None,
        };
        let region = if global { String::new() } else { region.unwrap_or_default() };
        Some(Arn::new(partition, service, &region, account.as_str(), resource))
    }

    pub(super) fn origin(&self, instance: &Instance<'_>) -> Origin {
        Origin { name: instance.address.to_owned(), location: self.at(instance.node) }
    }

    pub(super) fn at(&self, node: &Node) -> Location {
        // A resource is long; its address is what people look for.
        let node = node.get("address").unwrap_or(node);
        Location::new(self.source, node.span)
    }

    /// Says that a resource cannot be placed.
    pub(super) fn unplaced(&mut self, instance: &Instance<'_>) {
        let address = instance.address.to_owned();
        self.error(IngestErrorKind::NoPlace { address }, instance.node);
    }

    pub(super) fn error(&mut self, kind: IngestErrorKind, node: &Node) {
        let location = Some(self.at(node));
        let (field, file) = (String::new(), self.file.name().to_owned());
        self.pieces.errors.push(IngestError { kind, field, location, file });
    }
}

/// A name or id for what has none yet: from the address, so that no two are alike.
pub(super) fn stand_in(prefix: Option<&str>, instance: &Instance<'_>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let address: String = instance.address.chars().map(plain).collect();
    format!("{}{STAND_IN}{address}", prefix.unwrap_or_default())
}

fn pairs<T: FromIterator<(String, String)>>(node: &Node) -> T {
    let members = node.members().unwrap_or_default().iter();
    members
        .filter_map(|member| {
            Some((member.key.value.to_string(), member.value.as_str()?.to_owned()))
        })
        .collect()
}
