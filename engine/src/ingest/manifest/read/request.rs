//! The requests of a manifest.

use std::collections::BTreeMap;

use super::{Files, Loaded, Reader};
use crate::{
    aws::{Action, ContextKey},
    bundle::{
        ContextValue, Decision, Expectation, Layer, Network, Request, RequestPrincipal, Session,
    },
    ingest::{
        IngestErrorKind,
        manifest::document::{
            ExpectEntry, NetworkEntry, RequestEntry, RequestPrincipalEntry, SessionEntry,
        },
    },
    policy::PolicyKind,
    text::{Limits, SourceId, Sources, Spanned, decode, parse_json},
};

/// Reads one request, written like an entry of a manifest's `requests` but in a source of its own, and puts it in the
/// place of those that `loaded` has.
///
/// A mistake in it is reported like one in a manifest; the bundle then has no request.
pub fn read_request(
    request: SourceId,
    sources: &mut Sources,
    files: &mut dyn Files,
    limits: &Limits,
    loaded: Loaded,
) -> Loaded {
    let text = sources.get(request).map(|source| source.text().to_owned()).unwrap_or_default();
    let Loaded { mut bundle, errors } = loaded;
    bundle.requests.clear();
    let mut reader = Reader {
        source: request,
        sources,
        files,
        limits,
        root: None,
        known_files: BTreeMap::new(),
        bytes: text.len(),
        is_full: false,
        overrides: &[],
        bundle,
        errors,
    };
    match parse_json(&text, limits) {
        Ok(node) => match decode::<Spanned<RequestEntry>>(&node) {
            Ok(entry) => {
                reader.root = Some(node);
                let request = reader.request(entry, 0);
                reader.bundle.requests.extend(request);
            }
            Err(error) => {
                let span = error.span;
                reader.error(IngestErrorKind::Shape(error), "", span);
            }
        },
        Err(error) => {
            let span = error.span;
            reader.error(IngestErrorKind::Json(error), "", span);
        }
    }
    reader.done()
}

