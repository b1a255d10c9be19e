use std::collections::BTreeSet;

use super::input::{CheckOptions, RequestAnswer};
use crate::{
    bundle::{Bundle, Document, Identity, Key, PolicyId, Secret},
    finding::{Finding, FindingStatement, Place, Rule, fingerprint},
    ingest::IngestError,
    policy::{Policy, Statement},
    text::{Location, Sources, Span},
};

/// What the rules look at.
pub(super) struct Subject<'a> {
    /// The bundle.
    pub(super) bundle: &'a Bundle,
    /// The texts.
    pub(super) sources: &'a Sources,
    /// What could not be read.
    pub(super) errors: &'a [IngestError],
    /// The answer to each request of the bundle.
    pub(super) answers: &'a [RequestAnswer],
    /// What to look for.
    pub(super) options: &'a CheckOptions,
}

/// The findings of one run.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) list: Vec<Finding>,
}

/// A policy as far as it could be read, with its document.
#[derive(Clone, Copy)]
pub(super) struct PolicyView<'a> {
    pub(super) document: &'a Document,
    pub(super) policy: &'a Policy,
}

impl<'a> Subject<'a> {
    /// Every policy that could be read at least in part. A file that several slots name is seen once a kind.
    pub(super) fn policies(&self) -> impl Iterator<Item = PolicyView<'a>> {
        let bundle = self.bundle;
        let mut seen = BTreeSet::new();
        bundle.policies.iter().filter_map(move |(_, document)| {
            let policy = document.readable()?;
            let is_new = seen.insert((document.location, document.kind));
            is_new.then_some(PolicyView { document, policy })
        })
    }

    /// The policy in a slot of the bundle, if it could be read at least in part.
    pub(super) fn policy(&self, slot: PolicyId) -> Option<PolicyView<'a>> {
        let document = self.bundle.policies.get(slot)?;
        Some(PolicyView { document, policy: document.readable()? })
    }

    /// Every statement of every policy.
    pub(super) fn statements(&self) -> impl Iterator<Item = (PolicyView<'a>, &'a Statement)> {
        self.policies().flat_map(|view| view.policy.statements.iter().map(move |s| (view, s)))
    }

    /// Whether a slot of the bundle holds this document.
    pub(super) fn holds(&self, slot: PolicyId, view: PolicyView<'_>) -> bool {
        self.bundle.policies.get(slot).is_some_and(|document| {
            (document.location, document.kind) == (view.document.location, view.document.kind)
        })
    }

    /// The secrets that this policy is attached to.
    pub(super) fn secrets_of(&self, view: PolicyView<'_>) -> Vec<&'a Secret> {
        let secrets = self.bundle.secrets.iter();
        secrets.filter(|s| s.policy.is_some_and(|slot| self.holds(slot, view))).collect()
    }

    /// The keys that this policy is attached to.
    pub(super) fn keys_of(&self, view: PolicyView<'_>) -> Vec<&'a Key> {
        let keys = self.bundle.keys.iter();
        keys.filter(|k| k.policy.is_some_and(|slot| self.holds(slot, view))).collect()
    }

    /// The users and roles that this policy is attached to, as a policy of their own or as a boundary.
    pub(super) fn identities_of(&self, view: PolicyView<'_>) -> Vec<&'a Identity> {
        let slots = |identity: &Identity| {
            let all = identity.identity_policies.iter().copied().chain(identity.boundary);
            all.collect::<Vec<_>>()
        };
        let identities = self.bundle.identities.iter();
        identities.filter(|i| slots(i).into_iter().any(|slot| self.holds(slot, view))).collect()
    }
}

impl PolicyView<'_> {
    /// A finding at a place of this policy, in one of its statements.
    pub(super) fn finding(
        &self,
        rule: &'static Rule,
        statement: Option<&Statement>,
        span: Span,
        message: String,
        help: String,
    ) -> Finding {
        let detail = message.clone();
        Finding {
            rule,
            severity: rule.severity,
            message,
            help,
            place: Place::Source(self.policy.location(span)),
            related: Vec::new(),
            statement: statement.map(|statement| FindingStatement {
                policy: self.document.label.clone(),
                index: statement.index,
                sid: statement.sid.as_ref().map(|sid| sid.value.clone()),
            }),
            witness: None,
            fix: Vec::new(),
            gap: None,
            fingerprint: fingerprint(rule.id, Some(self.policy), statement, &detail),
        }
    }
}

impl Findings {
    /// A finding about a place outside of policies: in a manifest.
    pub(super) fn at(
        rule: &'static Rule,
        location: Location,
        message: String,
        help: String,
    ) -> Finding {
        let fingerprint = fingerprint(rule.id, None, None, &message);
        Finding {
            rule,
            severity: rule.severity,
            message,
            help,
            place: Place::Source(location),
            related: Vec::new(),
            statement: None,
            witness: None,
            fix: Vec::new(),
            gap: None,
            fingerprint,
        }
    }

    /// Adds a finding.
    pub(super) fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }
}
