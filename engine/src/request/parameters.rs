//! The parameters of an API call, by the API's own names.

use std::collections::BTreeMap;

use serde_json::Value;

use super::RequestError;
use crate::{
    aws::{Action, ContextKey, catalog},
    bundle::Request,
    text::nearest,
};

/// Parameters that every call of a family may carry.
const READ: &[&str] = &["SecretId"];
const TABLE: &[(&str, &[&str])] = &[
    ("secretsmanager:GetSecretValue", &["SecretId", "VersionId", "VersionStage"]),
    ("secretsmanager:BatchGetSecretValue", &["SecretIdList", "Filters", "MaxResults", "NextToken"]),
    (
        "secretsmanager:CreateSecret",
        &[
            "Name",
            "ClientRequestToken",
            "Description",
            "KmsKeyId",
            "SecretBinary",
            "SecretString",
            "Tags",
            "AddReplicaRegions",
            "ForceOverwriteReplicaSecret",
            "Type",
        ],
    ),
    (
        "secretsmanager:PutSecretValue",
        &[
            "SecretId",
            "ClientRequestToken",
            "SecretBinary",
            "SecretString",
            "VersionStages",
            "RotationToken",
        ],
    ),
    (
        "secretsmanager:UpdateSecret",
        &[
            "SecretId",
            "ClientRequestToken",
            "Description",
            "KmsKeyId",
            "SecretBinary",
            "SecretString",
            "Type",
        ],
    ),
    (
        "secretsmanager:ReplicateSecretToRegions",
        &["SecretId", "AddReplicaRegions", "ForceOverwriteReplicaSecret"],
    ),
    (
        "secretsmanager:RotateSecret",
        &[
            "SecretId",
            "ClientRequestToken",
            "RotationLambdaARN",
            "RotationRules",
            "RotateImmediately",
            "ExternalSecretRotationMetadata",
            "ExternalSecretRotationRoleArn",
        ],
    ),
    (
        "secretsmanager:DeleteSecret",
        &["SecretId", "RecoveryWindowInDays", "ForceDeleteWithoutRecovery"],
    ),
    ("secretsmanager:PutResourcePolicy", &["SecretId", "ResourcePolicy", "BlockPublicPolicy"]),
    ("secretsmanager:ValidateResourcePolicy", &["SecretId", "ResourcePolicy"]),
    (
        "secretsmanager:UpdateSecretVersionStage",
        &["SecretId", "VersionStage", "RemoveFromVersionId", "MoveToVersionId"],
    ),
    ("secretsmanager:TagResource", &["SecretId", "Tags"]),
    ("secretsmanager:UntagResource", &["SecretId", "TagKeys"]),
    ("secretsmanager:RemoveRegionsFromReplication", &["SecretId", "RemoveReplicaRegions"]),
    (
        "secretsmanager:ListSecretVersionIds",
        &["SecretId", "MaxResults", "NextToken", "IncludeDeprecated"],
    ),
    (
        "secretsmanager:ListSecrets",
        &["IncludePlannedDeletion", "MaxResults", "NextToken", "Filters", "SortOrder", "SortBy"],
    ),
    (
        "secretsmanager:GetRandomPassword",
        &[
            "PasswordLength",
            "ExcludeCharacters",
            "ExcludeNumbers",
            "ExcludePunctuation",
            "ExcludeUppercase",
            "ExcludeLowercase",
            "IncludeSpace",
            "RequireEachIncludedType",
        ],
    ),
    ("secretsmanager:DescribeSecret", READ),
    ("secretsmanager:GetResourcePolicy", READ),
    ("secretsmanager:DeleteResourcePolicy", READ),
    ("secretsmanager:CancelRotateSecret", READ),
    ("secretsmanager:RestoreSecret", READ),
    ("secretsmanager:StopReplicationToReplica", READ),
];

/// Refuses a parameter that the action does not take; actions that are not listed here take any.
pub(super) fn validate(request: &Request) -> Result<(), RequestError> {
    let action = &request.action.value;
    let Some(known) = known(action) else {
        return Ok(());
    };
    for name in request.parameters.keys() {
        if !known.contains(&name.as_str()) {
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it takes {}", known.join(", ")),
            };
            let message = format!("{action} takes no parameter `{name}`");
            return Err(RequestError::new("parameters", Some(request.action.span), message, help));
        }
    }
    Ok(())
}

