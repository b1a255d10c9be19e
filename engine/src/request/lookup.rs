//! How Secrets Manager and KMS find what a caller names.

use super::RequestError;
use crate::{
    aws::{AccountId, Arn},
    bundle::{Bundle, Key, KeyReference, Secret},
    text::{Span, nearest},
};

/// What a secret id stands for.
#[derive(Clone, Debug)]
pub(super) enum Found<'a> {
    /// This secret.
    Secret(&'a Secret),
    /// Nothing: the service then authorizes on an ARN built from the text.
    Nothing {
        /// That ARN.
        arn: Arn,
    },
}

/// Finds the secret that `id` names for a caller of `account` who calls `region`.
///
/// A full ARN is taken as it is. A partial one (without the hyphen and six characters) is looked up by name,
/// unless its name itself ends like a complete ARN. A plain name is looked up in the caller's own account.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html>
pub(super) fn find_secret<'a>(
    bundle: &'a Bundle,
    id: &str,
    span: Option<Span>,
    partition: &str,
    account: Option<AccountId>,
    region: Option<&str>,
) -> Result<Found<'a>, RequestError> {
    if !id.starts_with("arn:") {
        return by_name(bundle, id, span, partition, account, region);
    }
    let arn: Arn = id.parse().map_err(|error: crate::aws::ArnError| {
        RequestError::new("resource", span, error.to_string(), error.help())
    })?;
    let named = arn.resource().strip_prefix("secret:").filter(|name| !name.is_empty());
    let (Some(name), "secretsmanager", Some(owner)) = (named, arn.service(), arn.account()) else {
        return Err(RequestError::new(
            "resource",
            span,
            format!("`{id}` is not the ARN of a secret"),
            "write `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX`",
        ));
    };
    if let Some(secret) = bundle.secret(&arn) {
        return Ok(Found::Secret(secret));
    }
    let here = |secret: &&Secret| {
        let own = &secret.arn.value;
        secret.account == owner
            && own.region() == arn.region()
            && own.partition() == arn.partition()
    };
    let of_that_name = bundle.secrets.iter().filter(here).find(|secret| secret.name() == name);
    let looks_complete =
        name.rsplit_once('-').is_some_and(|(_, end)| crate::bundle::is_suffix(end));
    match of_that_name {
        // The service takes the end of the name for the suffix and finds no secret with that ARN.
        Some(_) if looks_complete => Ok(Found::Nothing { arn }),
        Some(secret) => Ok(Found::Secret(secret)),
        None => Err(lacking(bundle, id, span)),
    }
}

fn by_name<'a>(
    bundle: &'a Bundle,
    name: &str,
    span: Option<Span>,
    partition: &str,
    account: Option<AccountId>,
    region: Option<&str>,
) -> Result<Found<'a>, RequestError> {
    let Some(account) = account else {
        return Err(RequestError::new(
            "resource",
            span,
            format!("`{name}` is looked up in the caller's account, and this caller has none"),
            "write the secret's full ARN",
        ));
    };
    let of_that_name = |secret: &&Secret| secret.name() == name;
    let mine = |secret: &&Secret| {
        secret.account == account && region.is_none_or(|r| secret.arn.value.region() == r)
    };
    let mut found = bundle.secrets.iter().filter(mine).filter(of_that_name);
    match (found.next(), found.next()) {
        (Some(secret), None) => return Ok(Found::Secret(secret)),
        (Some(_), Some(_)) => {
            return Err(RequestError::new(
                "region",
                span,
                format!(
                    "`{name}` is the name of secrets in several Regions, and the request names none"
                ),
                "add `\"region\": …`, or write the full ARN",
            ));
        }
        (None, _) => {}
    }
    let Some(other) = bundle.secrets.iter().find(of_that_name) else {
        return Err(lacking(bundle, name, span));
    };
    let region = region.unwrap_or(other.arn.value.region());
    let resource = format!("secret:{name}");
    let arn = Arn::new(partition, "secretsmanager", region, account.as_str(), &resource);
    Ok(Found::Nothing { arn })
}

