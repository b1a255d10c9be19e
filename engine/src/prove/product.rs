use foldhash::fast::FixedState;
use indexmap::IndexSet;
use smallvec::SmallVec;

use super::{
    Bounds,
    automaton::{Automaton, State},
    glob::{Characters, Symbol},
};

/// How far a search may go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// States visited.
    pub(super) states: usize,
    /// Places that these states hold together, which bounds the time.
    pub(super) places: usize,
}

impl Effort {
    /// For an answer that is needed.
    pub(super) const fn full(bounds: &Bounds) -> Self {
        Self { states: bounds.states, places: bounds.places }
    }

    /// For an answer that is only of help: little of it.
    pub(super) fn little(self) -> Self {
        Self { states: self.states.min(400), places: self.places.min(20_000) }
    }
}

/// What a search for a value came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This value will do; no shorter one does.
    Value(String),
    /// There is none.
    Nothing,
    /// The search takes more than its states.
    TooManyStates,
    /// The search takes more than its places.
    TooManyPlaces,
}

/// Looks for the shortest text that all of `wanted` match and none of `unwanted`.
///
/// The product of the automata is walked breadth first, without being built: a state of it is the set of places that
/// the text may have reached in each.
pub(super) fn shortest(wanted: &[&Automaton], unwanted: &[&Automaton], effort: Effort) -> Found {
    let product = Product {
        automata: wanted.iter().chain(unwanted).copied().collect(),
        wanted: wanted.len(),
    };
    let mut start = Places::new();
    for (number, automaton) in product.automata.iter().enumerate() {
        start.extend(automaton.entered(0).iter().map(|at| Place::new(number, *at)));
    }
    start.sort_unstable();
    start.dedup();
    if !product.is_promising(&start) {
        return Found::Nothing;
    }
    let mut characters = Vec::new();
    let mut next = Places::new();
    // What all values begin with is spelled out first: most of an ARN leaves no choice.
    let mut value = String::new();
    while !product.accepts(&start) && product.forced(&start, &mut characters) {
        let &[only] = characters.as_slice() else { break };
        product.step(&start, only, &mut next);
        if !product.is_promising(&next) {
            return Found::Nothing;
        }
        value.push(only);
        std::mem::swap(&mut start, &mut next);
    }
    // In the order in which they were found, which is that in which they are visited.
    let mut seen: IndexSet<Places, FixedState> = IndexSet::default();
    seen.insert(start);
    // How each state was first reached: from which one, by which character.
    let mut came: Vec<(usize, char)> = vec![(0, ' ')];
    let (mut visited, mut places) = (0, 0);
    while let Some(state) = seen.get_index(visited).cloned() {
        if product.accepts(&state) {
            spell(&came, visited, &mut value);
            return Found::Value(value);
        }
        product.characters(&state, &mut characters);
        for &character in &characters {
            product.step(&state, character, &mut next);
            places += next.len();
            if places > effort.places {
                return Found::TooManyPlaces;
            }
            if !product.is_promising(&next) || seen.contains(&next) {
                continue;
            }
            if seen.len() >= effort.states {
                return Found::TooManyStates;
            }
            came.push((visited, character));
            seen.insert(next.clone());
        }
        visited += 1;
    }
    Found::Nothing
}

/// Adds the characters that led to a state.
fn spell(came: &[(usize, char)], mut id: usize, value: &mut String) {
    let mut characters = Vec::new();
    while id != 0 {
        let Some((from, character)) = came.get(id) else { break };
        characters.push(*character);
        id = *from;
    }
    value.extend(characters.iter().rev());
}

/// A state of one of the automata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place(u64);

impl Place {
    const fn new(automaton: usize, at: u32) -> Self {
        Self((automaton as u64) << 32 | at as u64)
    }

    const fn automaton(self) -> usize {
        (self.0 >> 32) as usize
    }

    const fn at(self) -> u32 {
        (self.0 & 0xffff_ffff) as u32
    }
}

