//! What plans, templates and exports tell of a world: typed pieces, each with its place, which [`Pieces::join`] puts
//! together by ARN. A reader of a format finds pieces; it does not need to know what other files say.
//!
//! A file tells only some things: `describe-secret` says nothing of the secret's policy. Three cases are kept apart:
//! a file says what it is, a file says that there is none ([`Stated::Null`]), no file says. What no file says of a
//! policy is *not known*, never absent.

mod join;
mod merge;
mod nameless;
mod settle;
mod stand_in;

pub use self::stand_in::{Class, OpenArn, STAND_IN, STAND_IN_END, Shape, StandIn};

use crate::{
    aws::{AccountId, Arn},
    bundle::{ArnEnd, Grant, IdentityKind, KeyReference, KeyState, Stated, Tags, Version},
    ingest::IngestError,
    policy::PolicyKind,
    text::{Embedded, JsonError, Limits, Located, Location, Node},
};

/// What files tell, before it is joined.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    /// Of secrets.
    pub secrets: Vec<SecretPiece>,
    /// Of keys.
    pub keys: Vec<KeyPiece>,
    /// Of users and roles.
    pub identities: Vec<IdentityPiece>,
    /// Documents of managed policies, by the ARN under which they are attached.
    pub managed: Vec<ManagedPiece>,
    /// Policies of keys that do not say of which: `kms get-key-policy` does not print it.
    pub key_policies: Vec<PolicyPiece>,
    /// What is told of something by its name, or by the name of the file alone.
    pub nameless: Vec<NamelessPiece>,
    /// Managed policies that are known to be there.
    pub managed_arns: Vec<Arn>,
    /// Service and resource control policies. To what they are attached is not known.
    pub guardrails: Vec<GuardrailPiece>,
    /// Policies of which nobody can say where they belong: they are judged by themselves.
    pub alone: Vec<(PolicyKind, PolicyPiece)>,
    /// Policies of users and roles that are named without their path.
    pub named: Vec<NamedPolicy>,
    /// What may change resources that it does not name.
    pub unclear: Vec<Unclear>,
    /// Resources whose ARN no file tells in full.
    pub stand_ins: Vec<StandIn>,
    /// What could not be read.
    pub errors: Vec<IngestError>,
    /// Values in all policies.
    values: usize,
    /// Set once these are more than may be judged as one.
    is_full: bool,
}

/// Who tells something: how messages call it, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The address in a plan, the logical id in a template, or the file.
    pub name: String,
    /// The place.
    pub location: Location,
}

/// A policy document as a file gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyPiece {
    /// How answers call it.
    pub label: String,
    /// The document in its source.
    pub location: Location,
    /// What it says.
    pub content: PolicyContent,
}

/// What a file gives of a policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyContent {
    /// JSON whose places are those of the file, and the text as AWS counts its size.
    Json {
        /// The document.
        node: Node,
        /// Its text.
        text: String,
    },
    /// Text that is not JSON.
    Broken(JsonError),
    /// There is one, but what it says is not known yet.
    NotKnown {
        /// Why, and what would tell.
        reason: String,
    },
}

/// What one file tells of a secret.
#[derive(Clone, Debug)]
pub struct SecretPiece {
    /// Its full ARN.
    pub arn: Arn,
    /// Who tells.
    pub origin: Origin,
    /// Whether this makes the secret, as a resource of a plan or template does: a secret is made once.
    pub makes: bool,
    /// What is known of the end of its ARN.
    pub end: ArnEnd,
    /// Its policy.
    pub policy: Stated<PolicyPiece>,
    /// Its key; `Null` for the AWS managed one.
    pub key: Stated<Located<KeyReference>>,
    /// Its tags.
    pub tags: Option<Tags>,
    /// Its rotation function.
    pub rotation_lambda: Option<Arn>,
    /// For a replica: the Region of the primary.
    pub primary_region: Option<String>,
    /// Its versions.
    pub versions: Option<Vec<Version>>,
}

/// What one file tells of a key.
#[derive(Clone, Debug)]
pub struct KeyPiece {
    /// Its key ARN.
    pub arn: Arn,
    /// Who tells.
    pub origin: Origin,
    /// Whether this makes the key.
    pub makes: bool,
    /// Its policy. Every key has one.
    pub policy: Option<PolicyPiece>,
    /// Aliases of it.
    pub aliases: Vec<String>,
    /// Whether it can be used.
    pub state: Option<KeyState>,
    /// Its tags.
    pub tags: Option<Tags>,
    /// Grants on it.
    pub grants: Vec<Grant>,
    /// `SYMMETRIC_DEFAULT`, …
    pub spec: Option<String>,
    /// `ENCRYPT_DECRYPT`, …
    pub usage: Option<String>,
    /// `AWS_KMS`, …
    pub source: Option<String>,
}

