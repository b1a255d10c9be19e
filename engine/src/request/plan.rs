mod key;
mod secret;

use std::collections::BTreeMap;

use super::{
    Binding, Caller, CallerKind, Context, RequestError, forward, global,
    parameters::{self, Parameters},
};
use crate::{
    aws::{
        AccountId, Action, Arn, Assumptions, ContextKey, Service, assumption::Consulted, catalog,
    },
    bundle::{Bundle, Endpoint, Key, KeyReference, Network, Request, Secret},
};

/// A request as the checks that AWS makes of it.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Who asks.
    pub caller: Caller<'a>,
    /// The checks, in the order in which AWS makes them. Each must allow.
    pub checks: Vec<Check<'a>>,
    /// Why the call fails even if every check allows.
    pub failure: Option<Failure>,
    /// What the reader should know of how the request was understood.
    pub notes: Vec<String>,
    /// The open points that the checks hang on, but for those that single condition keys hang on.
    pub consulted: Consulted,
}

/// One authorization check.
#[derive(Clone, Debug)]
pub struct Check<'a> {
    /// What is asked for.
    pub action: Action,
    /// On what.
    pub resource: CheckResource,
    /// The account that owns it.
    pub owner: Option<AccountId>,
    /// Whose policy takes part.
    pub target: CheckTarget<'a>,
    /// The condition keys.
    pub context: Context,
    /// The encryption context, for grants; `None` where the call has none.
    pub encryption_context: Option<BTreeMap<String, Option<String>>>,
    /// The endpoint whose policy must allow too.
    pub endpoint: Option<&'a Endpoint>,
    /// Whether it can succeed at all where caller and owner are two accounts.
    pub works_across_accounts: bool,
    /// Whether the operation needs it.
    pub need: Need,
}

/// What a check is about, as `Resource` elements see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckResource {
    /// `*`: the action has no resource type.
    Any,
    /// This ARN.
    Arn(Arn),
    /// An ARN whose end is not known: that of a secret that is about to be made, or of the AWS managed key.
    Open {
        /// The ARN with the unknown end left out.
        beginning: Arn,
        /// Two ends that have nothing in common, of the right shape: a pattern that matches both leaves the end
        /// open.
        samples: [Arn; 2],
        /// What is known of the end besides.
        others: OtherEnds,
    },
    /// A key of which not even the ARN is known.
    Unknown,
}

/// What is known of the end of an ARN that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherEnds {
    /// It is about to be made at random, so nobody can have written it down.
    Random,
    /// It exists, and somebody may have written it down; these ARNs are those of other resources.
    Taken(Vec<Arn>),
}

/// How much a request needs a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// It must allow.
    Required,
    /// The operation goes on without it.
    Optional,
    /// It is made, and then must allow, only if the check before it allows.
    AfterPrevious,
}

/// Whose resource-based policy takes part in a check.
#[derive(Clone, Debug)]
pub enum CheckTarget<'a> {
    /// A secret's.
    Secret(&'a Secret),
    /// A key's.
    Key(&'a Key),
    /// That of the AWS managed key for Secrets Manager.
    ManagedKey {
        /// Its account.
        account: AccountId,
        /// Its Region.
        region: String,
    },
    /// That of a key that the bundle does not have.
    UnlistedKey,
    /// That of a resource of another service, in another account than the caller's; no bundle has it.
    OfAnotherService,
    /// Nobody's.
    Nothing,
}

/// Why a call fails although it is authorized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exception's name.
    pub code: &'static str,
    /// What is wrong.
    pub reason: String,
}

impl CheckResource {
    /// As answers write it.
    pub fn display(&self) -> String {
        match self {
            Self::Any => "*".to_owned(),
            Self::Arn(arn) => arn.to_string(),
            Self::Open { beginning, others: OtherEnds::Taken(_), .. } => {
                format!("{beginning}(unknown)")
            }
            Self::Open { beginning, .. } => format!("{beginning}??????"),
            Self::Unknown => "(unknown key)".to_owned(),
        }
    }
}

/// Works out the checks behind a request.
///
/// # Errors
/// [`RequestError`] for a request that names what the bundle lacks, or that makes no sense.
pub fn plan<'a>(
    bundle: &'a Bundle,
    assumptions: &Assumptions,
    request: &'a Request,
) -> Result<Plan<'a>, RequestError> {
    parameters::validate(request)?;
    let caller = Caller::find(bundle, request)?;
    let endpoint = match &request.network {
        Network::Endpoint { id, .. } => bundle.endpoint(id),
        _ => None,
    };
    let mut planner = Planner {
        bundle,
        assumptions,
        request,
        parameters: Parameters::of(request),
        endpoint,
        plan: Plan {
            caller,
            checks: Vec::new(),
            failure: None,
            notes: Vec::new(),
            consulted: Consulted::default(),
        },
    };
    let action = &request.action.value;
    if catalog::action(action.as_str()).is_none() {
        planner.plan.notes.push(format!(
            "{action} is not in the catalogue of {}; it is judged as an ordinary action",
            catalog::DATE
        ));
    }
    if let Network::Endpoint { id, .. } = &request.network
        && endpoint.is_none()
    {
        planner.plan.notes.push(format!(
            "the bundle does not describe the endpoint `{}`: its policy is taken for the default one, which allows \
             everything",
            crate::text::escape(id)
        ));
    }
    match action.service() {
        Service::SecretsManager => planner.secretsmanager()?,
        Service::Kms => planner.direct_kms()?,
        Service::Other => planner.other()?,
    }
    Ok(planner.plan)
}

