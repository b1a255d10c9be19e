//! Whose a policy is, and conditions on the account and the organization of the owner.

use super::*;
use crate::{aws::ContextKey, request::CheckResource};

const EVERYONE: &str = r#"{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue",
    "Resource": "*"}"#;

fn deny_if(condition: &str) -> String {
    everyone_if(condition).replace("Allow", "Deny")
}

/// Whose a policy is that nobody said, from what stands in it.
#[test]
fn the_owner_is_read_from_the_policy() {
    let owner = |kind: PolicyKind, statements: &[String]| {
        let policy = policy_of(&statements.join(","), kind);
        answer::owner_of(&[&policy]).map(|owner| owner.to_string())
    };
    let secret = |statements: &[String]| owner(PolicyKind::Secret, statements);
    let on = |account: &str| {
        let arn = format!("arn:aws:secretsmanager:us-east-1:{account}:secret:x-*");
        EVERYONE.replace(r#""Resource": "*""#, &format!(r#""Resource": "{arn}""#))
    };
    let (one, two) = ("111122223333".to_owned(), "222233334444");
    assert_eq!(secret(&[on(&one)]), Some(one.clone()));
    assert_eq!(secret(&[on(&one), EVERYONE.to_owned(), on(&one)]), Some(one.clone()));
    assert_eq!(secret(&[on(&one), on(two)]), None);
    assert_eq!(secret(&[on("*")]), None);
    assert_eq!(secret(&[on(two).replace(r#""Resource""#, r#""NotResource""#)]), None);
    // A condition on aws:ResourceAccount says for whose resources a statement is, and not whose the policy is.
    let condition = format!(r#""StringEquals": {{"aws:ResourceAccount": "{one}"}}"#);
    assert_eq!(secret(&[everyone_if(&condition)]), None);
    assert_eq!(secret(&[everyone_if(&condition), on(two)]), Some(two.to_owned()));
    // A key's is the account that may do everything.
    let root = |action: &str, more: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{one}:root"}}, {action},
                "Resource": "*"{more}}}"#
        )
    };
    let key = |statements: &[String]| owner(PolicyKind::Key, statements);
    let all = root(r#""Action": "kms:*""#, "");
    assert_eq!(key(std::slice::from_ref(&all)), Some(one.clone()));
    assert_eq!(secret(std::slice::from_ref(&all)), None);
    assert_eq!(key(&[root(r#""Action": "*""#, "")]), Some(one.clone()));
    assert_eq!(key(&[root(r#""Action": "kms:Decrypt""#, "")]), None);
    assert_eq!(key(&[root(r#""NotAction": "kms:*""#, "")]), None);
    let condition = r#", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#;
    assert_eq!(key(&[root(r#""Action": "kms:*""#, condition)]), None);
    assert_eq!(key(&[all.replace("Allow", "Deny")]), None);
    assert_eq!(key(&[all.clone(), all.replace(&one, two)]), None);
    let user = all.replace(":root", ":user/u");
    assert_eq!(key(&[all, user]), Some(one));
}

/// Where nobody says which it is, it is whichever shows most.
#[test]
fn an_unknown_owner_may_be_of_any_organization() {
    let named = r#""StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}"#;
    let of_vpc =
        r#""StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5", "aws:SourceVpc": "vpc-1"}"#;
    let another = r#""StringEquals": {"aws:ResourceOrgID": "o-bbbbbbbbbb"}"#;
    let not_named = r#""StringNotEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"},
        "Null": {"aws:ResourceOrgID": "false"}"#;
    let kind = r#""StringLike": {"aws:ResourceOrgID": "o-a*"},
        "StringNotLike": {"aws:ResourceOrgID": ["o-a1*", "o-ab*"]}"#;
    let no_kind = r#""StringLike": {"aws:ResourceOrgID": "o-a*"},
        "StringNotLike": {"aws:ResourceOrgID": ["o-?*"]}"#;
    let below = r#""ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}"#;
    let below_another = r#""StringEquals": {"aws:ResourceOrgID": "o-bbbbbbbbbb"},
        "ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-a1b2c3d4e5/*"}"#;
    let without_paths = r#""StringEquals": {"aws:ResourceOrgID": "o-bbbbbbbbbb"},
        "Null": {"aws:ResourceOrgPaths": "true"}"#;
    let own = r#""StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}"#;
    let not_own = r#""StringNotEqualsIfExists": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}"#;
    let one_and_own = r#""StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"},
        "StringLike": {"aws:ResourceOrgID": "o-z*"}"#;
    let tagged = |pattern: &str| {
        everyone_if(&format!(
            r#""StringEquals": {{"aws:PrincipalTag/org": "${{aws:ResourceOrgID}}"}},
                "StringLike": {{"aws:PrincipalTag/org": "{pattern}"}}"#
        ))
    };
    let across = r#""ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-a*x/*"},
        "StringNotLike": {"aws:ResourceOrgID": ["o-a*x", "o-ab", "o-b"]}"#;
    for (statements, expected) in [
        (tagged("o-x1"), Exposure::Public),
        (tagged("o-x*"), Exposure::Public),
        (tagged("x*"), Exposure::None),
        (everyone_if(across), Exposure::Public),
        (everyone_if(named), Exposure::Public),
        (format!("{}, {}", everyone_if(of_vpc), everyone_if(another)), Exposure::Public),
        (format!("{}, {}", everyone_if(another), everyone_if(of_vpc)), Exposure::Public),
        (everyone_if(not_named), Exposure::Public),
        (everyone_if(kind), Exposure::Public),
        (everyone_if(no_kind), Exposure::None),
        (everyone_if(below), Exposure::Public),
        (everyone_if(below_another), Exposure::None),
        (everyone_if(without_paths), Exposure::None),
        (everyone_if(own), Exposure::Organization),
        (everyone_if(one_and_own), Exposure::Organization),
        (format!("{EVERYONE}, {}", deny_if(not_own)), Exposure::Organization),
        (format!("{EVERYONE}, {}", deny_if(named)), Exposure::Public),
        (format!("{EVERYONE}, {}, {}", deny_if(named), deny_if(not_named)), Exposure::Public),
    ] {
        let answer = ask(&statements);
        assert_eq!((answer.exposure, answer.undecided.len()), (expected, 0), "{statements}");
    }
}

/// Where it is said, conditions on another one never hold.
#[test]
fn a_known_owner_is_of_that_organization() {
    let options =
        PublicOptions { owner_organization: Some("o-own0000000".to_owned()), ..options() };
    for (condition, expected) in [
        (r#""StringEquals": {"aws:ResourceOrgID": "o-own0000000"}"#, Exposure::Public),
        (r#""StringNotEquals": {"aws:ResourceOrgID": "o-own0000000"}"#, Exposure::None),
        (r#""Null": {"aws:ResourceOrgPaths": "true"}"#, Exposure::None),
        (
            r#""ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-own0000000/*"}"#,
            Exposure::Public,
        ),
        (r#""ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-other00000/*"}"#, Exposure::None),
        (
            r#""StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}"#,
            Exposure::Organization,
        ),
    ] {
        let answer = judged(&everyone_if(condition), PolicyKind::Secret, &options);
        assert_eq!(answer.exposure, expected, "{condition}");
    }
}

/// The owner's account, too, is whichever shows most where nobody says it.
#[test]
fn an_unknown_owner_may_be_any_account() {
    let of = |accounts: &str| {
        everyone_if(&format!(r#""StringLike": {{"aws:ResourceAccount": {accounts}}}"#))
    };
    let two = of(r#"["111122223333", "444455556666"]"#);
    let of_vpc = everyone_if(
        r#""StringEquals": {"aws:ResourceAccount": "111122223333", "aws:SourceVpc": "vpc-1"}"#,
    );
    let own = everyone_if(r#""StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}"#);
    let named_and_own =
        own.replace(r#""Principal": "*""#, r#""Principal": {"AWS": "444455556666"}"#);
    let own_arn = everyone_if(
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:role/*"}"#,
    );
    let on = |account: &str| {
        let arn = format!(r#""arn:aws:secretsmanager:us-east-1:{account}:secret:x-??????""#);
        of(r#"["444455556666", "888899990000"]"#)
            .replace(r#""Resource": "*""#, &format!(r#""Resource": {arn}"#))
    };
    let resources = |first: &str, second: &str| {
        let arns = [first, second]
            .map(|account| format!(r#""arn:aws:secretsmanager:*:{account}:secret:x-??????""#));
        let list = format!(r#""Resource": [{}]"#, arns.join(","));
        of("\"*\"").replace(r#""Resource": "*""#, &list)
    };
    let not_third = |statement: String| {
        let third = r#""StringNotEquals": {"aws:ResourceAccount": "333333333333"}"#;
        format!("{statement}, {}", deny_if(third.replace("NotEquals", "Equals").as_str()))
    };
    let lambda = everyone_if(
        r#""ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:${aws:ResourceAccount}:*"},
            "StringLike": {"aws:SourceArn": "arn:aws:lambda:us-east-1:4444*"}"#,
    )
    .replace(r#""Principal": "*""#, r#""Principal": {"Service": "lambda.amazonaws.com"}"#);
    for (statements, expected) in [
        (two, Exposure::Public),
        (format!("{of_vpc}, {}", of("\"444455556666\"")), Exposure::Public),
        (format!("{}, {of_vpc}", of("\"444455556666\"")), Exposure::Public),
        (of(r#"["1111*", "4444*"]"#), Exposure::Public),
        (of(r#"["1111", "x*"]"#), Exposure::None),
        (
            format!("{EVERYONE}, {}", of("\"444455556666\"").replace("Allow", "Deny")),
            Exposure::Public,
        ),
        (own.clone(), Exposure::Internal),
        (format!("{own}, {}", of("\"9*\"").replace("Allow", "Deny")), Exposure::Internal),
        (named_and_own, Exposure::Internal),
        (own_arn, Exposure::Internal),
        (not_third(resources("111111111111", "222222222222")), Exposure::Public),
        (not_third(resources("4444*", "1*")), Exposure::Public),
        (lambda, Exposure::Internal),
        // The account is that in the secret's ARN.
        (format!("{}, {}", on("111122223333"), on("555566667777")), Exposure::None),
        (format!("{}, {}", on("444455556666"), on("555566667777")), Exposure::Public),
    ] {
        let answer = judged(&statements, PolicyKind::Secret, &PublicOptions::default());
        assert_eq!((answer.owner, answer.undecided.len()), (None, 0), "{statements}");
        assert_eq!(answer.exposure, expected, "{statements}");
        let Some(witness) = answer.witness else { continue };
        let CheckResource::Arn(arn) = &witness.resource else { panic!("{statements}") };
        let owner = &witness.context[&ContextKey::new("aws:ResourceAccount")];
        assert_eq!(
            owner.as_deref(),
            Some([arn.account_field().to_owned()].as_slice()),
            "{statements}"
        );
    }
}

/// More owners than are told apart are open, in either direction.
#[test]
fn an_owner_who_may_be_of_too_many_kinds_is_open() {
    let list = |name: fn(usize) -> String, count: usize| {
        (0..count).map(|number| format!("\"{}\"", name(number))).collect::<Vec<_>>().join(",")
    };
    let accounts = list(|number| format!("{:012}", 200_000_000_000 + number), 65);
    let organizations = list(|number| format!("o-{number}"), 65);
    let patterns = list(|number| format!("o-{number}*"), 9);
    let own = deny_if(r#""StringNotEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}"#);
    let named =
        everyone_if(&format!(r#""StringEquals": {{"aws:PrincipalAccount": [{accounts}]}}"#));
    let below = everyone_if(&format!(
        r#""StringEquals": {{"aws:ResourceOrgID": [{organizations}]}},
            "ForAnyValue:StringLike": {{"aws:ResourceOrgPaths": "o-zzz/*"}}"#
    ));
    let like = everyone_if(&format!(r#""StringLike": {{"aws:ResourceOrgID": [{patterns}]}}"#));
    let unlike = everyone_if(&format!(
        r#""StringNotLike": {{"aws:ResourceOrgID": [{patterns}]}}, "StringLike": {{"aws:ResourceOrgID": "o-8x"}}"#
    ));
    // An account that is not among those that are tried owns the secret.
    let arns = list(
        |number| {
            format!(
                "arn:aws:secretsmanager:us-east-1:{:012}:secret:x-??????",
                100_000_000_000 + number
            )
        },
        80,
    );
    let last = r#"{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue",
        "Resource": "arn:aws:secretsmanager:us-east-1:999900000000:secret:x-??????",
        "Condition": {"StringNotEquals": {"aws:ResourceAccount": "333333333333"}}}"#;
    let nothing = deny_if(r#""StringEquals": {"aws:PrincipalTag/x": "y"}"#)
        .replace(r#""Resource": "*""#, &format!(r#""Resource": [{arns}]"#));
    for (statements, exposure, perhaps) in [
        (format!("{nothing}, {last}"), Exposure::None, Some(Exposure::Public)),
        (format!("{named}, {own}"), Exposure::Internal, Some(Exposure::NamedExternal)),
        (below, Exposure::None, Some(Exposure::Public)),
        (like, Exposure::Public, None),
        (unlike, Exposure::None, Some(Exposure::Public)),
    ] {
        let answer = judged(&statements, PolicyKind::Secret, &PublicOptions::default());
        let most = answer.undecided.iter().filter_map(|undecided| undecided.exposure).max();
        assert_eq!((answer.exposure, most), (exposure, perhaps), "{statements}");
    }
}

/// A service that calls for the owner's account or organization, which a policy variable names, calls for somebody in
/// particular.
#[test]
fn a_service_may_call_for_whoever_the_owner_is() {
    for (condition, expected) in [
        (r#""StringEquals": {"aws:SourceAccount": "${aws:ResourceAccount}"}"#, Exposure::Internal),
        (
            r#""ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:${aws:ResourceAccount}:function:*"}"#,
            Exposure::Internal,
        ),
        (r#""StringEquals": {"aws:SourceOrgID": "${aws:ResourceOrgID}"}"#, Exposure::Organization),
    ] {
        let statement = everyone_if(condition)
            .replace(r#""Principal": "*""#, r#""Principal": {"Service": "lambda.amazonaws.com"}"#);
        for options in [options(), PublicOptions::default()] {
            let answer = judged(&statement, PolicyKind::Secret, &options);
            assert_eq!(answer.exposure, expected, "{condition} {:?}", options.owner);
        }
    }
}

/// The ARNs of some resources of other services have no account.
#[test]
fn the_account_in_another_resources_arn_is_the_owners_if_there_is_one() {
    let on = |arns: &str| {
        let statement = everyone_if(r#""StringEquals": {"aws:ResourceAccount": "444455556666"}"#)
            .replace(r#""Resource": "*""#, &format!(r#""Resource": [{arns}]"#));
        judged(&statement, PolicyKind::OtherResource, &PublicOptions::default()).exposure
    };
    assert_eq!(on(r#""arn:aws:s3:::bucket""#), Exposure::Public);
    let queue = |account: &str| format!(r#""arn:aws:sqs:us-east-1:{account}:queue""#);
    let of = |first: &str| on(&[queue(first), queue("222222222222")].join(","));
    assert_eq!(of("444455556666"), Exposure::Public);
    assert_eq!(of("111111111111"), Exposure::None);
}
