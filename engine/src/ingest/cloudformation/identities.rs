//! Users and roles of a template, and their policies.

use super::{
    names::Identity,
    resolve::{Unknown, as_text},
    resources::Reader,
    template::Resource,
};
use crate::{
    aws::{Arn, says_nothing_of_secrets},
    bundle::Stated,
    ingest::{
        IngestErrorKind,
        pieces::{
            About, AttachedPolicy, IdentityPiece, ManagedPiece, NamedPolicy, Origin, PolicyContent,
            PolicyPiece,
        },
    },
    policy::PolicyKind,
    text::{Located, Node},
};

/// Resources that give users policies of groups, which are not read.
const MEMBERSHIP: &str = "AWS::IAM::UserToGroupAddition";

/// Policies of a user or role, as far as they are told with it.
#[derive(Default)]
pub(super) struct Told {
    pub(super) inline: Vec<PolicyPiece>,
    pub(super) attached: Vec<Located<Arn>>,
}

impl<'a> Reader<'_, 'a> {
    pub(super) fn identities(&mut self) {
        for kind in ["AWS::IAM::Role", "AWS::IAM::User"] {
            for resource in self.of(kind) {
                let told = self.told(&resource);
                match self.identity_if(&resource, &told) {
                    Some(known) => {
                        let origin = self.origin(&resource);
                        let boundary = resource.property("PermissionsBoundary");
                        self.owner(&resource, known, origin, told, boundary);
                    }
                    None => self.all_alone(told),
                }
            }
        }
        self.functions();
        for resource in self.of("AWS::IAM::ManagedPolicy") {
            self.managed_policy(&resource);
        }
        for (kind, owners) in [
            ("AWS::IAM::Policy", &[("Roles", About::Roles), ("Users", About::Users)][..]),
            ("AWS::IAM::RolePolicy", &[("RoleName", About::Roles)]),
            ("AWS::IAM::UserPolicy", &[("UserName", About::Users)]),
        ] {
            for resource in self.of(kind) {
                let Some(policy) = self.policy(&resource, "PolicyDocument", PolicyKind::Identity)
                else {
                    continue;
                };
                self.give(&resource, owners, &Attached::Inline(policy));
            }
        }
        for resource in self.of(MEMBERSHIP) {
            let reason = format!("the groups that `{}` adds users to are not read", resource.id);
            self.open_all(About::Users, &resource, reason);
        }
    }

    /// The policies that stand with a user or role.
    fn told(&mut self, resource: &Resource<'a>) -> Told {
        let mut told = Told::default();
        for entry in
            resource.property("Policies").into_iter().flat_map(|n| self.resolver.entries(n))
        {
            match entry {
                Ok(entry) => {
                    let document = entry.get("PolicyDocument");
                    let document = document
                        .and_then(|node| self.document(resource, node, PolicyKind::Identity));
                    told.inline.extend(document);
                }
                Err(unknown) => told.inline.push(self.not_known(resource, &unknown)),
            }
        }
        if let Some(node) = resource.property("ManagedPolicyArns") {
            self.arns(resource, node, &mut told);
        }
        if resource.property("Groups").is_some() {
            let unknown = Unknown::new("the policies of its groups are not read");
            told.inline.push(self.not_known(resource, &unknown));
        }
        told
    }

    /// Managed policies by their ARNs.
    fn arns(&mut self, resource: &Resource<'a>, node: &Node, told_of: &mut Told) {
        for entry in self.resolver.list(node) {
            let told = entry.and_then(|node| match as_text(&node) {
                Some(text) => Ok((text.parse(), node.span)),
                None => Err(Unknown::new(format!("{} stands where an ARN belongs", node.kind()))),
            });
            match told {
                Ok((Ok(arn), span)) => told_of.attached.push(Located::new(arn, self.at(span))),
                Ok((Err(error), span)) => self.error(IngestErrorKind::Arn(error), span),
                Err(unknown) => told_of.inline.push(self.not_known(resource, &unknown)),
            }
        }
    }

    /// What a user or role is called. One that no place is known of is told only if it could read a secret.
    fn identity_if(&mut self, resource: &Resource<'a>, told: &Told) -> Option<Identity> {
        if self.resolver.place.known().is_none() && !told.matters() {
            return None;
        }
        self.identity(resource)
    }

    /// A user or role with what is told of it.
    pub(super) fn owner(
        &mut self,
        resource: &Resource<'a>,
        known: Identity,
        origin: Origin,
        told: Told,
        boundary: Option<&Node>,
    ) {
        let mut piece = IdentityPiece::new(known.arn, origin);
        piece.makes = true;
        let mut inline = told.inline;
        piece.tags = Some(self.tags(resource));
        if known.open.is_some_and(|open| open.token != known.reference) {
            let unknown = Unknown::new("its path is not known");
            inline.push(self.not_known(resource, &unknown));
        }
        piece.inline = Some(inline);
        piece.attached = Some(told.attached);
        piece.boundary = self.boundary(resource, boundary, &piece.arn);
        self.pieces.identities.push(piece);
    }

    fn boundary(&mut self, resource: &Resource<'a>, node: Option<&Node>, own: &Arn) -> Stated<Arn> {
        let Some(node) = node else { return Stated::Null };
        match self.resolver.text(node) {
            Ok(None) => Stated::Null,
            Ok(Some(text)) => match text.parse() {
                Ok(arn) => Stated::Value(arn),
                Err(error) => {
                    self.error(IngestErrorKind::Arn(error), node.span);
                    Stated::Value(no_document(own, resource))
                }
            },
            Err(_) => Stated::Value(no_document(own, resource)),
        }
    }

    fn managed_policy(&mut self, resource: &Resource<'a>) {
        let Some(policy) = self.policy(resource, "PolicyDocument", PolicyKind::Identity) else {
            return;
        };
        let is_placed = self.resolver.place.known().is_some();
        if !is_placed && !matters(&policy) {
            return;
        }
        let known = match self.resolver.identity(resource) {
            Ok(known) => known,
            Err(_) => {
                self.unplaced.get_or_insert(resource.span);
                return self.alone(PolicyKind::Identity, Some(policy));
            }
        };
        let origin = self.origin(resource);
        let arn = Located::new(known.arn.clone(), origin.location);
        self.pieces.managed.push(ManagedPiece { arn: known.arn, origin, policy });
        let owners = [("Roles", About::Roles), ("Users", About::Users)];
        self.give(resource, &owners, &Attached::Managed(arn));
    }

    /// Gives a policy to the users and roles that properties name.
    fn give(&mut self, resource: &Resource<'a>, owners: &[(&str, About)], policy: &Attached) {
        let Some(place) = self.resolver.place.known() else {
            if let Attached::Inline(policy) = policy {
                if matters(policy) {
                    self.unplaced.get_or_insert(resource.span);
                }
                self.alone(PolicyKind::Identity, Some(policy.clone()));
            }
            return;
        };
        for (property, about) in owners {
            let Some(node) = resource.property(property) else { continue };
            for name in self.resolver.list(node) {
                let name = name.map(|node| as_text(&node).unwrap_or_default());
                match name {
                    Ok(name) => {
                        if let Attached::Inline(policy) = policy
                            && !self.pieces.has_room_for(policy, self.limits)
                        {
                            return;
                        }
                        let kind = if *about == About::Roles { "role" } else { "user" };
                        let arn = place.arn("iam", &format!("{kind}/{name}"));
                        let (origin, policy) = (self.origin(resource), policy.to_piece());
                        self.pieces.named.push(NamedPolicy { arn, origin, policy });
                    }
                    Err(unknown) => {
                        let reason = format!(
                            "`{}` belongs to one that is not known: {}",
                            resource.id, unknown.reason
                        );
                        self.open_all(*about, resource, reason);
                    }
                }
            }
        }
    }

    fn open_all(&mut self, about: About, resource: &Resource<'a>, reason: String) {
        if let Some(place) = self.resolver.place.known() {
            self.unclear(about, (place.account, String::new()), resource, reason);
        }
    }

    /// Policies of a user or role that cannot be placed are judged by themselves.
    pub(super) fn all_alone(&mut self, told: Told) {
        for policy in told.inline {
            self.alone(PolicyKind::Identity, Some(policy));
        }
    }
}

