use std::{borrow::Cow, fmt};

use super::catalog::{self, KeyNumber, KnownKey};

/// The name of a condition context key, such as `aws:PrincipalOrgID`. Compared without regard to case, the part
/// behind a slash or second colon (a tag key, an encryption context key) included.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>
///
/// ```
/// use crosskey_engine::aws::ContextKey;
/// assert_eq!(
///     ContextKey::new("kms:encryptioncontext:secretarn"),
///     ContextKey::new("kms:EncryptionContext:SecretARN"),
/// );
/// ```
#[derive(Clone)]
pub struct ContextKey {
    text: Cow<'static, str>,
    lower: Cow<'static, str>,
    number: Option<KeyNumber>,
    is_member: bool,
}

impl ContextKey {
    /// The key of that name.
    pub fn new(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let number = KeyNumber::of(&lower);
        let is_member = number.and_then(KeyNumber::known).is_some_and(KnownKey::is_family);
        Self { text: text.to_owned().into(), lower: lower.into(), number, is_member }
    }

    /// Where the key stands in the catalogue; the members of a family share one number.
    pub const fn number(&self) -> Option<KeyNumber> {
        self.number
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In lower case, as keys are compared.
    pub fn lower(&self) -> &str {
        &self.lower
    }

    /// Whether it is one of a family, such as a tag: its number then does not tell it from others.
    pub const fn is_member(&self) -> bool {
        self.is_member
    }

    /// As the catalogue spells it, else as written: what people read.
    pub fn canonical(&self) -> Cow<'_, str> {
        match catalog::context_key(self) {
            Some(known) => known.spelling(self.as_str()),
            None => Cow::Borrowed(self.as_str()),
        }
    }

    /// The service prefix in lower case: `aws`, `kms`, `secretsmanager`, …
    pub fn prefix(&self) -> &str {
        self.lower.split_once(':').map_or("", |(prefix, _)| prefix)
    }
}

impl PartialEq for ContextKey {
    fn eq(&self, other: &Self) -> bool {
        self.lower == other.lower
    }
}

impl Eq for ContextKey {}

impl PartialOrd for ContextKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ContextKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.lower.cmp(&other.lower)
    }
}

impl std::hash::Hash for ContextKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.lower.hash(state);
    }
}

impl fmt::Display for ContextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ContextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
