//! Policies that make searches large: an answer or none, in bounded time and memory.

use super::*;
use crate::prove::{Bound, Bounds};

fn deny_unless(pattern: &str) -> String {
    format!(
        r#"{{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {{"StringNotLike": {{"aws:PrincipalTag/t": "{pattern}"}}}}}}"#
    )
}

const ALLOW: &str = r#"{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}"#;

/// A tag that must hold all of many texts: found by putting them one behind the other.
#[test]
fn many_globs_on_one_key() {
    for (count, pattern) in [(12, "*N*"), (100, "*N*"), (12, "*aN*bN*cN*"), (100, "*aN*bN*cN*")] {
        let denies = (0..count).map(|n| deny_unless(&pattern.replace('N', &format!("{n}x"))));
        let statements: Vec<String> = denies.chain([ALLOW.to_owned()]).collect();
        let answer = ask(&statements.join(","));
        assert_eq!(answer.exposure, Exposure::Public, "{count} {pattern}");
    }
}

/// Texts that exclude each other's order cannot be put one behind the other, and the product of the automata is too
/// large: nothing is claimed.
#[test]
fn what_is_too_large_is_undecided() {
    let globs = (0..20).map(|n| deny_unless(&format!("*{n}x*{n}y*")));
    let ends = (0..4).map(|n| deny_unless(&format!("?{}*{n}*?", "?".repeat(n))));
    let short = deny_unless(&"?".repeat(70));
    let statements: Vec<String> = globs.chain(ends).chain([short, ALLOW.to_owned()]).collect();
    let answer = ask(&statements.join(","));
    assert_eq!(answer.exposure, Exposure::None);
    let undecided = &answer.undecided[0];
    assert_eq!(undecided.exposure, Some(Exposure::Public));
    let part = "aws:PrincipalTag/t".to_owned();
    assert_eq!(undecided.cause, Cause::Bound(Bound::Places { part }));
    assert_eq!((answer.s3.public, answer.secrets_manager.public), (Truth::Unknown, Truth::Unknown));
}

#[test]
fn a_hundred_statements_with_a_guard() {
    let allows = (0..100).map(|n| {
        everyone_if(&format!(r#""StringLike": {{"aws:PrincipalArn": "*a{n}*b{n}*c{n}*"}}"#))
    });
    let guard = r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}}"#;
    let allows: Vec<String> = allows.collect();
    let answer = ask(&format!("{},{guard}", allows.join(",")));
    assert_eq!(answer.exposure, Exposure::Internal);
    assert!(answer.statements.iter().all(|s| s.alone == Reach::Public && s.held_back_by == [100]));
    let answer = ask(&allows.join(","));
    assert_eq!((answer.exposure, answer.s3.statements.len()), (Exposure::Public, 100));
}

#[test]
fn one_giant_list() {
    let arns =
        (0..380).map(|n| format!("\"arn:aws:iam::{:012}:role/role-{n}\"", 444_455_550_000_u64 + n));
    let list = arns.collect::<Vec<_>>().join(",");
    let principals =
        ALLOW.replace("\"*\", \"Action\"", &format!(r#"{{"AWS": [{list}]}}, "Action""#));
    assert_eq!(ask(&principals).exposure, Exposure::NamedExternal);
    let condition = everyone_if(&format!(r#""ArnEquals": {{"aws:PrincipalArn": [{list}]}}"#));
    let answer = ask(&condition);
    assert_eq!((answer.exposure, answer.s3.public), (Exposure::NamedExternal, Truth::False));
}

/// Each service is a demand of its own on who calls: what hundreds of them come to is not worth as many rounds as it takes.
#[test]
fn a_round_over_many_services_counts_as_many() {
    let names: Vec<_> = (0..150).map(|n| format!("\"s{n}.amazonaws.com\"")).collect();
    let list = names.join(",");
    let services =
        ALLOW.replace("\"*\", \"Action\"", &format!(r#"{{"Service": [{list}]}}, "Action""#));
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{services}]}}"#);
    let within = |rounds: usize| {
        let bounds = Bounds { rounds, ..Bounds::default() };
        public(&read(&text, PolicyKind::Secret), &PublicOptions { bounds, ..options() }).unwrap()
    };
    let decided = within(1000);
    assert_eq!((decided.exposure, decided.undecided.len()), (Exposure::Broad, 0));
    let open = within(60);
    assert_eq!(open.undecided[0].exposure, Some(Exposure::Public));
    assert_eq!(open.undecided[0].cause, Cause::Bound(Bound::Rounds));
}