/// A policy on its way to its owners.
enum Attached {
    Inline(PolicyPiece),
    Managed(Located<Arn>),
}

impl Attached {
    fn to_piece(&self) -> AttachedPolicy {
        match self {
            Self::Inline(policy) => AttachedPolicy::Inline(policy.clone()),
            Self::Managed(arn) => AttachedPolicy::Managed(arn.clone()),
        }
    }
}

impl Told {
    /// Whether these could let somebody read a secret.
    pub(super) fn matters(&self) -> bool {
        self.inline.iter().any(matters)
            || self.attached.iter().any(|arn| !says_nothing_of_secrets(&arn.value))
    }
}

/// Whether a policy could be about secrets or keys.
fn matters(policy: &PolicyPiece) -> bool {
    let PolicyContent::Json { node, .. } = &policy.content else { return true };
    let Some(statement) = node.get("Statement") else { return true };
    let statements = statement.elements().unwrap_or(std::slice::from_ref(statement));
    let is_about = |text: &str| {
        let service = text.split(':').next().unwrap_or_default().to_ascii_lowercase();
        service.contains(['*', '?']) || matches!(service.as_str(), "secretsmanager" | "kms")
    };
    statements.iter().any(|statement| match statement.get("Action") {
        Some(actions) => {
            let list = actions.elements().unwrap_or(std::slice::from_ref(actions));
            list.iter().any(|action| action.as_str().is_none_or(is_about))
        }
        None => true,
    })
}

/// An ARN under which nobody finds a document, so that what it bounds stays open.
fn no_document(own: &Arn, resource: &Resource<'_>) -> Arn {
    let name = format!("policy/tbd-boundary-of-{}", resource.id);
    Arn::new(own.partition(), "iam", "", own.account_field(), &name)
}
