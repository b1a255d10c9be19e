//! At each bound a question is still answered as without it; just past it the answer is that there is none.

use super::*;
use crate::prove::{Bound, BoundKind, Bounds};

fn within(bounds: Bounds, statements: &str) -> PublicAnswer {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    public(&read(&text, PolicyKind::Secret), &PublicOptions { bounds, ..options() }).unwrap()
}

fn with(kind: BoundKind, most: usize, statements: &str) -> PublicAnswer {
    let mut bounds = Bounds::default();
    bounds.set(kind.name(), &most.to_string()).unwrap();
    within(bounds, statements)
}

/// The least that a bound can be for the answer to hold. The less it is, the less is answered.
fn least(kind: BoundKind, statements: &str, holds: impl Fn(&PublicAnswer) -> bool) -> usize {
    let tried: Vec<usize> = (0..1_000).collect();
    tried.partition_point(|most| !holds(&with(kind, *most, statements)))
}

/// A tag of four characters that holds both `ab` and `bc` between others: there is none, and three patterns have to be
/// walked together to see it.
fn three_patterns() -> String {
    everyone_if(
        r#""StringLike": {"aws:PrincipalTag/a": "?*ab*?"},
        "StringLikeIfExists": {"aws:PrincipalTag/a": "?*bc*?"},
        "ForAllValues:StringLike": {"aws:PrincipalTag/a": "????"}"#,
    )
}

#[test]
fn every_bound_is_inclusive() {
    let part = || "aws:PrincipalTag/a".to_owned();
    // There are several ways past the Deny, and what is allowed contradicts each.
    let several_ways = format!(
        r#"{},{{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {{
            "NumericLessThan": {{"aws:MultiFactorAuthAge": "10"}}, "IpAddress": {{"aws:SourceIp": "192.0.2.0/24"}},
            "StringLike": {{"aws:PrincipalTag/a": "a*", "aws:PrincipalTag/b": "b*"}}}}}}"#,
        everyone_if(
            r#""NumericLessThan": {"aws:MultiFactorAuthAge": "5"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/25"},
            "StringLike": {"aws:PrincipalTag/a": "ab*", "aws:PrincipalTag/b": "bc*"}"#
        )
    );
    for (kind, statements, bound) in [
        (BoundKind::States, three_patterns(), Bound::States { part: part() }),
        (BoundKind::Places, three_patterns(), Bound::Places { part: part() }),
        (BoundKind::Rounds, several_ways, Bound::Rounds),
    ] {
        let answer = within(Bounds::default(), &statements);
        assert_eq!((answer.exposure, answer.undecided.len()), (Exposure::None, 0), "{kind:?}");
        let least = least(kind, &statements, |found| *found == answer);
        assert!(least > 1, "{kind:?} {least}");
        assert_eq!(with(kind, least + 1, &statements), answer);
        let past = with(kind, least - 1, &statements);
        assert_eq!(past.undecided[0].cause, Cause::Bound(bound.clone()));
        assert_eq!(bound.kind(), Some(kind));
        assert_eq!(with(kind, 0, &statements).undecided[0].cause, Cause::Bound(bound));
    }
}

/// Values that are tried are those that people understand, and nothing more hangs on them.
#[test]
fn what_is_not_tried_is_searched() {
    let statement = everyone_if(
        r#""StringLike": {"aws:PrincipalTag/a": ["b*c", "blue", "green"]}, "StringNotEquals": {"aws:PrincipalTag/a": "blue"}"#,
    );
    let is_green = |found: &PublicAnswer| format!("{:?}", found.witness).contains("green");
    let least = least(BoundKind::Trials, &statement, is_green);
    assert!((1..Bounds::default().trials).contains(&least), "{least}");
    for trials in [0, least - 1] {
        let answer = with(BoundKind::Trials, trials, &statement);
        assert_eq!((answer.exposure, is_green(&answer)), (Exposure::Public, false));
    }
    assert!(is_green(&with(BoundKind::Trials, least, &statement)));
}
