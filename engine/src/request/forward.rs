//! The context of the KMS call that Secrets Manager makes for its caller: a forward access session.
//!
//! The caller stays the principal, the network stays behind: the call comes from the service, not from the caller's
//! endpoint. <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>

use super::{Binding, Caller, CallerKind, Context, global};
use crate::{
    aws::{
        AccountId, Assumptions, ContextKey,
        assumption::{CalledVia, FasSourceIp, FasTransport, OpenPoint},
    },
    bundle::{Bundle, ContextValue, Network, Request},
};

const SERVICE: &str = "secretsmanager.amazonaws.com";

/// Keys that the service fills in anew, so that what a user states of the first call says nothing of them.
const NOT_CARRIED: &[&str] = &[
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourcevpcarn",
    "aws:vpcsourceip",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:viaawsservice",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:tagkeys",
    "aws:referer",
    "aws:sourceip",
    "aws:multifactorauthpresent",
];
const NOT_CARRIED_FAMILIES: &[&str] = &["secretsmanager:", "aws:resourcetag/", "aws:requesttag/"];
const TRANSPORT: &[&str] =
    &["aws:securetransport", "aws:useragent", "aws:tokenissuetime", "aws:multifactorauthage"];

/// The context of a forwarded call to a key of `key_owner` in `region`, as far as it does not depend on the call.
/// `first` is the context of the caller's own call.
pub(super) fn forwarded(
    bundle: &Bundle,
    assumptions: &Assumptions,
    request: &Request,
    caller: &Caller<'_>,
    first: &Context,
    key_owner: Option<AccountId>,
    region: &str,
) -> Context {
    let mut context = Context::new();
    global::principal(&mut context, bundle, caller);
    // What reaches KMS is a session for the caller, no longer a call of a service on its own behalf.
    context.set("aws:PrincipalIsAWSService", Binding::value("false"));
    context.set("aws:PrincipalServiceName", Binding::Absent);
    context.set("aws:PrincipalServiceNamesList", Binding::Absent);
    global::owner(&mut context, bundle, key_owner);
    let of_first = |key: &'static str| first.named(key).clone();
    for key in [
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:SourceVpcArn",
        "aws:VpcSourceIp",
        "aws:VpceAccount",
        "aws:VpceOrgID",
        "aws:VpceOrgPaths",
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceOwner",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:TagKeys",
        "aws:referer",
    ] {
        context.set(key, Binding::Absent);
    }
    context.set_family("aws:requesttag/", Binding::Absent);
    context.set("aws:ViaAWSService", Binding::value("true"));
    called_via(&mut context, first, assumptions.called_via);
    let address = match (assumptions.fas_source_ip, &request.network) {
        (FasSourceIp::Service, _) => Binding::Present,
        (FasSourceIp::Caller, Network::Endpoint { .. }) => Binding::Absent,
        (FasSourceIp::Caller, _) => of_first("aws:SourceIp"),
    };
    context.set_assumed(ContextKey::new("aws:SourceIp"), address, OpenPoint::FasSourceIp);
    // For long-term credentials the key is absent on the first call and false on this one.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
    let mfa = match (caller.kind, of_first("aws:MultiFactorAuthPresent")) {
        (CallerKind::User, Binding::Absent) => Binding::value("false"),
        (_, binding) => binding,
    };
    context.set("aws:MultiFactorAuthPresent", mfa);
    let requested = match of_first("aws:RequestedRegion") {
        Binding::Values(values) => Binding::Values(values),
        _ => Binding::value(region),
    };
    context.set("aws:RequestedRegion", requested);
    context.set("aws:CurrentTime", Binding::Present);
    context.set("aws:EpochTime", Binding::Present);
    for key in
        ["aws:SecureTransport", "aws:UserAgent", "aws:TokenIssueTime", "aws:MultiFactorAuthAge"]
    {
        let binding = match assumptions.fas_transport {
            FasTransport::Same => of_first(key),
            FasTransport::Unknown => Binding::Unknown,
        };
        context.set_assumed(ContextKey::new(key), binding, OpenPoint::FasTransport);
    }
    for (key, value) in &request.context {
        if !is_carried(key, assumptions) {
            continue;
        }
        match TRANSPORT.contains(&key.lower()) {
            true => context.set_assumed(key.clone(), stated(value), OpenPoint::FasTransport),
            false => context.set_key(key.clone(), stated(value)),
        }
    }
    global::tie_time(&mut context);
    context
}

/// Whether a key that nobody stated holds on the forwarded call what it holds on the caller's own: what describes the
/// caller and the session does, the way there does not.
pub fn is_forwarded(key: &ContextKey, assumptions: &Assumptions) -> bool {
    match key.lower() {
        "aws:sourceip" => assumptions.fas_source_ip == FasSourceIp::Caller,
        "aws:multifactorauthpresent" => true,
        _ if key.prefix() == "kms" => false,
        _ => is_carried(key, assumptions),
    }
}

fn is_carried(key: &ContextKey, assumptions: &Assumptions) -> bool {
    let transport = TRANSPORT.contains(&key.lower());
    !NOT_CARRIED.contains(&key.lower())
        && !NOT_CARRIED_FAMILIES.iter().any(|family| key.lower().starts_with(family))
        && (!transport || assumptions.fas_transport == FasTransport::Same)
}

/// The service is the last that the call came through; another service may have called it first.
fn called_via(context: &mut Context, first: &Context, assumption: CalledVia) {
    let earlier = first.named("aws:CalledVia").clone();
    let (chain, outermost, last) = match (assumption, earlier) {
        (CalledVia::Present, Binding::Values(mut chain)) => {
            chain.push(SERVICE.to_owned());
            let outermost = Binding::value_or_present(chain.first().cloned());
            (Binding::Values(chain), outermost, Binding::value(SERVICE))
        }
        (CalledVia::Present, Binding::Absent) => {
            (Binding::value(SERVICE), Binding::value(SERVICE), Binding::value(SERVICE))
        }
        (CalledVia::Present, _) => (Binding::Present, Binding::Present, Binding::value(SERVICE)),
        (CalledVia::Absent, earlier) => {
            let of_first = |key: &'static str| first.named(key).clone();
            (earlier, of_first("aws:CalledViaFirst"), of_first("aws:CalledViaLast"))
        }
    };
    for (key, binding) in
        [("aws:CalledVia", chain), ("aws:CalledViaFirst", outermost), ("aws:CalledViaLast", last)]
    {
        context.set_assumed(ContextKey::new(key), binding, OpenPoint::CalledVia);
    }
}

/// What a user states of a key, as a binding.
pub(super) fn stated(value: &ContextValue) -> Binding {
    match value {
        ContextValue::Absent => Binding::Absent,
        ContextValue::Values(values) => Binding::Values(values.clone()),
    }
}