/// What one file tells of a user or role.
#[derive(Clone, Debug)]
pub struct IdentityPiece {
    /// Its ARN, path included.
    pub arn: Arn,
    /// Who tells.
    pub origin: Origin,
    /// Whether this makes the user or role.
    pub makes: bool,
    /// `AIDA…` or `AROA…`.
    pub unique_id: Option<String>,
    /// Its tags.
    pub tags: Option<Tags>,
    /// The managed policy that bounds it.
    pub boundary: Stated<Arn>,
    /// Policies of its own; `None` where the file says nothing of them.
    pub inline: Option<Vec<PolicyPiece>>,
    /// Managed policies attached to it; `None` where the file says nothing of them.
    pub attached: Option<Vec<Located<Arn>>>,
}

/// The document of a managed policy.
#[derive(Clone, Debug)]
pub struct ManagedPiece {
    /// Its ARN.
    pub arn: Arn,
    /// Who tells.
    pub origin: Origin,
    /// The version in force.
    pub policy: PolicyPiece,
}

/// What an answer of AWS tells without the ARN of what it is about.
#[derive(Clone, Debug)]
pub struct NamelessPiece {
    /// Who tells.
    pub origin: Origin,
    /// What.
    pub content: Nameless,
}

/// See [`NamelessPiece`].
#[derive(Clone, Debug)]
pub enum Nameless {
    /// A policy of a user's or role's own, whose name the answer tells.
    Inline {
        /// User or role.
        kind: IdentityKind,
        /// Its name.
        owner: String,
        /// The policy.
        policy: PolicyPiece,
    },
    /// The names of all policies of a user's or role's own.
    InlineNames(Vec<String>),
    /// All managed policies attached to a user or role.
    Attached(Vec<Located<Arn>>),
    /// The document of a managed policy.
    Document(PolicyPiece),
}

/// A service or resource control policy.
#[derive(Clone, Debug)]
pub struct GuardrailPiece {
    /// Its ARN, with the account that manages the organization.
    pub arn: Arn,
    /// What people call it.
    pub name: String,
    /// Who tells.
    pub origin: Origin,
    /// Service or resource control.
    pub kind: PolicyKind,
    /// The document, where the file has it.
    pub policy: Option<PolicyPiece>,
}

/// A policy of a user or role of which a file tells the name and not the path.
#[derive(Clone, Debug)]
pub struct NamedPolicy {
    /// The ARN without path.
    pub arn: Arn,
    /// Who tells.
    pub origin: Origin,
    /// The policy.
    pub policy: AttachedPolicy,
}

/// A policy of a user or role.
#[derive(Clone, Debug)]
pub enum AttachedPolicy {
    /// Its own.
    Inline(PolicyPiece),
    /// A managed one.
    Managed(Located<Arn>),
}

/// Something that may be about any resource of a kind, as the one that it is about is not known.
#[derive(Clone, Debug)]
pub struct Unclear {
    /// About what.
    pub about: About,
    /// The account and Region that these resources are in; without a Region for users and roles.
    pub place: (AccountId, String),
    /// Who tells.
    pub origin: Origin,
    /// Why it is not known.
    pub reason: String,
}

/// Kinds of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The policies of secrets.
    Secrets,
    /// Keys and their aliases.
    Keys,
    /// Roles and their policies.
    Roles,
    /// Users and their policies.
    Users,
}

impl Pieces {
    /// Takes what another file tells, too. Once that is more than may be judged as one, nothing is kept any more:
    /// [`join`](Self::join) then says so, and has no world.
    pub(in crate::ingest) fn take(&mut self, mut other: Self, limits: &Limits) {
        self.values = self.values.saturating_add(other.policies().map(PolicyPiece::values).sum());
        if self.is_full || other.is_full || self.values > limits.values {
            *self = Self { is_full: true, ..Self::default() };
            return;
        }
        self.secrets.append(&mut other.secrets);
        self.keys.append(&mut other.keys);
        self.identities.append(&mut other.identities);
        self.managed.append(&mut other.managed);
        self.key_policies.append(&mut other.key_policies);
        self.nameless.append(&mut other.nameless);
        self.managed_arns.append(&mut other.managed_arns);
        self.guardrails.append(&mut other.guardrails);
        self.alone.append(&mut other.alone);
        self.named.append(&mut other.named);
        self.unclear.append(&mut other.unclear);
        self.stand_ins.append(&mut other.stand_ins);
        self.errors.append(&mut other.errors);
    }

    /// Whether a policy that a file tells once and gives to many may be kept for one more of them.
    pub(in crate::ingest) fn has_room_for(
        &mut self,
        policy: &PolicyPiece,
        limits: &Limits,
    ) -> bool {
        self.values = self.values.saturating_add(policy.values());
        self.is_full |= self.values > limits.values;
        !self.is_full
    }

