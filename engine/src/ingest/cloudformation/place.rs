//! Account and Region of a stack.

use std::collections::{BTreeMap, BTreeSet};

use super::template::Sections;
use crate::{
    aws::{AccountId, Arn, partition_of_region},
    text::Node,
};

/// Where a stack will be, as far as anything tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) account: Option<AccountId>,
    pub(super) region: Option<String>,
}

/// Where a stack will be.
pub(super) struct KnownPlace {
    pub(super) account: AccountId,
    pub(super) region: String,
    pub(super) partition: String,
}

/// Arguments that can only name what is in the stack's own account.
const OWN: &[(&str, &str)] = &[
    ("AWS::SecretsManager::ResourcePolicy", "SecretId"),
    ("AWS::SecretsManager::RotationSchedule", "SecretId"),
    ("AWS::SecretsManager::SecretTargetAttachment", "SecretId"),
    ("AWS::KMS::Alias", "TargetKeyId"),
    ("AWS::IAM::Role", "PermissionsBoundary"),
    ("AWS::IAM::User", "PermissionsBoundary"),
    ("AWS::IAM::Role", "ManagedPolicyArns"),
    ("AWS::IAM::User", "ManagedPolicyArns"),
];

impl Place {
    /// What the user says; else what the ARNs tell that the template writes for its own resources, where these agree.
    pub(super) fn new(sections: &Sections<'_>, given: &BTreeMap<String, String>) -> Self {
        let (mut accounts, mut regions) = (BTreeSet::new(), BTreeSet::new());
        for (kind, property) in OWN {
            for resource in sections.of(kind) {
                for arn in resource.property(property).into_iter().flat_map(arns) {
                    accounts.extend(arn.account());
                    regions.extend((!arn.region().is_empty()).then(|| arn.region().to_owned()));
                }
            }
        }
        let account = given.get("AWS::AccountId").and_then(|text| text.parse().ok());
        Self {
            account: account.or_else(|| only(accounts)),
            region: given.get("AWS::Region").cloned().or_else(|| only(regions)),
        }
    }

    /// The place, if all of it is known.
    pub(super) fn known(&self) -> Option<KnownPlace> {
        let region = self.region.clone()?;
        let partition = partition_of_region(&region)?.to_owned();
        Some(KnownPlace { account: self.account?, region, partition })
    }
}

impl KnownPlace {
    /// The ARN of a resource here; those of IAM have no Region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> Arn {
        let region = if matches!(service, "iam" | "sts") { "" } else { &self.region };
        Arn::new(&self.partition, service, region, self.account.as_str(), resource)
    }
}

fn arns(node: &Node) -> Vec<Arn> {
    let list = node.elements().unwrap_or(std::slice::from_ref(node));
    list.iter().filter_map(|node| node.as_str()?.parse().ok()).collect()
}

fn only<T: Ord>(mut told: BTreeSet<T>) -> Option<T> {
    let first = told.pop_first();
    if told.is_empty() { first } else { None }
}
