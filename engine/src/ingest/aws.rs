//! What the AWS CLI prints: answers of Secrets Manager, KMS and IAM, as pieces of a world.
//!
//! An answer does not say of which call it is; its members tell. Answers that a test tool recorded, with the answer
//! under `data` beside a `status_code`, are read too.

use std::collections::BTreeMap;

use super::{
    IngestError, IngestErrorKind,
    manifest::grant,
    pieces::{
        GuardrailPiece, IdentityPiece, KeyPiece, ManagedPiece, Nameless, NamelessPiece, Origin,
        Pieces, PolicyPiece, SecretPiece,
    },
};
use crate::{
    aws::Arn,
    bundle::{IdentityKind, KeyReference, KeyState, Stated, Tags},
    policy::PolicyKind,
    text::{Limits, Located, Location, Node, Source, SourceId, Value, decode},
};

/// Reads the answer in a file, whose tree is `root`, into `pieces`; `false` where it is no answer that is known here.
pub(super) fn read_answer(
    root: &Node,
    source: SourceId,
    file: &Source,
    limits: &Limits,
    pieces: &mut Pieces,
) -> bool {
    let mut reader = Reader { source, name: file.name(), file: file.text(), limits, pieces };
    let recorded = root.get("status_code").zip(root.get("data"));
    let answer = recorded.map_or(root, |(_, data)| data);
    if let Some((_, data)) = recorded
        && let Some(error) = data.get("Error")
    {
        let code = error.get("Code").and_then(Node::as_str).unwrap_or("an error").to_owned();
        reader.error(IngestErrorKind::ErrorAnswer { code }, error);
        return true;
    }
    reader.answer(answer)
}

struct Reader<'a> {
    source: SourceId,
    name: &'a str,
    file: &'a str,
    limits: &'a Limits,
    pieces: &'a mut Pieces,
}

