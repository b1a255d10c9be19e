use crate::text::{LimitError, Limits};

/// How far proofs go. They are counted in work and not in time, so that an answer is the same on every machine.
///
/// A question that takes more is *undecided*, never answered with no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Steps of Z3's own for one choice of truth values. It takes at least one.
    pub steps: usize,
    /// Rounds in which the solver chooses truth values and values are looked for, a question.
    pub rounds: usize,
    /// Values tried for a part of the request before one is searched.
    pub trials: usize,
    /// States of the product of all patterns on one part of the request. The first is always visited.
    pub states: usize,
    /// Places that these states hold together, which bounds the time.
    pub places: usize,
    /// Questions asked of one policy about what does nothing in it.
    pub questions: usize,
    /// New calls of a bundle that are told one by one.
    pub calls: usize,
    /// New grants of a policy that are told one by one.
    pub grants: usize,
}

impl Bounds {
    /// The most that can be set: Z3 counts in 32 bits.
    pub const MOST: usize = u32::MAX as usize - 1;

    /// The value of one bound.
    pub const fn get(&self, kind: BoundKind) -> usize {
        match kind {
            BoundKind::Steps => self.steps,
            BoundKind::Rounds => self.rounds,
            BoundKind::Trials => self.trials,
            BoundKind::States => self.states,
            BoundKind::Places => self.places,
            BoundKind::Questions => self.questions,
            BoundKind::Calls => self.calls,
            BoundKind::Grants => self.grants,
        }
    }

    /// Sets one bound by its name.
    ///
    /// # Errors
    /// [`LimitError`] where there is no such bound, or where the value is no number or more than [`Self::MOST`].
    ///
    /// ```
    /// use crosskey_engine::prove::Bounds;
    /// let mut bounds = Bounds::default();
    /// bounds.set("states", "100000")?;
    /// assert_eq!(bounds.states, 100_000);
    /// assert_eq!(bounds.set("seconds", "1").unwrap_err().to_string(), "there is no limit `seconds`");
    /// # Ok::<(), crosskey_engine::text::LimitError>(())
    /// ```
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), LimitError> {
        let kind = BoundKind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| LimitError::Name {
            name: name.to_owned(),
            known: BoundKind::ALL.map(BoundKind::name).to_vec(),
        })?;
        let number = Limits::number(kind.name(), value, Self::MOST)?;
        match kind {
            BoundKind::Steps => self.steps = number,
            BoundKind::Rounds => self.rounds = number,
            BoundKind::Trials => self.trials = number,
            BoundKind::States => self.states = number,
            BoundKind::Places => self.places = number,
            BoundKind::Questions => self.questions = number,
            BoundKind::Calls => self.calls = number,
            BoundKind::Grants => self.grants = number,
        }
        Ok(())
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            // About two seconds.
            steps: 1_000_000,
            rounds: 1_000,
            trials: 200,
            // Globs like `*a*` and `*b*` multiply; with ordinary policies a search sees some hundreds of states.
            states: 20_000,
            places: 600_000,
            questions: 64,
            calls: 256,
            grants: 32,
        }
    }
}

/// Which of the [`Bounds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundKind {
    /// [`Bounds::steps`].
    Steps,
    /// [`Bounds::rounds`].
    Rounds,
    /// [`Bounds::trials`].
    Trials,
    /// [`Bounds::states`].
    States,
    /// [`Bounds::places`].
    Places,
    /// [`Bounds::questions`].
    Questions,
    /// [`Bounds::calls`].
    Calls,
    /// [`Bounds::grants`].
    Grants,
}

impl BoundKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Steps,
        Self::Rounds,
        Self::Trials,
        Self::States,
        Self::Places,
        Self::Questions,
        Self::Calls,
        Self::Grants,
    ];

    /// As the command line calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Rounds => "rounds",
            Self::Trials => "trials",
            Self::States => "states",
            Self::Places => "places",
            Self::Questions => "questions",
            Self::Calls => "calls",
            Self::Grants => "grants",
        }
    }

    /// What it counts.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Steps => "steps of Z3 for one choice of truth values",
            Self::Rounds => "rounds in which Z3 chooses and values are looked for, a question",
            Self::Trials => "values tried for a part of the request before one is searched",
            Self::States => "states of the product of all patterns on one part of the request",
            Self::Places => "places that these states hold together",
            Self::Questions => "questions asked of one policy about what does nothing in it",
            Self::Calls => "new calls of a bundle that `diff` tells one by one",
            Self::Grants => "new grants of a policy that `diff` tells one by one",
        }
    }

    /// What comes of a question that goes past it.
    pub const fn past(self) -> &'static str {
        match self {
            Self::Steps | Self::Rounds | Self::States | Self::Places => "*undecided*",
            Self::Trials => "a value is searched",
            Self::Questions => "nothing more is said to do nothing",
            Self::Calls | Self::Grants => "the answer says that there is more",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_is_set_by_its_name() {
        for kind in BoundKind::ALL {
            let mut bounds = Bounds::default();
            bounds.set(kind.name(), "7").unwrap();
            for other in BoundKind::ALL {
                let untouched = Bounds::default().get(other);
                assert_eq!(bounds.get(other), if other == kind { 7 } else { untouched });
            }
            bounds.set(kind.name(), &Bounds::MOST.to_string()).unwrap();
            let error = bounds.set(kind.name(), &(Bounds::MOST + 1).to_string()).unwrap_err();
            assert_eq!(error, LimitError::TooLarge { name: kind.name(), most: Bounds::MOST });
            assert_eq!(bounds.get(kind), Bounds::MOST);
        }
    }
}
