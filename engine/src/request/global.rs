//! What AWS's global condition keys hold on a call that the caller makes directly.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use std::collections::BTreeMap;

use super::{Binding, Caller, CallerKind, Context, UnknownEnd};
use crate::{
    aws::{AccountId, ContextKey, Service, parse_instant},
    bundle::{Bundle, ContextValue, Membership, Network, Request, Stated, Tags},
};

/// Keys that only the sessions of certain workloads carry.
pub(super) const WORKLOAD_KEYS: &[&str] = &[
    "aws:Ec2InstanceSourceVpc",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:ChatbotSourceArn",
    "ec2:SourceInstanceArn",
    "ec2:RoleDelivery",
    "lambda:SourceFunctionArn",
    "ssm:SourceInstanceArn",
    "glue:RoleAssumedBy",
    "glue:CredentialIssuingService",
    "identitystore:UserId",
];

/// The keys that describe the caller: the same on the call to Secrets Manager and on the call that it forwards.
pub(super) fn principal(context: &mut Context, bundle: &Bundle, caller: &Caller<'_>) {
    let is_service = caller.kind == CallerKind::Service;
    let account = match caller.kind {
        CallerKind::Anonymous => Binding::value("anonymous"),
        CallerKind::Service => Binding::Unknown,
        _ => Binding::value_or_absent(caller.account.map(|account| account.to_string())),
    };
    context.set("aws:PrincipalAccount", account);
    let arn = match caller.kind {
        CallerKind::Service => Binding::Unknown,
        _ => Binding::value_or_absent(caller.arn.as_ref().map(ToString::to_string)),
    };
    context.set("aws:PrincipalArn", arn);
    let (id, paths) = organization(bundle, caller.account);
    // A service belongs to no account, and so to no organization.
    let absent = matches!(caller.kind, CallerKind::Anonymous | CallerKind::Service);
    context.set("aws:PrincipalOrgID", if absent { Binding::Absent } else { id });
    context.set("aws:PrincipalOrgPaths", if absent { Binding::Absent } else { paths });
    let kind =
        if is_service { Binding::Unknown } else { Binding::value(caller.kind.principal_type()) };
    context.set("aws:PrincipalType", kind);
    context.set("aws:PrincipalIsAWSService", Binding::value(is_service.to_string()));
    context.set("aws:PrincipalServiceName", Binding::value_or_absent(caller.service.clone()));
    let names = if is_service { Binding::Present } else { Binding::Absent };
    context.set("aws:PrincipalServiceNamesList", names);
    context.set("aws:userid", user_id(caller));
    context.set(
        "aws:username",
        match (caller.kind, caller.identity) {
            (CallerKind::User, Some(user)) => Binding::value(user.name()),
            _ => Binding::Absent,
        },
    );
    principal_tags(context, caller);
    session(context, caller);
}

fn user_id(caller: &Caller<'_>) -> Binding {
    let unique = caller.identity.and_then(|identity| identity.unique_id.as_deref());
    match caller.kind {
        CallerKind::Root => Binding::value_or_absent(caller.account.map(|a| a.to_string())),
        CallerKind::User => Binding::value_or_present(unique),
        CallerKind::RoleSession => match (unique, caller.session_name()) {
            (Some(unique), Some(name)) => Binding::value(format!("{unique}:{name}")),
            // The session's name is not known, the role is.
            (Some(unique), None) => Binding::Samples {
                texts: vec![format!("{unique}:a1B2c3"), format!("{unique}:Z9y8X7")],
                end: UnknownEnd::Chosen,
            },
            (None, _) => Binding::Present,
        },
        CallerKind::FederatedUser => {
            let name = caller.arn.as_ref().and_then(|arn| arn.resource().rsplit('/').next());
            match (caller.account, name) {
                (Some(account), Some(name)) => Binding::value(format!("{account}:{name}")),
                _ => Binding::Present,
            }
        }
        CallerKind::Service => Binding::Unknown,
        CallerKind::Anonymous => Binding::Absent,
    }
}

fn principal_tags(context: &mut Context, caller: &Caller<'_>) {
    let own = match (caller.kind, caller.identity) {
        (CallerKind::User | CallerKind::RoleSession, Some(identity)) => &identity.tags,
        _ => &Tags::default(),
    };
    let mut tags = own.listed().cloned().unwrap_or_default();
    for (key, value) in &caller.session.tags {
        // A session tag replaces the role's tag of that name, whatever its case.
        tags.retain(|known: &String, _| !known.eq_ignore_ascii_case(key));
        tags.insert(key.clone(), value.clone());
    }
    let others = others(own);
    set_listed_tags(context, "aws:PrincipalTag/", "aws:principaltag/", &tags, others);
}

