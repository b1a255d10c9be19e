use std::fmt;

use super::{DenyConsidered, Reason};
use crate::{
    aws::{AccountId, Arn, Assumptions},
    decide::Truth,
    policy::{Policy, PolicyKind, Principal, Resource, Statement},
    prove::{Bound, Bounds, Mode, Witness, question::Reply},
};

/// What is known beside the policy.
#[derive(Clone, Debug, Default)]
pub struct PublicOptions {
    /// The account that owns the resource. Left out, it is taken from the policy where that tells: from its `Resource`
    /// elements, or from the account that may do everything with a key.
    /// Otherwise it may be anybody, and nobody counts as internal but who must be of the same account.
    pub owner: Option<AccountId>,
    /// The organization of that account.
    pub owner_organization: Option<String>,
    /// Other accounts that count as the owner's.
    pub trusted_accounts: Vec<AccountId>,
    /// Organizations whose members count as the owner's.
    pub trusted_organizations: Vec<String>,
    /// The resource itself.
    pub resource: Option<Arn>,
    /// How freely the keys of a request are combined when the exposure is judged. The published definitions are
    /// always judged with keys that are independent, as AWS judges them.
    pub mode: Mode,
    /// What is taken for true where AWS's documents leave room.
    pub assumptions: Assumptions,
    /// How far proofs go.
    pub bounds: Bounds,
}

/// How far access reaches; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Exposure {
    /// No request is allowed.
    None,
    /// Principals of the owner's account, and services that call for it.
    Internal,
    /// Principals of an organization that a condition fixes.
    Organization,
    /// Accounts, principals or networks that the policy names one by one, or what a service calls for is so named.
    NamedExternal,
    /// More callers than anybody can name, though not all: a pattern leaves a part of the account or organization
    /// open, or a service may call for whomever it likes.
    Broad,
    /// Everyone with an AWS account.
    Public,
}

impl Exposure {
    /// As answers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Internal => "internal",
            Self::Organization => "organization",
            Self::NamedExternal => "named_external",
            Self::Broad => "broad",
            Self::Public => "public",
        }
    }
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far one statement reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// To those whom the policy names, or to nobody.
    Named,
    /// See [`Exposure::Broad`].
    Broad,
    /// See [`Exposure::Public`].
    Public,
}

/// Whether a policy is public by one definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is; unknown where that could not be decided.
    pub public: Truth,
    /// The statements that make it so.
    pub statements: Vec<usize>,
    /// The statements that would make it so if no Deny held them back.
    pub alone: Vec<usize>,
    /// A request that shows it.
    pub witness: Option<Witness>,
}

/// What is found of one Allow statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicStatement {
    /// Its number.
    pub index: usize,
    /// How far it reaches by itself.
    pub alone: Reach,
    /// How far it reaches within the policy.
    pub within: Reach,
    /// A request that it allows to somebody whom the policy does not name, where there is one: within the policy, or
    /// else by itself.
    pub witness: Option<Witness>,
    /// Why its elements do not keep that caller out, each that one might expect to. Without such a caller, why the
    /// statement is public by a definition all the same.
    pub reasons: Vec<Reason>,
    /// Why the Deny statements do not stop that request.
    pub denies: Vec<DenyConsidered>,
    /// If it reaches farther by itself than within the policy: Deny statements that hold it back.
    pub held_back_by: Vec<usize>,
}

/// A question that could not be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// Up to where access might reach.
    pub exposure: Option<Exposure>,
    /// The statement in question; none for the policy as a whole.
    pub statement: Option<usize>,
    /// Why it could not.
    pub cause: Cause,
}

impl Undecided {
    /// A statement that grants something to callers that are not tried.
    pub(in crate::prove) const fn untried(statement: usize, exposure: Option<Exposure>) -> Self {
        Self { exposure, statement: Some(statement), cause: Cause::Untried }
    }
}

/// Why a question could not be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The search came to a bound.
    Bound(Bound),
    /// It hangs on what AWS's documents leave open, on the value of a policy variable, or on what nobody said.
    Open,
    /// The policy names callers that are not tried: identity providers or canonical user ids.
    Untried,
}

impl Cause {
    /// Why a question was not answered; `None` if it was.
    pub(in crate::prove) fn of(reply: Reply) -> Option<Self> {
        match reply {
            Reply::Open => Some(Self::Open),
            Reply::Bounded(bound) => Some(Self::Bound(bound)),
            Reply::Yes(_) | Reply::No(_) => None,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bound(bound) => bound.fmt(f),
            Self::Open => f.write_str(
                "it hangs on what AWS's documents leave open, on a policy variable, or on what nobody said",
            ),
            Self::Untried => f.write_str(
                "it names an identity provider or a canonical user id, which are not among the callers that are tried",
            ),
        }
    }
}

/// What is found of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicAnswer {
    /// The account that was taken for the owner.
    pub owner: Option<AccountId>,
    /// How far access certainly reaches.
    pub exposure: Exposure,
    /// A request that shows how far; none for [`Exposure::None`].
    pub witness: Option<Witness>,
    /// By the definition of the console of Secrets Manager: a `*` principal is public whatever its conditions, and
    /// without one access must be limited to fixed values of aws:SourceArn, aws:SourceVpc, aws:SourceVpce,
    /// aws:SourceAccount or aws:SourceIp, where no principal is named. A Deny holds it back if it leaves in fixed
    /// values only.
    pub secrets_manager: Verdict,
    /// By Amazon S3's definition: access is limited to fixed values, without wildcard or policy variable, of a
    /// principal or of a key that names the network or what is called for.
    pub s3: Verdict,
    /// The Allow statements.
    pub statements: Vec<PublicStatement>,
    /// What could not be decided; the answer may then reach farther than it says.
    pub undecided: Vec<Undecided>,
}

/// The account in the `Resource` elements of policies, if they have one and agree on it. Failing that, of a key the one
/// whose root user may do everything, as in every key policy that KMS makes.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
pub(in crate::prove) fn owner_of(policies: &[&Policy]) -> Option<AccountId> {
    let statements = || policies.iter().flat_map(|policy| &policy.statements);
    let elements = statements().filter_map(|statement| statement.resources.as_ref());
    let entries = elements.filter(|element| !element.negated).flat_map(|element| &element.list);
    let resources = entries.filter_map(|entry| match &entry.value {
        Resource::Any => None,
        Resource::Arn(template) => template.as_str().split(':').nth(4)?.parse().ok(),
    });
    let keys = policies.iter().filter(|policy| policy.kind == PolicyKind::Key);
    let masters = keys.flat_map(|policy| &policy.statements).filter(|s| is_master(s));
    let masters = masters.filter_map(|statement| statement.principals.as_ref());
    let masters = masters.flat_map(|element| &element.list).filter_map(|entry| match entry.value {
        Principal::Account { account, .. } => Some(account),
        _ => None,
    });
    only(resources).or_else(|| only(masters))
}

/// Whether a statement allows everything, without conditions.
fn is_master(statement: &Statement) -> bool {
    let actions = &statement.actions;
    let everything = actions.list.iter().any(|action| matches!(&*action.value, "*" | "kms:*"));
    statement.allows() && !actions.negated && everything && statement.conditions.is_empty()
}

fn only(mut accounts: impl Iterator<Item = AccountId>) -> Option<AccountId> {
    let first = accounts.next()?;
    accounts.all(|other| other == first).then_some(first)
}
