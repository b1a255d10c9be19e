//! Decisions on random worlds: an Allow more never closes, a Deny more never opens, and what is definite stays so
//! whatever else becomes known.

use arbitrary::{Arbitrary, Unstructured};
use crosskey_engine::{
    bundle::{Bundle, Decision},
    decide::World,
    ingest::manifest::read_manifest,
    text::{Limits, Source, Sources},
};
use serde_json::{Value, json};

use crate::{
    text::NoFiles,
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

const CALLERS: &[&str] = &[
    "arn:aws:sts::444455556666:assumed-role/Reader/s1",
    "arn:aws:sts::111122223333:assumed-role/Reader/s1",
    "arn:aws:iam::444455556666:user/Reader",
    "arn:aws:iam::111122223333:user/Reader",
    "arn:aws:iam::444455556666:root",
    "anonymous",
    "lambda.amazonaws.com",
];

const ACTIONS: &[&str] = &[
    "secretsmanager:GetSecretValue",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:DescribeSecret",
    "secretsmanager:PutResourcePolicy",
    "kms:Decrypt",
];

impl Setting {
    fn write(&self) -> Value {
        let caller = pick(CALLERS, self.caller);
        let account = if caller.contains("444455556666") { "444455556666" } else { "111122223333" };
        let optional = |policy: &Option<Policy>, with_principal| {
            policy.as_ref().map_or(Value::Null, |policy| policy.write(with_principal))
        };
        let levels = |policy: &Option<Policy>| match policy {
            Some(policy) => json!([[policy.write(false)]]),
            None => json!([]),
        };
        let organization = match self.organization % 4 {
            0 => {
                json!({"organization_id": "o-aaaaaaaaaa", "organization_path": "o-aaaaaaaaaa/r-ab12/"})
            }
            1 => json!({"organization_id": "o-bbbbbbbbbb"}),
            2 => json!({"organization_id": null}),
            _ => json!({}),
        };
        let mut owner = json!({"organization_id": "o-aaaaaaaaaa"});
        let mut other = organization;
        let caller_account = if account == "444455556666" { &mut other } else { &mut owner };
        caller_account["service_control_policies"] = levels(&self.service_control);
        if let Some(policy) = &self.resource_control {
            let mut policy = policy.write(true);
            for statement in policy["Statement"].as_array_mut().into_iter().flatten() {
                let statement = statement.as_object_mut().expect("a statement is an object");
                statement.remove("NotPrincipal");
                statement.insert("Principal".to_owned(), json!("*"));
            }
            owner["resource_control_policies"] = json!([[policy]]);
        }
        let principal = match caller {
            "lambda.amazonaws.com" => json!({"service": caller, "source_account": "111122223333",
                "source_arn": "arn:aws:lambda:us-east-1:111122223333:function:f"}),
            name => json!(name),
        };
        let identity = |name: &str| {
            json!({
                "arn": format!("arn:aws:iam::{account}:{name}"),
                "unique_id": if name.starts_with("role") { "AROAEXAMPLEREADER123" } else { "AIDAEXAMPLEREADER123" },
                "identity_policies": [self.identity.write(false)],
                "permissions_boundary": optional(&self.boundary, false),
                "tags": if self.tagged { json!({"team": "red"}) } else { json!({}) },
            })
        };
        let action = pick(ACTIONS, self.action);
        let direct = action.starts_with("kms:");
        let mut request = json!({
            "principal": principal,
            "action": action,
            "resource": if direct { KEY } else { SECRET },
        });
        match self.stage % 3 {
            0 if !direct => request["parameters"] = json!({"VersionStage": "AWSCURRENT"}),
            1 if direct => {
                request["parameters"] = json!({"EncryptionContext": {"SecretARN": SECRET}})
            }
            _ => {}
        }
        match self.network % 4 {
            0 => request["network"] = json!({"source_ip": "203.0.113.9"}),
            1 => {
                request["network"] = json!({"vpc_endpoint": "vpce-1", "vpc_source_ip": "10.0.0.1"})
            }
            _ => {}
        }
        if self.time {
            request["context"]["aws:CurrentTime"] = json!("2026-06-01T00:00:00Z");
        }
        if caller.contains("assumed-role") {
            request["session"] = json!({"mfa": self.mfa});
            if let Some(policy) = &self.session {
                request["session"]["policies"] = json!([policy.write(false)]);
            }
        }
        json!({
            "version": 1,
            "accounts": {"111122223333": owner, "444455556666": other},
            "secrets": [{
                "arn": SECRET,
                "policy": self.secret.write(true),
                "kms_key_id": if self.managed_key { Value::Null } else { json!(KEY) },
                "tags": {"env": "dev"},
            }],
            "keys": [{"arn": KEY, "policy": self.key.write(true)}],
            "principals": [identity("role/Reader"), identity("user/Reader")],
            "vpc_endpoints": [{"id": "vpce-1", "vpc_id": "vpc-1", "policy": optional(&self.endpoint, true)}],
            "requests": [request],
        })
    }

    /// The place for one statement more: a policy of the manifest, and whether its statements say whom they are about.
    fn list<'a>(&self, manifest: &'a mut Value) -> (&'a mut Value, bool) {
        match self.at % 3 {
            0 => (&mut manifest["secrets"][0]["policy"]["Statement"], true),
            1 => (&mut manifest["keys"][0]["policy"]["Statement"], true),
            _ => {
                let role = !pick(CALLERS, self.caller).contains(":user/");
                let identity = &mut manifest["principals"][if role { 0 } else { 1 }];
                (&mut identity["identity_policies"][0]["Statement"], false)
            }
        }
    }

    /// The world with one statement more.
    fn with(&self, effect: &str) -> Value {
        let mut manifest = self.write();
        let (list, with_principal) = self.list(&mut manifest);
        let statement = self.more.with_effect(effect, with_principal);
        list.as_array_mut().expect("a policy has a list of statements").push(statement);
        manifest
    }

    /// The world with what was unknown of the request made known, one way.
    fn known(&self) -> Value {
        let mut manifest = self.write();
        let request = &mut manifest["requests"][0];
        // A service is not on anybody's network.
        let is_service = request["principal"].is_object();
        if request.get("network").is_none() && !is_service {
            // The policy of an endpoint is asked only for calls that are said to go through it.
            request["network"] = match self.at % 2 {
                1 if self.endpoint.is_none() => json!({"vpc_endpoint": "vpce-1"}),
                _ => json!({"source_ip": "198.51.100.1"}),
            };
        }
        if !self.time {
            request["context"]["aws:CurrentTime"] = json!("2028-06-01T00:00:00Z");
        }
        manifest
    }
}

