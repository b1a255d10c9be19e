use std::{borrow::Cow, cell::OnceCell, net::IpAddr};

use base64::{Engine as _, engine::general_purpose};
use ipnet::IpNet;
use jiff::Timestamp;
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::{
    address,
    automaton::Automaton,
    glob::{Alternative, Characters, Symbol},
    product::{self, Effort, Found},
    test::{Sort, Test, Texts},
};
use crate::aws::assumption::MappedAddress;

/// The values that a part of a request can have.
#[derive(Clone, Debug)]
pub(super) enum Domain {
    /// Texts that one of these matches.
    Text {
        /// What the values look like.
        shape: Texts,
        /// Values to try first, for witnesses that people understand.
        plausible: Plausible,
    },
    /// One of these texts; the first is tried first.
    Listed(Vec<String>),
    /// Addresses.
    Address {
        /// Whether private ones occur.
        private: bool,
    },
    /// Decimal numbers.
    Number,
    /// Instants, written as ISO 8601.
    Instant,
    /// Instants, written as seconds since 1970.
    Seconds,
}

/// Values that people understand; those that have the shape of a domain are picked out once.
#[derive(Clone, Debug, Default)]
pub(super) struct Plausible {
    list: Vec<String>,
    fitting: OnceCell<Vec<String>>,
}

impl Plausible {
    pub(super) fn list(&self) -> &[String] {
        &self.list
    }

    fn within(&self, shape: &Texts) -> &[String] {
        let fitting = || self.list.iter().filter(|text| shape.matches(text)).cloned().collect();
        self.fitting.get_or_init(fitting)
    }
}

impl From<Vec<String>> for Plausible {
    fn from(list: Vec<String>) -> Self {
        Self { list, fitting: OnceCell::new() }
    }
}

/// What a search for a value came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// This one will do.
    Value(String),
    /// There is none, whatever else is unwanted: these of the unwanted sets suffice.
    Nothing(Vec<usize>),
    /// It could not be told within bounds.
    Undecided(Limit),
}

/// A bound within which a search stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// On the states of the product.
    States,
    /// On the places that they hold.
    Places,
    /// Operators of several kinds are compared on one key.
    Mixed,
}

impl Domain {
    /// All texts.
    #[cfg(test)]
    pub(super) fn any_text(plausible: &[&str]) -> Self {
        Self::Text {
            shape: Texts::new([Alternative::shape("*")]),
            plausible: plausible.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().into(),
        }
    }

    /// Texts of a shape; see [`Alternative::shape`].
    pub(super) fn shaped(shape: &[&str], plausible: &[&str]) -> Self {
        Self::Text {
            shape: Texts::new(shape.iter().map(|shape| Alternative::shape(shape))),
            plausible: plausible.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().into(),
        }
    }

    /// `true` and `false`.
    pub(super) fn truth() -> Self {
        Self::Listed(vec!["true".to_owned(), "false".to_owned()])
    }

    /// Lets this value belong here too, as the last that is tried.
    pub(super) fn widen(&mut self, value: &str) {
        match self {
            Self::Text { shape, plausible } => {
                let more = Alternative::literal(value);
                *shape = Texts::new(shape.alternatives().iter().cloned().chain([more]));
                let values = plausible.list.iter().cloned().chain([value.to_owned()]);
                *plausible = values.collect::<Vec<_>>().into();
            }
            Self::Listed(list) => list.push(value.to_owned()),
            Self::Address { .. } | Self::Number | Self::Instant | Self::Seconds => {}
        }
    }

    /// Whether a value belongs here.
    pub(super) fn has(&self, value: &str) -> bool {
        match self {
            Self::Text { shape, .. } => shape.matches(value),
            Self::Listed(list) => list.iter().any(|listed| listed == value),
            Self::Address { private } => {
                value.parse().is_ok_and(|address| *private || !address::is_private(address))
            }
            Self::Number | Self::Instant | Self::Seconds => true,
        }
    }

