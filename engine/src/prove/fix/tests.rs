use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::{
    aws::Assumptions,
    compile::CompiledPolicy,
    prove::public::tests::{
        ask_about, options,
        random::{call, statement},
        read,
    },
};

const ROLE: &str = "arn:aws:iam::444455556666:role/R";

fn with(public: PublicOptions, callers: &[&str]) -> FixOptions {
    FixOptions { public, callers: callers.iter().map(|arn| arn.parse().unwrap()).collect() }
}

/// The edits for the first statement, as people would say them.
fn edits(statements: &str, kind: PolicyKind, options: &FixOptions) -> Vec<String> {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let policy = read(&text, kind);
    let answer = ask_about(statements, kind);
    let found = fix(&policy, &answer.statements[0], options, |_| true).unwrap();
    let edits = found.map(|found| found.edits).unwrap_or_default();
    let said = edits.into_iter().map(|edit| match edit {
        Edit::Operator { key, operator, .. } => format!("{operator} {}", key.canonical()),
        Edit::Condition { operator, key, values }
            if operator.comparison == Comparison::StringEquals =>
        {
            format!("{} = {}", key.canonical(), values.join(" "))
        }
        Edit::Condition { operator, key, values } => {
            format!("{operator} {} = {}", key.canonical(), values.join(" "))
        }
        Edit::Principals { list } => list.iter().map(Arn::as_str).collect::<Vec<_>>().join(" "),
    });
    said.collect()
}

fn everyone(condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
            "Condition": {{{condition}}}}}"#
    )
}

#[test]
fn an_operator_that_a_missing_key_passes_is_mended() {
    let none = with(options(), &[]);
    let secret = |condition: &str| edits(&everyone(condition), PolicyKind::Secret, &none);
    let if_exists = r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#;
    assert_eq!(secret(if_exists), ["StringEquals aws:PrincipalOrgID"]);
    let all = r#""ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#;
    assert_eq!(secret(all), ["StringEquals aws:PrincipalOrgID"]);
    let paths = r#""ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}"#;
    // `ForAnyValue` would let in who is in this organization and in another one.
    assert_eq!(secret(paths), ["Null aws:PrincipalOrgPaths = false"]);
    // One of the two suffices.
    let two =
        r#""StringEqualsIfExists": {"aws:UserAgent": "x", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#;
    assert_eq!(secret(two), ["StringEquals aws:PrincipalOrgID"]);
    // Where neither does, nor the owner's account is what was meant, nothing is said.
    let unknown = with(PublicOptions::default(), &[]);
    let agent = everyone(r#""StringEqualsIfExists": {"aws:UserAgent": "x"}"#);
    assert_eq!(edits(&agent, PolicyKind::Secret, &unknown), [""; 0]);
}

#[test]
fn everyone_becomes_whoever_is_meant() {
    let secret = |options: &FixOptions| edits(&everyone(""), PolicyKind::Secret, options);
    assert_eq!(secret(&with(options(), &[ROLE])), [ROLE]);
    let member = || PublicOptions { owner_organization: Some("o-a1b2c3d4e5".into()), ..options() };
    assert_eq!(secret(&with(member(), &[])), ["aws:PrincipalOrgID = o-a1b2c3d4e5"]);
    assert_eq!(secret(&with(options(), &[])), ["aws:PrincipalAccount = 111122223333"]);
    // A user of the owner's account would be freed of its boundary.
    let user = "arn:aws:iam::111122223333:user/u";
    assert_eq!(secret(&with(member(), &[user])), ["aws:PrincipalOrgID = o-a1b2c3d4e5"]);
    let via = r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}}"#;
    let owner = edits(via, PolicyKind::Key, &with(options(), &[]));
    assert_eq!(owner, ["kms:CallerAccount = 111122223333"]);
}

/// A user of another account is bound as before when it is named itself.
#[test]
fn users_of_other_accounts_can_be_named() {
    let user = "arn:aws:iam::444455556666:user/u";
    let secret = |options: &FixOptions| edits(&everyone(""), PolicyKind::Secret, options);
    assert_eq!(secret(&with(options(), &[user])), [user]);
    // Of whom it is not known whether they are the owner's nobody is named.
    let unknown = with(PublicOptions::default(), &[user]);
    assert_eq!(secret(&unknown), ["aws:PrincipalAccount = 444455556666"]);
    let session = "arn:aws:sts::444455556666:assumed-role/R/s1";
    assert_eq!(
        secret(&with(options(), &[session])),
        ["aws:PrincipalAccount = 111122223333 444455556666"]
    );
}

/// There is room for one condition on a key under an operator.
#[test]
fn a_condition_that_stands_there_is_not_written_again() {
    let always = r#""StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}"#;
    let found = edits(&everyone(always), PolicyKind::Secret, &with(options(), &[]));
    assert_eq!(found, [""; 0]);
    let other = r#""StringLike": {"aws:PrincipalAccount": "*"}"#;
    let found = edits(&everyone(other), PolicyKind::Secret, &with(options(), &[]));
    assert_eq!(found, ["aws:PrincipalAccount = 111122223333"]);
}

