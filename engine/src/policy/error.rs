use thiserror::Error;

use super::{OperatorError, PolicyKind};
use crate::{
    aws::ArnError,
    text::{JsonError, Span},
};

/// Why AWS would refuse to save a policy, or why it is not looked at, and where. A policy with such an error has no effect
/// to evaluate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct PolicyError {
    /// What is wrong.
    pub kind: PolicyErrorKind,
    /// Where.
    pub span: Span,
}

/// What is wrong with a policy document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyErrorKind {
    /// Not JSON.
    #[error(transparent)]
    Json(JsonError),
    /// Another value where an element needs a certain kind.
    #[error("{element} is {found}, not {expected}")]
    WrongType {
        /// The element.
        element: String,
        /// What stands there.
        found: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// A statement without the document around it.
    #[error("a single statement, not a policy document")]
    Fragment,
    /// No `Statement`.
    #[error("the policy has no `Statement`")]
    NoStatement,
    /// An element that IAM does not have here.
    #[error("unknown element `{name}`")]
    UnknownElement {
        /// What was written.
        name: String,
        /// The nearest element.
        near: Option<&'static str>,
    },
    /// A version that IAM does not have.
    #[error("`{version}` is not a version of the policy language")]
    Version {
        /// What was written.
        version: String,
    },
    /// No `Effect`.
    #[error("the statement has no `Effect`")]
    NoEffect,
    /// Neither `Allow` nor `Deny`.
    #[error("`{effect}` is not an effect")]
    Effect {
        /// What was written.
        effect: String,
    },
    /// `Action` with `NotAction`, and the like.
    #[error("the statement has both `{0}` and `{1}`")]
    Both(&'static str, &'static str),
    /// Neither of the two.
    #[error("the statement has no `{0}`")]
    Neither(&'static str),
    /// A principal in a policy that is attached to one.
    #[error("`{element}` in a policy of a kind that has none: {kind}")]
    PrincipalForbidden {
        /// `Principal` or `NotPrincipal`.
        element: &'static str,
        /// What the policy is used as.
        kind: PolicyKind,
    },
    /// No principal in a resource-based policy.
    #[error("a statement of a {kind} must say whom it is about: it has no `Principal`")]
    PrincipalMissing {
        /// What the policy is used as.
        kind: PolicyKind,
    },
    /// An entry of `Principal` that AWS refuses.
    #[error("`{text}` is not a valid principal: {problem}")]
    Principal {
        /// What was written.
        text: String,
        /// Why not.
        problem: PrincipalProblem,
    },
    /// A key of `Principal` that IAM does not have.
    #[error("unknown principal type `{name}`")]
    PrincipalType {
        /// What was written.
        name: String,
        /// The nearest type.
        near: Option<&'static str>,
    },
    /// An entry of `Resource` that is neither `*` nor an ARN.
    #[error("not a valid resource: {0}")]
    Resource(ArnError),
    /// A wildcard where an ARN names the service.
    #[error("`{text}` has a wildcard where an ARN names the service")]
    ServiceWildcard {
        /// What was written.
        text: String,
    },
    /// No such condition operator.
    #[error(transparent)]
    Operator(OperatorError),
    /// A condition key twice under one operator, differing in case only.
    #[error("condition key `{key}` twice under one operator")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands first.
        first: Span,
    },
    /// A character that the service does not store.
    #[error("the character U+{:04X} cannot stand in a policy of this kind", u32::from(*character))]
    Character {
        /// The character.
        character: char,
    },
    /// A Sid with other characters than letters and digits.
    #[error("`{sid}` is not a Sid: letters and digits only")]
    Sid {
        /// What was written.
        sid: String,
    },
    /// The same Sid twice.
    #[error("the Sid `{sid}` stands twice")]
    DuplicateSid {
        /// What was written.
        sid: String,
        /// Where it stands first.
        first: Span,
    },
    /// More wildcards than are reasoned about. AWS would save it.
    #[error("{found} wildcards in one text, more than {most}")]
    Wildcards {
        /// How many.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// More statements than are looked at. AWS would not save it, either.
    #[error("{found} statements in one policy, more than {most}")]
    Statements {
        /// How many.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// More than AWS stores.
    #[error("the {kind} has {found} {unit}, more than the {limit} that AWS stores")]
    TooLarge {
        /// What the policy is used as.
        kind: PolicyKind,
        /// Its size.
        found: usize,
        /// The most.
        limit: usize,
        /// `characters` or `bytes`.
        unit: &'static str,
    },
}

/// Why an entry of `Principal` is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PrincipalProblem {
    /// `role/*`
    #[error("a wildcard can stand only alone, not inside an ARN")]
    Wildcard,
    /// No account id, though all digits.
    #[error("an account id has twelve digits")]
    NotTwelveDigits,
    /// Not an ARN at all.
    #[error("{0}")]
    NotAnArn(ArnError),
    /// A placeholder in the account field.
    #[error("the account `{account}` is not twelve digits")]
    Account {
        /// The account field.
        account: String,
    },
    /// A Region in an IAM or STS ARN.
    #[error("the Region field of an IAM or STS ARN is empty")]
    Region,
    /// An instance profile.
    #[error("an instance profile cannot make requests, its role does")]
    InstanceProfile,
    /// A group.
    #[error("a group cannot make requests, its users do")]
    Group,
    /// Any other resource.
    #[error("only accounts, users, roles, sessions and services can make requests")]
    NotAPrincipal,
    /// `{"Service": "*"}`
    #[error("a service is named in full")]
    ServiceWildcard,
    /// A service without a dot.
    #[error("a service is named like `lambda.amazonaws.com`")]
    NotAService,
}

impl PrincipalProblem {
    /// What the user can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Wildcard => {
                "name the account and narrow it by a condition on aws:PrincipalArn".into()
            }
            Self::NotTwelveDigits | Self::Account { .. } => {
                "replace the placeholder by the twelve-digit id of the account".into()
            }
            Self::NotAnArn(error) => error.help().into(),
            Self::Region => "write `arn:aws:iam::ACCOUNT:…`, with two colons".into(),
            Self::InstanceProfile => {
                "name the role inside the profile: `arn:aws:iam::ACCOUNT:role/NAME`".into()
            }
            Self::Group => "name the users, or a role that they assume".into(),
            Self::NotAPrincipal => "write the ARN of a user, a role or an account's root".into(),
            Self::ServiceWildcard | Self::NotAService => {
                "name the service and narrow it by aws:SourceAccount or aws:SourceArn".into()
            }
        }
    }
}

