//! The types that the manifest is read into, and its JSON Schema generated from. They hold what was written; what
//! it means is worked out in `read`.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use crate::{
    bundle::{KeyState, Layer, Stated},
    text::Spanned,
};

/// A bundle: the policies to judge together, and the requests to decide.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Crosskey bundle")]
pub struct Manifest {
    /// The version of this format: 1.
    pub version: Spanned<u64>,
    /// The accounts that something is known of, by id. An account that is not listed: membership unknown, no
    /// guardrails.
    #[serde(default)]
    pub accounts: IndexMap<String, Spanned<AccountEntry>>,
    /// The secrets.
    #[serde(default)]
    pub secrets: Vec<Spanned<SecretEntry>>,
    /// The KMS keys.
    #[serde(default)]
    pub keys: Vec<Spanned<KeyEntry>>,
    /// The IAM users and roles.
    #[serde(default)]
    pub principals: Vec<Spanned<PrincipalEntry>>,
    /// The VPC endpoints.
    #[serde(default)]
    pub vpc_endpoints: Vec<Spanned<EndpointEntry>>,
    /// The requests to decide.
    #[serde(default)]
    pub requests: Vec<Spanned<RequestEntry>>,
    /// What to take for true where AWS's documents leave room, by name.
    #[serde(default)]
    pub assumptions: IndexMap<String, Spanned<String>>,
}

/// The path of a policy file relative to the manifest, or the policy itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicySlot {
    /// A path.
    Path(String),
    /// An object, found in the manifest by its place.
    Inline,
}

impl<'de> Deserialize<'de> for PolicySlot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Slot;

        impl<'de> Visitor<'de> for Slot {
            type Value = PolicySlot;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the path of a policy file or a policy object")
            }

            fn visit_str<E>(self, path: &str) -> Result<PolicySlot, E> {
                Ok(PolicySlot::Path(path.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PolicySlot, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(PolicySlot::Inline)
            }
        }

        deserializer.deserialize_any(Slot)
    }
}

impl JsonSchema for PolicySlot {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Policy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The path of a policy file relative to the manifest, or the policy itself.",
            "type": ["string", "object"],
        })
    }
}

/// What is known of an account.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    /// `o-…`; null: in no organization; left out: unknown.
    #[serde(default)]
    pub organization_id: Stated<String>,
    /// `o-…/r-…/ou-…/`
    pub organization_path: Option<String>,
    /// Whether it is the management account of its organization.
    #[serde(default)]
    pub management_account: bool,
    /// Service control policies, a list a level, root first.
    #[serde(default)]
    pub service_control_policies: Vec<Vec<Spanned<PolicySlot>>>,
    /// Resource control policies, a list a level, root first.
    #[serde(default)]
    pub resource_control_policies: Vec<Vec<Spanned<PolicySlot>>>,
}

/// A secret.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretEntry {
    /// The full ARN, random suffix included.
    pub arn: Spanned<String>,
    /// Its resource policy.
    pub policy: Option<Spanned<PolicySlot>>,
    /// Key ARN, alias ARN, key id or alias name; left out: the AWS managed key aws/secretsmanager.
    pub kms_key_id: Option<Spanned<String>>,
    /// Its tags.
    #[serde(default)]
    pub tags: IndexMap<String, String>,
    /// The rotation function.
    pub rotation_lambda_arn: Option<Spanned<String>>,
    /// For a replica: the Region of the primary.
    pub primary_region: Option<String>,
    /// Its versions; left out: one, with stage AWSCURRENT, an unknown id, under kms_key_id.
    pub versions: Option<Vec<Spanned<VersionEntry>>>,
}

/// A version of a secret.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionEntry {
    /// Its id.
    pub version_id: Option<String>,
    /// Its staging labels.
    #[serde(default)]
    pub stages: Vec<String>,
    /// The key it is encrypted with; left out: the secret's.
    pub kms_key_id: Option<Spanned<String>>,
}

