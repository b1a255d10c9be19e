//! Actions of which the planner says the same, so that they can be asked about together.

use super::{Home, Who, Worlds, replay, ways};
use crate::{
    aws::{AccountId, Action, Arn},
    bundle::Bundle,
    decide::{Truth, grant_covers},
    prove::{ProveError, trust::Own},
    request::{CallerKind, Check, CheckResource, CheckTarget, Context, Need, plan},
};

/// What a decision on a call hangs on, beside who calls and what the policies say of the action.
#[derive(PartialEq)]
struct Kind {
    resource: CheckResource,
    owner: Option<AccountId>,
    context: Context,
    works_across_accounts: bool,
    /// Whether each grant covers the action.
    grants: Vec<Truth>,
    /// Resource control policies have no say over it.
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
    retires_grants: bool,
    fails: bool,
}

/// The actions on a resource, those together that can be asked about together.
///
/// # Errors
/// [`ProveError::Request`] for a call that cannot be evaluated.
pub(in crate::prove) fn together(
    worlds: Worlds<'_>,
    actions: Vec<Action>,
    resource: &Arn,
) -> Result<Vec<Vec<Action>>, ProveError> {
    let mut groups: Vec<(Option<Vec<Kind>>, Vec<Action>)> = Vec::new();
    for action in actions {
        let kind = kind(worlds, &action, resource)?;
        match groups.iter_mut().find(|(known, _)| kind.is_some() && *known == kind) {
            Some((_, group)) => group.push(action),
            None => groups.push((kind, vec![action])),
        }
    }
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

/// What a call is over each bundle; `None` for one that is like no other. Callers differ, and actions differ, but not
/// some callers by action: any caller will do.
fn kind(
    worlds: Worlds<'_>,
    action: &Action,
    resource: &Arn,
) -> Result<Option<Vec<Kind>>, ProveError> {
    let ways = ways::ways(worlds, action, resource);
    let [call] = ways.as_slice() else { return Ok(None) };
    let who = Who::Anyone(CallerKind::RoleSession, Home::Anywhere);
    let bundles: Vec<&Bundle> = worlds.all().map(|world| world.bundle).collect();
    let account = ways::stand_in_account(&who, &bundles, &Own::default());
    let request = ways::request(&who, call, &account);
    let mut kinds = Vec::new();
    for bundle in bundles {
        let bundle = replay::with_stand_in(bundle, &who, &account, call);
        let plan = plan(&bundle, &worlds.new.assumptions, &request).map_err(ProveError::Request)?;
        let [check] = plan.checks.as_slice() else { return Ok(None) };
        if check.need != Need::Required {
            return Ok(None);
        }
        kinds.push(Kind {
            resource: check.resource.clone(),
            owner: check.owner,
            context: check.context.clone(),
            works_across_accounts: check.works_across_accounts,
            grants: grants(check),
            retires_grants: check.action.lower() == "kms:retiregrant",
            fails: plan.failure.is_some(),
        });
    }
    Ok(Some(kinds))
}

fn grants(check: &Check<'_>) -> Vec<Truth> {
    match &check.target {
        CheckTarget::Key(key) => {
            key.grants.iter().map(|grant| grant_covers(grant, check)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::Service,
        decide::World,
        prove::{
            Bounds,
            bundles::actions,
            who_can::tests::{KEY, bundle, policy},
        },
    };

    #[test]
    fn only_calls_that_are_planned_alike_are_together() {
        let manifest = serde_json::json!({"version": 1, "keys": [{"arn": KEY, "policy": policy(&[]),
            "grants": [{"GranteePrincipal": "arn:aws:iam::444455556666:role/R", "Operations": ["DescribeKey"]}]}]});
        let bundle = bundle(&manifest);
        let world = World::new(&bundle);
        let actions = actions(Service::Kms);
        let groups =
            together(Worlds::of(&world, Bounds::default()), actions, &KEY.parse().unwrap())
                .unwrap();
        let group_of = |name: &str| {
            let has = |group: &Vec<Action>| group.iter().any(|action| action.name() == name);
            groups.iter().position(has).unwrap()
        };
        assert_eq!(group_of("Decrypt"), group_of("Encrypt"));
        assert_eq!(group_of("PutKeyPolicy"), group_of("ScheduleKeyDeletion"));
        assert_eq!(group_of("ListGrants"), group_of("RevokeGrant"));
        // Its own account alone; a key of its own; no guardrail; a grant.
        let apart =
            ["ListGrants", "PutKeyPolicy", "CreateGrant", "RetireGrant", "DescribeKey", "Decrypt"];
        for (number, name) in apart.iter().enumerate() {
            for other in &apart[..number] {
                assert_ne!(group_of(name), group_of(other), "{name} {other}");
            }
        }
    }
}
