use std::fmt;

use thiserror::Error;

use super::BoundKind;

/// Why a question could not be put to the solver. None of these says anything about the policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The Z3 library that was loaded is older than the bindings need.
    #[error("the Z3 library is version {found}; {needed} or later is needed")]
    SolverTooOld {
        /// What the library says of itself.
        found: String,
        /// The oldest version that will do.
        needed: &'static str,
    },
    /// The evaluator does not agree with a witness. This is a defect of this program.
    #[error("the evaluator does not confirm the witness for statement {statement}: {reason}")]
    Replay {
        /// The statement that the witness was found for.
        statement: usize,
        /// What the evaluator says.
        reason: String,
    },
    /// The evaluator does not agree with a call that was found. This is a defect of this program.
    #[error("the evaluator does not confirm the call that was found: {reason}")]
    ReplayAccess {
        /// What the evaluator says.
        reason: String,
    },
    /// The call that is asked about cannot be evaluated.
    #[error("{0}")]
    Request(crate::request::RequestError),
    /// The action that is asked about is called on no secret and no key.
    #[error("{action} is not called on a secret or a key")]
    OnNothing {
        /// The action.
        action: crate::aws::Action,
    },
    /// The policy is not attached to a resource, so nobody is named in it.
    #[error("the {kind} names no principals, so it cannot be public")]
    NotResourceBased {
        /// What the policy is attached to.
        kind: crate::policy::PolicyKind,
    },
    /// Two policies are compared that are not attached to the same kind of thing.
    #[error("policies of two kinds cannot be compared: {old} and {new}")]
    KindsDiffer {
        /// What the old one is attached to.
        old: crate::policy::PolicyKind,
        /// What the new one is attached to.
        new: crate::policy::PolicyKind,
    },
}

impl ProveError {
    /// Whether the program is at fault and not what was asked: it contradicts itself, or has no solver to ask.
    pub const fn is_defect(&self) -> bool {
        match self {
            Self::SolverTooOld { .. } | Self::Replay { .. } | Self::ReplayAccess { .. } => true,
            Self::Request(_)
            | Self::OnNothing { .. }
            | Self::NotResourceBased { .. }
            | Self::KindsDiffer { .. } => false,
        }
    }

    /// What the user can do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::SolverTooOld { .. } => {
                "build again with the pinned Z3, or put its library beside the program"
            }
            Self::Request(_) | Self::OnNothing { .. } => {
                "name a secret or key of the bundle, and an action on it"
            }
            Self::Replay { .. } | Self::ReplayAccess { .. } => crate::DEFECT_HELP,
            Self::NotResourceBased { .. } => {
                "ask this of the policy of a secret, a key or another resource"
            }
            Self::KindsDiffer { .. } => {
                "compare two policies of one kind, or say which kind with `--kind`"
            }
        }
    }
}

/// A bound that a search came to, so that it could not decide.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bound {
    /// The patterns on one part of the request multiply to too many states.
    States {
        /// Which part: a condition key, the action, …
        part: String,
    },
    /// The states of that product hold too many places.
    Places {
        /// Which part: a condition key, the action, …
        part: String,
    },
    /// One key is compared by operators of several kinds, as text and as number.
    MixedOperators {
        /// The key.
        part: String,
    },
    /// The solver was asked too often.
    Rounds,
    /// The solver took too many steps.
    SolverSteps,
}

impl Bound {
    /// The one of the [`Bounds`](super::Bounds) that it is; `None` where no more work would help.
    pub const fn kind(&self) -> Option<BoundKind> {
        match self {
            Self::States { .. } => Some(BoundKind::States),
            Self::Places { .. } => Some(BoundKind::Places),
            Self::MixedOperators { .. } => None,
            Self::Rounds => Some(BoundKind::Rounds),
            Self::SolverSteps => Some(BoundKind::Steps),
        }
    }

    /// What lets a search go further, where anything does.
    pub fn raise(&self) -> Option<String> {
        self.kind().map(|kind| format!("raise the bound with `--limit {}=NUMBER`", kind.name()))
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // One sentence for both, as findings are known by it: which of the two it was stands in the help.
            Self::States { part } | Self::Places { part } => {
                write!(f, "the patterns on {part} multiply to more states than are searched")
            }
            Self::MixedOperators { part } => {
                write!(f, "{part} is compared by operators of several kinds")
            }
            Self::Rounds => f.write_str("the search took more rounds than are made"),
            Self::SolverSteps => f.write_str("the solver took more steps than it may"),
        }
    }
}
