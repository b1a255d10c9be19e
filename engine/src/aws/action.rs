use std::fmt;

use super::Pattern;

/// A service whose authorization we know in detail, or any other by its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// AWS Secrets Manager.
    SecretsManager,
    /// AWS Key Management Service.
    Kms,
    /// Any other.
    Other,
}

/// An action such as `secretsmanager:GetSecretValue`. Compared without regard to case.
///
/// ```
/// use crosskey_engine::aws::Action;
/// let action = Action::new("secretsmanager:GetSecretValue").ok_or("no action")?;
/// assert_eq!(action, Action::new("SecretsManager:getsecretvalue").ok_or("no action")?);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
pub struct Action {
    text: Box<str>,
    lower: Box<str>,
    service: Service,
}

impl Action {
    /// `prefix:Name`, without wildcards; `None` for any other text.
    pub fn new(text: &str) -> Option<Self> {
        let (service, name) = text.split_once(':')?;
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        (plain(service) && plain(name)).then(|| {
            let canonical = super::catalog::action(text).map_or(text, |known| known.full_name);
            let lower = text.to_ascii_lowercase();
            let service = match lower.split_once(':') {
                Some(("secretsmanager", _)) => Service::SecretsManager,
                Some(("kms", _)) => Service::Kms,
                _ => Service::Other,
            };
            Self { text: canonical.into(), lower: lower.into(), service }
        })
    }

    /// As the catalogue spells it, else as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In lower case, as patterns compare it.
    pub fn lower(&self) -> &str {
        &self.lower
    }

    /// The name behind the colon.
    pub fn name(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, name)| name)
    }

    /// The service in front of the colon.
    pub const fn service(&self) -> Service {
        self.service
    }
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.lower == other.lower
    }
}

impl Eq for Action {}

impl std::hash::Hash for Action {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.lower.hash(state);
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What an `Action` element may hold: a pattern over whole action names, compared without regard to case.
/// Blanks and commas are ordinary characters, so `"a:b,c:d"` matches nothing.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
///
/// ```
/// use crosskey_engine::aws::{Action, ActionPattern};
/// let action = Action::new("secretsmanager:GetSecretValue").ok_or("no action")?;
/// assert!(ActionPattern::new("secretsmanager:get*value").matches(&action));
/// assert!(!ActionPattern::new("secretsmanager:GetSecretValue ").matches(&action));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionPattern {
    pattern: Pattern,
}

impl ActionPattern {
    /// Reads `*` and `?` as wildcards.
    pub fn new(text: &str) -> Self {
        Self { pattern: Pattern::new(&text.to_ascii_lowercase()) }
    }

    /// Whether the pattern covers `action`.
    pub fn matches(&self, action: &Action) -> bool {
        self.pattern.matches(action.lower())
    }

    /// The pattern over the lower-case name.
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }
}