fn known(action: &Action) -> Option<&'static [&'static str]> {
    TABLE
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(action.as_str()))
        .map(|(_, parameters)| *parameters)
}

/// Condition keys of the two services that describe the caller, its way there or the resource, and not what is passed.
const NOT_PASSED: &[&str] = &[
    "secretsmanager:SecretId",
    "secretsmanager:SecretPrimaryRegion",
    "secretsmanager:ResourceTag/",
    "secretsmanager:resource/AllowRotationLambdaArn",
    "secretsmanager:resource/Type",
    "kms:CallerAccount",
    "kms:CustomerMasterKeySpec",
    "kms:CustomerMasterKeyUsage",
    "kms:KeyOrigin",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MultiRegion",
    "kms:MultiRegionKeyType",
    "kms:ResourceAliases",
    "kms:TrailingDaysWithoutKeyUsage",
    "kms:ViaService",
];

/// Whether a condition key holds what the caller passes with a call of `action`. The version that GetSecretValue reads is
/// left out: which key decrypts it hangs on that too.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>
pub fn is_passed(action: &Action, key: &ContextKey) -> bool {
    match key.lower() {
        "aws:tagkeys" => return matches!(action.name(), "TagResource" | "UntagResource"),
        tag if tag.starts_with("aws:requesttag/") => return action.name() == "TagResource",
        _ if action.name() == "GetSecretValue" => return false,
        _ => {}
    }
    let Some(known) = catalog::context_key(key) else { return false };
    let listed = catalog::action(action.as_str())
        .is_some_and(|action| action.condition_keys.contains(&known.name));
    listed && !NOT_PASSED.contains(&known.name)
}

/// Access to the parameters of a request.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'a> {
    map: &'a BTreeMap<String, Value>,
}

impl<'a> Parameters<'a> {
    pub(super) fn of(request: &'a Request) -> Self {
        Self { map: &request.parameters }
    }

    /// A parameter that was passed; `null` counts as not passed.
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The text of a parameter: numbers and booleans as policies write them.
    pub(super) fn text(self, name: &str) -> Option<String> {
        scalar(self.get(name)?)
    }

    /// The texts of a list parameter; one value counts as a list of one.
    pub(super) fn texts(self, name: &str) -> Option<Vec<String>> {
        match self.get(name)? {
            Value::Array(list) => Some(list.iter().filter_map(scalar).collect()),
            one => scalar(one).map(|text| vec![text]),
        }
    }

    /// A map of texts.
    pub(super) fn pairs(self, name: &str) -> BTreeMap<String, String> {
        match self.get(name) {
            Some(Value::Object(map)) => {
                map.iter().filter_map(|(k, v)| Some((k.clone(), scalar(v)?))).collect()
            }
            _ => BTreeMap::new(),
        }
    }

    /// `[{"Key": …, "Value": …}]`, or a map.
    pub(super) fn tags(self, name: &str) -> BTreeMap<String, String> {
        match self.get(name) {
            Some(Value::Array(list)) => list
                .iter()
                .filter_map(|tag| {
                    let value = tag.get("Value").and_then(scalar).unwrap_or_default();
                    Some((tag.get("Key").and_then(scalar)?, value))
                })
                .collect(),
            _ => self.pairs(name),
        }
    }

    /// `AddReplicaRegions`: each Region with the key named for it.
    pub(super) fn replica_regions(self) -> Vec<(String, Option<String>)> {
        let Some(Value::Array(list)) = self.get("AddReplicaRegions") else {
            return Vec::new();
        };
        list.iter()
            .filter_map(|entry| match entry {
                Value::String(region) => Some((region.clone(), None)),
                _ => Some((scalar(entry.get("Region")?)?, entry.get("KmsKeyId").and_then(scalar))),
            })
            .collect()
    }

    /// Whether a secret value is passed.
    pub(super) fn has_value(self) -> bool {
        self.has("SecretString") || self.has("SecretBinary")
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
