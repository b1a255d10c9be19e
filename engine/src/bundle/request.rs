use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Identity, Network, PolicyId, Secret};
use crate::{
    aws::{AccountId, Action, Arn, ArnError, ContextKey},
    text::{Location, Spanned},
};

/// The call that reads a secret.
pub(crate) const READ: &str = "secretsmanager:GetSecretValue";

/// One API call to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What people call it.
    pub name: String,
    /// Whether the bundle asks it. Where a bundle asks nothing, [`ask_who_reads`](crate::check::ask_who_reads) does.
    pub stated: bool,
    /// Where it stands in its manifest.
    pub location: Location,
    /// Who calls.
    pub principal: Spanned<RequestPrincipal>,
    /// What is called.
    pub action: Spanned<Action>,
    /// The resource as the caller types it; `None` for an action without one.
    pub resource: Option<Spanned<String>>,
    /// The Region called, where it was said.
    pub region: Option<Spanned<String>>,
    /// The API's own parameters.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// What the caller's session carries.
    pub session: Session,
    /// The way there.
    pub network: Network,
    /// Context keys that the user states, for all checks.
    pub context: BTreeMap<ContextKey, ContextValue>,
    /// Context keys that the user states for the KMS call alone.
    pub key_context: BTreeMap<ContextKey, ContextValue>,
    /// What the user expects the answer to be.
    pub expectation: Option<Expectation>,
}

impl Request {
    /// The call of a user or role that reads a secret, with nothing said of the way there. A role stands for an unnamed
    /// session. `None` for an identity that makes no calls.
    pub fn to_read(identity: &Identity, secret: &Secret) -> Option<Self> {
        let (arn, location) = (&identity.arn.value, identity.arn.location);
        let principal = RequestPrincipal::parse(arn.as_str()).ok()?;
        let resource = secret.arn.value.as_str().to_owned();
        Some(Self {
            name: format!("can {arn} read {resource}"),
            stated: false,
            location,
            principal: Spanned::new(principal, location.span),
            action: Spanned::new(Action::new(READ)?, location.span),
            resource: Some(Spanned::new(resource, location.span)),
            region: None,
            parameters: BTreeMap::new(),
            session: Session::default(),
            network: Network::default(),
            context: BTreeMap::new(),
            key_context: BTreeMap::new(),
            expectation: None,
        })
    }
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestPrincipal {
    /// An IAM user, by ARN.
    User(Arn),
    /// A session of a role: the role's ARN as the request gives it (without path for a session ARN) and the
    /// session's name, where it has one.
    Session {
        /// The ARN as written.
        written: Arn,
        /// The role's name, without path.
        role_name: String,
        /// The role's full ARN, where that is what was written.
        role: Option<Arn>,
        /// The session's name.
        session: Option<String>,
    },
    /// A session of GetFederationToken.
    FederatedUser(Arn),
    /// The root user of an account.
    Root(Arn),
    /// An unsigned request.
    Anonymous,
    /// An AWS service on its own behalf.
    Service {
        /// `lambda.amazonaws.com`
        name: String,
        /// For which account.
        source_account: Option<AccountId>,
        /// For which resource.
        source_arn: Option<Arn>,
    },
}

impl RequestPrincipal {
    /// Reads an ARN or `anonymous`.
    ///
    /// # Errors
    /// The error of the ARN, or `None` for an ARN of something that makes no requests.
    ///
    /// ```
    /// use crosskey_engine::bundle::RequestPrincipal;
    /// let session = RequestPrincipal::parse("arn:aws:sts::444455556666:assumed-role/R_B/s1");
    /// assert!(matches!(session, Ok(RequestPrincipal::Session { role: None, .. })));
    /// assert_eq!(RequestPrincipal::parse("arn:aws:iam::444455556666:group/G"), Err(None));
    /// ```
    pub fn parse(text: &str) -> Result<Self, Option<ArnError>> {
        if text == "anonymous" {
            return Ok(Self::Anonymous);
        }
        let arn: Arn = text.parse().map_err(Some)?;
        if arn.account().is_none() || text.contains(['*', '?']) {
            return Err(None);
        }
        let resource = arn.resource().to_owned();
        let parts: Vec<&str> = resource.split('/').collect();
        match (arn.service(), parts.as_slice()) {
            ("iam", ["root"]) => Ok(Self::Root(arn)),
            ("iam", ["user", .., name]) if !name.is_empty() => Ok(Self::User(arn)),
            ("iam", ["role", .., name]) if !name.is_empty() => Ok(Self::Session {
                role_name: (*name).to_owned(),
                role: Some(arn.clone()),
                session: None,
                written: arn,
            }),
            ("sts", ["assumed-role", name, session]) if !name.is_empty() && !session.is_empty() => {
                Ok(Self::Session {
                    role_name: (*name).to_owned(),
                    role: None,
                    session: Some((*session).to_owned()),
                    written: arn,
                })
            }
            ("sts", ["federated-user", name]) if !name.is_empty() => Ok(Self::FederatedUser(arn)),
            _ => Err(None),
        }
    }
}

/// What the caller's session carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Session policies; one set, in which any Allow counts. Empty: none were passed.
    pub policies: Vec<PolicyId>,
    /// Session tags, which override the role's.
    pub tags: BTreeMap<String, String>,
    /// Whether MFA was used, where said.
    pub mfa: Option<bool>,
    /// The source identity, where set.
    pub source_identity: Stated<String>,
    /// For a federated-user session: the IAM user behind it.
    pub issuer: Option<Arn>,
}

