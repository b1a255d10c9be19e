//! What has to be settled between pieces before they are joined: policies that are named without the path of their
//! owner, pieces that may be about any resource, and texts that may or may not name a resource with a stand-in.

use super::{
    About, AttachedPolicy, IdentityPiece, NamedPolicy, Nameless, Origin, Pieces, PolicyContent,
    PolicyPiece, StandIn, Unclear, stand_in::StandIns,
};
use crate::{
    aws::Arn,
    bundle::{ArnEnd, Grantee, Stated},
    policy::{PolicyKind, Principal},
    text::{Node, Value},
};

impl Pieces {
    /// Settles what one piece leaves open of others.
    pub(super) fn settle(&mut self) {
        for named in std::mem::take(&mut self.named) {
            self.give(named);
        }
        for unclear in std::mem::take(&mut self.unclear) {
            self.open_all(&unclear);
        }
        let stand_ins = std::mem::take(&mut self.stand_ins);
        self.open_secrets(&stand_ins);
        self.doubt(&stand_ins);
    }

    /// Gives a policy to the user or role of that name: a name is unique in its account, whatever the path.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
    fn give(&mut self, named: NamedPolicy) {
        let NamedPolicy { arn, origin, policy } = named;
        let mut mine: Vec<&mut IdentityPiece> =
            self.identities.iter_mut().filter(|piece| is_named(&piece.arn, &arn)).collect();
        let owner = match mine.iter().position(|piece| piece.makes) {
            Some(index) => mine.swap_remove(index),
            None if !mine.is_empty() => mine.swap_remove(0),
            // Some file may tell of other policies that it has; none that was read does.
            None => {
                let mut piece = IdentityPiece::new(arn, origin.clone());
                let reason = format!("no file says what the other policies of {} are", piece.arn);
                let name = &piece.origin.name;
                let rest = PolicyPiece::not_known(name, piece.origin.location, reason);
                piece.inline = Some(vec![rest]);
                self.identities.push(piece);
                let Some(piece) = self.identities.last_mut() else { return };
                piece
            }
        };
        match policy {
            AttachedPolicy::Inline(policy) => owner.inline.get_or_insert_default().push(policy),
            AttachedPolicy::Managed(arn) => owner.attached.get_or_insert_default().push(arn),
        }
    }

    /// Leaves open all resources that something may be about.
    fn open_all(&mut self, unclear: &Unclear) {
        let Unclear { about, place: (account, region), origin, reason } = unclear;
        let is_there = |arn: &Arn| arn.account() == Some(*account) && arn.region() == *region;
        let unknown = || PolicyPiece::not_known(&origin.name, origin.location, reason.clone());
        match about {
            About::Secrets => {
                for piece in self.secrets.iter_mut().filter(|piece| is_there(&piece.arn)) {
                    if piece.makes && matches!(piece.policy, Stated::Null) {
                        piece.policy = Stated::Value(unknown());
                    }
                }
            }
            About::Keys => {
                for piece in self.keys.iter_mut().filter(|piece| is_there(&piece.arn)) {
                    let known = piece.policy.replace(unknown());
                    self.alone.extend(known.map(|policy| (PolicyKind::Key, policy)));
                }
            }
            About::Roles | About::Users => {
                let kind = if *about == About::Roles { "role/" } else { "user/" };
                for piece in self.identities.iter_mut().filter(|piece| is_there(&piece.arn)) {
                    if piece.arn.resource().starts_with(kind) {
                        piece.inline.get_or_insert_default().push(unknown());
                    }
                }
            }
        }
    }

    /// Opens the policy of a secret with a stand-in where a policy is told of a secret that may be the same.
    fn open_secrets(&mut self, stand_ins: &[StandIn]) {
        let told: Vec<(Arn, Origin)> = self
            .secrets
            .iter()
            .filter(|piece| !piece.makes && matches!(piece.policy, Stated::Value(_)))
            .map(|piece| (piece.arn.clone(), piece.origin.clone()))
            .collect();
        for piece in self.secrets.iter_mut().filter(|piece| piece.end == ArnEnd::StandIn) {
            let own = stand_ins.iter().filter(|stand_in| stand_in.origin == piece.origin);
            let own: Vec<_> = own.collect();
            let may_be = |arn: &Arn| own.iter().any(|one| one.leaves_open(arn.as_str()));
            let Some((arn, origin)) = told.iter().find(|(arn, _)| may_be(arn)) else { continue };
            if matches!(piece.policy, Stated::Null) {
                let reason =
                    format!("`{}` is the policy of {arn}, which may be this secret", origin.name);
                let unknown = PolicyPiece::not_known(&origin.name, origin.location, reason);
                piece.policy = Stated::Value(unknown);
            }
        }
    }