impl PolicyErrorKind {
    /// What the user can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Json(error) => error.kind.help(),
            Self::WrongType { expected, .. } => format!("write {expected}"),
            Self::Fragment => {
                "wrap it: {\"Version\": \"2012-10-17\", \"Statement\": [ … ]}".into()
            }
            Self::NoStatement => "add `\"Statement\": [ … ]`".into(),
            Self::UnknownElement { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::UnknownElement { near: None, .. } => {
                "remove it: IAM refuses elements that it does not know".into()
            }
            Self::Version { .. } => "write `2012-10-17`".into(),
            Self::NoEffect => "add `\"Effect\": \"Allow\"` or `\"Effect\": \"Deny\"`".into(),
            Self::Effect { .. } => "write `Allow` or `Deny`, with that capital".into(),
            Self::Both(first, second) => format!("keep `{first}` or `{second}`, not both"),
            Self::Neither(element) => format!("add `\"{element}\": …`"),
            Self::PrincipalForbidden { .. } => {
                "the principal is whom the policy is attached to: remove the element, or attach the \
                 policy to the secret or key"
                    .into()
            }
            Self::PrincipalMissing { .. } => {
                "add `\"Principal\": {\"AWS\": \"arn:aws:iam::ACCOUNT:role/NAME\"}`".into()
            }
            Self::Principal { problem, .. } => problem.help(),
            Self::PrincipalType { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::PrincipalType { near: None, .. } => {
                "write `AWS` or `Service`".into()
            }
            Self::Resource(error) => error.help().into(),
            Self::ServiceWildcard { .. } => {
                "name the service, or write `*` alone for every resource".into()
            }
            Self::Operator(error) => error.help(),
            Self::Character { .. } => {
                "use characters up to U+00FF only: plain quotes, and names in Latin letters".into()
            }
            Self::Sid { .. } => "remove blanks and punctuation, or the whole Sid".into(),
            Self::DuplicateSid { .. } => "rename one of the two, or remove it".into(),
            Self::DuplicateKey { .. } => "put all values into one list".into(),
            Self::Wildcards { .. } => {
                "no policy needs that many `*` and `?`: one `*` stands for any run of characters; `--limit wildcards=NUMBER` allows more"
                    .into()
            }
            Self::Statements { .. } => {
                "merge statements, or raise the limit with `--limit statements=NUMBER`".into()
            }
            Self::TooLarge { .. } => "shorten it: group principals by account, merge statements".into(),
        }
    }

    /// A second place that belongs to the error, and what stands there.
    pub const fn related(&self) -> Option<(Span, &'static str)> {
        match self {
            Self::Json(error) => error.kind.related(),
            Self::DuplicateKey { first, .. } | Self::DuplicateSid { first, .. } => {
                Some((*first, "first written here"))
            }
            _ => None,
        }
    }
}
