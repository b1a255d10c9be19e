//! From what was found to a request of the bundle's own form, and back through the evaluator.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Access, Call, Side, Who,
    ways::{self, principal_of},
};
use crate::{
    aws::{AccountId, Arn, ContextKey},
    bundle::{
        Account, Bundle, ContextValue, Decision, Document, Identity, IdentityKind, Membership,
        Network, Organization, Request, RequestPrincipal, Tags,
    },
    decide::World,
    policy::{PolicyKind, parse_policy},
    prove::{ProveError, keys::Holds, search::Sample},
    request::{Binding, CallerKind, Context, Failure, UnknownEnd, is_passed, plan},
    text::{Limits, Located, Location, SourceId, Span, Spanned, parse_json},
};

/// A call that every policy of a bundle allows; the evaluator has confirmed it.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessWitness {
    /// The call, as a bundle's `requests` would have it.
    pub request: Request,
    /// The caller's ARN, or the name of the service.
    pub caller: String,
    /// For a caller whom the bundle does not list, and whose own account is taken to allow the call: the organization
    /// that this account is in, if in any.
    pub organization: Option<String>,
    /// What the bundle says to it that this one is compared with, if it is.
    pub before: Option<Before>,
}

/// What a bundle says to a call that another one allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// It was denied, as the decision says; where that is open or invalid, whatever the rest comes to.
    Denied(Decision),
    /// It was authorized, and failed all the same.
    Failed(Failure),
}

/// A request over one bundle, and what the evaluator says.
struct Replayed {
    request: Request,
    decision: Decision,
    organization: Option<String>,
}

impl AccessWitness {
    /// The call in the form of an entry of a manifest's `requests`. For a caller whom the bundle does not list, the
    /// organization of its account is beside it.
    pub fn as_json(&self) -> Value {
        let request = &self.request;
        let principal = match &request.principal.value {
            RequestPrincipal::Service { name, source_account, source_arn } => json!({
                "service": name,
                "source_account": source_account.map(|account| account.to_string()),
                "source_arn": source_arn.as_ref().map(ToString::to_string),
            }),
            _ => self.principal().into(),
        };
        let network = match &request.network {
            Network::Unknown => json!({}),
            Network::Public { source_ip } => json!({ "source_ip": source_ip }),
            Network::Endpoint { id, source_ip } => {
                json!({ "vpc_endpoint": id, "vpc_source_ip": source_ip })
            }
        };
        json!({
            "principal": principal,
            "action": request.action.value.as_str(),
            "resource": request.resource.as_ref().map(|resource| resource.value.as_str()),
            "parameters": request.parameters,
            "network": network,
            "context": context(&request.context),
            "key_context": context(&request.key_context),
            "organization": self.organization,
        })
    }

    /// The caller as a request names it: for a role the ARN of its session.
    pub fn principal(&self) -> String {
        match &self.request.principal.value {
            RequestPrincipal::Session { written, role_name, session: Some(session), .. } => {
                let resource = format!("assumed-role/{role_name}/{session}");
                Arn::new(written.partition(), "sts", "", written.account_field(), &resource)
                    .to_string()
            }
            _ => self.caller.clone(),
        }
    }
}

fn context(stated: &BTreeMap<ContextKey, ContextValue>) -> Value {
    let value = |value: &ContextValue| match value {
        ContextValue::Absent => Value::Null,
        ContextValue::Values(values) => match values.as_slice() {
            [value] => value.as_str().into(),
            values => values.into(),
        },
    };
    stated.iter().map(|(key, stated)| (key.canonical().into_owned(), value(stated))).collect()
}

/// What the planner needs of the bundle, with the caller in it: a bundle that does not list a user or role of the other one
/// says nothing of its policies.
pub(super) fn with_stand_in(bundle: &Bundle, who: &Who<'_>, account: &str, call: &Call) -> Bundle {
    let secrets = bundle.secrets.iter().filter(|secret| secret.arn.value.as_str() == call.resource);
    let mut slim = Bundle {
        accounts: bundle.accounts.clone(),
        secrets: secrets.cloned().collect(),
        keys: bundle.keys.clone(),
        endpoints: bundle.endpoints.clone(),
        assumptions: bundle.assumptions.clone(),
        ..Bundle::default()
    };
    match who {
        Who::Known(identity) => slim.identities.push(as_listed(bundle, identity)),
        Who::Anyone(kind, _) => {
            let partition = ways::partition(call);
            let arn = |resource: &str| Arn::new(&partition, "iam", "", account, resource);
            let (kind, arn) = match kind {
                CallerKind::RoleSession => (IdentityKind::Role, arn("role/stranger")),
                _ => (IdentityKind::User, arn("user/stranger")),
            };
            let Some(account) = arn.account() else { return slim };
            slim.identities.push(identity(kind, &arn, account));
            let standalone = Membership::Standalone;
            slim.accounts
                .entry(account)
                .or_insert_with(|| Account { membership: standalone, ..Account::default() });
        }
        Who::Service(_) => {}
    }
    slim
}