    /// Makes policies unknown that may or may not name a resource with a stand-in.
    fn doubt(&mut self, stand_ins: &[StandIn]) {
        if stand_ins.is_empty() {
            return;
        }
        let mut doubted = Vec::new();
        let mut stand_ins = StandIns::new(stand_ins);
        let mut settle = |kind: PolicyKind, policy: &mut PolicyPiece| {
            if let Some(reason) = doubt_of(policy, &mut stand_ins) {
                let (label, location) = (policy.label.clone(), policy.location);
                let unknown = PolicyPiece::not_known(&label, location, reason);
                doubted.push((kind, std::mem::replace(policy, unknown)));
            }
        };
        for piece in &mut self.secrets {
            if let Stated::Value(policy) = &mut piece.policy {
                settle(PolicyKind::Secret, policy);
            }
        }
        for piece in &mut self.keys {
            piece.policy.iter_mut().for_each(|policy| settle(PolicyKind::Key, policy));
        }
        for policy in &mut self.key_policies {
            settle(PolicyKind::Key, policy);
        }
        for piece in &mut self.nameless {
            if let Nameless::Inline { policy, .. } | Nameless::Document(policy) = &mut piece.content
            {
                settle(PolicyKind::Identity, policy);
            }
        }
        for piece in &mut self.identities {
            let inline = piece.inline.iter_mut().flatten();
            inline.for_each(|policy| settle(PolicyKind::Identity, policy));
        }
        for piece in &mut self.managed {
            settle(PolicyKind::Identity, &mut piece.policy);
        }
        self.doubt_grants(&mut stand_ins, &mut doubted);
        self.doubt_owners(&mut stand_ins);
        // What is wrong with them by themselves is still worth knowing.
        self.alone.append(&mut doubted);
    }
}

impl Pieces {
    /// A grant to somebody who may be a user or role with a stand-in leaves open who may use the key.
    fn doubt_grants(
        &mut self,
        stand_ins: &mut StandIns<'_>,
        doubted: &mut Vec<(PolicyKind, PolicyPiece)>,
    ) {
        for piece in &mut self.keys {
            let granted = piece.grants.iter().filter_map(|grant| match &grant.grantee {
                Grantee::Principal(
                    Principal::User(arn) | Principal::Role(arn) | Principal::RoleSession(arn),
                ) => Some(arn),
                _ => None,
            });
            let found = granted
                .into_iter()
                .find_map(|arn| Some((arn, stand_ins.left_open_by(arn.as_str())?)));
            if let Some((arn, one)) = found {
                let reason =
                    format!("a grant to {arn} may or may not be one to `{}`", one.origin.name);
                let (name, location) = (&piece.origin.name, piece.origin.location);
                let unknown = PolicyPiece::not_known(name, location, reason);
                let known = piece.policy.replace(unknown);
                doubted.extend(known.map(|policy| (PolicyKind::Key, policy)));
            }
        }
    }

    /// Policies of a user or role that may be one with a stand-in are maybe those of that one, too.
    fn doubt_owners(&mut self, stand_ins: &mut StandIns<'_>) {
        let mut open = Vec::new();
        for piece in self.identities.iter().filter(|piece| !piece.makes) {
            if let Some(one) = stand_ins.left_open_by(piece.arn.as_str()) {
                let reason = format!("{} may or may not be `{}`", piece.arn, one.origin.name);
                let (name, location) = (&piece.origin.name, piece.origin.location);
                let unknown = PolicyPiece::not_known(name, location, reason);
                open.push((one.origin.clone(), unknown));
            }
        }
        for (origin, unknown) in open {
            let mut own = self.identities.iter_mut().filter(|piece| piece.makes);
            if let Some(piece) = own.find(|piece| piece.origin.location == origin.location) {
                piece.inline.get_or_insert_default().push(unknown);
            }
        }
    }
}

/// Why it is not known what a policy says about a resource with a stand-in.
fn doubt_of(policy: &PolicyPiece, stand_ins: &mut StandIns<'_>) -> Option<String> {
    let PolicyContent::Json { node, .. } = &policy.content else {
        return None;
    };
    let mut texts = Vec::new();
    for statement in statements(node) {
        for element in ["Principal", "NotPrincipal", "Resource", "NotResource", "Condition"] {
            statement.get(element).into_iter().for_each(|node| collect(node, &mut texts));
        }
    }
    texts.into_iter().find_map(|text| {
        let one = stand_ins.left_open_by(text)?;
        Some(format!(
            "`{text}` may or may not name `{}`, whose ARN is known in full only when it is there",
            one.origin.name
        ))
    })
}

fn statements(document: &Node) -> &[Node] {
    let Some(statement) = document.get("Statement") else { return &[] };
    statement.elements().unwrap_or(std::slice::from_ref(statement))
}

fn collect<'n>(node: &'n Node, texts: &mut Vec<&'n str>) {
    match &node.value {
        Value::String(text) => texts.push(text),
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, texts)),
        Value::Object(members) => {
            members.iter().for_each(|member| collect(&member.value, texts));
        }
        _ => {}
    }
}

/// Whether an ARN is that of the user or role of which the other gives no path.
fn is_named(arn: &Arn, plain: &Arn) -> bool {
    let split = |arn: &Arn| {
        let (kind, path) = arn.resource().split_once('/')?;
        Some((kind.to_owned(), path.rsplit('/').next()?.to_owned()))
    };
    arn.account_field() == plain.account_field()
        && arn.service() == "iam"
        && split(arn) == split(plain)
}