fn lacking(bundle: &Bundle, id: &str, span: Option<Span>) -> RequestError {
    let known = bundle.secrets.iter().flat_map(|s| [s.arn.value.as_str(), s.name()]);
    let help = match nearest(id, known) {
        Some(near) => format!("did you mean `{near}`? Otherwise add the secret to `secrets`"),
        None => "add the secret to `secrets`".to_owned(),
    };
    RequestError::new("resource", span, format!("the bundle has no secret `{id}`"), help)
}

/// What a reference to a key stands for.
#[derive(Clone, Debug)]
pub(super) enum FoundKey<'a> {
    /// A key of the bundle.
    Key(&'a Key),
    /// The AWS managed key for Secrets Manager of this account and Region, whose policy is known.
    Managed {
        /// Its account.
        account: AccountId,
        /// Its Region.
        region: String,
    },
    /// A key that the bundle does not have.
    Unlisted {
        /// Its ARN, where the reference says it.
        arn: Option<Arn>,
        /// The account that owns it, where the reference says it.
        account: Option<AccountId>,
    },
}

impl FoundKey<'_> {
    /// Whether two references stand for the same key, as far as can be told.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(a), Self::Key(b)) => a.arn.value == b.arn.value,
            (Self::Managed { account: a, region: b }, Self::Managed { account: c, region: d }) => {
                a == c && b == d
            }
            (Self::Unlisted { arn: Some(a), .. }, Self::Unlisted { arn: Some(b), .. }) => a == b,
            _ => false,
        }
    }
}

/// Finds the key that `reference` names in `account` and `region`, those of the secret or the caller.
pub(super) fn find_key<'a>(
    bundle: &'a Bundle,
    reference: &KeyReference,
    partition: &str,
    account: AccountId,
    region: &str,
) -> FoundKey<'a> {
    let here = |key: &&Key, owner: AccountId, place: &str| {
        key.account == owner && key.arn.value.region() == place
    };
    let aliased = |name: &str, owner: AccountId, place: &str| {
        bundle
            .keys
            .iter()
            .filter(|key| here(key, owner, place))
            .find(|key| key.aliases.iter().any(|alias| alias == name))
    };
    let found = match reference {
        KeyReference::Managed => None,
        KeyReference::Arn(arn) => match bundle.key(arn) {
            Some(key) => Some(key),
            None => {
                let account = arn.account().unwrap_or(account);
                return FoundKey::Unlisted { arn: Some(arn.clone()), account: Some(account) };
            }
        },
        KeyReference::AliasArn(arn) => {
            let owner = arn.account().unwrap_or(account);
            match aliased(arn.resource(), owner, arn.region()) {
                Some(key) => Some(key),
                None => return FoundKey::Unlisted { arn: None, account: Some(owner) },
            }
        }
        KeyReference::Id(id) => {
            let mine = bundle.keys.iter().filter(|key| here(key, account, region));
            match mine.into_iter().find(|key| key.id() == id) {
                Some(key) => Some(key),
                None => {
                    let resource = format!("key/{id}");
                    let arn = Arn::new(partition, "kms", region, account.as_str(), &resource);
                    return FoundKey::Unlisted { arn: Some(arn), account: Some(account) };
                }
            }
        }
        KeyReference::Alias(name) => match aliased(name, account, region) {
            Some(key) => Some(key),
            None => return FoundKey::Unlisted { arn: None, account: Some(account) },
        },
        KeyReference::NotKnown => return FoundKey::Unlisted { arn: None, account: None },
    };
    match found {
        Some(key) if !key.is_aws_managed() => FoundKey::Key(key),
        Some(key) => {
            FoundKey::Managed { account: key.account, region: key.arn.value.region().to_owned() }
        }
        None => FoundKey::Managed { account, region: region.to_owned() },
    }
}
