use smallvec::SmallVec;

use super::glob::{Alternative, Characters, Symbol};

/// The texts that one of several patterns matches, as an automaton. Patterns that begin alike share their states.
#[derive(Clone, Debug, Default)]
pub(super) struct Automaton {
    states: Vec<State>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Characters that lead back here.
    pub(super) stay: Option<Characters>,
    /// Symbols that lead on.
    pub(super) edges: SmallVec<[(Symbol, u32); 1]>,
    /// Where a run begins that may be empty.
    runs: SmallVec<[u32; 2]>,
    /// The state itself, and those that empty runs lead to from it.
    entered: SmallVec<[u32; 2]>,
    /// Whether a text may end here.
    pub(super) accepts: bool,
}

impl State {
    /// Whether no character leads to more than one place.
    fn leads_to_one(&self) -> bool {
        let apart = |(symbol, _): &(Symbol, u32)| match symbol {
            Symbol::Literal(own) => !self.stay.is_some_and(|set| set.has(*own)),
            _ => self.stay.is_none() && self.edges.len() == 1,
        };
        self.runs.is_empty() && self.edges.iter().all(apart)
    }

    /// The run that begins here, where nothing else does.
    fn leads_into(&self) -> Option<u32> {
        match self.runs.as_slice() {
            [run] if self.stay.is_none() && self.edges.is_empty() && !self.accepts => Some(*run),
            _ => None,
        }
    }
}

impl Automaton {
    pub(super) fn new<'a>(alternatives: impl IntoIterator<Item = &'a Alternative>) -> Self {
        let mut automaton = Self { states: vec![State::default()] };
        for alternative in alternatives {
            automaton.states.reserve(alternative.symbols().len());
            let mut at = 0;
            for symbol in alternative.symbols() {
                at =
                    automaton.behind(at, *symbol).unwrap_or_else(|| automaton.lead_on(at, *symbol));
            }
            if let Some(state) = automaton.states.get_mut(at as usize) {
                state.accepts = true;
            }
        }
        automaton.close();
        automaton
    }

    /// Finds which states are entered together.
    fn close(&mut self) {
        // A run begins behind the state that it is entered from.
        for at in (0..self.states.len()).rev() {
            let Some(state) = self.states.get(at) else { continue };
            let mut entered: SmallVec<[u32; 2]> = SmallVec::new();
            entered.extend(u32::try_from(at));
            for run in &state.runs {
                entered.extend_from_slice(self.entered(*run));
            }
            if let Some(state) = self.states.get_mut(at) {
                state.entered = entered;
            }
        }
    }

    /// The state behind a symbol, if there is one.
    fn behind(&self, at: u32, symbol: Symbol) -> Option<u32> {
        let state = self.state(at)?;
        match symbol {
            Symbol::Many(set) => {
                let stays = |run: &u32| self.state(*run).is_some_and(|s| s.stay == Some(set));
                state.runs.iter().copied().find(stays)
            }
            _ => state.edges.iter().find(|(own, _)| *own == symbol).map(|(_, next)| *next),
        }
    }

    fn lead_on(&mut self, at: u32, symbol: Symbol) -> u32 {
        let next = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
        let mut state = State::default();
        if let Symbol::Many(set) = symbol {
            state.stay = Some(set);
        }
        self.states.push(state);
        if let Some(from) = self.states.get_mut(at as usize) {
            match symbol {
                Symbol::Many(_) => from.runs.push(next),
                other => from.edges.push((other, next)),
            }
        }
        next
    }

    pub(super) fn state(&self, at: u32) -> Option<&State> {
        self.states.get(at as usize)
    }

    /// Whether the whole of `text` matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut characters = text.chars();
        let mut at = 0;
        // Where a character leads to one place at most there is only that to keep.
        while let Some(state) = self.state(at) {
            if let Some(run) = state.leads_into() {
                at = run;
                continue;
            }
            if !state.leads_to_one() {
                break;
            }
            let Some(character) = characters.next() else { return state.accepts };
            if state.stay.is_some_and(|set| set.has(character)) {
                if self.is_open(at) {
                    return true;
                }
                continue;
            }
            let next = state.edges.iter().find(|(symbol, _)| symbol.takes(character));
            let Some((_, next)) = next else { return false };
            at = *next;
        }
        let mut reached = States::new(self.states.len());
        let mut next = States::new(self.states.len());
        reached.add(self.entered(at));
        for character in characters {
            next.clear();
            for at in reached.iter() {
                if self.is_open(at) {
                    return true;
                }
                self.step(at, character, |entered| next.add(entered));
            }
            std::mem::swap(&mut reached, &mut next);
        }
        reached.iter().any(|at| self.state(at).is_some_and(|state| state.accepts))
    }

    /// A state and those that empty runs lead to.
    pub(super) fn entered(&self, at: u32) -> &[u32] {
        self.state(at).map_or(&[], |state| &state.entered)
    }

    /// Gives the states that a character leads to from one.
    pub(super) fn step(&self, at: u32, character: char, mut add: impl FnMut(&[u32])) {
        let Some(state) = self.state(at) else { return };
        if state.stay.is_some_and(|set| set.has(character)) {
            add(&state.entered);
        }
        for (symbol, to) in &state.edges {
            if symbol.takes(character) {
                add(self.entered(*to));
            }
        }
    }

    /// Whether every text may follow at a state.
    pub(super) fn is_open(&self, at: u32) -> bool {
        self.state(at).is_some_and(|s| s.accepts && s.stay == Some(Characters::Any))
    }
}

