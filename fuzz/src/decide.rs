//! Decisions on random worlds: an Allow more never closes, a Deny more never opens, a Deny of everything lets nobody pass,
//! and what is definite stays so whatever else becomes known.
//!
//! What random policies are put into is read once for all cases: reading a manifest takes longer than deciding it.

use std::{collections::HashMap, fmt, sync::LazyLock};

use arbitrary::{Arbitrary, Unstructured};
use crosskey_engine::{
    bundle::{Bundle, Decision, Document, PolicyId, Request},
    decide::World,
    ingest::manifest::{NoFiles, read_manifest},
    policy::{Effect, PolicyKind},
    text::{Limits, Location, Source, SourceId, Sources, Span},
};

use crate::{
    Tried,
    words::{KEY, Policy, SECRET, Statement, pick},
};

/// A world with one request.
#[derive(Arbitrary, Debug)]
struct Setting {
    secret: Policy,
    key: Policy,
    identity: Policy,
    boundary: Option<Policy>,
    session: Option<Policy>,
    service_control: Option<Policy>,
    resource_control: Option<Policy>,
    endpoint: Option<Policy>,
    caller: u8,
    organization: u8,
    action: u8,
    stage: u8,
    network: u8,
    time: bool,
    mfa: Option<bool>,
    tagged: bool,
    managed_key: bool,
    more: Statement,
    at: u8,
}

/// The account of secret and key.
const OWNER: &str = "111122223333";
const OTHER: &str = "444455556666";

const CALLERS: &[&str] = &[
    r#""arn:aws:sts::444455556666:assumed-role/Reader/s1""#,
    r#""arn:aws:sts::111122223333:assumed-role/Reader/s1""#,
    r#""arn:aws:iam::444455556666:user/Reader""#,
    r#""arn:aws:iam::111122223333:user/Reader""#,
    r#""arn:aws:iam::444455556666:root""#,
    r#""anonymous""#,
    SERVICE,
];

const SERVICE: &str = r#"{"service": "lambda.amazonaws.com", "source_account": "111122223333",
    "source_arn": "arn:aws:lambda:us-east-1:111122223333:function:f"}"#;

const ACTIONS: &[&str] = &[
    "secretsmanager:GetSecretValue",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:DescribeSecret",
    "secretsmanager:PutResourcePolicy",
    "kms:Decrypt",
];

/// The ways to AWS that requests start with; half of them say nothing.
const NETWORKS: &[&str] = &[
    r#"{"source_ip": "203.0.113.9"}"#,
    r#"{"vpc_endpoint": "vpce-1", "vpc_source_ip": "10.0.0.1"}"#,
    UNKNOWN,
    UNKNOWN,
];
const UNKNOWN: &str = "{}";
/// The ways that those which said nothing turn out to be.
const ELSEWHERE: &str = r#"{"source_ip": "198.51.100.1"}"#;
const THROUGH_ENDPOINT: &str = r#"{"vpc_endpoint": "vpce-1"}"#;

const NOW: &str = "2026-06-01T00:00:00Z";
/// What the time turns out to be where nobody said it.
const LATER: &str = "2028-06-01T00:00:00Z";

/// What is known of the organization of the account that owns nothing.
const ORGANIZATIONS: &[&str] = &[
    r#"{"organization_id": "o-aaaaaaaaaa", "organization_path": "o-aaaaaaaaaa/r-ab12/"}"#,
    r#"{"organization_id": "o-bbbbbbbbbb"}"#,
    r#"{"organization_id": null}"#,
    "{}",
];

/// What a world is beside its policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Form {
    /// The account of the users and roles.
    account: &'static str,
    organization: &'static str,
    tagged: bool,
    managed_key: bool,
}

/// A request but for what its session carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Call {
    caller: &'static str,
    action: &'static str,
    /// Whether the API's parameters are given.
    parameters: bool,
    network: &'static str,
    time: Option<&'static str>,
}