/// What is not proved is not proposed.
#[test]
fn an_edit_that_leaves_the_statement_undecided_is_not_made() {
    let options = with(options(), &[]);
    // Nobody has such a tag, which it takes some states to see.
    let statement = everyone(
        r#""StringLikeIfExists": {"aws:PrincipalTag/a": "?*ab*?"},
            "ForAllValues:StringLikeIfExists": {"aws:PrincipalTag/a": "?*bc*?"},
            "ForAllValues:StringLike": {"aws:PrincipalTag/a": "????"}"#,
    );
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
    let policy = read(&text, PolicyKind::Secret);
    let found = &ask_about(&statement, PolicyKind::Secret).statements[0];
    let mends = |states: usize| {
        let bounds = crate::prove::Bounds { states, ..crate::prove::Bounds::default() };
        let public = PublicOptions { bounds, ..options.public.clone() };
        let options = FixOptions { public, ..options.clone() };
        let fix = fix(&policy, found, &options, |_| true).unwrap();
        fix.is_some_and(|fix| fix.edits.iter().any(is_mend))
    };
    assert!(mends(10_000));
    assert!(!mends(2));
}

#[test]
fn a_service_calls_for_the_owner_only() {
    let service = r#"{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"}"#;
    let found = edits(service, PolicyKind::Secret, &with(options(), &[ROLE]));
    assert_eq!(found, ["aws:SourceAccount = 111122223333"]);
    assert_eq!(edits(service, PolicyKind::Secret, &with(PublicOptions::default(), &[])), [""; 0]);
}

#[test]
fn an_edit_that_breaks_what_the_policy_is_for_is_not_made() {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, everyone(""));
    let policy = read(&text, PolicyKind::Secret);
    let found = &ask_about(&everyone(""), PolicyKind::Secret).statements[0];
    let options = with(options(), &[ROLE]);
    assert_eq!(fix(&policy, found, &options, |_| false).unwrap(), None);
    let by_account = |edited: &Policy| !edited.statements[0].conditions.is_empty();
    let fixed = fix(&policy, found, &options, by_account).unwrap().unwrap();
    let values = vec!["111122223333".to_owned(), "444455556666".to_owned()];
    let key = ContextKey::new("aws:PrincipalAccount");
    let operator = plain(Comparison::StringEquals);
    assert_eq!(fixed.edits, [Edit::Condition { operator, key, values }]);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// What is proposed keeps strangers out, allows no random call that was not allowed, and keeps the call that it
    /// is to keep.
    #[test]
    fn every_fix_does_what_it_says(
        statements in vec(statement(), 1..3),
        calls in vec(call(), 24),
        kept in call(),
        callers in prop_oneof![Just(vec![]), Just(vec![ROLE]), Just(vec!["arn:aws:iam::111122223333:role/app-1", ROLE])],
        organization in select(vec![None, Some("o-owner12345")]),
    ) {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let policy = read(&text, PolicyKind::Secret);
        let public_options = PublicOptions { owner_organization: organization.map(str::to_owned), ..options() };
        let options = with(public_options, &callers);
        let failed = |error: ProveError| TestCaseError::fail(format!("{error}\n{text}"));
        let assumptions = Assumptions::default();
        let allows = |policy: &Policy, call: &crate::prove::public::tests::random::Call| {
            call.request().allowed_by(&CompiledPolicy::new(policy, &assumptions), &assumptions)
        };
        let before = allows(&policy, &kept);
        let mut fixed = policy.clone();
        for found in public(&policy, &options.public).map_err(failed)?.statements {
            if found.within == Reach::Named {
                continue;
            }
            let fix = fix(&policy, &found, &options, |edited| allows(edited, &kept) == before).map_err(failed)?;
            let Some(fix) = fix else { continue };
            let answer = public(&fix.policy, &options.public).map_err(failed)?;
            let reach = answer.statements.iter().find(|s| s.index == found.index).map(|s| s.within);
            prop_assert_eq!(reach, Some(Reach::Named), "{}\n{:?}", text, fix.edits);
            prop_assert_eq!(allows(&fix.policy, &kept), before, "{}\n{:?}", text, fix.edits);
            fixed = edited(&fixed, found.index, &fix.edits);
            for call in &calls {
                let (old, new) = (allows(&policy, call), allows(&fix.policy, call));
                prop_assert!(new <= old, "{}\n{:?}\n{:?} > {:?}\n{:#?}", text, fix.edits, new, old, call);
                // The statement by itself lets in nobody whom the policy does not mention.
                if call.is_stranger() {
                    let mut alone = fix.policy.clone();
                    alone.statements.retain(|s| !s.allows() || s.index == found.index);
                    prop_assert_ne!(allows(&alone, call), Truth::True, "{}\n{:?}\n{:#?}", text, fix.edits, call);
                }
            }
        }
        // All of them together allow nothing new either.
        for call in &calls {
            prop_assert!(allows(&fixed, call) <= allows(&policy, call), "{}", text);
        }
    }
}