/// States that a text may have reached, a bit each.
struct States(SmallVec<[u64; 4]>);

impl States {
    fn new(count: usize) -> Self {
        Self(SmallVec::from_elem(0, count.div_ceil(64)))
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }

    fn add(&mut self, states: &[u32]) {
        for at in states {
            if let Some(word) = self.0.get_mut(*at as usize / 64) {
                *word |= 1 << (at % 64);
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        (0..).step_by(64).zip(&self.0).flat_map(|(first, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let lowest = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(first + lowest)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aws::Pattern;

    #[test]
    fn alternatives_share_their_beginning_and_stay_apart() {
        let list = ["ab*c", "ab*d", "abx", "b?"]
            .map(|t| Alternative::of(&Pattern::new(t), Characters::Any, false));
        let automaton = Automaton::new(&list);
        for (text, expected) in [
            ("abc", true),
            ("abxd", true),
            ("abx", true),
            ("ab", false),
            ("bz", true),
            ("abxy", false),
        ] {
            assert_eq!(automaton.matches(text), expected, "{text}");
        }
        assert!(automaton.states.len() < 12);
    }

    #[test]
    fn runs_of_other_characters_stay_apart() {
        let list = ["%*a", "#*b", "a%*/c", "a^*:d"].map(Alternative::shape);
        let automaton = Automaton::new(&list);
        for (text, expected) in [
            ("xa", true),
            ("0b", true),
            ("xb", false),
            ("0a", true),
            ("ax/c", true),
            ("a :d", true),
            ("a /c", false),
        ] {
            assert_eq!(automaton.matches(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn matches_like_patterns(
            patterns in proptest::collection::vec("[ab*?]{0,5}", 1..4),
            texts in proptest::collection::vec("[abc]{0,8}", 64),
        ) {
            let list: Vec<_> = patterns
                .iter()
                .map(|p| Alternative::of(&Pattern::new(p), Characters::Any, false))
                .collect();
            let automaton = Automaton::new(&list);
            for text in texts {
                let expected = patterns.iter().any(|p| Pattern::new(p).matches(&text));
                prop_assert_eq!(automaton.matches(&text), expected, "{}", text);
            }
        }

        #[test]
        fn matches_as_each_alternative_does(
            shapes in proptest::collection::vec("(a|b|:|/|[#%@^]|[#%@^]?\\*){0,4}", 1..4),
            texts in proptest::collection::vec("[ab0:/ ]{0,6}", 64),
        ) {
            let list: Vec<_> = shapes.iter().map(|shape| Alternative::shape(shape)).collect();
            let automaton = Automaton::new(&list);
            for text in texts {
                let expected = list.iter().any(|alternative| alternative.matches(&text));
                prop_assert_eq!(automaton.matches(&text), expected, "{}", text);
            }
        }
    }
}
