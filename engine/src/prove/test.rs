use std::{
    cell::OnceCell,
    hash::{Hash, Hasher},
    net::IpAddr,
    rc::Rc,
};

use ipnet::IpNet;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{
    automaton::Automaton,
    glob::{Alternative, Characters},
};
use crate::{
    aws::assumption::MappedAddress,
    compile::{ArnTest, Relation, TextTest, ValueSet, parse_binary, parse_bool, parse_number},
};

/// Texts that one of several patterns matches.
#[derive(Clone, Debug)]
pub(super) struct Texts(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Sorted.
    list: Vec<Alternative>,
    /// Whether they are texts without wildcards and in one case.
    plain: bool,
    automaton: OnceCell<Automaton>,
}

impl Texts {
    pub(super) fn new(alternatives: impl IntoIterator<Item = Alternative>) -> Self {
        let mut list: Vec<_> = alternatives.into_iter().collect();
        list.sort_unstable();
        list.dedup();
        let plain = list.iter().all(Alternative::is_plain);
        Self(Rc::new(Inner { list, plain, automaton: OnceCell::new() }))
    }

    pub(super) fn alternatives(&self) -> &[Alternative] {
        &self.0.list
    }

    pub(super) fn automaton(&self) -> &Automaton {
        self.0.automaton.get_or_init(|| Automaton::new(&self.0.list))
    }

    /// The texts, if there are no others than these.
    pub(super) fn as_literals(&self) -> Option<Vec<String>> {
        self.0.plain.then(|| self.0.list.iter().filter_map(Alternative::as_literal).collect())
    }

    /// Whether it is plain that no text is in both. `false` says nothing.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        // What is long is left to the automata, which share what patterns have in common.
        let few = self.alternatives().len() * other.alternatives().len() <= 64;
        let apart =
            |own: &Alternative| other.alternatives().iter().all(|other| own.is_apart(other));
        few && self.alternatives().iter().all(apart)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        if self.0.plain {
            return self.0.list.binary_search_by(|listed| listed.compare(text)).is_ok();
        }
        self.automaton().matches(text)
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.0.list == other.0.list
    }
}

impl Eq for Texts {}

impl Hash for Texts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.list.hash(state);
    }
}

/// A set of values of a context key: those that match one of the values of a condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Test {
    /// Texts that one of these matches.
    Text(Texts),
    /// Numbers that stand in this relation to one of these.
    Number(Relation, Vec<Decimal>),
    /// Instants that stand in this relation to one of these.
    Date(Relation, Vec<Timestamp>),
    /// These truth values.
    Bool(Vec<bool>),
    /// These bytes.
    Binary(Vec<Vec<u8>>),
    /// Addresses in one of these networks.
    Ip(Vec<IpNet>),
}

/// The kinds of [`Test`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Text,
    Number,
    Date,
    Bool,
    Binary,
    Ip,
}

impl Test {
    /// The values that match a condition's values, policy variables left out.
    pub(super) fn of(values: &ValueSet) -> Self {
        match values {
            ValueSet::Text { list, fold } => {
                let fixed = list.iter().filter_map(|test| match test {
                    TextTest::Fixed(pattern) => {
                        Some(Alternative::of(pattern, Characters::Any, *fold))
                    }
                    TextTest::Variable { .. } => None,
                });
                Self::text(fixed)
            }
            ValueSet::Arn(list) => Self::text(list.iter().filter_map(|test| match test {
                ArnTest::Fixed(Some(pattern)) => Some(Alternative::of_arn(pattern)),
                ArnTest::Fixed(None) | ArnTest::Variable(_) => None,
            })),
            ValueSet::Number(relation, list) => Self::Number(*relation, readable(list)),
            ValueSet::Date(relation, list) => Self::Date(*relation, readable(list)),
            ValueSet::Bool(list) => Self::Bool(readable(list)),
            ValueSet::Binary(list) => Self::Binary(readable(list)),
            ValueSet::Ip(list) => Self::Ip(readable(list)),
            ValueSet::Null(_) => Self::text([]),
        }
    }

    /// Texts that one of these matches.
    pub(super) fn text(alternatives: impl IntoIterator<Item = Alternative>) -> Self {
        Self::Text(Texts::new(alternatives))
    }

    /// This text alone.
    pub(super) fn literal(text: &str) -> Self {
        Self::text([Alternative::literal(text)])
    }

    pub(super) const fn sort(&self) -> Sort {
        match self {
            Self::Text(_) => Sort::Text,
            Self::Number(..) => Sort::Number,
            Self::Date(..) => Sort::Date,
            Self::Bool(_) => Sort::Bool,
            Self::Binary(_) => Sort::Binary,
            Self::Ip(_) => Sort::Ip,
        }
    }

    /// Whether no value is in the set.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Text(list) => list.alternatives().is_empty(),
            Self::Number(_, list) => list.is_empty(),
            Self::Date(_, list) => list.is_empty(),
            Self::Bool(list) => list.is_empty(),
            Self::Binary(list) => list.is_empty(),
            Self::Ip(list) => list.is_empty(),
        }
    }

    /// Whether every text is in the set.
    pub(super) fn is_everything(&self) -> bool {
        let any = Alternative::shape("*");
        matches!(self, Self::Text(list) if list.alternatives().contains(&any))
    }

    /// Whether a value is in the set.
    pub(super) fn holds(&self, value: &str, mapped: MappedAddress) -> bool {
        match self {
            Self::Text(list) => list.matches(value),
            Self::Number(relation, list) => parse_number(value)
                .is_some_and(|value| list.iter().any(|listed| relation.holds(&value, listed))),
            Self::Date(relation, list) => crate::aws::parse_instant(value)
                .is_some_and(|value| list.iter().any(|listed| relation.holds(&value, listed))),
            Self::Bool(list) => parse_bool(value).is_some_and(|value| list.contains(&value)),
            Self::Binary(list) => parse_binary(value).is_some_and(|value| list.contains(&value)),
            Self::Ip(list) => {
                let address = value.parse::<IpAddr>().ok().map(|address| match mapped {
                    MappedAddress::Same => address.to_canonical(),
                    MappedAddress::Distinct => address,
                });
                address.is_some_and(|address| list.iter().any(|net| net.contains(&address)))
            }
        }
    }
}

/// How many listed values could not be read.
pub(super) fn unreadable(values: &ValueSet) -> usize {
    match values {
        ValueSet::Text { .. } => 0,
        ValueSet::Arn(list) => {
            list.iter().filter(|test| matches!(test, ArnTest::Fixed(None))).count()
        }
        ValueSet::Number(_, list) => missing(list),
        ValueSet::Date(_, list) => missing(list),
        ValueSet::Bool(list) => missing(list),
        ValueSet::Binary(list) => missing(list),
        ValueSet::Ip(list) => missing(list),
        ValueSet::Null(list) => missing(list),
    }
}

fn readable<T: Clone>(list: &[Option<T>]) -> Vec<T> {
    list.iter().flatten().cloned().collect()
}

fn missing<T>(list: &[Option<T>]) -> usize {
    list.iter().filter(|value| value.is_none()).count()
}