    /// All policies.
    fn policies(&self) -> impl Iterator<Item = &PolicyPiece> {
        let of_secrets = self.secrets.iter().filter_map(|piece| match &piece.policy {
            Stated::Value(policy) => Some(policy),
            Stated::Null | Stated::Unstated => None,
        });
        let of_named = self.named.iter().filter_map(|piece| match &piece.policy {
            AttachedPolicy::Inline(policy) => Some(policy),
            AttachedPolicy::Managed(_) => None,
        });
        let of_nameless = self.nameless.iter().filter_map(|piece| match &piece.content {
            Nameless::Inline { policy, .. } | Nameless::Document(policy) => Some(policy),
            Nameless::InlineNames(_) | Nameless::Attached(_) => None,
        });
        of_secrets
            .chain(self.keys.iter().filter_map(|piece| piece.policy.as_ref()))
            .chain(self.identities.iter().flat_map(|piece| piece.inline.iter().flatten()))
            .chain(self.managed.iter().map(|piece| &piece.policy))
            .chain(&self.key_policies)
            .chain(of_nameless)
            .chain(self.guardrails.iter().filter_map(|piece| piece.policy.as_ref()))
            .chain(self.alone.iter().map(|(_, policy)| policy))
            .chain(of_named)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.secrets.is_empty()
            && self.keys.is_empty()
            && self.identities.is_empty()
            && self.managed.is_empty()
            && self.key_policies.is_empty()
            && self.nameless.is_empty()
            && self.managed_arns.is_empty()
            && self.guardrails.is_empty()
            && self.alone.is_empty()
            && self.named.is_empty()
            && self.errors.is_empty()
            && !self.is_full
    }
}

impl NamelessPiece {
    /// Whether it is the document of a managed policy.
    const fn is_document(&self) -> bool {
        matches!(self.content, Nameless::Document(_))
    }
}

impl SecretPiece {
    /// A piece that tells nothing yet.
    pub const fn new(arn: Arn, origin: Origin) -> Self {
        Self {
            arn,
            origin,
            makes: false,
            end: ArnEnd::Known,
            policy: Stated::Unstated,
            key: Stated::Unstated,
            tags: None,
            rotation_lambda: None,
            primary_region: None,
            versions: None,
        }
    }
}

impl KeyPiece {
    /// A piece that tells nothing yet.
    pub const fn new(arn: Arn, origin: Origin) -> Self {
        Self {
            arn,
            origin,
            makes: false,
            policy: None,
            aliases: Vec::new(),
            state: None,
            tags: None,
            grants: Vec::new(),
            spec: None,
            usage: None,
            source: None,
        }
    }
}

impl IdentityPiece {
    /// A piece that tells nothing yet.
    pub const fn new(arn: Arn, origin: Origin) -> Self {
        Self {
            arn,
            origin,
            makes: false,
            unique_id: None,
            tags: None,
            boundary: Stated::Unstated,
            inline: None,
            attached: None,
        }
    }
}

impl PolicyPiece {
    /// A policy that `node` of the file `file` holds: as an object, as JSON in a string, or as JSON in a string with
    /// percent escapes, as IAM's API has it.
    pub fn of_node(
        label: String,
        file: &str,
        location: Location,
        node: &Node,
        limits: &Limits,
    ) -> Self {
        let location = Location::new(location.source, node.span);
        let content = match Embedded::of_string(file, node.span) {
            Some(embedded) => Self::of_text(&embedded, limits),
            None => {
                let range = node.span.start as usize..node.span.end as usize;
                let text = file.get(range).unwrap_or_default().to_owned();
                PolicyContent::Json { node: node.clone(), text }
            }
        };
        Self { label, location, content }
    }

    /// A policy that is there, or may be, and that nobody can say the text of.
    pub fn not_known(label: &str, location: Location, reason: String) -> Self {
        Self { label: label.to_owned(), location, content: PolicyContent::NotKnown { reason } }
    }

    fn of_text(embedded: &Embedded, limits: &Limits) -> PolicyContent {
        let decoded = match embedded.as_str().starts_with('%') {
            true => embedded.percent_decoded(),
            false => None,
        };
        let embedded = decoded.as_ref().unwrap_or(embedded);
        match embedded.parse(limits) {
            Ok(node) => PolicyContent::Json { node, text: embedded.as_str().to_owned() },
            Err(error) => PolicyContent::Broken(error),
        }
    }

    /// How many values it has.
    fn values(&self) -> usize {
        match &self.content {
            PolicyContent::Json { node, .. } => node.count(),
            PolicyContent::Broken(_) | PolicyContent::NotKnown { .. } => 0,
        }
    }

    /// Who tells it.
    fn origin(&self) -> Origin {
        Origin { name: self.label.clone(), location: self.location }
    }

    fn says_the_same(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (PolicyContent::Json { node: a, .. }, PolicyContent::Json { node: b, .. }) => {
                a.says_the_same(b)
            }
            (a, b) => a == b,
        }
    }
}
