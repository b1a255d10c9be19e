//! Users, roles and their policies.

use super::{
    instance::{Field, Instance},
    references::Leads,
    resources::{Reader, stand_in},
    text,
};
use crate::{
    aws::Arn,
    bundle::Stated,
    ingest::{
        IngestErrorKind,
        pieces::{IdentityPiece, ManagedPiece, PolicyPiece},
    },
    policy::PolicyKind,
    text::{Located, Node},
};

/// A user or role of the plan, and what was found of it so far.
struct Found<'a> {
    instance: Instance<'a>,
    piece: IdentityPiece,
}

/// Resources that put users into groups, whose policies are not read.
const MEMBERSHIPS: &[&str] = &["aws_iam_user_group_membership", "aws_iam_group_membership"];

impl<'a> Reader<'a> {
    pub(super) fn identities(&mut self) {
        let mut found: Vec<Found<'a>> = Vec::new();
        for kind in ["aws_iam_role", "aws_iam_user"] {
            for instance in self.of(kind) {
                let piece = self.identity(&instance);
                found.extend(piece.map(|piece| Found { instance, piece }));
            }
        }
        for instance in self.of("aws_iam_policy") {
            let policy = self.policy(&instance, "policy");
            match (self.managed_arn(&instance), policy) {
                (Some(arn), Some(policy)) => {
                    let origin = self.origin(&instance);
                    self.pieces.managed.push(ManagedPiece { arn, origin, policy });
                }
                (None, policy) => {
                    self.unplaced(&instance);
                    self.alone(PolicyKind::Identity, policy);
                }
                (Some(_), None) => {}
            }
        }
        for (kind, owner) in [("aws_iam_role_policy", "role"), ("aws_iam_user_policy", "user")] {
            for instance in self.of(kind) {
                let policy = self.policy(&instance, "policy");
                match self.owner(&instance, owner, &mut found) {
                    Some(known) => known.piece.inline.get_or_insert_default().extend(policy),
                    None => self.alone(PolicyKind::Identity, policy),
                }
            }
        }
        for (kind, owner) in
            [("aws_iam_role_policy_attachment", "role"), ("aws_iam_user_policy_attachment", "user")]
        {
            for instance in self.of(kind) {
                let arn = self.attached(&instance, "policy_arn");
                let at = self.at(instance.node);
                let Some(known) = self.owner(&instance, owner, &mut found) else {
                    continue;
                };
                match arn {
                    Some(arn) => {
                        let arn = Located::new(arn, at);
                        known.piece.attached.get_or_insert_default().push(arn);
                    }
                    None => {
                        let reason = format!(
                            "`{}` attaches a policy that is known after apply",
                            instance.address
                        );
                        open(&mut known.piece, &instance, reason);
                    }
                }
            }
        }
        for instance in self.of("aws_iam_policy_attachment") {
            self.attach_to_all(&instance, &mut found);
        }
        for kind in MEMBERSHIPS {
            for instance in self.of(kind) {
                let reason = format!("the groups of `{}` are not read", instance.address);
                let users = found.iter_mut().filter(|known| known.instance.kind == "aws_iam_user");
                users.for_each(|known| open(&mut known.piece, &instance, reason.clone()));
            }
        }
        self.pieces.identities.extend(found.into_iter().map(|known| known.piece));
    }

    fn identity(&mut self, instance: &Instance<'a>) -> Option<IdentityPiece> {
        let kind = if instance.kind == "aws_iam_role" { "role" } else { "user" };
        let arn = match instance.text("arn").map(str::parse::<Arn>) {
            Some(Ok(arn)) => Some(arn),
            _ => {
                let name = instance.text("name").map(str::to_owned);
                let name = name.unwrap_or_else(|| stand_in(instance.text("name_prefix"), instance));
                let path = instance.text("path").unwrap_or("/");
                self.arn(instance, "iam", &format!("{kind}{path}{name}"))
            }
        };
        let inline = self.inline(instance);
        let Some(arn) = arn else {
            self.unplaced(instance);
            for policy in inline {
                self.alone(PolicyKind::Identity, Some(policy));
            }
            return None;
        };
        let mut piece = IdentityPiece::new(arn, self.origin(instance));
        piece.makes = true;
        piece.unique_id = instance.text("unique_id").map(str::to_owned);
        piece.inline = Some(inline);
        piece.attached = Some(Vec::new());
        piece.tags = Some(self.tags(instance));
        self.managed_arns(instance, &mut piece);
        piece.boundary = match instance.field("permissions_boundary") {
            Field::Absent => Stated::Null,
            Field::Known(node) if node.as_str() == Some("") => Stated::Null,
            Field::Known(node) => match node.as_str().unwrap_or_default().parse() {
                Ok(arn) => Stated::Value(arn),
                Err(error) => {
                    self.error(IngestErrorKind::Arn(error), node);
                    Stated::Unstated
                }
            },
            Field::Unknown if !self.references.sets(instance, "permissions_boundary") => {
                Stated::Null
            }
            // An ARN under which nobody finds a document, so that what it bounds stays open.
            Field::Unknown => match self.attached(instance, "permissions_boundary") {
                Some(arn) => Stated::Value(arn),
                None => {
                    let name = format!("policy/{}", stand_in(Some("boundary-of-"), instance));
                    let account = piece.arn.account_field();
                    Stated::Value(Arn::new(piece.arn.partition(), "iam", "", account, &name))
                }
            },
        };
        Some(piece)
    }

