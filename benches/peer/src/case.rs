use crosskey_benches::{long_share, plain_share};
use serde_json::Value;

/// A secret shared across two accounts, and a request for it.
pub struct Case {
    pub name: &'static str,
    /// The manifest of a bundle.
    pub share: Value,
}

pub fn all() -> Result<Vec<Case>, String> {
    Ok(vec![
        Case { name: "2 statements a policy", share: plain_share()? },
        Case { name: "100, the last allow", share: long_share(100, true)? },
        Case { name: "100, none allows", share: long_share(100, false)? },
    ])
}

impl Case {
    fn at(&self, path: &str) -> Result<&Value, String> {
        self.share.pointer(path).ok_or_else(|| format!("the share has no {path}"))
    }

    fn text(&self, path: &str) -> Result<&str, String> {
        self.at(path)?.as_str().ok_or_else(|| format!("{path} is no text"))
    }

    pub fn secret_policy(&self) -> Result<&Value, String> {
        self.at("/secrets/0/policy")
    }

    pub fn key_policy(&self) -> Result<&Value, String> {
        self.at("/keys/0/policy")
    }

    pub fn identity_policy(&self) -> Result<&Value, String> {
        self.at("/principals/0/identity_policies/0")
    }

    pub fn secret(&self) -> Result<&str, String> {
        self.text("/secrets/0/arn")
    }

    pub fn key(&self) -> Result<&str, String> {
        self.text("/keys/0/arn")
    }

    pub fn role(&self) -> Result<&str, String> {
        self.text("/principals/0/arn")
    }

    pub fn session(&self) -> Result<&str, String> {
        self.text("/requests/0/principal")
    }
}

/// What Secrets Manager puts into the context of its call to KMS, as far as the policies ask for it.
pub fn forwarded(case: &Case) -> Result<[(&'static str, String); 2], String> {
    Ok([
        ("kms:ViaService", "secretsmanager.us-east-1.amazonaws.com".to_owned()),
        ("kms:EncryptionContext:SecretARN", case.secret()?.to_owned()),
    ])
}