static WORLDS: LazyLock<HashMap<Form, Bundle>> = LazyLock::new(|| {
    let mut worlds = HashMap::new();
    for account in [OWNER, OTHER] {
        for organization in ORGANIZATIONS {
            for (tagged, managed_key) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                let form = Form { account, organization, tagged, managed_key };
                worlds.insert(form, load(form.to_string()));
            }
        }
    }
    worlds
});

static REQUESTS: LazyLock<HashMap<Call, Request>> = LazyLock::new(|| {
    let mut calls = Vec::new();
    for caller in CALLERS {
        for action in ACTIONS {
            for network in NETWORKS.iter().chain(&[ELSEWHERE, THROUGH_ENDPOINT]) {
                for time in [None, Some(NOW), Some(LATER)] {
                    for parameters in [false, true] {
                        calls.push(Call { caller, action, parameters, network, time });
                    }
                }
            }
        }
    }
    let written: Vec<_> = calls.iter().map(Call::to_string).collect();
    let bundle = load(format!(r#"{{"version": 1, "requests": [{}]}}"#, written.join(",")));
    calls.into_iter().zip(bundle.requests).collect()
});

fn load(manifest: String) -> Bundle {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("bundle.json", manifest.as_str()));
    let loaded = read_manifest(id, &mut sources, &mut NoFiles, &Limits::default());
    assert_eq!(loaded.errors, [], "{manifest}");
    loaded.bundle
}

/// As a manifest.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, organization, tagged, managed_key } = self;
        let key = if *managed_key { "null" } else { &format!(r#""{KEY}""#) };
        let tags = if *tagged { r#"{"team": "red"}"# } else { "{}" };
        write!(
            f,
            r#"{{
            "version": 1,
            "accounts": {{"{OWNER}": {{"organization_id": "o-aaaaaaaaaa"}}, "{OTHER}": {organization}}},
            "secrets": [{{"arn": "{SECRET}", "kms_key_id": {key}, "tags": {{"env": "dev"}}}}],
            "keys": [{{"arn": "{KEY}"}}],
            "principals": [
                {{"arn": "arn:aws:iam::{account}:role/Reader", "unique_id": "AROAEXAMPLEREADER123", "tags": {tags}}},
                {{"arn": "arn:aws:iam::{account}:user/Reader", "unique_id": "AIDAEXAMPLEREADER123", "tags": {tags}}}
            ],
            "vpc_endpoints": [{{"id": "vpce-1", "vpc_id": "vpc-1"}}]
            }}"#
        )
    }
}