/// A KMS key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// The key ARN.
    pub arn: Spanned<String>,
    /// The key policy; left out: unknown, since every key has one.
    pub policy: Option<Spanned<PolicySlot>>,
    /// `alias/…`
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether it can be used.
    #[serde(default)]
    pub state: KeyState,
    /// Its tags.
    #[serde(default)]
    pub tags: IndexMap<String, String>,
    /// Its grants, as `aws kms list-grants` prints them.
    #[serde(default)]
    pub grants: Vec<Spanned<GrantEntry>>,
    /// `SYMMETRIC_DEFAULT` where left out.
    pub key_spec: Option<String>,
    /// `ENCRYPT_DECRYPT` where left out.
    pub key_usage: Option<String>,
    /// `AWS_KMS`, `EXTERNAL`, …; unknown where left out.
    pub key_origin: Option<String>,
}

/// A grant, in the shape of `aws kms list-grants`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GrantEntry {
    /// The key; it is the one that lists the grant.
    pub key_id: Option<String>,
    /// The id.
    pub grant_id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// When it was made.
    pub creation_date: Option<serde_json::Value>,
    /// Who may use it.
    pub grantee_principal: Option<Spanned<String>>,
    /// The service that may use it.
    pub grantee_service_principal: Option<Spanned<String>>,
    /// Who may retire it.
    pub retiring_principal: Option<String>,
    /// The service that may retire it.
    pub retiring_service_principal: Option<String>,
    /// The account that it was made under.
    pub issuing_account: Option<String>,
    /// What it allows.
    #[serde(default)]
    pub operations: Vec<String>,
    /// What the request must carry.
    pub constraints: Option<GrantConstraintsEntry>,
}

/// The constraints of a grant.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GrantConstraintsEntry {
    /// At least these pairs.
    pub encryption_context_subset: Option<IndexMap<String, String>>,
    /// These pairs and no others.
    pub encryption_context_equals: Option<IndexMap<String, String>>,
    /// For a service: on behalf of this resource.
    pub source_arn: Option<Spanned<String>>,
}

/// An IAM user or role.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrincipalEntry {
    /// The ARN, path included.
    pub arn: Spanned<String>,
    /// `AIDA…` or `AROA…`
    pub unique_id: Option<String>,
    /// Its own policies; a user's groups' policies too.
    #[serde(default)]
    pub identity_policies: Vec<Spanned<PolicySlot>>,
    /// Its permissions boundary.
    pub permissions_boundary: Option<Spanned<PolicySlot>>,
    /// Its tags.
    #[serde(default)]
    pub tags: IndexMap<String, String>,
    /// Whether it is a service-linked role.
    #[serde(default)]
    pub service_linked: bool,
}

/// A VPC endpoint.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointEntry {
    /// `vpce-…`
    pub id: String,
    /// `vpc-…`
    pub vpc_id: Option<String>,
    /// Its policy; left out or null: the default one, which allows everything.
    pub policy: Option<Spanned<PolicySlot>>,
    /// The account that owns it.
    pub account: Option<Spanned<String>>,
}

/// An API call to decide.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestEntry {
    /// What answers call it.
    pub name: Option<String>,
    /// Who calls.
    pub principal: Spanned<RequestPrincipalEntry>,
    /// `secretsmanager:GetSecretValue`, …
    pub action: Spanned<String>,
    /// The secret id as the caller types it (full ARN, partial ARN or name); the key ARN for a direct KMS call.
    pub resource: Option<Spanned<String>>,
    /// The Region called; left out: the resource's.
    pub region: Option<Spanned<String>>,
    /// The API's own parameters, such as VersionStage.
    #[serde(default)]
    pub parameters: IndexMap<String, serde_json::Value>,
    /// What the caller's session carries.
    #[serde(default)]
    pub session: SessionEntry,
    /// The way there; left out: unknown.
    pub network: Option<Spanned<NetworkEntry>>,
    /// Context keys: a value, a list, or null for absent. They win over what is derived.
    #[serde(default)]
    pub context: IndexMap<String, Spanned<serde_json::Value>>,
    /// The same for the KMS call alone.
    #[serde(default)]
    pub key_context: IndexMap<String, Spanned<serde_json::Value>>,
    /// What the answer should be: a decision, or an object that says more.
    pub expect: Option<Spanned<ExpectEntry>>,
}

