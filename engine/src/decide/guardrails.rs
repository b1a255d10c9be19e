//! Which policies of an organization bind a check.

use crate::{
    aws::Service,
    bundle::{Account, PolicyId},
    request::{Check, CheckTarget, Plan},
};

/// The service control policies, by level, that bind the caller, who is of `account`. They bind the principals of member
/// accounts; not services, not service-linked roles, not the management account.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
pub(crate) fn service_control<'b>(
    account: Option<&'b Account>,
    plan: &Plan<'_>,
) -> &'b [Vec<PolicyId>] {
    match account {
        Some(account) if !account.is_management && !is_service_linked(plan) => {
            &account.service_control
        }
        _ => &[],
    }
}

/// The resource control policies, by level, that bind a check on something that `owner` owns. They bind the resources of
/// member accounts, but no AWS managed keys, no service-linked roles, and not the retiring of grants. The full-access
/// policy beside them cannot be detached, so they never lack an allow.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
pub(crate) fn resource_control<'b>(
    owner: Option<&'b Account>,
    plan: &Plan<'_>,
    check: &Check<'_>,
) -> &'b [Vec<PolicyId>] {
    let exempt = is_service_linked(plan)
        || matches!(check.target, CheckTarget::ManagedKey { .. })
        || check.action.lower() == "kms:retiregrant"
        || check.action.service() == Service::Other;
    match owner {
        Some(account) if !account.is_management && !exempt => &account.resource_control,
        _ => &[],
    }
}

fn is_service_linked(plan: &Plan<'_>) -> bool {
    plan.caller.identity.is_some_and(|identity| identity.service_linked)
}
