//! A case: who asks for what under which policies, in plain text. The engine reads it as a manifest, the plain reading as
//! it stands.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub(crate) const REGION: &str = "us-east-1";
/// Owns the secret.
pub(crate) const OWNER: &str = "111122223333";
/// Has the caller, where that is another account.
pub(crate) const OTHER: &str = "444455556666";
/// Has the key, where that is a third account.
pub(crate) const THIRD: &str = "777788889999";
pub(crate) const SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
pub(crate) const UNIQUE_ID: &str = "AROAEXAMPLEREADER123";
pub(crate) const ENDPOINT: &str = "vpce-1";
pub(crate) const VPC: &str = "vpc-1";
pub(crate) const ALIAS: &str = "alias/DevSecretKMS";

/// What kind of caller, with what only that kind has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    NamedSession,
    UnnamedSession,
    FederatedUser,
    Root,
    Service { stated_account: bool },
    Anonymous,
}

/// Where the secret's key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyIs {
    /// A key of this account, in the bundle.
    Listed(&'static str),
    /// The AWS managed key.
    Managed,
    /// A key that the bundle does not have.
    Unlisted,
}

/// How the call travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Unknown,
    Public,
    Endpoint,
}

/// What an account is to its organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Membership {
    Unknown,
    Alone,
    Member,
    Management,
}

pub(crate) const ORGANIZATION: &str = "o-a1b2c3d4e5";
pub(crate) const PATH: &str = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/";

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) kind: Kind,
    pub(crate) account: &'static str,
    pub(crate) with_path: bool,
    pub(crate) with_unique_id: bool,
    pub(crate) service_linked: bool,
    pub(crate) team: Option<&'static str>,
    pub(crate) mfa: Option<bool>,
    pub(crate) action: &'static str,
    pub(crate) stage: Option<&'static str>,
    pub(crate) way: Way,
    pub(crate) key: KeyIs,
    pub(crate) secret_team: Option<&'static str>,
    pub(crate) key_team: Option<&'static str>,
    pub(crate) aliases: bool,
    /// By account: the caller's, the secret's and the key's.
    pub(crate) members: BTreeMap<&'static str, Membership>,
    /// What the user states of context keys; `None` says absent.
    pub(crate) stated: BTreeMap<&'static str, Option<Vec<&'static str>>>,
    pub(crate) assumptions: BTreeMap<&'static str, &'static str>,
    pub(crate) secret_policy: Option<Value>,
    pub(crate) key_policy: Option<Value>,
    pub(crate) identity: Vec<Value>,
    pub(crate) boundary: Option<Value>,
    pub(crate) session: Vec<Value>,
    /// SCPs of the caller's account, a list a level.
    pub(crate) scp: Vec<Vec<Value>>,
    /// RCPs of the secret's account.
    pub(crate) rcp: Vec<Vec<Value>>,
    pub(crate) endpoint_policy: Option<Value>,
    pub(crate) grants: Vec<Value>,
}

impl Scenario {
    /// The user or role behind the call, where there is one.
    pub(crate) fn identity_arn(&self) -> Option<String> {
        let path = if self.with_path { "app/" } else { "" };
        match self.kind {
            Kind::User | Kind::FederatedUser => {
                Some(format!("arn:aws:iam::{}:user/{path}Reader", self.account))
            }
            Kind::NamedSession | Kind::UnnamedSession => {
                Some(format!("arn:aws:iam::{}:role/{path}Reader", self.account))
            }
            Kind::Root | Kind::Service { .. } | Kind::Anonymous => None,
        }
    }

    pub(crate) fn session_arn(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/Reader/s1", self.account)
    }

    pub(crate) fn federated_arn(&self) -> String {
        format!("arn:aws:sts::{}:federated-user/Reader", self.account)
    }

    pub(crate) fn key_arn(&self) -> Option<String> {
        let owner = self.key_owner();
        match self.key {
            KeyIs::Listed(_) | KeyIs::Unlisted => Some(key_arn(owner)),
            KeyIs::Managed => None,
        }
    }

