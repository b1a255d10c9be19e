//! `ArnEquals`, `ArnLike` and their opposites: six fields, each with wildcards; the two mean the same.

use super::{Match, Variables, best, resolve};
use crate::{aws::ArnPattern, compile::ArnTest};

pub(super) fn matches(value: &str, list: &[ArnTest], variables: &mut dyn Variables) -> Match {
    if value.splitn(6, ':').count() < 6 {
        return Match::Unreadable;
    }
    best(list.iter().map(|listed| match listed {
        ArnTest::Fixed(Some(pattern)) => pattern.matches_str(value).into(),
        ArnTest::Fixed(None) => Match::Unreadable,
        ArnTest::Variable(template) => match resolve(template, true, variables) {
            Err(()) => Match::Unknown,
            Ok(None) => Match::No,
            Ok(Some(tokens)) => match ArnPattern::from_tokens(&tokens) {
                Some(pattern) => pattern.matches_str(value).into(),
                None => Match::Unreadable,
            },
        },
    }))
}
