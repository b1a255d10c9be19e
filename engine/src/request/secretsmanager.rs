//! The condition keys of Secrets Manager, and which of its operations call KMS for what.

use super::{Binding, Context, global, parameters::Parameters};
use crate::{
    aws::{
        Action, Assumptions, ContextKey,
        assumption::{OpenPoint, SecretIdKey},
    },
    bundle::{KeyReference, Secret, Version},
};

/// Operations that have no effect on another account's secrets, whatever the policies say.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html>
const OWN_ACCOUNT_ONLY: &[&str] = &["batchgetsecretvalue", "createsecret", "listsecrets"];

/// The encryption context that stands for the secret's version when the service only tries whether the caller may
/// use the key.
pub(super) const VALIDATION: &str = "RequestToValidateKeyAccess";

pub(super) fn works_across_accounts(action: &Action) -> bool {
    !OWN_ACCOUNT_ONLY.contains(&action.name().to_ascii_lowercase().as_str())
}

/// States the Secrets Manager keys of one call. Those that stem from parameters are there only where the caller
/// passed the parameter: the service fills in no defaults.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html>
pub(super) fn conditions(
    context: &mut Context,
    action: &Action,
    secret: Option<&Secret>,
    id: Option<&str>,
    parameters: Parameters<'_>,
    assumptions: &Assumptions,
) {
    for key in [
        "VersionId",
        "VersionStage",
        "Name",
        "Description",
        "KmsKeyId",
        "Type",
        "ForceOverwriteReplicaSecret",
        "RecoveryWindowInDays",
        "ForceDeleteWithoutRecovery",
        "RotationLambdaARN",
        "RotateImmediately",
        "BlockPublicPolicy",
        "ExternalSecretRotationRoleArn",
    ] {
        let binding = Binding::value_or_absent(parameters.text(key));
        context.set(&format!("secretsmanager:{key}"), binding);
    }
    // Only an ARN tells which key a name stands for; other forms leave it open.
    let key_arn = match parameters.text("KmsKeyId") {
        None => Binding::Absent,
        Some(text) if text.starts_with("arn:") => Binding::value(text),
        Some(_) => Binding::Present,
    };
    context.set("secretsmanager:KmsKeyArn", key_arn);
    let regions: Vec<String> =
        parameters.replica_regions().into_iter().map(|(region, _)| region).collect();
    let regions = if regions.is_empty() { Binding::Absent } else { Binding::Values(regions) };
    context.set("secretsmanager:AddReplicaRegions", regions);
    let modifies_rules = match action.name() {
        "RotateSecret" => Binding::value(parameters.has("RotationRules").to_string()),
        _ => Binding::Absent,
    };
    context.set("secretsmanager:ModifyRotationRules", modifies_rules);
    let full = secret.map(|secret| secret.arn.value.as_str());
    let secret_id = match (assumptions.secret_id_key, id, full) {
        (_, None, _) => Binding::Absent,
        (SecretIdKey::AsSent, Some(id), _) => Binding::value(id),
        (SecretIdKey::FullArn, Some(id), full) => Binding::value(full.unwrap_or(id)),
        (SecretIdKey::Unknown, Some(id), Some(full)) if id == full => Binding::value(full),
        (SecretIdKey::Unknown, ..) => Binding::Present,
    };
    let key = ContextKey::new("secretsmanager:SecretId");
    context.set_assumed(key, secret_id, OpenPoint::SecretIdKey);
    let tags = secret.map(|secret| secret.tags.clone()).unwrap_or_default();
    global::set_tags(context, "aws:ResourceTag/", "aws:resourcetag/", &tags);
    global::set_tags(context, "secretsmanager:ResourceTag/", "secretsmanager:resourcetag/", &tags);
    let lambda = secret.and_then(|secret| secret.rotation_lambda.as_ref());
    context.set(
        "secretsmanager:resource/AllowRotationLambdaArn",
        Binding::value_or_absent(lambda.map(ToString::to_string)),
    );
    let primary = secret.and_then(|secret| secret.primary_region.clone());
    context.set("secretsmanager:SecretPrimaryRegion", Binding::value_or_absent(primary));
    context.set("secretsmanager:resource/Type", Binding::Absent);
    request_tags(context, parameters);
}

fn request_tags(context: &mut Context, parameters: Parameters<'_>) {
    let tags = parameters.tags("Tags");
    global::set_listed_tags(context, "aws:RequestTag/", "aws:requesttag/", &tags, Binding::Absent);
    let keys = match parameters.texts("TagKeys") {
        Some(keys) => keys,
        None => tags.into_keys().collect(),
    };
    let keys = if keys.is_empty() { Binding::Absent } else { Binding::Values(keys) };
    context.set("aws:TagKeys", keys);
}

/// A version of a secret as a call finds it.
pub(super) struct VersionRead {
    /// Its id, where known.
    pub(super) id: Option<String>,
    /// The key that it is encrypted with.
    pub(super) key: KeyReference,
}

/// The version that GetSecretValue reads: that of the id, or of the stage, or the current one.
///
/// # Errors
/// Why there is none: the name of the service's exception and what is missing.
pub(super) fn version_read(
    secret: &Secret,
    id: Option<&str>,
    stage: Option<&str>,
) -> Result<VersionRead, (&'static str, String)> {
    let wanted = stage.unwrap_or("AWSCURRENT");
    let missing = |what: String| Err(("ResourceNotFoundException", what));
    let Some(versions) = &secret.versions else {
        // One version, the current one, with an id that nobody said.
        return match (id, stage) {
            (_, None | Some("AWSCURRENT")) => {
                Ok(VersionRead { id: id.map(str::to_owned), key: secret.key.clone() })
            }
            _ => missing(format!("the secret has no version with the stage `{wanted}`")),
        };
    };
    let has_stage = |version: &&Version| version.stages.iter().any(|stage| stage == wanted);
    let found = match id {
        Some(id) => versions.iter().find(|version| version.id.as_deref() == Some(id)),
        None => versions.iter().find(has_stage),
    };
    match (found, id) {
        (Some(version), Some(_)) if stage.is_some() && !has_stage(&version) => Err((
            "InvalidRequestException",
            format!("the version with that id does not have the stage `{wanted}`"),
        )),
        (Some(version), _) => Ok(VersionRead { id: version.id.clone(), key: version.key.clone() }),
        (None, Some(id)) => missing(format!("the secret has no version `{id}`")),
        (None, None) => missing(format!("the secret has no version with the stage `{wanted}`")),
    }
}
