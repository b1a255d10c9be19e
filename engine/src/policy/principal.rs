use super::PrincipalProblem;
use crate::aws::{AccountId, Arn};

/// One entry of a `Principal` or `NotPrincipal` element.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// `"*"`, or `{"AWS": "*"}` where `typed`.
    Everyone {
        /// Whether it was written `{"AWS": "*"}`.
        typed: bool,
    },
    /// An account, by id or by the ARN of its root: every principal there, as far as its own policies go.
    Account {
        /// The partition, where an ARN was written.
        partition: Option<Box<str>>,
        /// The account.
        account: AccountId,
    },
    /// An IAM user.
    User(Arn),
    /// An IAM role, and so its sessions.
    Role(Arn),
    /// One session of a role, by its name.
    RoleSession(Arn),
    /// A session of GetFederationToken.
    FederatedUser(Arn),
    /// The unique id of a user or role; also what a saved ARN turns into when the identity is deleted.
    UniqueId(Box<str>),
    /// An AWS service.
    Service(Box<str>),
    /// An identity provider: of use in trust policies only.
    Federated(Box<str>),
    /// A canonical user id: of use in S3 only.
    CanonicalUser(Box<str>),
}

impl Principal {
    /// Whether it stands for callers of roles or of Amazon S3 only; in the policy of a secret or key it is nobody.
    pub const fn is_of_use_elsewhere(&self) -> bool {
        matches!(self, Self::Federated(_) | Self::CanonicalUser(_))
    }

    /// Reads an entry under `kind` (`AWS`, `Service`, `Federated`, `CanonicalUser`).
    ///
    /// # Errors
    /// The [`PrincipalProblem`] for which AWS refuses to save the policy.
    pub fn parse(kind: &str, text: &str) -> Result<Self, PrincipalProblem> {
        match kind {
            "AWS" => Self::parse_aws(text),
            "Service" if text.contains('*') => Err(PrincipalProblem::ServiceWildcard),
            "Service" if !text.contains('.') || text.contains(char::is_whitespace) => {
                Err(PrincipalProblem::NotAService)
            }
            "Service" => Ok(Self::Service(text.into())),
            "Federated" => Ok(Self::Federated(text.into())),
            _ => Ok(Self::CanonicalUser(text.into())),
        }
    }

    fn parse_aws(text: &str) -> Result<Self, PrincipalProblem> {
        if text == "*" {
            return Ok(Self::Everyone { typed: true });
        }
        if let Ok(account) = text.parse() {
            return Ok(Self::Account { partition: None, account });
        }
        if is_unique_id(text) {
            return Ok(Self::UniqueId(text.into()));
        }
        let arn: Arn = text.parse().map_err(|error| {
            if text.bytes().all(|b| b.is_ascii_digit()) {
                PrincipalProblem::NotTwelveDigits
            } else {
                PrincipalProblem::NotAnArn(error)
            }
        })?;
        if text.contains(['*', '?']) {
            return Err(PrincipalProblem::Wildcard);
        }
        let Some(account) = arn.account() else {
            return Err(PrincipalProblem::Account { account: arn.account_field().into() });
        };
        if !arn.region().is_empty() {
            return Err(PrincipalProblem::Region);
        }
        let (kind, name) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
        match (arn.service(), kind) {
            ("iam", "root") if name.is_empty() => {
                Ok(Self::Account { partition: Some(arn.partition().into()), account })
            }
            ("iam", "user") if !name.is_empty() => Ok(Self::User(arn)),
            ("iam", "role") if !name.is_empty() => Ok(Self::Role(arn)),
            ("sts", "assumed-role") if name.split('/').count() == 2 => Ok(Self::RoleSession(arn)),
            ("sts", "federated-user") if !name.is_empty() => Ok(Self::FederatedUser(arn)),
            ("iam", "instance-profile") => Err(PrincipalProblem::InstanceProfile),
            ("iam", "group") => Err(PrincipalProblem::Group),
            _ => Err(PrincipalProblem::NotAPrincipal),
        }
    }

    /// The account that the entry names or lies in, where it says so.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account { account, .. } => Some(*account),
            Self::User(arn)
            | Self::Role(arn)
            | Self::RoleSession(arn)
            | Self::FederatedUser(arn) => arn.account(),
            _ => None,
        }
    }
}

/// Unique ids of the identities that can be principals: users and roles.
fn is_unique_id(text: &str) -> bool {
    (text.starts_with("AIDA") || text.starts_with("AROA"))
        && (16..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_told_apart() {
        let read = |text: &str| Principal::parse("AWS", text);
        assert!(matches!(read("111122223333"), Ok(Principal::Account { partition: None, .. })));
        assert!(matches!(read("arn:aws:iam::111122223333:root"), Ok(Principal::Account { .. })));
        assert!(matches!(read("arn:aws:iam::111122223333:role/app/R"), Ok(Principal::Role(_))));
        assert!(matches!(read("AROAEXAMPLEROLEB1234"), Ok(Principal::UniqueId(_))));
        let session = "arn:aws:sts::111122223333:assumed-role/R/s";
        assert!(matches!(read(session), Ok(Principal::RoleSession(_))));
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        let refused = |text: &str| Principal::parse("AWS", text).unwrap_err();
        assert_eq!(refused("arn:aws:iam::111122223333:role/*"), PrincipalProblem::Wildcard);
        assert_eq!(refused("arn:aws:iam::*:root"), PrincipalProblem::Wildcard);
        assert_eq!(
            refused("arn:aws:iam::Dev_Account:user/u"),
            PrincipalProblem::Account { account: "Dev_Account".into() }
        );
        assert_eq!(
            refused("arn:aws:iam::111122223333:instance-profile/P"),
            PrincipalProblem::InstanceProfile
        );
        assert_eq!(refused("arn:aws:iam::111122223333:group/G"), PrincipalProblem::Group);
        assert_eq!(refused("1234"), PrincipalProblem::NotTwelveDigits);
        assert!(matches!(refused("PRODUCTION"), PrincipalProblem::NotAnArn(_)));
        assert_eq!(Principal::parse("Service", "*"), Err(PrincipalProblem::ServiceWildcard));
    }
}