    /// Values to try, those that people understand first. `complete`: every combination of `tests` that some value
    /// satisfies is satisfied by one of these.
    pub(super) fn candidates(&self, tests: &[Test]) -> (Cow<'_, [String]>, bool) {
        let complete = |sorts: &[Sort]| tests.iter().all(|test| sorts.contains(&test.sort()));
        let mut list = match self {
            Self::Text { shape, plausible } => {
                let plausible = plausible.within(shape);
                let mut others = others(tests);
                if others.is_empty() {
                    return (Cow::Borrowed(plausible), false);
                }
                others.retain(|value| self.has(value));
                return (plausible.iter().cloned().chain(others).collect(), false);
            }
            Self::Listed(list) => return (Cow::Borrowed(list), true),
            Self::Address { .. } => (addresses(tests), complete(&[Sort::Ip])),
            Self::Number => (numbers(tests), complete(&[Sort::Number])),
            Self::Instant => (instants(tests), complete(&[Sort::Date])),
            Self::Seconds => (seconds(tests), complete(&[Sort::Date, Sort::Number])),
        };
        // Values that are compared as text though they are not.
        let texts = tests.iter().filter_map(|t| if let Test::Text(t) = t { Some(t) } else { None });
        let alternatives = texts.flat_map(Texts::alternatives);
        list.0.extend(alternatives.filter_map(Alternative::as_literal));
        list.0.retain(|value| self.has(value));
        (Cow::Owned(list.0), list.1)
    }

    /// A value that is in all of `wanted` and none of `unwanted`.
    pub(super) fn find(
        &self,
        tests: &[Test],
        wanted: &[usize],
        unwanted: &[usize],
        mapped: MappedAddress,
        effort: Effort,
    ) -> Outcome {
        let hunt = Hunt::new(self, tests, wanted, unwanted, mapped);
        if let Some(literals) = hunt.listed() {
            let fits = |value: &String| self.has(value) && hunt.fits(value);
            return match literals.into_iter().find(fits) {
                Some(value) => Outcome::Value(value),
                None => Outcome::Nothing(unwanted.to_vec()),
            };
        }
        let (candidates, complete) = self.candidates(tests);
        if let Some(found) = candidates.iter().find(|value| hunt.fits(value)) {
            return Outcome::Value(found.clone());
        }
        match self {
            _ if complete => Outcome::Nothing(unwanted.to_vec()),
            Self::Text { shape, .. } => match hunt.joined(&candidates) {
                Some(found) => Outcome::Value(found),
                None => hunt.text(shape, effort),
            },
            _ => Outcome::Undecided(Limit::Mixed),
        }
    }

    /// Whether no text is in all of `wanted` and none of `unwanted`. What is not seen with little effort is not said.
    pub(super) fn has_none(
        &self,
        tests: &[Test],
        wanted: &[usize],
        unwanted: &[usize],
        mapped: MappedAddress,
        effort: Effort,
    ) -> bool {
        let Self::Text { shape, .. } = self else { return false };
        let hunt = Hunt::new(self, tests, wanted, unwanted, mapped);
        match hunt.listed() {
            Some(literals) => !literals.iter().any(|value| self.has(value) && hunt.fits(value)),
            None => matches!(hunt.text(shape, effort.little()), Outcome::Nothing(_)),
        }
    }
}