fn load(manifest: &Value) -> Bundle {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("bundle.json", manifest.to_string()));
    let loaded = read_manifest(id, &mut sources, &mut NoFiles, &Limits::default());
    assert_eq!(loaded.errors, [], "{manifest:#}");
    loaded.bundle
}

fn decided(manifest: &Value) -> Decision {
    let bundle = load(manifest);
    World::new(&bundle).decision(&bundle.requests[0]).unwrap_or(Decision::Invalid)
}

fn denies(decision: Decision) -> bool {
    matches!(decision, Decision::ExplicitDeny | Decision::ImplicitDeny)
}

/// See the module.
pub fn run(data: &[u8]) {
    let Ok(setting) = Setting::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let manifest = setting.write();
    let bundle = load(&manifest);
    let world = World::new(&bundle);
    let answer = world.simulate(&bundle.requests[0]);
    let before = answer.as_ref().map_or(Decision::Invalid, |answer| answer.decision);
    let again = world.decision(&bundle.requests[0]).unwrap_or(Decision::Invalid);
    assert_eq!(before, again, "{manifest:#}");
    if before == Decision::Invalid {
        return;
    }
    let denied = decided(&setting.with("Deny"));
    assert!(
        before == Decision::Allow || denied != Decision::Allow,
        "a Deny more opens: {manifest:#}"
    );
    // A Deny that may apply at the first check leaves open where the call ends: that counts as open, though it ends in a
    // denial both ways.
    let still =
        matches!(denied, Decision::ExplicitDeny | Decision::Invalid | Decision::Indeterminate);
    assert!(
        before != Decision::ExplicitDeny || still,
        "a Deny more makes {before} {denied}: {manifest:#} with {:#}",
        setting.with("Deny")
    );
    let allowed = decided(&setting.with("Allow"));
    let closes =
        before == Decision::Allow && !matches!(allowed, Decision::Allow | Decision::Invalid);
    assert!(!closes, "an Allow more closes: {manifest:#}");
    if before != Decision::Indeterminate {
        let known = decided(&setting.known());
        let same = known == before || (denies(known) && denies(before));
        assert!(same, "{before} becomes {known}: {manifest:#}");
    }
}