impl Reader<'_> {
    fn answer(&mut self, answer: &Node) -> bool {
        let has = |name| answer.get(name).is_some();
        let list = |name| answer.get(name).and_then(Node::elements);
        if let Some(secrets) = list("SecretList") {
            secrets.iter().for_each(|secret| self.secret(secret));
        } else if has("ARN") && has("Name") {
            match answer.members().is_some_and(|members| members.iter().any(is_description)) {
                true => self.secret(answer),
                false => self.secret_policy(answer),
            }
        } else if let Some(metadata) = answer.get("KeyMetadata") {
            self.key(metadata);
        } else if let Some(grants) = list("Grants") {
            grants.iter().for_each(|node| self.grant(node));
        } else if let Some(aliases) = list("Aliases") {
            aliases.iter().for_each(|alias| self.alias(alias));
        } else if let Some(policy) = answer.get("Policy").filter(|policy| is_policy_text(policy)) {
            let policy = self.policy(policy, self.last_name());
            self.pieces.key_policies.push(policy);
        } else if let (Some(users), Some(roles)) = (list("UserDetailList"), list("RoleDetailList"))
        {
            self.account(answer, users, roles);
        } else if let Some(role) = answer.get("Role").or_else(|| answer.get("User")) {
            if let Some(piece) = self.identity(role) {
                self.pieces.identities.push(piece);
            }
        } else if !self.iam(answer) && !self.organizations(answer) {
            return false;
        }
        // What AWS leaves out of a page would count as absent.
        let more = |name| answer.get(name).map(|node| &node.value) == Some(&Value::Bool(true));
        if more("Truncated") || more("IsTruncated") || has("NextToken") {
            self.error(IngestErrorKind::CutOff, answer);
        }
        true
    }

    /// Answers of IAM about one user, role or managed policy, most of which do not say which one.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>
    fn iam(&mut self, answer: &Node) -> bool {
        let list = |name| answer.get(name).and_then(Node::elements);
        let origin = Origin { name: self.name.to_owned(), location: self.at(answer) };
        let content = if let Some(document) = answer.get("PolicyDocument") {
            let label = text(answer, "PolicyName").unwrap_or(self.name).to_owned();
            let policy = self.policy(document, label);
            let role = text(answer, "RoleName").map(|name| (IdentityKind::Role, name));
            let user = text(answer, "UserName").map(|name| (IdentityKind::User, name));
            let Some((kind, owner)) = role.or(user) else { return false };
            Nameless::Inline { kind, owner: owner.to_owned(), policy }
        } else if let Some(attached) = list("AttachedPolicies") {
            Nameless::Attached(self.attached(attached))
        } else if let Some(names) = list("PolicyNames") {
            Nameless::InlineNames(
                names.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
            )
        } else if let Some(version) = answer.get("PolicyVersion")
            && let Some(document) = version.get("Document")
        {
            let in_force = version.get("IsDefaultVersion").map(|node| &node.value);
            if in_force == Some(&Value::Bool(false)) {
                self.error(IngestErrorKind::NotInForce, version);
                return true;
            }
            Nameless::Document(self.policy(document, self.last_name()))
        } else if let Some(policy) = answer.get("Policy").filter(|it| it.get("Arn").is_some()) {
            let arn = self.arn(policy, "Arn").map(|(arn, _)| arn);
            self.pieces.managed_arns.extend(arn);
            return true;
        } else {
            return false;
        };
        self.pieces.nameless.push(NamelessPiece { origin, content });
        true
    }

    /// list-policies and describe-policy of Organizations.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribePolicy.html>
    fn organizations(&mut self, answer: &Node) -> bool {
        if let Some((summary, content)) = answer
            .get("Policy")
            .and_then(|policy| policy.get("PolicySummary").zip(policy.get("Content")))
        {
            let label = text(summary, "Name").unwrap_or(self.name).to_owned();
            let policy = self.policy(content, label);
            self.guardrail(summary, Some(policy));
            return true;
        }
        let summaries = answer.get("Policies").and_then(Node::elements).unwrap_or_default();
        let controls = summaries.iter().filter(|summary| text(summary, "Type").is_some());
        controls.clone().for_each(|summary| self.guardrail(summary, None));
        controls.count() > 0
    }

    fn guardrail(&mut self, summary: &Node, policy: Option<PolicyPiece>) {
        let kind = match text(summary, "Type") {
            Some("SERVICE_CONTROL_POLICY") => PolicyKind::ServiceControl,
            Some("RESOURCE_CONTROL_POLICY") => PolicyKind::ResourceControl,
            // Tag policies, backup policies and others decide nothing.
            _ => return,
        };
        // The policies that AWS made allow everything.
        let ours = summary.get("AwsManaged").map(|node| &node.value) != Some(&Value::Bool(true));
        if ours && let Some((arn, origin)) = self.arn(summary, "Arn") {
            let name = text(summary, "Name").unwrap_or(arn.resource()).to_owned();
            self.pieces.guardrails.push(GuardrailPiece { arn, name, origin, kind, policy });
        }
    }

    /// An entry of list-grants.
    fn grant(&mut self, node: &Node) {
        let Some((key, origin)) = self.arn(node, "KeyId") else { return };
        let entry = match decode(node) {
            Ok(entry) => entry,
            Err(error) => {
                let location = Location::new(self.source, error.span);
                return self.error_at(IngestErrorKind::Shape(error), location);
            }
        };
        match grant(entry, self.source) {
            Ok(grant) => {
                let mut piece = KeyPiece::new(key, origin);
                piece.grants.push(grant);
                self.pieces.keys.push(piece);
            }
            Err((kind, _, span)) => self.error_at(kind, Location::new(self.source, span)),
        }
    }

    /// describe-secret, and an entry of list-secrets. Without `KmsKeyId` the secret is under the AWS managed key.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>
    fn secret(&mut self, node: &Node) {
        let Some(mut piece) = self.arn(node, "ARN").map(|(arn, at)| SecretPiece::new(arn, at))
        else {
            return;
        };
        piece.key = match node.get("KmsKeyId").and_then(|key| Some((key, key.as_str()?))) {
            None => Stated::Null,
            Some((key, text)) => match text.parse::<KeyReference>() {
                Ok(reference) => Stated::Value(Located::new(reference, self.at(key))),
                Err(error) => {
                    self.error(IngestErrorKind::Key(error), key);
                    Stated::Unstated
                }
            },
        };
        piece.tags = tags(node);
        piece.rotation_lambda = text(node, "RotationLambdaARN").and_then(|arn| arn.parse().ok());
        // The primary names itself, too.
        let primary = text(node, "PrimaryRegion").filter(|region| *region != piece.arn.region());
        piece.primary_region = primary.map(str::to_owned);
        self.pieces.secrets.push(piece);
    }

    /// get-resource-policy, which leaves the member out for a secret without one.
    fn secret_policy(&mut self, node: &Node) {
        let Some(mut piece) = self.arn(node, "ARN").map(|(arn, at)| SecretPiece::new(arn, at))
        else {
            return;
        };
        piece.policy = match node.get("ResourcePolicy") {
            Some(policy) => Stated::Value(self.policy(policy, self.last_name())),
            None => Stated::Null,
        };
        self.pieces.secrets.push(piece);
    }

    /// describe-key.
    fn key(&mut self, node: &Node) {
        let Some(mut piece) = self.arn(node, "Arn").map(|(arn, at)| KeyPiece::new(arn, at)) else {
            return;
        };
        let owned = |name| text(node, name).map(str::to_owned);
        if let Some(state) = node.get("KeyState") {
            match state.as_str().and_then(key_state) {
                Some(known) => piece.state = Some(known),
                None => {
                    let text = state.as_str().unwrap_or_default().to_owned();
                    self.error(IngestErrorKind::KeyState { text }, state);
                }
            }
        }
        piece.spec = owned("KeySpec").or_else(|| owned("CustomerMasterKeySpec"));
        piece.usage = owned("KeyUsage");
        piece.source = owned("Origin");
        self.pieces.keys.push(piece);
    }

    /// An entry of list-aliases. Some predefined aliases have no key yet.
    fn alias(&mut self, node: &Node) {
        let Some((alias, origin)) = self.arn(node, "AliasArn") else {
            return;
        };
        let name = text(node, "AliasName").unwrap_or(alias.resource());
        if let Some(id) = text(node, "TargetKeyId") {
            let mut piece = KeyPiece::new(alias.with_resource(&format!("key/{id}")), origin);
            piece.aliases.push(name.to_owned());
            self.pieces.keys.push(piece);
        }
    }

    /// get-account-authorization-details: every user and role with its policies, those of a user's groups included.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
    fn account(&mut self, answer: &Node, users: &[Node], roles: &[Node]) {
        let list = |name| answer.get(name).and_then(Node::elements).unwrap_or_default();
        let groups: BTreeMap<&str, &Node> = list("GroupDetailList")
            .iter()
            .filter_map(|group| Some((text(group, "GroupName")?, group)))
            .collect();
        for node in users.iter().chain(roles) {
            let Some(mut piece) = self.identity(node) else { continue };
            self.policies(node, &mut piece);
            for name in node.get("GroupList").and_then(Node::elements).unwrap_or_default() {
                match name.as_str().and_then(|name| groups.get(name)) {
                    Some(group) => self.policies(group, &mut piece),
                    None => {
                        let name = name.as_str().unwrap_or_default();
                        let reason = format!("no file has the policies of the group {name}");
                        let unknown = PolicyPiece::not_known(name, self.at(node), reason);
                        piece.inline.get_or_insert_default().push(unknown);
                    }
                }
            }
            self.pieces.identities.push(piece);
        }
        for managed in list("Policies") {
            let Some((arn, origin)) = self.arn(managed, "Arn") else {
                continue;
            };
            let versions = managed.get("PolicyVersionList").and_then(Node::elements);
            let in_force = versions.unwrap_or_default().iter().find(|version| {
                version.get("IsDefaultVersion").map(|node| &node.value) == Some(&Value::Bool(true))
            });
            if let Some(document) = in_force.and_then(|version| version.get("Document")) {
                let label = text(managed, "PolicyName").unwrap_or(arn.as_str()).to_owned();
                let policy = self.policy(document, label);
                self.pieces.managed.push(ManagedPiece { arn, origin, policy });
            }
        }
    }

    /// A user or role. get-role and get-user say nothing of its policies.
    fn identity(&mut self, node: &Node) -> Option<IdentityPiece> {
        let (arn, origin) = self.arn(node, "Arn")?;
        let mut piece = IdentityPiece::new(arn, origin);
        let id = text(node, "RoleId").or_else(|| text(node, "UserId"));
        piece.unique_id = id.map(str::to_owned);
        piece.tags = tags(node);
        let boundary = node.get("PermissionsBoundary");
        piece.boundary = match boundary.map(|node| self.arn(node, "PermissionsBoundaryArn")) {
            Some(Some((arn, _))) => Stated::Value(arn),
            Some(None) => Stated::Unstated,
            None => Stated::Null,
        };
        Some(piece)
    }

    /// The policies that an entry of the account's details lists: all that there are.
    fn policies(&mut self, node: &Node, piece: &mut IdentityPiece) {
        piece.inline.get_or_insert_default();
        for list in ["UserPolicyList", "RolePolicyList", "GroupPolicyList"] {
            for policy in node.get(list).and_then(Node::elements).unwrap_or_default() {
                if let Some(document) = policy.get("PolicyDocument") {
                    let label = text(policy, "PolicyName").unwrap_or(self.name).to_owned();
                    let policy = self.policy(document, label);
                    piece.inline.get_or_insert_default().push(policy);
                }
            }
        }
        let attached = node.get("AttachedManagedPolicies").and_then(Node::elements);
        let attached = self.attached(attached.unwrap_or_default());
        piece.attached.get_or_insert_default().extend(attached);
    }

    /// The managed policies in a list.
    fn attached(&mut self, list: &[Node]) -> Vec<Located<Arn>> {
        let arns = list.iter().filter_map(|policy| self.arn(policy, "PolicyArn"));
        arns.map(|(arn, origin)| Located::new(arn, origin.location)).collect()
    }

    fn policy(&self, node: &Node, label: String) -> PolicyPiece {
        PolicyPiece::of_node(label, self.file, self.at(node), node, self.limits)
    }

    /// The ARN in a member, and that it stands there.
    fn arn(&mut self, node: &Node, member: &'static str) -> Option<(Arn, Origin)> {
        let Some(found) = node.get(member) else {
            self.error(IngestErrorKind::NoMember { member }, node);
            return None;
        };
        match found.as_str().unwrap_or_default().parse() {
            Ok(arn) => Some((arn, Origin { name: self.name.to_owned(), location: self.at(found) })),
            Err(error) => {
                self.error(IngestErrorKind::Arn(error), found);
                None
            }
        }
    }

    fn last_name(&self) -> String {
        self.name.rsplit('/').next().unwrap_or(self.name).to_owned()
    }

    const fn at(&self, node: &Node) -> Location {
        Location::new(self.source, node.span)
    }

    fn error(&mut self, kind: IngestErrorKind, node: &Node) {
        self.error_at(kind, self.at(node));
    }

    fn error_at(&mut self, kind: IngestErrorKind, location: Location) {
        let (field, file) = (String::new(), self.name.to_owned());
        self.pieces.errors.push(IngestError { kind, field, location: Some(location), file });
    }
}

/// Members that describe-secret has and get-resource-policy does not.
fn is_description(member: &crate::text::Member) -> bool {
    !matches!(&*member.key.value, "ARN" | "Name" | "ResourcePolicy" | "ResponseMetadata")
}

/// The policy of a key comes as text; other answers have a `Policy` that is an object.
fn is_policy_text(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.contains("Statement"))
}

fn text<'n>(node: &'n Node, member: &str) -> Option<&'n str> {
    node.get(member)?.as_str()
}

fn tags(node: &Node) -> Option<Tags> {
    let list = node.get("Tags")?.elements()?;
    let pair = |tag: &Node| Some((text(tag, "Key")?.to_owned(), text(tag, "Value")?.to_owned()));
    Some(list.iter().filter_map(pair).collect())
}

fn key_state(text: &str) -> Option<KeyState> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}