/// As an entry of a manifest.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { caller, action, network, .. } = self;
        let (resource, parameters) = match self.is_direct() {
            true => (KEY, format!(r#"{{"EncryptionContext": {{"SecretARN": "{SECRET}"}}}}"#)),
            false => (SECRET, r#"{"VersionStage": "AWSCURRENT"}"#.to_owned()),
        };
        write!(
            f,
            r#"{{"principal": {caller}, "action": "{action}", "resource": "{resource}", "network": {network}"#
        )?;
        if self.parameters {
            write!(f, r#", "parameters": {parameters}"#)?;
        }
        if let Some(time) = self.time {
            write!(f, r#", "context": {{"aws:CurrentTime": "{time}"}}"#)?;
        }
        f.write_str("}")
    }
}

impl Call {
    /// Whether the key is called, and no secret.
    fn is_direct(&self) -> bool {
        self.action.starts_with("kms:")
    }
}

impl Setting {
    fn caller(&self) -> &'static str {
        pick(CALLERS, self.caller)
    }

    fn has_session(&self) -> bool {
        self.caller().contains("assumed-role")
    }

    fn form(&self) -> Form {
        Form {
            account: if self.caller().contains(OTHER) { OTHER } else { OWNER },
            organization: pick(ORGANIZATIONS, self.organization),
            tagged: self.tagged,
            managed_key: self.managed_key,
        }
    }

    fn call(&self) -> Call {
        Call {
            caller: self.caller(),
            action: pick(ACTIONS, self.action),
            parameters: self.stage.is_multiple_of(3),
            network: pick(NETWORKS, self.network),
            time: self.time.then_some(NOW),
        }
    }

    /// The call with what was unknown of it made known, one way.
    fn known(&self) -> Call {
        let call = self.call();
        let network = match call.network {
            // A service is not on anybody's network.
            UNKNOWN if call.caller != SERVICE => match self.at % 2 {
                // The policy of an endpoint is asked only for calls that are said to go through it.
                1 if self.endpoint.is_none() => THROUGH_ENDPOINT,
                _ => ELSEWHERE,
            },
            said => said,
        };
        Call { network, time: call.time.or(Some(LATER)), ..call }
    }

    /// All policies of the world, by what they are attached to.
    fn policies(&self) -> impl Iterator<Item = (PolicyKind, &Policy)> {
        let session = self.session.as_ref().filter(|_| self.has_session());
        [
            (PolicyKind::Secret, Some(&self.secret)),
            (PolicyKind::Key, Some(&self.key)),
            (PolicyKind::Identity, Some(&self.identity)),
            (PolicyKind::PermissionsBoundary, self.boundary.as_ref()),
            (PolicyKind::Session, session),
            (PolicyKind::ServiceControl, self.service_control.as_ref()),
            (PolicyKind::ResourceControl, self.resource_control.as_ref()),
            (PolicyKind::VpcEndpoint, self.endpoint.as_ref()),
        ]
        .into_iter()
        .filter_map(|(kind, policy)| Some((kind, policy?)))
    }

    /// The policy that one statement more is put into.
    fn changed(&self) -> (PolicyKind, &Policy) {
        match self.at % 3 {
            0 => (PolicyKind::Secret, &self.secret),
            1 => (PolicyKind::Key, &self.key),
            _ => (PolicyKind::Identity, &self.identity),
        }
    }

    /// A policy that has a say in the call, whoever makes it.
    fn gate(&self) -> (PolicyKind, &Policy) {
        let call = self.call();
        let moves_a_value = call.action.ends_with("SecretValue") && !self.managed_key;
        if call.is_direct() || (moves_a_value && self.at.is_multiple_of(2)) {
            (PolicyKind::Key, &self.key)
        } else {
            (PolicyKind::Secret, &self.secret)
        }
    }

    fn bundle(&self) -> Bundle {
        let form = self.form();
        let mut bundle = WORLDS[&form].clone();
        for (kind, policy) in self.policies() {
            let id = bundle.policies.add(Document {
                label: kind.to_string(),
                kind,
                location: Location::new(SourceId::default(), Span::default()),
                content: Ok(policy.parse(kind, None)),
            });
            let account = |id: &str| id.parse().expect("an account");
            match kind {
                PolicyKind::Secret => bundle.secrets[0].policy = Some(id),
                PolicyKind::Key => bundle.keys[0].policy = Some(id),
                PolicyKind::Identity => {
                    bundle.identities.iter_mut().for_each(|own| own.identity_policies.push(id));
                }
                PolicyKind::PermissionsBoundary => {
                    bundle.identities.iter_mut().for_each(|own| own.boundary = Some(id));
                }
                PolicyKind::ServiceControl => {
                    let account = bundle.accounts.entry(account(form.account)).or_default();
                    account.service_control = vec![vec![id]];
                }
                PolicyKind::ResourceControl => {
                    let account = bundle.accounts.entry(account(OWNER)).or_default();
                    account.resource_control = vec![vec![id]];
                }
                PolicyKind::VpcEndpoint => bundle.endpoints[0].policy = Some(id),
                // A request brings it along.
                PolicyKind::Session => {}
                PolicyKind::OtherResource => unreachable!("there are no other resources"),
            }
        }
        bundle
    }

    /// A call, made in the session.
    fn request(&self, call: Call, bundle: &Bundle) -> Request {
        let mut request = REQUESTS[&call].clone();
        if self.has_session() {
            request.session.mfa = self.mfa;
            request.session.policies.extend(of_kind(bundle, PolicyKind::Session));
        }
        request
    }
}

/// What a person needs to see what was decided.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.form())?;
        for (kind, policy) in self.policies() {
            writeln!(f, "{kind}: {}", policy.write(kind, None))?;
        }
        let (kind, policy) = self.changed();
        for effect in [Effect::Deny, Effect::Allow] {
            let more = Some((self.more, effect));
            writeln!(f, "{kind} with one more: {}", policy.write(kind, more))?;
        }
        writeln!(f, "request: {}", self.call())?;
        writeln!(f, "more known: {}", self.known())?;
        if self.has_session() {
            writeln!(f, "MFA: {:?}", self.mfa)?;
        }
        Ok(())
    }
}

