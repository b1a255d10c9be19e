use std::collections::{BTreeMap, BTreeSet};

use super::{
    input::{CheckOptions, RequestAnswer},
    tally::Tally,
};
use crate::{
    bundle::{Bundle, Document, Identity, Key, PolicyId, Secret},
    finding::{Finding, FindingStatement, Fingerprints, Place, Rule, fingerprint},
    ingest::IngestError,
    policy::{Policy, PolicyKind, Statement},
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
    attached: Attached<'a>,
    fingerprints: &'a Fingerprints,
}

/// A policy document: where it stands, and what it was read as.
type DocumentKey = (Location, PolicyKind);

/// What each policy document is attached to.
#[derive(Default)]
struct Attached<'a> {
    secrets: BTreeMap<DocumentKey, Vec<&'a Secret>>,
    keys: BTreeMap<DocumentKey, Vec<&'a Key>>,
    identities: BTreeMap<DocumentKey, Vec<&'a Identity>>,
}

impl<'a> Attached<'a> {
    fn of(bundle: &'a Bundle) -> Self {
        let mut attached = Self::default();
        let document = |slot: PolicyId| bundle.policies.get(slot).map(key);
        for secret in &bundle.secrets {
            let own = secret.policy.and_then(document);
            own.into_iter().for_each(|it| attached.secrets.entry(it).or_default().push(secret));
        }
        for of in &bundle.keys {
            let own = of.policy.and_then(document);
            own.into_iter().for_each(|it| attached.keys.entry(it).or_default().push(of));
        }
        for identity in &bundle.identities {
            let slots = identity.identity_policies.iter().copied().chain(identity.boundary);
            // One that is attached twice is attached.
            for own in slots.filter_map(document).collect::<BTreeSet<_>>() {
                attached.identities.entry(own).or_default().push(identity);
            }
        }
        attached
    }
}

const fn key(document: &Document) -> DocumentKey {
    (document.location, document.kind)
}

/// The findings of one run.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) list: Vec<Finding>,
    tally: Tally,
}

/// A policy as far as it could be read, with its document.
#[derive(Clone, Copy)]
pub(super) struct PolicyView<'a> {
    pub(super) document: &'a Document,
    pub(super) policy: &'a Policy,
    pub(super) fingerprints: &'a Fingerprints,
}

impl<'a> Subject<'a> {
    /// A bundle with what else is known of it.
    pub(super) fn new(
        bundle: &'a Bundle,
        sources: &'a Sources,
        errors: &'a [IngestError],
        answers: &'a [RequestAnswer],
        options: &'a CheckOptions,
        fingerprints: &'a Fingerprints,
    ) -> Self {
        let attached = Attached::of(bundle);
        Self { bundle, sources, errors, answers, options, attached, fingerprints }
    }

    /// Every policy that could be read at least in part. A file that several slots name is seen once a kind.
    pub(super) fn policies(&self) -> impl Iterator<Item = PolicyView<'a>> {
        let (bundle, fingerprints) = (self.bundle, self.fingerprints);
        let mut seen = BTreeSet::new();
        bundle.policies.iter().filter_map(move |(_, document)| {
            let policy = document.readable()?;
            let is_new = seen.insert(key(document));
            is_new.then_some(PolicyView { document, policy, fingerprints })
        })
    }

    /// The policy in a slot of the bundle, if it could be read at least in part.
    pub(super) fn policy(&self, slot: PolicyId) -> Option<PolicyView<'a>> {
        let document = self.bundle.policies.get(slot)?;
        let (policy, fingerprints) = (document.readable()?, self.fingerprints);
        Some(PolicyView { document, policy, fingerprints })
    }

    /// Every statement of every policy.
    pub(super) fn statements(&self) -> impl Iterator<Item = (PolicyView<'a>, &'a Statement)> {
        self.policies().flat_map(|view| view.policy.statements.iter().map(move |s| (view, s)))
    }

    /// Whether a slot of the bundle holds this document.
    #[cfg(feature = "prove")]
    pub(super) fn holds(&self, slot: PolicyId, view: PolicyView<'_>) -> bool {
        self.bundle.policies.get(slot).is_some_and(|it| key(it) == key(view.document))
    }

    /// The secrets that this policy is attached to.
    pub(super) fn secrets_of(&self, view: PolicyView<'_>) -> &[&'a Secret] {
        self.attached.secrets.get(&key(view.document)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The keys that this policy is attached to.
    pub(super) fn keys_of(&self, view: PolicyView<'_>) -> &[&'a Key] {
        self.attached.keys.get(&key(view.document)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The users and roles that this policy is attached to, as a policy of their own or as a boundary.
    pub(super) fn identities_of(&self, view: PolicyView<'_>) -> &[&'a Identity] {
        self.attached.identities.get(&key(view.document)).map(Vec::as_slice).unwrap_or_default()
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
        let own = |it: &&Statement| {
            self.policy.statements.get(it.index).is_some_and(|own| std::ptr::eq(own, *it))
        };
        let fingerprint = match statement.filter(own) {
            Some(statement) => {
                self.fingerprints.of(rule.id, self.policy, statement.index, &message)
            }
            None => fingerprint(rule.id, Some(self.policy), statement, &message),
        };
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
            fingerprint,
        }
    }
}

impl Findings {
    /// None yet, and at most so many of each rule.
    pub(super) const fn within(most: usize) -> Self {
        Self { list: Vec::new(), tally: Tally::new(most) }
    }

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
        self.list.extend(self.tally.take(finding));
    }
}