struct Planner<'a, 'b> {
    bundle: &'a Bundle,
    assumptions: &'b Assumptions,
    request: &'a Request,
    parameters: Parameters<'a>,
    endpoint: Option<&'a Endpoint>,
    plan: Plan<'a>,
}

impl<'a> Planner<'a, '_> {
    /// Any other service: a decision on the ARN as given, by what is known of the caller.
    fn other(&mut self) -> Result<(), RequestError> {
        let action = self.request.action.value.clone();
        let resource = match self.request.resource.as_ref().map(|r| (r.value.as_str(), r.span)) {
            None | Some(("*", _)) => CheckResource::Any,
            Some((text, span)) => {
                CheckResource::Arn(text.parse().map_err(|error: crate::aws::ArnError| {
                    RequestError::new("resource", Some(span), error.to_string(), error.help())
                })?)
            }
        };
        let owner = match &resource {
            CheckResource::Arn(arn) => arn.account().or(self.plan.caller.account),
            _ => self.plan.caller.account,
        };
        // In its own account a caller is judged by its own policies.
        let target = match owner == self.plan.caller.account {
            true => CheckTarget::Nothing,
            false => CheckTarget::OfAnotherService,
        };
        let mut context = self.direct_context(Service::Other, owner, &resource);
        context.set_family("aws:resourcetag/", Binding::Unknown);
        self.state(&mut context, |_| true);
        self.plan.checks.push(Check {
            action,
            resource,
            owner,
            target,
            context,
            encryption_context: None,
            endpoint: self.endpoint,
            works_across_accounts: true,
            need: Need::Required,
        });
        Ok(())
    }

    /// The keys of a call that the caller makes directly, but for the service's own.
    fn direct_context(
        &self,
        service: Service,
        owner: Option<AccountId>,
        resource: &CheckResource,
    ) -> Context {
        let mut context = Context::new();
        let caller = &self.plan.caller;
        global::principal(&mut context, self.bundle, caller);
        global::network(&mut context, self.bundle, self.request, caller, service);
        global::source(&mut context, self.bundle, caller);
        global::owner(&mut context, self.bundle, owner);
        let region = match (&self.request.region, resource) {
            (Some(region), _) => Some(region.value.clone()),
            (None, CheckResource::Arn(arn) | CheckResource::Open { beginning: arn, .. }) => {
                Some(arn.region().to_owned()).filter(|region| !region.is_empty())
            }
            _ => None,
        };
        context.set("aws:RequestedRegion", Binding::value_or_present(region));
        for key in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:referer"] {
            context.set(key, Binding::Absent);
        }
        context.set("aws:ViaAWSService", Binding::value("false"));
        let is_service = caller.kind == CallerKind::Service;
        // Both services answer over TLS only; what a service's own call carries is not shown.
        let secure = if is_service { Binding::Unknown } else { Binding::value("true") };
        context.set("aws:SecureTransport", secure);
        context.set("aws:CurrentTime", Binding::Present);
        context.set("aws:EpochTime", Binding::Present);
        context.set("aws:UserAgent", if is_service { Binding::Unknown } else { Binding::Present });
        context.set_family("aws:requesttag/", Binding::Absent);
        context.set("aws:TagKeys", Binding::Absent);
        context
    }

    /// Lets what the user states of keys win over what was derived.
    fn state(&self, context: &mut Context, of_this_service: impl Fn(&ContextKey) -> bool) {
        for (key, value) in &self.request.context {
            if of_this_service(key) {
                context.set_key(key.clone(), forward::stated(value));
            }
        }
        global::tie_time(context);
        global::tie_called_via(context, &self.request.context);
    }

    fn key_reference(&self, text: &str) -> Result<KeyReference, RequestError> {
        text.parse().map_err(|error: crate::bundle::KeyReferenceError| {
            let help = "write a key ARN, an alias ARN, a key id or `alias/NAME`";
            RequestError::new("parameters", Some(self.request.action.span), error.to_string(), help)
        })
    }

    /// The Region of all secrets and keys, where they share one.
    fn only_region(&self) -> Option<String> {
        let secrets = self.bundle.secrets.iter().map(|secret| &secret.arn.value);
        let mut regions = secrets.chain(self.bundle.keys.iter().map(|key| &key.arn.value));
        let first = regions.next()?.region().to_owned();
        regions.all(|arn| arn.region() == first).then_some(first)
    }

    fn lacks_resource(&self, what: &str) -> RequestError {
        let message =
            format!("{} needs a resource, and the request names none", self.request.action.value);
        let span = Some(self.request.action.span);
        RequestError::new("resource", span, message, format!("add `\"resource\"`: {what}"))
    }

    fn lacking_key(&self, text: &str) -> RequestError {
        let known = self.bundle.keys.iter().map(|key| key.arn.value.as_str());
        let help = match crate::text::nearest(text, known) {
            Some(near) => format!("did you mean `{near}`? Otherwise add the key to `keys`"),
            None => "add the key to `keys`".to_owned(),
        };
        let span = self.request.resource.as_ref().map(|resource| resource.span);
        RequestError::new("resource", span, format!("the bundle has no key `{text}`"), help)
    }

    /// Notes why the call fails; the first reason is what the caller sees.
    fn fails(&mut self, code: &'static str, reason: String) {
        self.plan.failure.get_or_insert(Failure { code, reason });
    }
}