fn of_kind(bundle: &Bundle, kind: PolicyKind) -> Option<PolicyId> {
    bundle.policies.iter().find(|(_, document)| document.kind == kind).map(|(id, _)| id)
}

fn decided(world: &World<'_>, request: &Request) -> Decision {
    world.decision(request).unwrap_or(Decision::Invalid)
}

fn denies(decision: Decision) -> bool {
    matches!(decision, Decision::ExplicitDeny | Decision::ImplicitDeny)
}

/// See the module.
pub fn run(data: &[u8]) -> Option<Tried> {
    let setting = Setting::arbitrary_take_rest(Unstructured::new(data)).ok()?;
    let mut bundle = setting.bundle();
    let request = setting.request(setting.call(), &bundle);
    let world = World::new(&bundle);
    let before = world.simulate(&request).map_or(Decision::Invalid, |answer| answer.decision);
    let again = decided(&world, &request);
    assert_eq!(before, again, "simulated and decided differ: {setting}");
    if before == Decision::Invalid {
        return None;
    }
    if before != Decision::Indeterminate {
        let known = decided(&world, &setting.request(setting.known(), &bundle));
        let same = known == before || (denies(known) && denies(before));
        assert!(same, "{before} becomes {known}: {setting}");
    }

    let mut with_one_more = |(kind, policy): (PolicyKind, &Policy), statement, effect| {
        let document = of_kind(&bundle, kind).and_then(|id| bundle.policies.get_mut(id));
        let content = Ok(policy.parse(kind, Some((statement, effect))));
        document.expect("a world has the policy").content = content;
        decided(&World::new(&bundle), &request)
    };
    let denied = with_one_more(setting.changed(), setting.more, Effect::Deny);
    let opens = before != Decision::Allow && denied == Decision::Allow;
    assert!(!opens, "a Deny more opens: {setting}");
    // A Deny that may apply at the first check leaves open where the call ends: that counts as open, though it ends in a
    // denial both ways.
    let still =
        matches!(denied, Decision::ExplicitDeny | Decision::Invalid | Decision::Indeterminate);
    assert!(
        before != Decision::ExplicitDeny || still,
        "a Deny more makes {before} {denied}: {setting}"
    );
    let allowed = with_one_more(setting.changed(), setting.more, Effect::Allow);
    let closes =
        before == Decision::Allow && !matches!(allowed, Decision::Allow | Decision::Invalid);
    assert!(!closes, "an Allow more closes: {setting}");
    if allowed != Decision::Allow {
        return Some(Tried);
    }
    // Only where a call would pass does such a Deny show anything.
    let (gate, _) = setting.gate();
    let passed = with_one_more(setting.gate(), Statement::EVERYTHING, Effect::Deny);
    assert!(passed != Decision::Allow, "a Deny of everything in the {gate} is passed: {setting}");
    Some(Tried)
}
