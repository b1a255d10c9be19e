use std::collections::BTreeMap;

/// Numbers by what a text has to begin with. The beginnings of one text are found by a search in a sorted list and the steps
/// from each to the next shorter one, however many others there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Beginnings(Vec<Beginning>);

#[derive(Clone, Debug)]
struct Beginning {
    text: Box<str>,
    numbers: Vec<usize>,
    /// Where the longest of the others stands that this one begins with.
    shorter: Option<usize>,
}

impl FromIterator<(String, usize)> for Beginnings {
    fn from_iter<T: IntoIterator<Item = (String, usize)>>(pairs: T) -> Self {
        let mut sorted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (text, number) in pairs {
            sorted.entry(text).or_default().push(number);
        }
        let mut list: Vec<Beginning> = Vec::with_capacity(sorted.len());
        for (text, mut numbers) in sorted {
            numbers.dedup();
            let last = list.len().checked_sub(1);
            let shorter = chain(&list, last, &text).next();
            list.push(Beginning { text: text.into(), numbers, shorter });
        }
        Self(list)
    }
}

impl Beginnings {
    /// The numbers of each beginning of a text.
    pub(super) fn of<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a [usize]> + Clone {
        // No beginning of a text stands behind it, and those of the text are beginnings of all that stands between.
        let behind = self.0.partition_point(|beginning| *beginning.text <= *text);
        let found = chain(&self.0, behind.checked_sub(1), text);
        found.filter_map(|at| Some(self.0.get(at)?.numbers.as_slice()))
    }
}

/// From the place `from` on to ever shorter ones, those that `text` begins with.
fn chain<'a>(
    list: &'a [Beginning],
    from: Option<usize>,
    text: &'a str,
) -> impl Iterator<Item = usize> + Clone + 'a {
    let at = |place: usize| list.get(place).map(|beginning| (place, beginning));
    let steps = std::iter::successors(from.and_then(at), move |(_, beginning)| {
        beginning.shorter.and_then(at)
    });
    let fits = move |(_, beginning): &(usize, &Beginning)| text.starts_with(&*beginning.text);
    steps.filter(fits).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_search_of_all_finds(
            texts in prop::collection::vec("[ab]{0,4}", 0..12), text in "[ab]{0,5}",
        ) {
            let pairs = texts.iter().cloned().zip(0..);
            let beginnings: Beginnings = pairs.clone().collect();
            let mut found: Vec<usize> = beginnings.of(&text).flatten().copied().collect();
            found.sort_unstable();
            let fits = pairs.filter(|(beginning, _)| text.starts_with(&**beginning));
            let expected: Vec<usize> = fits.map(|(_, number)| number).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