/// A search for one value.
struct Hunt<'a> {
    domain: &'a Domain,
    wanted: Vec<(usize, &'a Test)>,
    unwanted: Vec<(usize, &'a Test)>,
    mapped: MappedAddress,
}

impl<'a> Hunt<'a> {
    fn new(
        domain: &'a Domain,
        tests: &'a [Test],
        wanted: &[usize],
        unwanted: &[usize],
        mapped: MappedAddress,
    ) -> Self {
        let get = |list: &[usize]| {
            list.iter().filter_map(|index| Some((*index, tests.get(*index)?))).collect()
        };
        Self { domain, wanted: get(wanted), unwanted: get(unwanted), mapped }
    }

    /// Where listed texts are wanted, no others will do.
    fn listed(&self) -> Option<Vec<String>> {
        self.wanted.iter().find_map(|(_, test)| match test {
            Test::Text(texts) => texts.as_literals(),
            _ => None,
        })
    }

    fn fits(&self, value: &str) -> bool {
        self.wanted.iter().all(|(_, test)| test.holds(value, self.mapped))
            && !self.unwanted.iter().any(|(_, test)| test.holds(value, self.mapped))
    }

    fn text(&self, shape: &Texts, effort: Effort) -> Outcome {
        let texts = self.wanted.iter().filter_map(|(_, test)| match test {
            Test::Text(texts) => Some(texts),
            _ => None,
        });
        let texts: SmallVec<[&Texts; 8]> = std::iter::once(shape).chain(texts).collect();
        let mut others = texts.as_slice();
        while let Some((one, behind)) = others.split_first() {
            if behind.iter().any(|other| one.is_apart(other)) {
                return Outcome::Nothing(Vec::new());
            }
            others = behind;
        }
        let wanted: Vec<&Automaton> = texts.iter().map(|texts| texts.automaton()).collect();
        // Most of what is unwanted does not come up by itself: add only what the value found so far violates.
        let mut violated: Vec<usize> = Vec::new();
        let mut against: Vec<&Automaton> = Vec::new();
        loop {
            let value = match product::shortest(&wanted, &against, effort) {
                Found::Nothing => return Outcome::Nothing(violated),
                Found::TooManyStates => return Outcome::Undecided(Limit::States),
                Found::TooManyPlaces => return Outcome::Undecided(Limit::Places),
                Found::Value(value) => value,
            };
            let before = violated.len();
            for (index, test) in &self.unwanted {
                if !violated.contains(index) && test.holds(&value, self.mapped) {
                    let Test::Text(texts) = test else {
                        return Outcome::Undecided(Limit::Mixed);
                    };
                    violated.push(*index);
                    against.push(texts.automaton());
                }
            }
            if violated.len() == before {
                return match self.fits(&value) {
                    true => Outcome::Value(value),
                    false => Outcome::Undecided(Limit::Mixed),
                };
            }
        }
    }

    /// The patterns one behind the other, on a value that people understand: that satisfies `*a*` and `*b*` at once,
    /// however many there are, where a search would try all orders.
    fn joined(&self, candidates: &[String]) -> Option<String> {
        let (mut starts, mut middles, mut ends) = (Vec::new(), String::new(), Vec::new());
        let run = |symbol: Option<&Symbol>| matches!(symbol, Some(Symbol::Many(_)));
        for (_, test) in &self.wanted {
            let Test::Text(texts) = test else { continue };
            let symbols = texts.alternatives().first()?.symbols();
            let text = spelled(symbols);
            match (run(symbols.first()), run(symbols.last())) {
                (true, true) => middles.push_str(&text),
                (false, _) => starts.push(text),
                (true, false) => ends.push(text),
            }
        }
        let end = ends.into_iter().max_by_key(String::len).unwrap_or_default();
        starts.push(String::new());
        starts.extend(candidates.iter().take(3).cloned());
        let joined = starts.iter().map(|start| format!("{start}{middles}{end}"));
        joined.into_iter().find(|value| self.domain.has(value) && self.fits(value))
    }
}

/// A text that a pattern matches, with its runs left out.
fn spelled(symbols: &[Symbol]) -> String {
    let character = |symbol: &Symbol| match symbol {
        Symbol::Literal(own) | Symbol::Folded(own) => Some(*own),
        Symbol::One(Characters::Digit) => Some('0'),
        Symbol::One(_) => Some('x'),
        Symbol::Many(_) => None,
    };
    symbols.iter().filter_map(character).collect()
}

/// Texts to try for tests that do not compare text.
fn others(tests: &[Test]) -> Vec<String> {
    let mut list = Vec::new();
    let has = |sort: Sort| tests.iter().any(|test| test.sort() == sort);
    for (sort, values) in [
        (Sort::Number, numbers as fn(&[Test]) -> Vec<String>),
        (Sort::Date, instants),
        (Sort::Binary, binaries),
        (Sort::Ip, addresses),
    ] {
        if has(sort) {
            list.extend(values(tests));
        }
    }
    if has(Sort::Bool) {
        list.extend(["true", "false"].map(str::to_owned));
    }
    list
}

fn addresses(tests: &[Test]) -> Vec<String> {
    let networks: Vec<IpNet> = tests
        .iter()
        .filter_map(|test| if let Test::Ip(list) = test { Some(list) } else { None })
        .flatten()
        .copied()
        .collect();
    // Documentation addresses first: nobody takes them for somebody's.
    let plausible =
        ["198.51.100.23", "203.0.113.9", "192.0.2.44", "2001:db8::23"].map(str::to_owned);
    let borders = address::segments(&networks).into_iter().map(|segment| {
        // The address behind the first of a network looks less like the network itself.
        let second = match segment.first {
            IpAddr::V4(first) if segment.more > 0 => {
                IpAddr::from(std::net::Ipv4Addr::from_bits(first.to_bits().saturating_add(1)))
            }
            IpAddr::V6(first) if segment.more > 0 => {
                IpAddr::from(std::net::Ipv6Addr::from_bits(first.to_bits().saturating_add(1)))
            }
            single => single,
        };
        second.to_string()
    });
    plausible.into_iter().chain(borders).collect()
}

fn numbers(tests: &[Test]) -> Vec<String> {
    let mut borders: Vec<Decimal> = tests
        .iter()
        .filter_map(|test| if let Test::Number(_, list) = test { Some(list) } else { None })
        .flatten()
        .copied()
        .collect();
    borders.sort_unstable();
    borders.dedup();
    let mut list = Vec::new();
    if let (Some(first), Some(last)) = (borders.first(), borders.last()) {
        list.extend(first.checked_sub(Decimal::ONE));
        list.extend(last.checked_add(Decimal::ONE));
    } else {
        list.push(Decimal::ONE);
    }
    for (low, high) in borders.iter().zip(borders.iter().skip(1)) {
        let middle = high.checked_sub(*low).and_then(|gap| gap.checked_div(Decimal::TWO));
        list.extend(middle.and_then(|half| low.checked_add(half)));
    }
    list.extend(borders);
    list.iter().map(|number| number.normalize().to_string()).collect()
}

fn dates(tests: &[Test]) -> Vec<Timestamp> {
    let mut borders: Vec<Timestamp> = tests
        .iter()
        .filter_map(|test| if let Test::Date(_, list) = test { Some(list) } else { None })
        .flatten()
        .copied()
        .collect();
    borders.sort_unstable();
    borders.dedup();
    borders
}

fn instants(tests: &[Test]) -> Vec<String> {
    const DAY: i128 = 86_400_000_000_000;
    let borders: Vec<i128> = dates(tests).iter().map(|date| date.as_nanosecond()).collect();
    let mut list = Vec::new();
    match (borders.first(), borders.last()) {
        (Some(first), Some(last)) => list.extend([last + DAY, first - DAY]),
        _ => list.push(1_767_225_600_000_000_000),
    }
    list.extend(
        borders.iter().zip(borders.iter().skip(1)).map(|(low, high)| low + (high - low) / 2),
    );
    list.extend(&borders);
    list.iter()
        .filter_map(|nanosecond| Timestamp::from_nanosecond(*nanosecond).ok())
        .map(|instant| instant.to_string())
        .collect()
}

fn seconds(tests: &[Test]) -> Vec<String> {
    let mut list: Vec<i64> = vec![1_767_225_600];
    let dates = dates(tests).into_iter().map(Timestamp::as_second);
    let numbers = tests
        .iter()
        .filter_map(|test| if let Test::Number(_, list) = test { Some(list) } else { None })
        .flatten()
        .filter_map(|number| i64::try_from(number.floor()).ok());
    for border in dates.chain(numbers) {
        list.extend([border.saturating_add(1), border.saturating_sub(1), border]);
    }
    list.iter().map(ToString::to_string).collect()
}

fn binaries(tests: &[Test]) -> Vec<String> {
    let listed = tests
        .iter()
        .filter_map(|test| if let Test::Binary(list) = test { Some(list) } else { None })
        .flatten();
    let longest = listed.clone().map(Vec::len).max().unwrap_or(0);
    let fresh = vec![0_u8; longest + 1];
    std::iter::once(&fresh)
        .chain(listed)
        .map(|bytes| general_purpose::STANDARD.encode(bytes))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{compile::Relation, prove::Bounds};

    fn find(domain: &Domain, tests: &[Test], wanted: &[usize], unwanted: &[usize]) -> Outcome {
        domain.find(
            tests,
            wanted,
            unwanted,
            MappedAddress::Distinct,
            Effort::full(&Bounds::default()),
        )
    }

    fn networks(list: &[&str]) -> Test {
        Test::Ip(list.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn addresses_lie_inside_and_outside_networks() {
        let tests = [networks(&["203.0.113.0/24"]), networks(&["0.0.0.0/0", "::/0"])];
        let domain = Domain::Address { private: false };
        assert_eq!(find(&domain, &tests, &[0], &[]), Outcome::Value("203.0.113.9".into()));
        assert_eq!(find(&domain, &tests, &[0], &[1]), Outcome::Nothing(vec![1]));
        assert_eq!(find(&domain, &tests, &[], &[0]), Outcome::Value("198.51.100.23".into()));
        let private = [networks(&["10.0.0.0/8"])];
        assert_eq!(find(&domain, &private, &[0], &[]), Outcome::Nothing(vec![]));
        let domain = Domain::Address { private: true };
        assert_eq!(find(&domain, &private, &[0], &[]), Outcome::Value("10.0.0.1".into()));
    }

    #[test]
    fn numbers_and_instants_lie_between_borders() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        let tests = [
            Test::Number(Relation::Greater, vec![number("10")]),
            Test::Number(Relation::Less, vec![number("11")]),
        ];
        assert_eq!(find(&Domain::Number, &tests, &[0, 1], &[]), Outcome::Value("10.5".into()));
        assert_eq!(find(&Domain::Seconds, &tests, &[0, 1], &[]), Outcome::Nothing(vec![]));
        let date = |text: &str| text.parse::<Timestamp>().unwrap();
        let tests = [
            Test::Date(Relation::Less, vec![date("2020-01-01T00:00:00Z")]),
            Test::Date(Relation::Greater, vec![date("2020-01-01T00:00:00Z")]),
        ];
        assert_eq!(find(&Domain::Instant, &tests, &[0, 1], &[]), Outcome::Nothing(vec![]));
        let found = find(&Domain::Instant, &tests, &[], &[0, 1]);
        assert_eq!(found, Outcome::Value("2020-01-01T00:00:00Z".into()));
        let tests = [
            Test::Date(Relation::Greater, vec![date("2020-01-01T00:00:00Z")]),
            Test::Date(Relation::Less, vec![date("2020-01-01T00:00:10Z")]),
        ];
        let found = find(&Domain::Instant, &tests, &[0, 1], &[]);
        assert_eq!(found, Outcome::Value("2020-01-01T00:00:05Z".into()));
    }

    #[test]
    fn listed_values_are_those_of_the_list() {
        let domain = Domain::Listed(["a", "b"].map(str::to_owned).to_vec());
        let tests = [
            Test::literal("b"),
            Test::literal("c"),
            Test::text([Alternative::shape("?"), Alternative::shape("*")]),
        ];
        assert_eq!(find(&domain, &tests, &[0], &[]), Outcome::Value("b".into()));
        assert_eq!(find(&domain, &tests, &[0, 2], &[]), Outcome::Value("b".into()));
        assert_eq!(find(&domain, &tests, &[1], &[]), Outcome::Nothing(vec![]));
        assert_eq!(find(&domain, &tests, &[], &[0]), Outcome::Value("a".into()));
        let mut wider = domain;
        wider.widen("c");
        assert_eq!(find(&wider, &tests, &[1], &[]), Outcome::Value("c".into()));
    }

    #[test]
    fn texts_keep_their_shape() {
        let domain = Domain::shaped(&["############"], &["999988887777"]);
        let tests =
            [Test::text([Alternative::shape("1111*")]), Test::text([Alternative::shape("9*")])];
        assert_eq!(find(&domain, &tests, &[1], &[]), Outcome::Value("999988887777".into()));
        let Outcome::Value(found) = find(&domain, &tests, &[0], &[]) else { panic!() };
        assert!(found.starts_with("1111") && found.len() == 12, "{found}");
        assert_eq!(find(&domain, &tests, &[0, 1], &[]), Outcome::Nothing(vec![]));
    }

    #[test]
    fn mixed_operators_are_tried_and_not_decided() {
        let tests = [
            Test::Number(Relation::Greater, vec![Decimal::ONE_HUNDRED]),
            Test::text([Alternative::shape("12*")]),
        ];
        let domain = Domain::any_text(&["x", "120"]);
        assert_eq!(find(&domain, &tests, &[0, 1], &[]), Outcome::Value("120".into()));
        let domain = Domain::any_text(&["x"]);
        assert_eq!(find(&domain, &tests, &[0, 1], &[]), Outcome::Undecided(Limit::Mixed));
        let address = Domain::Address { private: false };
        let tests = [Test::text([Alternative::shape("300.*")])];
        assert_eq!(find(&address, &tests, &[0], &[]), Outcome::Undecided(Limit::Mixed));
    }
}