/// A field that may be left out, be `null`, or hold a value: unknown, absent, present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stated<T> {
    /// Left out.
    #[default]
    Unstated,
    /// `null`.
    Null,
    /// A value.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Stated<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

impl<T: JsonSchema> JsonSchema for Stated<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Option::<T>::json_schema(generator)
    }
}

/// What a user states about a context key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue {
    /// The key is not in the request.
    Absent,
    /// The key has these values.
    Values(Vec<String>),
}

/// The answer to a request or to one check.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Permitted.
    Allow,
    /// Some statement forbids it.
    ExplicitDeny,
    /// Nothing permits it.
    ImplicitDeny,
    /// It hangs on something that is not known.
    Indeterminate,
    /// A policy or the request cannot be evaluated.
    Invalid,
}

impl Decision {
    /// As answers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ExplicitDeny => "explicit_deny",
            Self::ImplicitDeny => "implicit_deny",
            Self::Indeterminate => "indeterminate",
            Self::Invalid => "invalid",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kinds of policy that take part in a decision.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The secret's resource policy.
    ResourcePolicy,
    /// The key's policy.
    KeyPolicy,
    /// The key's grants.
    Grant,
    /// The caller's own policies.
    IdentityPolicy,
    /// The caller's permissions boundary.
    PermissionsBoundary,
    /// The session's policies.
    SessionPolicy,
    /// SCPs of the caller's account.
    ServiceControlPolicy,
    /// RCPs of the resource's account.
    ResourceControlPolicy,
    /// The policy of the endpoint that the call passes.
    VpcEndpointPolicy,
}

impl Layer {
    /// As answers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResourcePolicy => "resource_policy",
            Self::KeyPolicy => "key_policy",
            Self::Grant => "grant",
            Self::IdentityPolicy => "identity_policy",
            Self::PermissionsBoundary => "permissions_boundary",
            Self::SessionPolicy => "session_policy",
            Self::ServiceControlPolicy => "service_control_policy",
            Self::ResourceControlPolicy => "resource_control_policy",
            Self::VpcEndpointPolicy => "vpc_endpoint_policy",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a user expects of an answer. Every field but the decision may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Where it stands.
    pub location: Location,
    /// As written: `deny` accepts either kind of deny.
    pub written: String,
    /// The decisions that meet it.
    pub decisions: Vec<Decision>,
    /// The check that decides.
    pub check: Option<Action>,
    /// Layers that must be among the reasons.
    pub because: Vec<Layer>,
}
