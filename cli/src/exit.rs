//! How a run ends.

use std::process::{ExitCode, Termination};

use crosskey_engine::finding::Gap;

/// How a run ends, the same for every format. The order is that of precedence: of two the greater one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing to object to: no finding at or above the threshold, every expectation met.
    #[default]
    Clean,
    /// Unknown values decide the answer.
    Indeterminate,
    /// Findings at or above the threshold, an expectation that is not met, or a public policy.
    Findings,
    /// Bad usage, input that could not be read, or none at all.
    Unreadable,
    /// Something that is not the user's doing, or an answer that could not be written.
    Internal,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Unreadable => 2,
            Self::Indeterminate => 3,
            Self::Internal => 4,
        }
    }
}

impl From<Gap> for Exit {
    fn from(gap: Gap) -> Self {
        match gap {
            Gap::Unreadable => Self::Unreadable,
            Gap::Undecided => Self::Indeterminate,
            Gap::Internal => Self::Internal,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn precedence_is_4_2_1_3_0() {
        let all =
            [Exit::Clean, Exit::Findings, Exit::Unreadable, Exit::Indeterminate, Exit::Internal];
        let mut sorted = all;
        sorted.sort();
        assert_eq!(sorted.map(Exit::code), [0, 3, 1, 2, 4]);
    }
}
