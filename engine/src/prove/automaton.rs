use std::collections::{HashSet, VecDeque};

use super::glob::{Alternative, Characters, Symbol};

/// The most states that one search may visit. Globs like `*a*` and `*b*` multiply; with ordinary policies a search
/// sees some hundreds.
const MOST_STATES: usize = 20_000;

/// The most places in patterns that these states may hold together: it bounds the time as well.
const MOST_PLACES: usize = 1_000_000;

/// What a search for a value came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This value will do; no shorter one does.
    Value(String),
    /// There is none.
    Nothing,
    /// The search grew past its bound.
    TooLarge,
}

/// Looks for the shortest text that each of `wanted` matches (one of its alternatives) and none of `unwanted`.
///
/// The product of all patterns is walked breadth first, without being built: a state is the set of places that the
/// text may have reached in each pattern.
pub(super) fn shortest(wanted: &[&[Alternative]], unwanted: &[&[Alternative]]) -> Found {
    let product = Product::new(wanted, unwanted);
    let mut start = product.starts.clone();
    product.skip_runs(&mut start);
    if !product.is_promising(&start) {
        return Found::Nothing;
    }
    let mut seen = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([(start, 0)]);
    // How each state was first reached: from which one, by which character.
    let mut came: Vec<(usize, char)> = vec![(0, ' ')];
    let mut characters = Vec::new();
    let mut places = 0;
    while let Some((state, id)) = queue.pop_front() {
        if product.accepts(&state) {
            return Found::Value(spell(&came, id));
        }
        product.characters(&state, &mut characters);
        for &character in &characters {
            let next = product.step(&state, character);
            if seen.contains(&next) || !product.is_promising(&next) {
                continue;
            }
            places += next.len();
            if seen.len() >= MOST_STATES || places > MOST_PLACES {
                return Found::TooLarge;
            }
            came.push((id, character));
            seen.insert(next.clone());
            queue.push_back((next, came.len() - 1));
        }
    }
    Found::Nothing
}

fn spell(came: &[(usize, char)], mut id: usize) -> String {
    let mut characters = Vec::new();
    while id != 0 {
        let Some((from, character)) = came.get(id) else { break };
        characters.push(*character);
        id = *from;
    }
    characters.iter().rev().collect()
}

/// A place in a pattern.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The symbol that stands there; `None` behind the last.
    symbol: Option<Symbol>,
    /// Which of the patterns it belongs to, the wanted ones first.
    pattern: usize,
    /// Whether any text may follow.
    open: bool,
}

struct Product {
    places: Vec<Place>,
    starts: Vec<u32>,
    wanted: usize,
}

impl Product {
    fn new(wanted: &[&[Alternative]], unwanted: &[&[Alternative]]) -> Self {
        let mut product = Self { places: Vec::new(), starts: Vec::new(), wanted: wanted.len() };
        for (pattern, alternatives) in wanted.iter().chain(unwanted).enumerate() {
            for alternative in *alternatives {
                product.add(pattern, alternative.symbols());
            }
        }
        product
    }

    fn add(&mut self, pattern: usize, symbols: &[Symbol]) {
        self.starts.push(u32::try_from(self.places.len()).unwrap_or(u32::MAX));
        let runs = symbols.iter().rev();
        let tail = runs.take_while(|symbol| **symbol == Symbol::Many(Characters::Any)).count();
        for (index, symbol) in symbols.iter().enumerate() {
            let open = index >= symbols.len() - tail;
            self.places.push(Place { symbol: Some(*symbol), pattern, open });
        }
        self.places.push(Place { symbol: None, pattern, open: false });
    }

    fn place(&self, id: u32) -> Option<&Place> {
        self.places.get(id as usize)
    }

    fn symbols<'a>(&'a self, state: &'a [u32]) -> impl Iterator<Item = (u32, Symbol)> + 'a {
        state.iter().filter_map(|&id| Some((id, self.place(id)?.symbol?)))
    }