/// A user or role as a bundle lists it, or without policies if only another bundle does.
fn as_listed(bundle: &Bundle, identity: &Identity) -> Identity {
    bundle.identity(&identity.arn.value).cloned().unwrap_or_else(|| Identity {
        identity_policies: Vec::new(),
        boundary: None,
        ..identity.clone()
    })
}

fn identity(kind: IdentityKind, arn: &Arn, account: AccountId) -> Identity {
    Identity {
        arn: Located::new(arn.clone(), nowhere()),
        account,
        kind,
        unique_id: None,
        identity_policies: Vec::new(),
        boundary: None,
        tags: Tags::default(),
        service_linked: false,
    }
}

fn nowhere() -> Location {
    Location::new(SourceId::default(), Span::default())
}

impl Access<'_> {
    /// Makes a request of what was found and lets the evaluator decide it: the bundle that is asked about must allow it,
    /// the one that it is compared with must not.
    pub(in crate::prove) fn witness(&self, sample: &Sample) -> Result<AccessWitness, ProveError> {
        let arn = self.value(sample, self.parts.caller);
        let arn: Arn = match arn.parse() {
            Ok(arn) => arn,
            Err(error) => return Err(failed(format!("{error}"))),
        };
        let [new, rest @ ..] = self.sides.as_slice() else {
            return Err(failed("there is no bundle".to_owned()));
        };
        let replayed = self.replay(new, sample, &arn)?;
        if replayed.decision != Decision::Allow {
            return Err(failed(format!("the evaluator says {}", replayed.decision)));
        }
        let before = rest.first().map(|old| self.before(old, new, sample, &arn)).transpose()?;
        let caller = match &self.who {
            Who::Service(name) => name.clone(),
            _ => arn.to_string(),
        };
        let Replayed { request, organization, .. } = replayed;
        Ok(AccessWitness { request, caller, organization, before })
    }

    /// What the bundle says that is compared with.
    fn before(
        &self,
        old: &Side<'_>,
        new: &Side<'_>,
        sample: &Sample,
        arn: &Arn,
    ) -> Result<Before, ProveError> {
        match (self.replay(old, sample, arn)?.decision, &old.failure, &new.failure) {
            (decision @ (Decision::ImplicitDeny | Decision::ExplicitDeny), _, _) => {
                Ok(Before::Denied(decision))
            }
            (_, Some(failure), None) => Ok(Before::Failed(failure.clone())),
            // Where something is open in one check, or a policy cannot be read, it was proved that the call is denied
            // whatever that comes to: by another check, say.
            (decision @ (Decision::Indeterminate | Decision::Invalid), _, _) => {
                Ok(Before::Denied(decision))
            }
            (decision, _, _) => {
                Err(failed(format!("over the old bundle, the evaluator says {decision}")))
            }
        }
    }

    fn replay(&self, side: &Side<'_>, sample: &Sample, arn: &Arn) -> Result<Replayed, ProveError> {
        let session = Some(self.value(sample, self.parts.session).to_owned());
        let principal = match &self.who {
            Who::Known(identity) => principal_of(identity.kind, &identity.arn.value, session),
            Who::Anyone(CallerKind::User, _) => RequestPrincipal::User(arn.clone()),
            Who::Anyone(CallerKind::Root, _) => RequestPrincipal::Root(arn.clone()),
            Who::Anyone(CallerKind::FederatedUser, _) => {
                RequestPrincipal::FederatedUser(arn.clone())
            }
            Who::Anyone(..) => principal_of(IdentityKind::Role, arn, session),
            Who::Service(name) => RequestPrincipal::Service {
                name: name.clone(),
                source_account: self
                    .held(sample, 0, "aws:SourceAccount")
                    .and_then(|a| a.parse().ok()),
                source_arn: self.held(sample, 0, "aws:SourceArn").and_then(|a| a.parse().ok()),
            },
        };
        let mut request = ways::request(&self.who, &self.call, arn.account_field());
        request.principal = Spanned::new(principal, Span::default());
        request.network = self.network(sample);
        let mut bundle = side.world.bundle.clone();
        let mut organization = None;
        match &self.who {
            Who::Anyone(kind, _) => {
                organization = self.admit(&mut bundle, sample, *kind, arn, &mut request)?;
            }
            Who::Known(identity) if bundle.identity(arn).is_none() => {
                let identity = as_listed(&bundle, identity);
                bundle.identities.push(identity);
            }
            Who::Known(_) | Who::Service(_) => {}
        }
        self.state(side, &bundle, sample, &mut request)?;
        let world = World::new(&bundle).assuming(side.world.assumptions.clone());
        let decision = world.decision(&request).map_err(|error| failed(error.to_string()))?;
        Ok(Replayed { request, decision, organization })
    }

    /// Lists the caller that was found, with a policy that allows everything.
    fn admit(
        &self,
        bundle: &mut Bundle,
        sample: &Sample,
        kind: CallerKind,
        arn: &Arn,
        request: &mut Request,
    ) -> Result<Option<String>, ProveError> {
        let Some(account) = arn.account() else {
            return Err(failed(format!("`{arn}` has no account")));
        };
        let everything = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        let node = parse_json(everything, &Limits::default())
            .map_err(|error| failed(error.to_string()))?;
        let mut add = |kind| {
            let parsed = parse_policy(&node, kind, SourceId::default(), &bundle.assumptions);
            let label = "a policy that allows everything".to_owned();
            bundle.policies.add(Document { label, kind, location: nowhere(), content: Ok(parsed) })
        };
        let policy = add(PolicyKind::Identity);
        let (kind, own) = match kind {
            CallerKind::RoleSession => (IdentityKind::Role, arn.clone()),
            CallerKind::FederatedUser => {
                let name = arn.resource().rsplit('/').next().unwrap_or_default();
                request.session.policies.push(add(PolicyKind::Session));
                let user =
                    Arn::new(arn.partition(), "iam", "", account.as_str(), &format!("user/{name}"));
                request.session.issuer = Some(user.clone());
                (IdentityKind::User, user)
            }
            _ => (IdentityKind::User, arn.clone()),
        };
        let mut identity = identity(kind, &own, account);
        identity.identity_policies.push(policy);
        let mut tags = BTreeMap::new();
        for (key, _) in self.sides.iter().flat_map(|side| &side.keys).flatten() {
            let tag = key.as_str().get("aws:PrincipalTag/".len()..);
            let is_tag = key.lower().starts_with("aws:principaltag/");
            if let (Some(tag), true) = (tag, is_tag)
                && let Some(value) = self.held(sample, 0, key.as_str())
            {
                tags.insert(tag.to_owned(), value);
            }
        }
        // The tags of a federated user are those of its session.
        if request.session.issuer.is_some() {
            request.session.tags.clone_from(&tags);
        }
        identity.tags = Tags::Listed(tags);
        bundle.identities.retain(|known| known.arn.value != own);
        bundle.identities.push(identity);
        let is_member = self.prover.holds(sample, self.member);
        let id = self.held(sample, 0, "aws:PrincipalOrgID");
        let path = self.held(sample, 0, "aws:PrincipalOrgPaths");
        let of_path = path.as_deref().and_then(|path| path.split('/').next()).map(str::to_owned);
        let id = id.or(of_path).unwrap_or_else(|| "o-stranger000".to_owned());
        let found = is_member.then(|| id.clone());
        let keys = self.sides.iter().flat_map(|side| &side.keys).flatten();
        let mut of_owner = keys.filter(|(key, _)| key.lower().starts_with("aws:resourceorg"));
        let membership = match is_member {
            // The account may be an owner's, too, of which the request states what nobody says.
            _ if of_owner.any(|(_, holds)| matches!(holds, Holds::Variable(_))) => {
                Membership::Unknown
            }
            true => Membership::Member(Organization { id, path }),
            false => Membership::Standalone,
        };
        let account = bundle
            .accounts
            .entry(account)
            .or_insert_with(|| Account { membership, ..Account::default() });
        Ok(match &account.membership {
            Membership::Unknown => found,
            Membership::Standalone => None,
            Membership::Member(organization) => Some(organization.id.clone()),
        })
    }

    fn network(&self, sample: &Sample) -> Network {
        if matches!(self.who, Who::Service(_)) {
            return Network::Unknown;
        }
        if self.prover.holds(sample, self.endpoint) {
            let id = self.held(sample, 0, "aws:SourceVpce");
            let id = id.unwrap_or_else(|| "vpce-0f00dbabe0f00dbab".to_owned());
            let source_ip = self.held(sample, 0, "aws:VpcSourceIp").and_then(|ip| ip.parse().ok());
            return Network::Endpoint { id, source_ip };
        }
        Network::Public {
            source_ip: self.held(sample, 0, "aws:SourceIp").and_then(|ip| ip.parse().ok()),
        }
    }

    /// States the keys that the planner leaves open. What it derives must be what was found.
    fn state(
        &self,
        side: &Side<'_>,
        bundle: &Bundle,
        sample: &Sample,
        request: &mut Request,
    ) -> Result<(), ProveError> {
        let [first, later] = &side.keys;
        let open = |context: &Context, keys: &[(ContextKey, Holds)]| {
            let mut stated = BTreeMap::new();
            for (key, holds) in keys {
                let found = self.values(sample, holds);
                match (context.get(key), found) {
                    (Binding::Absent, None)
                    | (Binding::Samples { end: UnknownEnd::Random, .. }, None) => {}
                    (Binding::Absent, Some(found)) if is_passed(&self.call.action, key) => {
                        stated.insert(key.clone(), ContextValue::Values(found));
                    }
                    (Binding::Values(derived), Some(found)) if *derived == found => {}
                    (Binding::Unknown, None) => {
                        stated.insert(key.clone(), ContextValue::Absent);
                    }
                    (
                        Binding::Unknown | Binding::Present | Binding::Samples { .. },
                        Some(found),
                    ) => {
                        stated.insert(key.clone(), ContextValue::Values(found));
                    }
                    (derived, found) => {
                        return Err(failed(format!("{key:?} is {derived:?} and not {found:?}")));
                    }
                }
            }
            Ok(stated)
        };
        let planned = |request: &Request| {
            let plan = plan(bundle, &side.world.assumptions, request);
            let plan = plan.map_err(|error| failed(error.to_string()))?;
            let mut contexts = plan.checks.into_iter().map(|check| check.context);
            Ok::<_, ProveError>((contexts.next(), contexts.next()))
        };
        if let (Some(context), _) = planned(request)? {
            request.context = open(&context, first)?;
        }
        if let (_, Some(context)) = planned(request)? {
            request.key_context = open(&context, later)?;
        }
        Ok(())
    }

    /// The only value of a key in one of the checks.
    fn held(&self, sample: &Sample, check: usize, key: &str) -> Option<String> {
        let key = ContextKey::new(key);
        let mut keys = self.sides.iter().filter_map(|side| side.keys.get(check)).flatten();
        let (_, holds) = keys.find(|(known, _)| *known == key)?;
        self.values(sample, holds)?.into_iter().next()
    }

    fn values(&self, sample: &Sample, holds: &Holds) -> Option<Vec<String>> {
        let one = |value: &str| Some(vec![value.to_owned()]);
        let arn = self.value(sample, self.parts.caller);
        let arn: Option<Arn> = arn.parse().ok();
        match holds {
            Holds::Absent | Holds::RandomEnd(_) => None,
            Holds::Value(value) => one(value),
            Holds::Several(values) => Some(values.clone()),
            Holds::Truth(node) => one(&self.prover.holds(sample, *node).to_string()),
            Holds::Variable(id) => sample.values.get(id).cloned(),
            Holds::Account => one(arn?.account_field()),
            Holds::FederatedId => {
                let arn = arn?;
                let name = arn.resource().strip_prefix("federated-user/")?;
                one(&format!("{}:{name}", arn.account_field()))
            }
            Holds::Session(beginning) => {
                one(&format!("{beginning}{}", self.value(sample, self.parts.session)))
            }
            Holds::UserName => one(arn?.resource().strip_prefix("user/")?.rsplit('/').next()?),
            Holds::PrincipalType => one(match &self.who {
                Who::Anyone(kind, _) => kind.principal_type(),
                Who::Known(_) | Who::Service(_) => return None,
            }),
        }
    }
}

fn failed(reason: String) -> ProveError {
    ProveError::ReplayAccess { reason }
}
