//! `StringEquals`, `StringEqualsIgnoreCase`, `StringLike` and their opposites: the text as it is. Only `StringLike`
//! has wildcards, and they run over `:` and `/`.

use super::{Match, Variables, best, resolve};
use crate::{
    aws::Pattern,
    compile::{TextTest, fold_token},
};

pub(super) fn matches(
    value: &str,
    list: &[TextTest],
    fold: bool,
    variables: &mut dyn Variables,
) -> Match {
    let folded;
    let value = if fold {
        folded = value.to_lowercase();
        folded.as_str()
    } else {
        value
    };
    best(list.iter().map(|listed| match listed {
        TextTest::Fixed(pattern) => pattern.matches(value).into(),
        TextTest::Variable { template, wildcards } => {
            match resolve(template, *wildcards, variables) {
                Err(()) => Match::Unknown,
                // A variable without a value makes the text null, which equals nothing.
                Ok(None) => Match::No,
                Ok(Some(tokens)) if fold => {
                    Pattern::from_tokens(tokens.into_iter().flat_map(fold_token))
                        .matches(value)
                        .into()
                }
                Ok(Some(tokens)) => Pattern::from_tokens(tokens).matches(value).into(),
            }
        }
    }))
}