    /// Adds the places behind runs, which may be empty, and sorts.
    fn skip_runs(&self, state: &mut Vec<u32>) {
        let mut index = 0;
        while let Some(&id) = state.get(index) {
            if self.place(id).is_some_and(|p| matches!(p.symbol, Some(Symbol::Many(_)))) {
                state.push(id + 1);
            }
            index += 1;
        }
        state.sort_unstable();
        state.dedup();
    }

    fn step(&self, state: &[u32], character: char) -> Vec<u32> {
        let mut next = Vec::with_capacity(state.len() + 1);
        for (id, symbol) in self.symbols(state) {
            if symbol.takes(character) {
                next.push(if matches!(symbol, Symbol::Many(_)) { id } else { id + 1 });
            }
        }
        self.skip_runs(&mut next);
        next
    }

    /// Whether every wanted pattern can still match, and no unwanted one matches whatever follows.
    fn is_promising(&self, state: &[u32]) -> bool {
        let mut alive = vec![false; self.wanted];
        for place in state.iter().filter_map(|id| self.place(*id)) {
            match alive.get_mut(place.pattern) {
                Some(slot) => *slot = true,
                None if place.open => return false,
                None => {}
            }
        }
        alive.iter().all(|alive| *alive)
    }

    fn accepts(&self, state: &[u32]) -> bool {
        let mut matched = vec![false; self.wanted];
        for place in state.iter().filter_map(|id| self.place(*id)) {
            if place.symbol.is_none() {
                match matched.get_mut(place.pattern) {
                    Some(slot) => *slot = true,
                    None => return false,
                }
            }
        }
        matched.iter().all(|matched| *matched)
    }

    /// The characters that lead from a state to all its successors: those that patterns name, and for each way in
    /// which the sets of wildcards can hold a character one that no pattern names.
    fn characters(&self, state: &[u32], characters: &mut Vec<char>) {
        characters.clear();
        let (mut fields, mut names, mut digits, mut actions) = (false, false, false, false);
        for (_, symbol) in self.symbols(state) {
            match symbol {
                Symbol::Literal(own) => characters.push(own),
                Symbol::Folded(own) => {
                    characters.push(own);
                    let mut upper = own.to_uppercase();
                    if let (Some(upper), None) = (upper.next(), upper.next()) {
                        characters.push(upper);
                    }
                }
                Symbol::One(set) | Symbol::Many(set) => match set {
                    Characters::Any => {}
                    Characters::Field => fields = true,
                    Characters::Name => names = true,
                    Characters::Digit => digits = true,
                    Characters::Action => actions = true,
                },
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
        add("xyzwvutsrqponmlkjihgfedcbaXYZWVUTSRQPONMLKJIHGFEDCBA_-+=,.@/ !#$%&'();<>[]^`{|}~");
        if digits {
            add("0123456789");
        }
        if actions {
            add("XYZWVUTSRQPONMLKJIHGFEDCBA_+=,.@/");
        }
        if names {
            add(" !#$%&'()*;<>?[]^`{|}~\"\\");
        }
        if fields {
            add(":");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aws::Pattern;

    fn glob(text: &str) -> Vec<Alternative> {
        vec![Alternative::of(&Pattern::new(text), Characters::Any, false)]
    }

    fn search(wanted: &[&str], unwanted: &[&str]) -> Found {
        let wanted: Vec<_> = wanted.iter().map(|text| glob(text)).collect();
        let unwanted: Vec<_> = unwanted.iter().map(|text| glob(text)).collect();
        shortest(
            &wanted.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            &unwanted.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        )
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
        let globs: Vec<String> = (0..40).map(|i| format!("*{}{}*", char::from(97 + i % 26), i)).collect();
        let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
        assert_eq!(search(&globs, &[]), Found::TooLarge);
    }

    #[test]
    fn a_named_character_set_is_kept() {
        let shape = vec![Alternative::shape("role/%%*")];
        let colon = glob("*:*");
        assert_eq!(shortest(&[&shape, &colon], &[]), Found::Nothing);
        let digit = vec![Alternative::shape("##")];
        assert_eq!(shortest(&[&digit], &[&glob("0*")]), Found::Value("10".to_owned()));
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
                Found::TooLarge => prop_assert!(false, "small patterns are no trouble"),
            }
        }
    }
}