impl Reader<'_> {
    pub(super) fn request(
        &mut self,
        entry: Spanned<RequestEntry>,
        number: usize,
    ) -> Option<Request> {
        let location = self.at(entry.span);
        let entry = entry.value;
        let principal = self.request_principal(&entry.principal);
        let action = match Action::new(&entry.action.value) {
            Some(action) => Some(Spanned::new(action, entry.action.span)),
            None => {
                let kind = IngestErrorKind::Action { text: entry.action.value.clone() };
                self.error(kind, "action", entry.action.span);
                None
            }
        };
        let session = self.session(entry.session);
        let network = match entry.network {
            Some(network) => self.network(network),
            None => Some(Network::Unknown),
        };
        let context = self.context(entry.context, "context");
        let key_context = self.context(entry.key_context, "key_context");
        let expectation = match entry.expect {
            Some(expect) => Some(self.expectation(expect)?),
            None => None,
        };
        Some(Request {
            stated: true,
            name: entry.name.unwrap_or_else(|| format!("request {number}")),
            location,
            principal: Spanned::new(principal?, entry.principal.span),
            action: action?,
            resource: entry.resource,
            region: entry.region,
            parameters: entry.parameters.into_iter().collect(),
            session: session?,
            network: network?,
            context: context?,
            key_context: key_context?,
            expectation,
        })
    }

    fn request_principal(
        &mut self,
        entry: &Spanned<RequestPrincipalEntry>,
    ) -> Option<RequestPrincipal> {
        match &entry.value {
            RequestPrincipalEntry::Name(name) => match RequestPrincipal::parse(name) {
                Ok(principal) => Some(principal),
                Err(error) => {
                    let kind = match error {
                        Some(error) => IngestErrorKind::Arn(error),
                        None => IngestErrorKind::Principal { text: name.clone() },
                    };
                    self.error(kind, "principal", entry.span);
                    None
                }
            },
            RequestPrincipalEntry::Service { service, source_account, source_arn } => {
                let spanned = |text: &String| Spanned::new(text.clone(), entry.span);
                let source_account = match source_account {
                    Some(text) => Some(self.account_id(&spanned(text), "source_account")?),
                    None => None,
                };
                let source_arn = match source_arn {
                    Some(text) => Some(self.arn(&spanned(text), "source_arn")?.value),
                    None => None,
                };
                Some(RequestPrincipal::Service {
                    name: service.clone(),
                    source_account,
                    source_arn,
                })
            }
            RequestPrincipalEntry::Other(text) => {
                let kind = IngestErrorKind::Principal { text: text.clone() };
                self.error(kind, "principal", entry.span);
                None
            }
        }
    }

    fn session(&mut self, entry: SessionEntry) -> Option<Session> {
        let issuer = match entry.issuer {
            Some(text) => Some(self.arn(&text, "session.issuer")?.value),
            None => None,
        };
        Some(Session {
            policies: self.policies(entry.policies, PolicyKind::Session),
            tags: entry.tags.into_iter().collect(),
            mfa: entry.mfa,
            source_identity: entry.source_identity,
            issuer,
        })
    }

    fn network(&mut self, entry: Spanned<NetworkEntry>) -> Option<Network> {
        let Spanned { value: entry, span } = entry;
        let mut address = |text: &Option<Spanned<String>>, field| match text {
            None => Some(None),
            Some(text) => match text.value.parse() {
                Ok(address) => Some(Some(address)),
                Err(_) => {
                    let kind = IngestErrorKind::Address { text: text.value.clone() };
                    self.error(kind, field, text.span);
                    None
                }
            },
        };
        let public = address(&entry.source_ip, "network.source_ip")?;
        let inside = address(&entry.vpc_source_ip, "network.vpc_source_ip")?;
        match (entry.vpc_endpoint, public) {
            (Some(_), Some(_)) => {
                self.error(IngestErrorKind::Network, "network", span);
                None
            }
            (Some(id), None) => Some(Network::Endpoint { id: id.value, source_ip: inside }),
            (None, Some(_)) if inside.is_some() => {
                self.error(IngestErrorKind::Network, "network", span);
                None
            }
            (None, Some(_)) => Some(Network::Public { source_ip: public }),
            (None, None) if inside.is_some() => {
                self.error(IngestErrorKind::NoEndpoint, "network", span);
                None
            }
            (None, None) => Some(Network::Unknown),
        }
    }

    fn context(
        &mut self,
        entries: indexmap::IndexMap<String, Spanned<serde_json::Value>>,
        field: &str,
    ) -> Option<BTreeMap<ContextKey, ContextValue>> {
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Bool(value) => Some(value.to_string()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let mut context = BTreeMap::new();
        for (key, Spanned { value, span }) in entries {
            let value = match &value {
                serde_json::Value::Null => Some(ContextValue::Absent),
                serde_json::Value::Array(list) => {
                    list.iter().map(text).collect::<Option<_>>().map(ContextValue::Values)
                }
                one => text(one).map(|text| ContextValue::Values(vec![text])),
            };
            let Some(value) = value else {
                self.error(IngestErrorKind::ContextValue, field, span);
                return None;
            };
            if context.insert(ContextKey::new(&key), value).is_some() {
                self.error(IngestErrorKind::DuplicateKey { key }, field, span);
                return None;
            }
        }
        Some(context)
    }

    fn expectation(&mut self, entry: Spanned<ExpectEntry>) -> Option<Expectation> {
        let location = self.at(entry.span);
        let entry = entry.value;
        let bad = |this: &mut Self, text: &str| {
            this.error(
                IngestErrorKind::Decision { text: text.to_owned() },
                "expect",
                location.span,
            );
            None
        };
        if let Some(field) = &entry.unknown {
            return bad(self, field);
        }
        let decisions = match entry.decision.as_str() {
            "allow" => vec![Decision::Allow],
            "deny" => vec![Decision::ExplicitDeny, Decision::ImplicitDeny],
            "explicit_deny" => vec![Decision::ExplicitDeny],
            "implicit_deny" => vec![Decision::ImplicitDeny],
            "indeterminate" => vec![Decision::Indeterminate],
            "invalid" => vec![Decision::Invalid],
            other => return bad(self, other),
        };
        let check = match &entry.check {
            Some(text) => match Action::new(text) {
                Some(action) => Some(action),
                None => {
                    let kind = IngestErrorKind::Action { text: text.clone() };
                    self.error(kind, "expect.check", location.span);
                    return None;
                }
            },
            None => None,
        };
        let mut because = Vec::new();
        for name in &entry.because {
            let layer = serde_json::from_value::<Layer>(serde_json::Value::String(name.clone()));
            match layer {
                Ok(layer) => because.push(layer),
                Err(_) => {
                    let kind = IngestErrorKind::Layer { text: name.clone() };
                    self.error(kind, "expect.because", location.span);
                    return None;
                }
            }
        }
        Some(Expectation { location, written: entry.decision, decisions, check, because })
    }
}
