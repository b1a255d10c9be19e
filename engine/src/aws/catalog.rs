//! What Secrets Manager and KMS define: actions and condition keys, with AWS's global keys beside them.
//!
//! The two services' tables are generated from the Service Authorization Reference as of 2026-08-22; the global
//! keys are those of <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.

mod global;
mod kms;
mod secretsmanager;

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use foldhash::fast::FixedState;

use super::{ContextKey, Service};

/// The day that the tables were generated for.
pub const DATE: &str = "2026-08-22";

/// One action of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAction {
    /// `service:Name` as AWS spells it.
    pub full_name: &'static str,
    /// What it can do: List, Read, Write, Permissions management, Tagging.
    pub access: &'static str,
    /// The resource types that it is authorized on; none means on `*`.
    pub resources: &'static [&'static str],
    /// The service's own condition keys that can be present.
    pub condition_keys: &'static [&'static str],
}

/// Keys that say what a KMS key is. The tables list them with the calls that choose it, and every call on a key carries them.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>
const OF_THE_KEY: &[&str] = &[
    "kms:customermasterkeyspec",
    "kms:customermasterkeyusage",
    "kms:keyorigin",
    "kms:keyspec",
    "kms:keyusage",
    "kms:multiregion",
    "kms:multiregionkeytype",
    "kms:resourcealiases",
];

impl KnownAction {
    /// Whether its calls can carry a condition key. Keys of other services and of AWS as a whole are taken for possible, and
    /// so are those that no table lists.
    ///
    /// ```
    /// use crosskey_engine::aws::{ContextKey, catalog};
    /// let decrypt = catalog::action("kms:Decrypt").ok_or("no action")?;
    /// assert!(decrypt.can_carry(&ContextKey::new("kms:KeySpec")));
    /// assert!(!decrypt.can_carry(&ContextKey::new("secretsmanager:VersionStage")));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn can_carry(&self, key: &ContextKey) -> bool {
        let prefix = key.prefix();
        let service = self.full_name.split_once(':').map_or("", |(service, _)| service);
        if !matches!(prefix, "kms" | "secretsmanager") {
            return true;
        }
        let Some(known) = context_key(key) else { return true };
        if prefix != service {
            return false;
        }
        let describes = OF_THE_KEY.contains(&key.lower()) && self.resources.contains(&"key");
        describes || self.condition_keys.contains(&known.name)
    }
}

/// What the values of a condition key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// `true` or `false`.
    Bool,
    /// A number.
    Numeric,
    /// An instant.
    Date,
    /// An address.
    Ip,
}

/// One condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// As AWS spells it; a name that ends in `/` or `:` is followed by any tag or context key.
    pub name: &'static str,
    /// What its values are.
    pub value: KeyType,
    /// Whether a request can carry several values, so that a set operator is needed.
    pub many: bool,
}

impl KnownKey {
    /// `key`, which is this key, with the catalogue's spelling of the part that the catalogue knows.
    pub(super) fn spelling<'a>(&self, key: &'a str) -> Cow<'a, str> {
        match key.get(self.name.len()..) {
            Some(rest) if !rest.is_empty() => Cow::Owned(format!("{}{rest}", self.name)),
            _ => Cow::Borrowed(self.name),
        }
    }

    /// Whether the name is followed by any tag or context key.
    pub fn is_family(&self) -> bool {
        self.name.ends_with(['/', ':'])
    }
}

/// The actions of Secrets Manager and KMS.
pub fn actions() -> impl Iterator<Item = &'static KnownAction> {
    secretsmanager::ACTIONS.iter().chain(kms::ACTIONS)
}

/// The actions of one service; none of a service that is not in the catalogue.
pub fn actions_of(service: Service) -> &'static [KnownAction] {
    match service {
        Service::SecretsManager => secretsmanager::ACTIONS,
        Service::Kms => kms::ACTIONS,
        Service::Other => &[],
    }
}

/// The catalogue's entry of an action, whatever its case.
///
/// ```
/// use crosskey_engine::aws::catalog;
/// let known = catalog::action("SecretsManager:getsecretvalue").map(|known| known.full_name);
/// assert_eq!(known, Some("secretsmanager:GetSecretValue"));
/// ```
pub fn action(name: &str) -> Option<&'static KnownAction> {
    actions().find(|known| known.full_name.eq_ignore_ascii_case(name))
}

/// All condition keys of the catalogue.
pub fn context_keys() -> impl Iterator<Item = &'static KnownKey> {
    global::KEYS.iter().chain(secretsmanager::KEYS).chain(kms::KEYS)
}

/// The condition keys by name, in lower case and as AWS spells them. The table is ours, so that nobody can choose what falls
/// together in it.
static NUMBERS: LazyLock<HashMap<Cow<'static, str>, KeyNumber, FixedState>> = LazyLock::new(|| {
    let mut numbers = HashMap::default();
    for (number, known) in (0..).map(KeyNumber).zip(context_keys()) {
        let lower = Cow::Owned(known.name.to_ascii_lowercase());
        numbers.entry(lower).or_insert(number);
        numbers.entry(Cow::Borrowed(known.name)).or_insert(number);
    }
    numbers
});

/// The catalogue in the order of its numbers.
static NUMBERED: LazyLock<Vec<&'static KnownKey>> = LazyLock::new(|| context_keys().collect());

/// Where a condition key stands in the catalogue, so that what it holds can be looked up without comparing names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyNumber(u16);

impl KeyNumber {
    /// The number of a name in lower case or in AWS's spelling; a member of a family has that of the family.
    pub(super) fn of(name: &str) -> Option<Self> {
        if let Some(number) = number(name) {
            return Some(number);
        }
        let mut ends = name.match_indices(['/', ':']).map(|(at, _)| at.saturating_add(1)).take(2);
        ends.find_map(|end| {
            let family = NUMBERS.get(name.get(..end)?)?;
            (end < name.len()).then_some(*family)
        })
    }

    /// The number of a family, by its name in lower case.
    pub(crate) fn of_family(name: &str) -> Option<Self> {
        NUMBERS.get(name).copied()
    }

    /// The place in a table of all keys.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The catalogue's entry.
    pub fn known(self) -> Option<&'static KnownKey> {
        NUMBERED.get(self.index()).copied()
    }

    /// How many numbers there are.
    pub fn count() -> usize {
        NUMBERED.len()
    }
}

/// The number of a key of its own, not one of a family, by its name in lower case or in AWS's spelling.
pub(crate) fn number(name: &str) -> Option<KeyNumber> {
    NUMBERS.get(name).copied().filter(|number| !number.known().is_some_and(KnownKey::is_family))
}

/// The catalogue's entry of a condition key.
///
/// ```
/// use crosskey_engine::aws::{ContextKey, catalog::{self, KeyType}};
/// let key = catalog::context_key(&ContextKey::new("kms:EncryptionContext:SecretARN"));
/// assert_eq!(key.map(|key| key.value), Some(KeyType::String));
/// assert!(catalog::context_key(&ContextKey::new("aws:PrincipalOrg")).is_none());
/// ```
pub fn context_key(key: &ContextKey) -> Option<&'static KnownKey> {
    key.number()?.known()
}