/// A state of the product: sorted places.
type Places = SmallVec<[Place; 8]>;

struct Product<'a> {
    automata: Vec<&'a Automaton>,
    wanted: usize,
}

impl Product<'_> {
    fn states<'a>(&'a self, places: &'a [Place]) -> impl Iterator<Item = (Place, &'a State)> {
        places.iter().filter_map(|place| {
            Some((*place, self.automata.get(place.automaton())?.state(place.at())?))
        })
    }

    fn step(&self, places: &[Place], character: char, next: &mut Places) {
        next.clear();
        for place in places {
            let number = place.automaton();
            if let Some(automaton) = self.automata.get(number) {
                automaton.step(place.at(), character, |entered| {
                    next.extend(entered.iter().map(|at| Place::new(number, *at)));
                });
            }
        }
        next.sort_unstable();
        next.dedup();
    }

    /// Whether every wanted automaton can still accept, and no unwanted one accepts whatever follows.
    fn is_promising(&self, places: &[Place]) -> bool {
        // Places are sorted by automaton.
        let mut alive = 0;
        for place in places {
            let number = place.automaton();
            if number < self.wanted {
                match number {
                    _ if number == alive => alive += 1,
                    _ if number > alive => return false,
                    _ => {}
                }
            } else if self.automata.get(number).is_some_and(|a| a.is_open(place.at())) {
                return false;
            }
        }
        alive == self.wanted
    }

    fn accepts(&self, places: &[Place]) -> bool {
        // Places are sorted by automaton.
        let mut accepted = 0;
        for (place, state) in self.states(places) {
            match place.automaton() {
                number if state.accepts && number >= self.wanted => return false,
                number if state.accepts && number == accepted => accepted += 1,
                _ => {}
            }
        }
        accepted == self.wanted
    }

    /// Whether a wanted automaton can go on by few characters only, which are then the only ones to try: any other leaves
    /// it nowhere. Most of an ARN is spelled out, so that this is the most frequent case by far.
    fn forced(&self, places: &[Place], characters: &mut Vec<char>) -> bool {
        let wanted = places.partition_point(|place| place.automaton() < self.wanted);
        let wanted = places.get(..wanted).unwrap_or_default();
        for own in wanted.chunk_by(|one, other| one.automaton() == other.automaton()) {
            characters.clear();
            let spelled = self.states(own).all(|(_, state)| {
                state.stay.is_none()
                    && state.edges.iter().all(|(symbol, _)| match symbol {
                        Symbol::Literal(own) => {
                            characters.push(*own);
                            true
                        }
                        _ => false,
                    })
            });
            if spelled {
                characters.sort_unstable();
                characters.dedup();
                return true;
            }
        }
        characters.clear();
        false
    }

    /// The characters that lead from a state to all its successors: those that patterns name, and for each way in
    /// which the sets of wildcards can hold a character one that no pattern names.
    fn characters(&self, places: &[Place], characters: &mut Vec<char>) {
        characters.clear();
        if self.forced(places, characters) {
            return;
        }
        let mut sets: SmallVec<[Characters; 16]> = SmallVec::new();
        for (_, state) in self.states(places) {
            sets.extend(state.stay);
            for (symbol, _) in &state.edges {
                match symbol {
                    Symbol::Literal(own) => characters.push(*own),
                    Symbol::Folded(own) => {
                        characters.push(*own);
                        let mut upper = own.to_uppercase();
                        if let (Some(upper), None) = (upper.next(), upper.next()) {
                            characters.push(upper);
                        }
                    }
                    Symbol::One(set) | Symbol::Many(set) => sets.push(*set),
                }
            }
        }
        characters.sort_unstable();
        characters.dedup();
        let named = characters.len();
        let mut add = |choice: &str| {
            let fresh = choice
                .chars()
                .find(|c| !characters.get(..named).is_some_and(|own| own.contains(c)));
            characters.extend(fresh);
        };
        if sets.is_empty() && self.wanted > 0 {
            return;
        }
        add("xyzwvutsrqponmlkjihgfedcbaXYZWVUTSRQPONMLKJIHGFEDCBA_-+=,.@/ !#$%&'();<>[]^`{|}~");
        if sets.contains(&Characters::Digit) {
            add("0123456789");
        }
        if sets.contains(&Characters::Action) {
            add("XYZWVUTSRQPONMLKJIHGFEDCBA_+=,.@/");
        }
        if sets.contains(&Characters::Part) {
            add("/");
        }
        if sets.contains(&Characters::Name) || sets.contains(&Characters::Part) {
            add(" !#$%&'()*;<>?[]^`{|}~\"\\");
        }
        if sets.contains(&Characters::Field) {
            add(":");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{aws::Pattern, prove::glob::Alternative};

    fn full() -> Effort {
        Effort::full(&Bounds::default())
    }

    fn glob(text: &str) -> Automaton {
        Automaton::new([&Alternative::of(&Pattern::new(text), Characters::Any, false)])
    }

    fn shape(text: &str) -> Automaton {
        Automaton::new([&Alternative::shape(text)])
    }

    fn search(wanted: &[&str], unwanted: &[&str]) -> Found {
        let wanted: Vec<_> = wanted.iter().map(|text| glob(text)).collect();
        let unwanted: Vec<_> = unwanted.iter().map(|text| glob(text)).collect();
        let wanted: Vec<_> = wanted.iter().collect();
        let unwanted: Vec<_> = unwanted.iter().collect();
        shortest(&wanted, &unwanted, full())
    }

    #[test]
    fn the_shortest_text_is_found() {
        assert_eq!(search(&["a*b"], &["ab"]), Found::Value("abb".to_owned()));
        assert_eq!(search(&["ab*b*b*b"], &["a*b*b*b"]), Found::Nothing);
        assert_eq!(search(&["a*", "*b"], &[]), Found::Value("ab".to_owned()));
        assert_eq!(search(&["a?", "?b", "*c*"], &[]), Found::Nothing);
        assert_eq!(search(&[], &["*"]), Found::Nothing);
        assert_eq!(search(&[], &[]), Found::Value(String::new()));
    }

    #[test]
    fn too_large_a_search_ends() {
        let globs: Vec<String> = (0..20).map(|i| format!("*{}x{i}*", char::from(97 + i))).collect();
        let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
        assert_eq!(search(&globs, &[]), Found::TooManyPlaces);
    }

    /// At each bound a search still ends with its answer, one below it does not.
    #[test]
    fn bounds_are_inclusive() {
        let wanted = [glob("*ab*"), glob("*bc*")];
        let wanted: Vec<_> = wanted.iter().collect();
        let with = |states, places| shortest(&wanted, &[], Effort { states, places });
        let answer = with(usize::MAX, usize::MAX);
        assert_eq!(answer, Found::Value("abc".to_owned()));
        let least =
            |with: &dyn Fn(usize) -> Found| (0..).find(|most| with(*most) == answer).unwrap();
        let by_states = |most| with(most, usize::MAX);
        let by_places = |most| with(usize::MAX, most);
        for (with, past) in [
            (&by_states as &dyn Fn(usize) -> Found, Found::TooManyStates),
            (&by_places, Found::TooManyPlaces),
        ] {
            let least = least(with);
            assert!(least > 1);
            assert_eq!(with(least - 1), past);
            assert_eq!(with(least + 1), answer);
        }
    }

    #[test]
    fn a_named_character_set_is_kept() {
        let role = shape("role/%%*");
        assert_eq!(shortest(&[&role, &glob("*:*")], &[], full()), Found::Nothing);
        let names = [shape("%*"), shape("@*")];
        let found = shortest(&[&glob("*")], &[&names[0]], full());
        assert_eq!(found, Found::Value(" ".to_owned()));
        let found = shortest(&[&glob("*")], &[&names[1]], full());
        assert_eq!(found, Found::Value("/".to_owned()));
        let found = shortest(&[&shape("##")], &[&glob("0*")], full());
        assert_eq!(found, Found::Value("10".to_owned()));
        let found = shortest(&[&shape("^*:&&*")], &[&glob(":*")], full());
        assert_eq!(found, Found::Value("x:x".to_owned()));
    }

    proptest! {
        #[test]
        fn agrees_with_enumeration(
            wanted in proptest::collection::vec("[ab*?]{0,4}", 0..3),
            unwanted in proptest::collection::vec("[ab*?]{0,4}", 0..3),
        ) {
            let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
            let unwanted: Vec<&str> = unwanted.iter().map(String::as_str).collect();
            let fits = |text: &str| {
                wanted.iter().all(|p| Pattern::new(p).matches(text))
                    && !unwanted.iter().any(|p| Pattern::new(p).matches(text))
            };
            // All texts of up to six characters over the two of the patterns and one other.
            let mut texts = vec![String::new()];
            let mut all = texts.clone();
            for _ in 0..6 {
                texts = texts.iter().flat_map(|t| ["a", "b", "x"].map(|c| format!("{t}{c}"))).collect();
                all.extend(texts.iter().cloned());
            }
            let first = all.iter().find(|text| fits(text));
            match search(&wanted, &unwanted) {
                Found::Value(found) => {
                    prop_assert!(fits(&found));
                    if let Some(first) = first {
                        prop_assert_eq!(found.len(), first.len());
                    }
                }
                Found::Nothing => prop_assert_eq!(first, None),
                Found::TooManyStates | Found::TooManyPlaces => {
                    prop_assert!(false, "small patterns are no trouble");
                }
            }
        }
    }

    proptest! {
        // Each case goes through more texts.
        #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.div_ceil(4)))]

        /// Of several patterns a list, and with wildcards that are kept to sets of characters.
        #[test]
        fn agrees_with_enumeration_on_shapes(
            wanted in proptest::collection::vec(proptest::collection::vec("(a|x|:|/|[#%@^]|[#%@^]?\\*){0,3}", 1..3), 0..3),
            unwanted in proptest::collection::vec(proptest::collection::vec("(a|x|:|/|[#%@^]|[#%@^]?\\*){0,3}", 1..3), 0..3),
        ) {
            let read = |lists: &[Vec<String>]| -> Vec<Vec<Alternative>> {
                lists.iter().map(|list| list.iter().map(|text| Alternative::shape(text)).collect()).collect()
            };
            let (wanted, unwanted) = (read(&wanted), read(&unwanted));
            let matches = |list: &Vec<Alternative>, text: &str| list.iter().any(|own| own.matches(text));
            let fits = |text: &str| {
                wanted.iter().all(|list| matches(list, text))
                    && !unwanted.iter().any(|list| matches(list, text))
            };
            let mut texts = vec![String::new()];
            let mut all = texts.clone();
            for _ in 0..4 {
                texts = texts.iter().flat_map(|t| ['a', 'x', '0', '/', ':', ' '].map(|c| format!("{t}{c}"))).collect();
                all.extend(texts.iter().cloned());
            }
            let first = all.iter().find(|text| fits(text));
            let automata = |lists: &[Vec<Alternative>]| lists.iter().map(Automaton::new).collect::<Vec<_>>();
            let (with, without) = (automata(&wanted), automata(&unwanted));
            let found = shortest(&with.iter().collect::<Vec<_>>(), &without.iter().collect::<Vec<_>>(), full());
            match found {
                Found::Value(found) => {
                    prop_assert!(fits(&found), "{}", found);
                    if let Some(first) = first {
                        prop_assert_eq!(found.chars().count(), first.len(), "{}", found);
                    }
                }
                Found::Nothing => prop_assert_eq!(first, None),
                Found::TooManyStates | Found::TooManyPlaces => {
                    prop_assert!(false, "small patterns are no trouble");
                }
            }
        }
    }
}