/// States the tags of a resource or principal under the keys of a family: all there are, or that nobody knows them.
pub(super) fn set_tags(context: &mut Context, spelling: &str, family: &'static str, tags: &Tags) {
    let none = BTreeMap::new();
    let listed = tags.listed().unwrap_or(&none);
    set_listed_tags(context, spelling, family, listed, others(tags));
}

/// What the keys hold of tags that are not listed.
const fn others(tags: &Tags) -> Binding {
    if tags.is_complete() { Binding::Absent } else { Binding::Unknown }
}

/// States tags of a family, and what every other key of it holds. Two tags whose keys differ in case only make the
/// key's value unreliable.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>
pub(super) fn set_listed_tags(
    context: &mut Context,
    spelling: &str,
    family: &'static str,
    tags: &BTreeMap<String, String>,
    others: Binding,
) {
    context.set_family(family, others);
    for (key, value) in tags {
        let ambiguous = tags.keys().filter(|other| other.eq_ignore_ascii_case(key)).count() > 1;
        let binding = if ambiguous { Binding::Present } else { Binding::value(value) };
        context.set(&format!("{spelling}{key}"), binding);
    }
}

fn session(context: &mut Context, caller: &Caller<'_>) {
    let temporary = caller.is_temporary();
    let known = !matches!(caller.kind, CallerKind::Service);
    let issued = match (known, temporary) {
        (false, _) => Binding::Unknown,
        (true, true) => Binding::Present,
        (true, false) => Binding::Absent,
    };
    context.set("aws:TokenIssueTime", issued);
    let (present, age) = match (caller.kind, caller.session.mfa) {
        (CallerKind::FederatedUser, _) => (Binding::Absent, Binding::Absent),
        (_, Some(true)) => (Binding::value("true"), Binding::Present),
        (_, Some(false)) if temporary => (Binding::value("false"), Binding::Absent),
        // A role's session always carries the key; nobody said with which value.
        (CallerKind::RoleSession, _) => (Binding::Present, Binding::Unknown),
        (CallerKind::Root | CallerKind::Service, None) => (Binding::Unknown, Binding::Unknown),
        // Long-term credentials carry no such key.
        _ => (Binding::Absent, Binding::Absent),
    };
    context.set("aws:MultiFactorAuthPresent", present);
    context.set("aws:MultiFactorAuthAge", age);
    let from_session = |stated| if temporary { stated } else { Binding::Absent };
    context.set(
        "aws:SourceIdentity",
        match &caller.session.source_identity {
            Stated::Value(identity) => Binding::value(identity),
            Stated::Null => Binding::Absent,
            Stated::Unstated => from_session(Binding::Unknown),
        },
    );
    let is_role = caller.kind == CallerKind::RoleSession;
    let of_role = || {
        if is_role { Binding::Unknown } else { Binding::Absent }
    };
    context.set("aws:FederatedProvider", of_role());
    context.set("aws:AssumedRoot", Binding::Absent);
    for key in WORKLOAD_KEYS {
        context.set(key, of_role());
    }
}

/// The keys that describe how the call reaches AWS.
pub(super) fn network(
    context: &mut Context,
    bundle: &Bundle,
    request: &Request,
    caller: &Caller<'_>,
    service: Service,
) {
    let mut endpoint_keys = [
        ("aws:SourceVpc", Binding::Absent),
        ("aws:SourceVpce", Binding::Absent),
        ("aws:SourceVpcArn", Binding::Absent),
        ("aws:VpcSourceIp", Binding::Absent),
        ("aws:VpceAccount", Binding::Absent),
        ("aws:VpceOrgID", Binding::Absent),
        ("aws:VpceOrgPaths", Binding::Absent),
    ];
    let address;
    match &request.network {
        Network::Unknown if caller.kind == CallerKind::Service => address = Binding::Unknown,
        Network::Unknown => {
            address = Binding::Unknown;
            for (_, binding) in &mut endpoint_keys {
                *binding = Binding::Unknown;
            }
        }
        Network::Public { source_ip } => {
            address = Binding::value_or_present(source_ip.map(|address| address.to_string()));
        }
        Network::Endpoint { id, source_ip } => {
            address = Binding::Absent;
            let endpoint = bundle.endpoint(id);
            let owner = endpoint.and_then(|endpoint| endpoint.account);
            // Secrets Manager is not among the services that fill in the keys on the endpoint's owner; KMS is.
            let (account, organization, paths) = match (service, owner) {
                (Service::Kms, Some(owner)) => {
                    let (id, paths) = organization(bundle, Some(owner));
                    (Binding::value(owner.to_string()), id, paths)
                }
                (Service::Kms, None) => (Binding::Present, Binding::Unknown, Binding::Unknown),
                _ => (Binding::Absent, Binding::Absent, Binding::Absent),
            };
            let vpc = endpoint.and_then(|endpoint| endpoint.vpc_id.clone());
            endpoint_keys = [
                ("aws:SourceVpc", Binding::value_or_present(vpc)),
                ("aws:SourceVpce", Binding::value(id)),
                ("aws:SourceVpcArn", Binding::Unknown),
                ("aws:VpcSourceIp", Binding::value_or_present(source_ip.map(|a| a.to_string()))),
                ("aws:VpceAccount", account),
                ("aws:VpceOrgID", organization),
                ("aws:VpceOrgPaths", paths),
            ];
        }
    }
    context.set("aws:SourceIp", address);
    for (key, binding) in endpoint_keys {
        context.set(key, binding);
    }
}

