//! A secret, its key and a caller as a manifest: for those who have no bundle yet.

use crosskey_engine::bundle::RequestPrincipal;
use serde_json::{Map, Value, json};

/// One secret that one caller is to read.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// The ARN of the secret.
    pub(super) secret: Option<String>,
    /// The ARN of its key; `None` for the AWS managed one.
    pub(super) key: Option<String>,
    /// Who calls.
    pub(super) principal: Option<String>,
    /// The names of the policy files.
    pub(super) secret_policy: Option<String>,
    /// That of the key's.
    pub(super) key_policy: Option<String>,
    /// Those of the caller's.
    pub(super) identity_policies: Vec<String>,
}

impl Share {
    /// The manifest, with one request.
    pub(super) fn manifest(&self, request: Value) -> Value {
        let mut secret = Map::new();
        set(&mut secret, "arn", self.secret.clone());
        set(&mut secret, "policy", self.secret_policy.clone());
        set(&mut secret, "kms_key_id", self.key.clone());
        let key = self.key.as_ref().map(|arn| {
            let mut key = Map::new();
            set(&mut key, "arn", Some(arn.clone()));
            set(&mut key, "policy", self.key_policy.clone());
            key
        });
        let caller = self.principal.as_deref().and_then(identity);
        let caller =
            caller.map(|arn| json!({ "arn": arn, "identity_policies": self.identity_policies }));
        let list = |entry: Option<Value>| Value::Array(entry.into_iter().collect());
        json!({
            "version": 1,
            "secrets": [secret],
            "keys": list(key.map(Value::Object)),
            "principals": list(caller),
            "requests": [request],
        })
    }
}

/// Sets a member that has a value.
pub(super) fn set(map: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value.into());
    }
}

/// The user or role behind a caller; `None` for callers that have no policies of their own.
fn identity(principal: &str) -> Option<String> {
    match RequestPrincipal::parse(principal).ok()? {
        RequestPrincipal::User(arn) => Some(arn.to_string()),
        RequestPrincipal::Session { role: Some(arn), .. } => Some(arn.to_string()),
        RequestPrincipal::Session { written, role_name, role: None, .. } => {
            let (partition, account) = (written.partition(), written.account()?);
            Some(format!("arn:{partition}:iam::{account}:role/{role_name}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_behind_a_session_is_found() {
        let session = "arn:aws:sts::444455556666:assumed-role/R_B/s1";
        assert_eq!(identity(session).unwrap(), "arn:aws:iam::444455556666:role/R_B");
        assert_eq!(identity("anonymous"), None);
    }
}