    pub(crate) fn key_owner(&self) -> &'static str {
        match self.key {
            KeyIs::Listed(owner) => owner,
            KeyIs::Managed => OWNER,
            KeyIs::Unlisted => THIRD,
        }
    }

    pub(crate) fn membership(&self, account: &str) -> Membership {
        self.members.get(account).copied().unwrap_or(Membership::Unknown)
    }

    /// The value of an assumption, `""` for its default.
    pub(crate) fn assumes(&self, name: &str) -> &'static str {
        self.assumptions.get(name).copied().unwrap_or_default()
    }

    fn principal(&self) -> Value {
        match self.kind {
            Kind::User | Kind::UnnamedSession => json!(self.identity_arn()),
            Kind::NamedSession => json!(self.session_arn()),
            Kind::FederatedUser => json!(self.federated_arn()),
            Kind::Root => json!(format!("arn:aws:iam::{}:root", self.account)),
            Kind::Service { stated_account: true } => {
                json!({"service": "lambda.amazonaws.com", "source_account": OWNER})
            }
            Kind::Service { stated_account: false } => json!({"service": "lambda.amazonaws.com"}),
            Kind::Anonymous => json!("anonymous"),
        }
    }

    fn account_entries(&self) -> Value {
        let entry = |account: &str| {
            let mut entry = Map::new();
            match self.membership(account) {
                Membership::Unknown => {}
                Membership::Alone => {
                    entry.insert("organization_id".into(), Value::Null);
                }
                membership @ (Membership::Member | Membership::Management) => {
                    entry.insert("organization_id".into(), json!(ORGANIZATION));
                    entry.insert("organization_path".into(), json!(PATH));
                    if membership == Membership::Management {
                        entry.insert("management_account".into(), json!(true));
                    }
                }
            }
            if account == self.account {
                entry.insert("service_control_policies".into(), json!(self.scp));
            }
            if account == OWNER {
                entry.insert("resource_control_policies".into(), json!(self.rcp));
            }
            (account.to_owned(), Value::Object(entry))
        };
        let accounts = [OWNER, OTHER, THIRD];
        Value::Object(accounts.map(entry).into_iter().collect())
    }

    /// As a manifest.
    pub(crate) fn manifest(&self) -> Value {
        let tags = |team: Option<&str>| team.map_or(json!({}), |team| json!({"team": team}));
        let mut secret = json!({"arn": SECRET, "tags": tags(self.secret_team)});
        if let Some(policy) = &self.secret_policy {
            secret["policy"] = policy.clone();
        }
        if let Some(arn) = self.key_arn() {
            secret["kms_key_id"] = json!(arn);
        }
        let mut keys = Vec::new();
        if let (KeyIs::Listed(_), Some(arn)) = (self.key, self.key_arn()) {
            let mut key = json!({"arn": arn, "tags": tags(self.key_team), "grants": self.grants});
            if self.aliases {
                key["aliases"] = json!([ALIAS]);
            }
            if let Some(policy) = &self.key_policy {
                key["policy"] = policy.clone();
            }
            keys.push(key);
        }
        let mut principals = Vec::new();
        if let Some(arn) = self.identity_arn() {
            let mut identity =
                json!({"arn": arn, "identity_policies": self.identity, "tags": tags(self.team)});
            if self.with_unique_id {
                identity["unique_id"] = json!(UNIQUE_ID);
            }
            if self.service_linked {
                identity["service_linked"] = json!(true);
            }
            if let Some(boundary) = &self.boundary {
                identity["permissions_boundary"] = boundary.clone();
            }
            principals.push(identity);
        }
        let mut endpoint = json!({"id": ENDPOINT, "vpc_id": VPC});
        if let Some(policy) = &self.endpoint_policy {
            endpoint["policy"] = policy.clone();
        }
        let mut request = json!({
            "principal": self.principal(),
            "action": self.action,
            "parameters": self.stage.map_or(json!({}), |stage| json!({"VersionStage": stage})),
            "context": self.stated,
        });
        if let Some(resource) = self.resource() {
            request["resource"] = json!(resource);
        }
        request["session"] = json!({"policies": self.session});
        if let Some(mfa) = self.mfa {
            request["session"]["mfa"] = json!(mfa);
        }
        match self.way {
            Way::Unknown => {}
            Way::Public => request["network"] = json!({"source_ip": "203.0.113.9"}),
            Way::Endpoint => {
                request["network"] = json!({"vpc_endpoint": ENDPOINT, "vpc_source_ip": "10.0.0.5"});
            }
        }
        json!({
            "version": 1,
            "accounts": self.account_entries(),
            "secrets": [secret],
            "keys": keys,
            "principals": principals,
            "vpc_endpoints": [endpoint],
            "requests": [request],
            "assumptions": self.assumptions,
        })
    }

    /// What the request names.
    pub(crate) fn resource(&self) -> Option<String> {
        match self.action {
            "secretsmanager:ListSecrets" => None,
            action if action.starts_with("kms:") => self.key_arn(),
            _ => Some(SECRET.to_owned()),
        }
    }
}

pub(crate) fn key_arn(owner: &str) -> String {
    format!("arn:aws:kms:{REGION}:{owner}:key/1234abcd-12ab-34cd-56ef-1234567890ab")
}