    /// The `inline_policy` blocks of a role.
    fn inline(&self, instance: &Instance<'a>) -> Vec<PolicyPiece> {
        match instance.field("inline_policy") {
            Field::Absent => Vec::new(),
            Field::Unknown if !self.references.sets(instance, "inline_policy") => Vec::new(),
            Field::Unknown => {
                let reason =
                    format!("an inline policy of `{}` is known after apply", instance.address);
                vec![PolicyPiece::not_known(instance.address, self.at(instance.node), reason)]
            }
            Field::Known(list) => {
                let blocks = list.elements().unwrap_or_default().iter();
                let is_old = |block: &&Node| {
                    let name = text(block, "name").unwrap_or_default();
                    let role = instance.text("name").unwrap_or_default();
                    self.was("aws_iam_role_policy", &[("name", name), ("role", role)])
                };
                let blocks = blocks.filter(|block| !is_old(block));
                let documents = blocks.filter_map(|block| block.get("policy"));
                let written = documents.filter(|node| node.as_str().is_some_and(|t| !t.is_empty()));
                written.map(|node| self.document(instance, node)).collect()
            }
        }
    }

    fn managed_arns(&mut self, instance: &Instance<'a>, piece: &mut IdentityPiece) {
        match instance.field("managed_policy_arns") {
            Field::Absent => {}
            Field::Unknown if !self.references.sets(instance, "managed_policy_arns") => {}
            Field::Unknown => {
                let reason = format!(
                    "`{}` has managed policies that are known after apply",
                    instance.address
                );
                open(piece, instance, reason);
            }
            Field::Known(list) => {
                let role = instance.text("name").unwrap_or_default();
                for node in list.elements().unwrap_or_default() {
                    let arn = node.as_str().unwrap_or_default();
                    let own = [("policy_arn", arn), ("role", role)];
                    if self.was("aws_iam_role_policy_attachment", &own) {
                        continue;
                    }
                    match node.as_str().unwrap_or_default().parse() {
                        Ok(arn) => {
                            let arn = Located::new(arn, self.at(node));
                            piece.attached.get_or_insert_default().push(arn);
                        }
                        Err(error) => self.error(IngestErrorKind::Arn(error), node),
                    }
                }
            }
        }
    }

    /// The user or role that an argument names. Where it cannot be told which, all of them are open; where it is none
    /// of the plan, there is none.
    fn owner<'f>(
        &self,
        instance: &Instance<'a>,
        argument: &str,
        found: &'f mut [Found<'a>],
    ) -> Option<&'f mut Found<'a>> {
        let kind = format!("aws_iam_{argument}");
        let address = match instance.field(argument) {
            Field::Known(node) => {
                let name = node.as_str();
                let mut all = found.iter().filter(|known| known.instance.kind == kind);
                all.find(|known| known.instance.text("name") == name)?.instance.address
            }
            Field::Absent => return None,
            Field::Unknown => match self.references.leads(instance, argument, &[&kind]) {
                Leads::To(owner) => owner.address,
                Leads::Unset | Leads::Unclear => {
                    let reason = format!(
                        "`{}` is known after apply to belong to this {argument} or not",
                        instance.address
                    );
                    let all = found.iter_mut().filter(|known| known.instance.kind == kind);
                    all.for_each(|known| open(&mut known.piece, instance, reason.clone()));
                    return None;
                }
            },
        };
        found.iter_mut().find(|known| known.instance.address == address)
    }

    /// `aws_iam_policy_attachment`, which attaches a policy to lists of users and roles.
    fn attach_to_all(&self, instance: &Instance<'a>, found: &mut [Found<'a>]) {
        let arn = self.attached(instance, "policy_arn");
        for (argument, kind) in [("roles", "aws_iam_role"), ("users", "aws_iam_user")] {
            let names = match instance.field(argument) {
                Field::Absent => continue,
                Field::Unknown => None,
                Field::Known(list) => list.elements(),
            };
            let is_named = |known: &Found<'a>| {
                names.is_none_or(|names| {
                    let own = known.instance.text("name");
                    names.iter().any(|name| name.as_str() == own)
                })
            };
            let of_kind = found.iter_mut().filter(|known| known.instance.kind == kind);
            for known in of_kind.filter(|known| is_named(known)) {
                match (&arn, names) {
                    (Some(arn), Some(_)) => {
                        let arn = Located::new(arn.clone(), self.at(instance.node));
                        known.piece.attached.get_or_insert_default().push(arn);
                    }
                    _ => {
                        let reason = format!("`{}` is known after apply", instance.address);
                        open(&mut known.piece, instance, reason);
                    }
                }
            }
        }
    }

    /// The managed policy that an argument names.
    fn attached(&self, instance: &Instance<'a>, argument: &str) -> Option<Arn> {
        match instance.field(argument) {
            Field::Known(node) => node.as_str()?.parse().ok(),
            Field::Absent => None,
            Field::Unknown => {
                match self.references.leads(instance, argument, &["aws_iam_policy"]) {
                    Leads::To(policy) => self.managed_arn(&policy),
                    Leads::Unset | Leads::Unclear => None,
                }
            }
        }
    }

    fn managed_arn(&self, instance: &Instance<'_>) -> Option<Arn> {
        if let Some(Ok(arn)) = instance.text("arn").map(str::parse::<Arn>) {
            return Some(arn);
        }
        let name = instance.text("name").map(str::to_owned);
        let name = name.unwrap_or_else(|| stand_in(instance.text("name_prefix"), instance));
        let path = instance.text("path").unwrap_or("/");
        self.arn(instance, "iam", &format!("policy{path}{name}"))
    }
}

/// Adds a policy that is not known, so that what hangs on the policies of this user or role stays open.
fn open(piece: &mut IdentityPiece, instance: &Instance<'_>, reason: String) {
    let at = piece.origin.location;
    let unknown = PolicyPiece::not_known(instance.address, at, reason);
    piece.inline.get_or_insert_default().push(unknown);
}
