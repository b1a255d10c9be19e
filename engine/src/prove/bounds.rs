use super::{product::Effort, search, solver};

/// A bound that every proof keeps. They are fixed: an answer is then the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownBound {
    /// What is counted.
    pub what: &'static str,
    /// How many there may be.
    pub most: usize,
}

/// The bounds of a proof. Past one the answer is *undecided*, never *no*.
pub const BOUNDS: &[KnownBound] = &[
    KnownBound {
        what: "steps of Z3 for one choice of truth values",
        most: solver::MOST_STEPS as usize,
    },
    KnownBound {
        what: "rounds in which Z3 chooses and values are looked for, a question",
        most: search::MOST_ROUNDS,
    },
    KnownBound {
        what: "values tried for a part of the request before one is searched",
        most: search::MOST_TRIALS,
    },
    KnownBound {
        what: "states of the product of all patterns on one part of the request",
        most: Effort::FULL.states,
    },
    KnownBound { what: "places that these states hold together", most: Effort::FULL.places },
];
