//! The condition keys of KMS, and direct calls of it.

use std::collections::BTreeMap;

use super::{Binding, Caller, CallerKind, Context, global};
use crate::{
    aws::Action,
    bundle::{Key, KeyReference},
};

/// The encryption context of a cryptographic call: each name with its value, where that is known. The whole is
/// `None` for a call without one.
pub(super) type EncryptionContext = BTreeMap<String, Option<String>>;

/// Cross-account calls of KMS that can succeed; others stay denied whatever the policies say.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
const ACROSS_ACCOUNTS: &[&str] = &[
    "creategrant",
    "decrypt",
    "derivesharedsecret",
    "describekey",
    "encrypt",
    "generatedatakey",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "generatedatakeywithoutplaintext",
    "generatemac",
    "getkeyrotationstatus",
    "getpublickey",
    "listgrants",
    "reencryptfrom",
    "reencryptto",
    "retiregrant",
    "revokegrant",
    "sign",
    "verify",
    "verifymac",
];

/// Calls that use the key's material, and so fail on a key that is not enabled and carry an encryption context.
const CRYPTOGRAPHIC: &[&str] = &[
    "decrypt",
    "encrypt",
    "generatedatakey",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "generatedatakeywithoutplaintext",
    "reencryptfrom",
    "reencryptto",
];

pub(super) fn works_across_accounts(action: &Action) -> bool {
    ACROSS_ACCOUNTS.contains(&action.name().to_ascii_lowercase().as_str())
}

pub(super) fn is_cryptographic(action: &Action) -> bool {
    CRYPTOGRAPHIC.contains(&action.name().to_ascii_lowercase().as_str())
}

/// What is known of the key that a call uses, for the keys that describe it.
pub(super) enum KeyFacts<'a> {
    /// A key of the bundle.
    Key(&'a Key),
    /// The AWS managed key for Secrets Manager.
    Managed,
    /// A key of which nothing is known.
    Unlisted,
}

/// States the KMS keys of one call.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>
pub(super) fn conditions(
    context: &mut Context,
    caller: &Caller<'_>,
    key: &KeyFacts<'_>,
    action: &Action,
    encryption_context: Option<&EncryptionContext>,
) {
    let account = match caller.kind {
        CallerKind::Service => Binding::Unknown,
        _ => Binding::value_or_absent(caller.account.map(|account| account.to_string())),
    };
    context.set("kms:CallerAccount", account);
    context.set_family("kms:encryptioncontext:", Binding::Absent);
    let names = encryption_context.map(|pairs| pairs.keys().cloned().collect::<Vec<_>>());
    let names = names.filter(|names| !names.is_empty());
    context.set("kms:EncryptionContextKeys", names.map_or(Binding::Absent, Binding::Values));
    for (name, value) in encryption_context.into_iter().flatten() {
        let binding = Binding::value_or_present(value.clone());
        context.set(&format!("kms:EncryptionContext:{name}"), binding);
    }
    if is_cryptographic(action) {
        context.set("kms:EncryptionAlgorithm", Binding::value("SYMMETRIC_DEFAULT"));
    }
    describe(context, key);
}

/// The keys that describe the key itself, its tags among them.
fn describe(context: &mut Context, key: &KeyFacts<'_>) {
    let (spec, usage, origin, multi_region, aliases) = match key {
        KeyFacts::Key(key) => (
            Binding::value(key.spec.as_deref().unwrap_or("SYMMETRIC_DEFAULT")),
            Binding::value(key.usage.as_deref().unwrap_or("ENCRYPT_DECRYPT")),
            Binding::value_or_present(key.origin.as_deref()),
            Some(key.is_multi_region()),
            match key.aliases.as_slice() {
                [] => Binding::Absent,
                aliases => Binding::Values(aliases.to_vec()),
            },
        ),
        KeyFacts::Managed => (
            Binding::value("SYMMETRIC_DEFAULT"),
            Binding::value("ENCRYPT_DECRYPT"),
            Binding::value("AWS_KMS"),
            Some(false),
            Binding::value(KeyReference::MANAGED_ALIAS),
        ),
        KeyFacts::Unlisted => {
            (Binding::Present, Binding::Present, Binding::Present, None, Binding::Unknown)
        }
    };
    // The older names of two keys, which KMS still fills in.
    context.set("kms:CustomerMasterKeySpec", spec.clone());
    context.set("kms:CustomerMasterKeyUsage", usage.clone());
    context.set("kms:KeySpec", spec);
    context.set("kms:KeyUsage", usage);
    context.set("kms:KeyOrigin", origin);
    context.set("kms:ResourceAliases", aliases);
    context.set(
        "kms:MultiRegion",
        multi_region.map_or(Binding::Present, |value| Binding::value(value.to_string())),
    );
    let kind = if multi_region == Some(false) { Binding::Absent } else { Binding::Unknown };
    context.set("kms:MultiRegionKeyType", kind);
    match key {
        KeyFacts::Key(key) => {
            global::set_tags(context, "aws:ResourceTag/", "aws:resourcetag/", &key.tags);
        }
        KeyFacts::Managed => context.set_family("aws:resourcetag/", Binding::Absent),
        KeyFacts::Unlisted => context.set_family("aws:resourcetag/", Binding::Unknown),
    }
}
