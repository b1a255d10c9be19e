//! What AWS refuses, and where each refusal points.

use super::*;
use crate::text::{Limits, parse_json};

fn parse(text: &str, kind: PolicyKind) -> Parsed {
    let node = parse_json(text, &Limits::default()).unwrap();
    parse_policy(&node, kind, SourceId::default(), &Assumptions::default())
}

/// The errors of a statement with these elements, each with the text that it underlines.
fn errors(elements: &str, kind: PolicyKind) -> Vec<(String, String)> {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{{{elements}}}]}}"#);
    let found = parse(&text, kind).errors;
    let under = |span: Span| text.get(span.start as usize..span.end as usize).unwrap().to_owned();
    found.iter().map(|error| (error.to_string(), under(error.span))).collect()
}

fn one(elements: &str, kind: PolicyKind) -> (String, String) {
    let mut found = errors(elements, kind);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

const REST: &str = r#""Action": "*", "Resource": "*""#;

#[test]
fn each_refusal_says_what_and_where() {
    let identity = |elements: &str| one(elements, PolicyKind::Identity);
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        identity(&format!(r#""Effect": "allow", {REST}"#)),
        pair("`allow` is not an effect", "\"allow\"")
    );
    assert_eq!(
        identity(&format!(r#""Effect": "Allow", "effect": "Deny", {REST}"#)),
        pair("unknown element `effect`", "\"effect\"")
    );
    assert_eq!(
        identity(&format!(r#""Effect": "Allow", "NotAction": "*", {REST}"#)),
        pair("the statement has both `Action` and `NotAction`", "\"NotAction\"")
    );
    assert_eq!(
        identity(&format!(r#""Effect": "Allow", "Principal": "*", {REST}"#)),
        pair("`Principal` in a policy of a kind that has none: identity policy", "\"Principal\"")
    );
    assert_eq!(
        identity(r#""Effect": "Allow", "Action": "*", "Resource": " arn:aws:kms:::key/*""#),
        pair(
            "not a valid resource: ` arn:aws:kms:::key/*` has a blank at its start",
            "\" arn:aws:kms:::key/*\""
        )
    );
    assert_eq!(
        identity(&format!(
            r#""Effect": "Allow", {REST}, "Condition": {{"StringEqual": {{"a:b": "c"}}}}"#
        )),
        pair("`StringEqual` is not a condition operator", "\"StringEqual\"")
    );
    assert_eq!(
        identity(&format!(
            r#""Effect": "Allow", {REST}, "Condition": {{"StringEquals": {{"a:b": "c", "A:B": "d"}}}}"#
        )),
        pair("condition key `A:B` twice under one operator", "\"A:B\"")
    );
    assert_eq!(
        identity(&format!(
            r#""Effect": "Allow", {REST}, "Condition": {{"StringEquals": {{"a:b": [null]}}}}"#
        )),
        pair("a condition value is null, not a string, number or boolean", "null")
    );
}

#[test]
fn resource_policies_need_a_principal() {
    let (message, _) = one(&format!(r#""Effect": "Deny", {REST}"#), PolicyKind::Key);
    assert_eq!(
        message,
        "a statement of a key policy must say whom it is about: it has no `Principal`"
    );
    let (message, under) = one(
        &format!(
            r#""Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::444455556666:role/*"}}, {REST}"#
        ),
        PolicyKind::Secret,
    );
    assert_eq!(
        message,
        "`arn:aws:iam::444455556666:role/*` is not a valid principal: a wildcard can stand \
         only alone, not inside an ARN"
    );
    assert_eq!(under, "\"arn:aws:iam::444455556666:role/*\"");
}

#[test]
fn scalars_and_lists_are_the_same() {
    let scalar = parse(
        r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"}}"#,
        PolicyKind::Identity,
    );
    let list = parse(
        r#"{"Statement": [{"Effect": "Allow", "Action": ["a:b"], "Resource": ["*"]}]}"#,
        PolicyKind::Identity,
    );
    let actions = |parsed: &Parsed| {
        let policy = parsed.valid().unwrap();
        policy.statements[0].actions.list.iter().map(|a| a.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(actions(&scalar), actions(&list));
}

#[test]
fn a_fragment_is_read_for_what_it_is() {
    let parsed = parse(
        r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}"#,
        PolicyKind::Key,
    );
    assert_eq!(parsed.policy.statements.len(), 1);
    assert_eq!(parsed.errors[0].kind, PolicyErrorKind::Fragment);
}

#[test]
fn the_old_version_has_no_variables() {
    let text = |version: &str| {
        format!(
            r#"{{{version}"Statement": {{"Effect": "Allow", "Action": "a:b",
            "Resource": "arn:aws:x:::${{aws:username}}"}}}}"#
        )
    };
    let has = |version: &str| {
        let parsed = parse(&text(version), PolicyKind::Identity);
        match &parsed.policy.statements[0].resources.as_ref().unwrap().list[0].value {
            Resource::Arn(template) => template.has_variable(),
            Resource::Any => false,
        }
    };
    assert!(has(r#""Version": "2012-10-17", "#));
    assert!(!has(r#""Version": "2008-10-17", "#));
    assert!(!has(""));
}

/// However large a policy is, up to a point it is looked at statement by statement.
#[test]
fn a_hopelessly_large_policy_is_not_looked_at() {
    let with = |bytes: usize| {
        let text =
            r#"{"Statement": {"Sid": "a b", "Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        let mut parsed = parse(text, PolicyKind::Identity);
        parsed.check_size(&" ".repeat(bytes));
        (parsed.policy.statements.len(), parsed.errors.len())
    };
    assert_eq!(with(HOPELESS), (1, 2));
    assert_eq!(with(HOPELESS + 1), (0, 1));
}

#[test]
fn more_statements_than_can_be_reasoned_about_are_refused() {
    let statement = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;
    let text = format!(r#"{{"Statement": [{}]}}"#, [statement; 3].join(", "));
    let node = parse_json(&text, &Limits::default()).unwrap();
    let with = |statements: usize| {
        let limits = Limits { statements, ..Limits::default() };
        let (kind, source) = (PolicyKind::Identity, SourceId::default());
        parse_policy_within(&node, kind, source, &Assumptions::default(), &limits)
    };
    let read = with(3);
    assert_eq!((read.errors.len(), read.policy.statements.len()), (0, 3));
    let refused = with(2);
    assert_eq!(refused.policy.statements, []);
    let [error] = refused.errors.as_slice() else { panic!("{:?}", refused.errors) };
    assert_eq!(error.to_string(), "3 statements in one policy, more than 2");
    assert!(error.kind.help().contains("`--limit statements=NUMBER`"));
}

#[test]
fn more_wildcards_than_can_be_reasoned_about_are_refused() {
    let stars = |count: usize| "*?".repeat(count).split_at(count).0.to_owned();
    for elements in [
        r#""Action": "s3:STARS", "Resource": "*""#,
        r#""Action": "*", "NotResource": ["arn:aws:s3:::STARS"]"#,
        r#""Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": ["x", "STARS"]}}"#,
    ] {
        let with = |count: usize| {
            let elements = elements.replace("STARS", &stars(count));
            errors(&format!(r#""Effect": "Allow", {elements}"#), PolicyKind::Identity)
        };
        assert_eq!(with(Limits::DEFAULT_WILDCARDS), []);
        let found = with(Limits::DEFAULT_WILDCARDS + 1);
        let [(message, under)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(message, "501 wildcards in one text, more than 500");
        assert!(under.ends_with(&format!("{}\"", stars(Limits::DEFAULT_WILDCARDS + 1))), "{under}");
    }
}