/// The keys that say on whose behalf a service calls; no other caller has them.
pub(super) fn source(context: &mut Context, bundle: &Bundle, caller: &Caller<'_>) {
    if caller.kind != CallerKind::Service {
        for key in ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"] {
            context.set(key, Binding::Absent);
        }
        context.set("aws:SourceOwner", Binding::Absent);
        return;
    }
    let stated = |text: Option<String>| text.map_or(Binding::Unknown, Binding::value);
    context.set("aws:SourceArn", stated(caller.source_arn.as_ref().map(ToString::to_string)));
    context.set("aws:SourceAccount", stated(caller.source_account.map(|a| a.to_string())));
    let (id, paths) = match caller.source_account {
        Some(_) => organization(bundle, caller.source_account),
        None => (Binding::Unknown, Binding::Unknown),
    };
    context.set("aws:SourceOrgID", id);
    context.set("aws:SourceOrgPaths", paths);
}

/// aws:CurrentTime and aws:EpochTime are one clock: who states the one states the other.
pub(super) fn tie_time(context: &mut Context) {
    let value = |key: &'static str| match context.named(key) {
        Binding::Values(values) => values.first().cloned(),
        _ => None,
    };
    match (value("aws:CurrentTime"), value("aws:EpochTime")) {
        (Some(time), None) => {
            if let Some(instant) = parse_instant(&time) {
                context.set("aws:EpochTime", Binding::value(instant.as_second().to_string()));
            }
        }
        (None, Some(seconds)) => {
            if let Some(instant) = parse_instant(&seconds) {
                context.set("aws:CurrentTime", Binding::value(instant.to_string()));
            }
        }
        _ => {}
    }
}

/// aws:CalledVia, its first and last member, and aws:ViaAWSService tell one story: who states the chain states all.
pub(super) fn tie_called_via(context: &mut Context, stated: &BTreeMap<ContextKey, ContextValue>) {
    // Most requests state nothing.
    if stated.is_empty() {
        return;
    }
    let Some(ContextValue::Values(chain)) = stated.get(&ContextKey::new("aws:CalledVia")) else {
        return;
    };
    for (key, value) in [
        ("aws:CalledViaFirst", chain.first().cloned()),
        ("aws:CalledViaLast", chain.last().cloned()),
        ("aws:ViaAWSService", Some((!chain.is_empty()).to_string())),
    ] {
        if !stated.contains_key(&ContextKey::new(key)) {
            context.set(key, Binding::value_or_absent(value));
        }
    }
}

/// The keys on the resource's owner.
pub(super) fn owner(context: &mut Context, bundle: &Bundle, owner: Option<AccountId>) {
    let (id, paths) = organization(bundle, owner);
    let account = owner.map_or(Binding::Unknown, |owner| Binding::value(owner.to_string()));
    context.set("aws:ResourceAccount", account);
    context.set("aws:ResourceOrgID", id);
    context.set("aws:ResourceOrgPaths", paths);
}

/// The organization keys of an account: absent where it is in none, unknown where nobody said.
fn organization(bundle: &Bundle, account: Option<AccountId>) -> (Binding, Binding) {
    let membership = account.and_then(|id| bundle.account(id)).map(|account| &account.membership);
    match membership {
        None | Some(Membership::Unknown) => (Binding::Unknown, Binding::Unknown),
        Some(Membership::Standalone) => (Binding::Absent, Binding::Absent),
        Some(Membership::Member(organization)) => {
            (Binding::value(&organization.id), Binding::value_or_present(organization.path.clone()))
        }
    }
}