/// Who calls.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(from = "serde_json::Value")]
#[schemars(with = "PrincipalSchema")]
pub enum RequestPrincipalEntry {
    /// An ARN, or `anonymous`.
    Name(String),
    /// An AWS service.
    Service {
        /// `lambda.amazonaws.com`
        service: String,
        /// For which account.
        source_account: Option<String>,
        /// For which resource.
        source_arn: Option<String>,
    },
    /// Anything else.
    Other(String),
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the two forms to the schema generator")]
enum PrincipalSchema {
    /// The ARN of a user, role, session, federated user or account root, or `anonymous`.
    Name(String),
    /// An AWS service.
    Service { service: String, source_account: Option<String>, source_arn: Option<String> },
}

impl From<serde_json::Value> for RequestPrincipalEntry {
    fn from(value: serde_json::Value) -> Self {
        let text = |field: &str| value.get(field).and_then(|v| v.as_str()).map(str::to_owned);
        let known = ["service", "source_account", "source_arn"];
        match &value {
            serde_json::Value::String(name) => Self::Name(name.clone()),
            serde_json::Value::Object(fields)
                if fields.keys().all(|field| known.contains(&field.as_str())) =>
            {
                match text("service") {
                    Some(service) => Self::Service {
                        service,
                        source_account: text("source_account"),
                        source_arn: text("source_arn"),
                    },
                    None => Self::Other(value.to_string()),
                }
            }
            _ => Self::Other(value.to_string()),
        }
    }
}

/// What the caller's session carries.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionEntry {
    /// Session policies.
    #[serde(default)]
    pub policies: Vec<Spanned<PolicySlot>>,
    /// Session tags.
    #[serde(default)]
    pub tags: IndexMap<String, String>,
    /// Whether MFA was used; null or left out: not said.
    pub mfa: Option<bool>,
    /// The source identity; null: none was set.
    #[serde(default)]
    pub source_identity: Stated<String>,
    /// For a federated-user session: the ARN of the IAM user behind it.
    pub issuer: Option<Spanned<String>>,
}

/// The way to AWS.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkEntry {
    /// The caller's address on the public endpoint.
    pub source_ip: Option<Spanned<String>>,
    /// The VPC endpoint that the call passes.
    pub vpc_endpoint: Option<Spanned<String>>,
    /// The caller's address inside the VPC.
    pub vpc_source_ip: Option<Spanned<String>>,
}

/// What the answer should be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(from = "serde_json::Value")]
#[schemars(with = "ExpectSchema")]
pub struct ExpectEntry {
    /// allow, deny, explicit_deny, implicit_deny, indeterminate or invalid.
    pub decision: String,
    /// The check that decides.
    pub check: Option<String>,
    /// Layers that must be among the reasons.
    pub because: Vec<String>,
    /// A field that is not one of these.
    pub unknown: Option<String>,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the two forms to the schema generator")]
enum ExpectSchema {
    /// allow, deny, explicit_deny, implicit_deny, indeterminate or invalid.
    Decision(String),
    /// The decision, the check that decides, and layers that must be among its reasons.
    Full { decision: String, check: Option<String>, because: Option<Vec<Layer>> },
}

impl From<serde_json::Value> for ExpectEntry {
    fn from(value: serde_json::Value) -> Self {
        let text = |field: &str| value.get(field).and_then(|v| v.as_str()).map(str::to_owned);
        let known = ["decision", "check", "because"];
        let names = |list: &Vec<serde_json::Value>| {
            list.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect()
        };
        match &value {
            serde_json::Value::Object(fields) => Self {
                decision: text("decision").unwrap_or_default(),
                check: text("check"),
                because: match value.get("because") {
                    Some(serde_json::Value::Array(list)) => names(list),
                    Some(serde_json::Value::String(one)) => vec![one.clone()],
                    _ => Vec::new(),
                },
                unknown: fields.keys().find(|field| !known.contains(&field.as_str())).cloned(),
            },
            other => Self {
                decision: other.as_str().map_or_else(|| other.to_string(), str::to_owned),
                check: None,
                because: Vec::new(),
                unknown: None,
            },
        }
    }
}
