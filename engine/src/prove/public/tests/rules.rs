//! How statements, keys and Deny statements combine.

use super::*;
use crate::{decide::Part, prove::WitnessCaller};

const ALLOW_ALL: &str =
    r#"{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}"#;

fn allow(principal: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}}"#
    )
}

fn allow_if(principal: &str, condition: &str) -> String {
    allow(principal)
        .replace("\"Resource\"", &format!("\"Condition\": {{{condition}}}, \"Resource\""))
}

fn deny_all_if(condition: &str) -> String {
    format!(
        r#"{{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
            "Condition": {{{condition}}}}}"#
    )
}

fn exposure(statements: &[String]) -> Exposure {
    let answer = ask(&statements.join(","));
    assert_eq!(answer.undecided, [], "{statements:?}");
    answer.exposure
}

/// Keys that only some calls carry are not in the others.
#[test]
fn keys_go_with_the_calls_that_carry_them() {
    let never = |condition: &str| {
        assert_eq!(exposure(&[everyone_if(condition)]), Exposure::None, "{condition}");
    };
    let all = |set: &str, key: &str| format!(r#""{set}StringLike": {{"{key}": "*"}}"#);
    let no_service = r#""Bool": {"aws:PrincipalIsAWSService": "false"}"#;
    never(&format!("{no_service}, {}", all("", "aws:PrincipalServiceName")));
    never(&format!("{no_service}, {}", all("ForAnyValue:", "aws:PrincipalServiceNamesList")));
    let itself = r#""Bool": {"aws:ViaAWSService": "false"}"#;
    never(&format!("{itself}, {}", all("ForAnyValue:", "aws:CalledVia")));
    never(&format!("{itself}, {}", all("", "aws:CalledViaFirst")));
    never(&format!("{itself}, {}", all("", "aws:CalledViaLast")));
    let public = r#""Null": {"aws:SourceVpce": "true"}"#;
    never(&format!("{public}, {}", all("", "aws:SourceVpc")));
    never(&format!("{public}, {}", all("", "aws:VpcSourceIp")));
    never(&format!("{public}, {}", all("", "aws:SourceVpcArn")));
    let endpoint = r#""Null": {"aws:SourceVpce": "false"}"#;
    never(&format!(r#"{endpoint}, {}"#, all("", "aws:SourceIp")));
}

/// The account of the caller is in every request on a key, and in none on a secret.
#[test]
fn every_call_of_a_key_has_the_account_of_its_caller() {
    let condition = r#""StringEqualsIfExists": {"kms:CallerAccount": "444455556666"}"#;
    let text = everyone_if(condition).replace("secretsmanager:GetSecretValue", "kms:Decrypt");
    let key = ask_about(&text, PolicyKind::Key);
    assert_eq!((key.exposure, key.s3.public), (Exposure::NamedExternal, Truth::False));
    let secret = ask(&everyone_if(condition));
    assert_eq!((secret.exposure, secret.s3.public), (Exposure::Public, Truth::True));
}

/// What is taken for true where the documents leave room counts in proofs.
#[test]
fn assumptions_count() {
    let answer = |condition: &str, name: &str, value: &str| {
        let mut assumptions = Assumptions::default();
        assumptions.set(name, value).unwrap();
        let text =
            format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, everyone_if(condition));
        let options = PublicOptions { assumptions, ..options() };
        let answer = public(&read(&text, PolicyKind::Secret), &options).unwrap();
        (answer.exposure, !answer.undecided.is_empty())
    };
    let any = r#""ForAnyValue:StringLikeIfExists": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}"#;
    let of = |value: &str| answer(any, "for_any_value_if_exists", value);
    assert_eq!(of("careful"), (Exposure::Organization, true));
    assert_eq!(of("true"), (Exposure::Public, false));
    assert_eq!(of("false"), (Exposure::Organization, false));
    let negated = r#""Null": {"aws:PrincipalOrgPaths": "false"},
        "StringNotLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}"#;
    let of = |value: &str| answer(negated, "negated_multivalued", value);
    assert_eq!(of("indeterminate"), (Exposure::None, true));
    assert_eq!(of("true"), (Exposure::Public, false));
    assert_eq!(of("false"), (Exposure::None, false));
}

/// The name of a user has no slash, whatever its path has.
#[test]
fn the_name_of_a_user_is_a_part_of_its_arn() {
    let named = |operator: &str, name: &str| {
        exposure(&[everyone_if(&format!(r#""{operator}": {{"aws:username": "{name}"}}"#))])
    };
    assert_eq!(named("StringEquals", "u"), Exposure::Public);
    for (operator, name) in [
        ("StringEquals", "a/b"),
        ("StringLike", "a/*"),
        ("StringLike", "*/*"),
        ("StringLike", "a:*"),
    ] {
        assert_eq!(named(operator, name), Exposure::None, "{name}");
    }
}

/// A number that a request has is compared as one, under a negated operator too.
#[test]
fn numbers_are_compared_as_numbers() {
    for condition in [
        r#""NumericNotEquals": {"aws:EpochTime": "7"}"#,
        r#""Null": {"aws:MultiFactorAuthAge": "false"}, "NumericNotEquals": {"aws:MultiFactorAuthAge": "7"}"#,
        r#""DateNotEquals": {"aws:EpochTime": "2030-01-01T00:00:00Z"}"#,
        r#""Null": {"aws:SourceIp": "false"}, "NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#,
    ] {
        assert_eq!(exposure(&[everyone_if(condition)]), Exposure::Public, "{condition}");
    }
}

/// What hangs on a variable that can hold more than is tried is not said to be impossible.
#[test]
fn values_of_variables_that_are_not_tried_may_do() {
    let tag = r#""StringLike": {"aws:PrincipalTag/other": "zz*q*z","#;
    for pattern in
        ["*-${aws:PrincipalTag/other}", "arn:aws:iam::999988887777:role/?${aws:PrincipalTag/other}"]
    {
        let condition = format!(r#"{tag} "aws:PrincipalArn": "{pattern}"}}"#);
        let answer = ask(&everyone_if(&condition));
        assert!(answer.exposure > Exposure::None || !answer.undecided.is_empty(), "{pattern}");
    }
    // Two variables that make up a value together.
    let two = r#""StringEquals": {"aws:ResourceAccount": "1111${aws:PrincipalTag/a}${aws:PrincipalTag/b}"}"#;
    let answer = ask(&everyone_if(two));
    assert!(answer.exposure > Exposure::None || !answer.undecided.is_empty());
    // Nor is a Deny that hangs on one said to hold everybody back.
    let tagging = ALLOW_ALL.replace("secretsmanager:*", "secretsmanager:TagResource");
    for condition in [
        r#""ForAllValues:StringEquals": {"aws:TagKeys": "${aws:PrincipalTag/x}"}"#,
        r#""ForAnyValue:StringNotEquals": {"aws:TagKeys": "${aws:PrincipalTag/x}"}"#,
        r#""ForAnyValue:StringEquals": {"aws:TagKeys": "${aws:PrincipalTag/x}"}"#,
    ] {
        let present = deny_all_if(r#""Null": {"aws:TagKeys": "true"}"#);
        let guarded = [tagging.clone(), present, deny_all_if(condition)];
        let answer = ask(&guarded.join(","));
        assert!(answer.exposure > Exposure::None || !answer.undecided.is_empty(), "{condition}");
    }
}

/// Nobody is left whom `NotPrincipal` could mean.
#[test]
fn not_principal_of_everybody_is_nobody() {
    for everybody in [r#""*""#, r#"{"AWS": "*"}"#, r#"{"AWS": ["444455556666", "*"]}"#] {
        let deny =
            allow(everybody).replace("Allow", "Deny").replace("\"Principal", "\"NotPrincipal");
        assert_eq!(exposure(&[allow(r#""*""#), deny.clone()]), Exposure::Public, "{deny}");
        let lets_in = deny.replace("Deny", "Allow");
        assert_eq!(exposure(std::slice::from_ref(&lets_in)), Exposure::None, "{lets_in}");
    }
}

/// The session of a federated user is a caller of its own kind.
#[test]
fn federated_users_are_callers() {
    let federated = r#"{"AWS": "arn:aws:sts::444455556666:federated-user/u"}"#;
    let kind = |name: &str| {
        allow_if(federated, &format!(r#""StringEquals": {{"aws:PrincipalType": "{name}"}}"#))
    };
    assert_eq!(exposure(&[allow(federated)]), Exposure::NamedExternal);
    assert_eq!(exposure(&[kind("FederatedUser")]), Exposure::NamedExternal);
    assert_eq!(exposure(&[kind("AssumedRole")]), Exposure::None);
    assert_eq!(exposure(&[kind("User")]), Exposure::None);
}

#[test]
fn one_key_is_as_wide_as_its_widest_value() {
    let wide = r#""StringLike": {"aws:PrincipalAccount": ["111122223333", "*"]}"#;
    assert_eq!(exposure(&[everyone_if(wide)]), Exposure::Public);
    let split: Vec<String> = (0..10).map(|digit| format!("\"{digit}*\"")).collect();
    let split = format!(r#""StringLike": {{"aws:PrincipalAccount": [{}]}}"#, split.join(","));
    assert_eq!(exposure(&[everyone_if(&split)]), Exposure::Public);
}

#[test]
fn several_keys_are_as_narrow_as_the_narrowest() {
    let narrow = r#""StringEquals": {"aws:PrincipalAccount": "111122223333"}, "StringLike": {"aws:UserAgent": "*"}"#;
    assert_eq!(exposure(&[everyone_if(narrow)]), Exposure::Internal);
    let apart = r#""StringEquals": {"aws:PrincipalAccount": ["111122223333", "444455556666"]},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:*"}"#;
    assert_eq!(exposure(&[everyone_if(apart)]), Exposure::Internal);
    // The account is in the ARN: no caller has both.
    let never = r#""StringEquals": {"aws:PrincipalAccount": "444455556666"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:*"}"#;
    assert_eq!(exposure(&[everyone_if(never)]), Exposure::None);
}

#[test]
fn statements_add_up() {
    let foreign = allow(r#"{"AWS": "444455556666"}"#);
    let own = allow(r#"{"AWS": "arn:aws:iam::111122223333:root"}"#);
    assert_eq!(exposure(std::slice::from_ref(&own)), Exposure::Internal);
    assert_eq!(exposure(&[own.clone(), foreign.clone()]), Exposure::NamedExternal);
    let answer = ask(&[own, foreign, ALLOW_ALL.to_owned()].join(","));
    assert_eq!((answer.exposure, answer.s3.statements), (Exposure::Public, vec![2]));
    assert_eq!(answer.secrets_manager.statements, [2]);
}

#[test]
fn a_deny_with_a_negated_operator_holds_strangers_back() {
    let guard = deny_all_if(r#""StringNotEquals": {"aws:PrincipalAccount": "111122223333"}"#);
    let answer = ask(&format!("{ALLOW_ALL},{guard}"));
    assert_eq!(answer.exposure, Exposure::Internal);
    assert_eq!((answer.s3.public, &answer.s3.alone), (Truth::False, &vec![0]));
    assert_eq!(answer.secrets_manager.public, Truth::False);
    assert_eq!(answer.secrets_manager.alone, [0]);
    let [statement] = answer.statements.as_slice() else { panic!() };
    assert_eq!((statement.alone, statement.within), (Reach::Public, Reach::Named));
    assert_eq!(statement.held_back_by, [1]);
}

#[test]
fn a_deny_with_a_hole_does_not() {
    let account = r#""StringNotEquals": {"aws:PrincipalAccount": "111122223333"}"#;
    for (hole, what) in [
        (
            deny_all_if(&format!(
                r#"{account}, "StringEquals": {{"aws:SourceVpce": "vpce-1a2b3c4d"}}"#
            )),
            "another key",
        ),
        (
            deny_all_if(&format!(r#"{account}, "Bool": {{"aws:PrincipalIsAWSService": "true"}}"#)),
            "services only",
        ),
        (
            deny_all_if(
                r#""ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}"#,
            ),
            "absent key",
        ),
        (
            deny_all_if(r#""StringEquals": {"aws:PrincipalOrgID": "o-other00000"}"#),
            "positive operator",
        ),
        (
            deny_all_if(account).replace(
                r#""Action": "secretsmanager:*""#,
                r#""NotAction": "secretsmanager:GetSecretValue""#,
            ),
            "another action",
        ),
        (
            deny_all_if(account)
                .replace(r#""Principal": "*""#, r#""Principal": {"AWS": "444455556666"}"#),
            "another principal",
        ),
        (
            deny_all_if(account).replace(
                r#""Resource": "*""#,
                r#""Resource": "arn:aws:kms:us-east-1:111122223333:key/k""#,
            ),
            "another resource",
        ),
    ] {
        assert_eq!(exposure(&[ALLOW_ALL.to_owned(), hole]), Exposure::Public, "{what}");
    }
}

#[test]
fn two_keys_in_one_deny_must_both_fail() {
    let both = r#""StringNotEquals": {"aws:SourceVpc": "vpc-1a2b3c4d", "aws:PrincipalAccount": "111122223333"}"#;
    // Whoever comes from that VPC passes, whatever the account.
    assert_eq!(exposure(&[ALLOW_ALL.to_owned(), deny_all_if(both)]), Exposure::NamedExternal);
}

#[test]
fn everybody_else_is_everybody() {
    let other = allow("\"x\"").replace(
        r#""Principal": "x""#,
        r#""NotPrincipal": {"AWS": "arn:aws:iam::444455556666:user/u"}"#,
    );
    let answer = ask(&other);
    assert_eq!((answer.exposure, answer.s3.public), (Exposure::Public, Truth::True));
    assert_eq!(answer.secrets_manager.public, Truth::True);
    assert_eq!(answer.statements[0].reasons[0].why, Why::EveryoneElse);
    // No `*` stands there, and a fixed network is one of the console's five.
    let through = other.replace(
        "\"Resource\"",
        r#""Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, "Resource""#,
    );
    assert_eq!(ask(&through).secrets_manager.public, Truth::False);
}

#[test]
fn a_deny_for_all_but_some_leaves_those() {
    let but = r#"{"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::444455556666:root", "arn:aws:iam::444455556666:user/u"]},
        "Action": "*", "Resource": "*"}"#;
    let answer = ask(&format!("{ALLOW_ALL},{but}"));
    assert_eq!(answer.exposure, Exposure::NamedExternal);
    let witness = answer.witness.unwrap();
    assert!(matches!(
        witness.caller.as_str(),
        "arn:aws:iam::444455556666:root" | "arn:aws:iam::444455556666:user/u"
    ));
    assert_eq!(answer.s3.public, Truth::False);
}

#[test]
fn every_action_counts() {
    let other = ALLOW_ALL.replace(
        r#""Action": "secretsmanager:*""#,
        r#""NotAction": "secretsmanager:GetSecretValue""#,
    );
    let answer = ask(&other);
    assert_eq!(answer.exposure, Exposure::Public);
    assert_ne!(answer.witness.unwrap().action.as_str(), "secretsmanager:GetSecretValue");
    // What a secret's policy says of another service's actions has no effect, but the published check counts it.
    let foreign = ALLOW_ALL.replace("secretsmanager:*", "s3:GetObject");
    let answer = ask(&foreign);
    assert_eq!((answer.exposure, answer.s3.public), (Exposure::None, Truth::True));
}

#[test]
fn services_act_for_anybody() {
    let service = r#"{"Service": "lambda.amazonaws.com"}"#;
    let answer = ask(&allow(service));
    assert_eq!((answer.exposure, answer.s3.public), (Exposure::Broad, Truth::False));
    assert_eq!(answer.secrets_manager.public, Truth::False);
    assert_eq!(answer.statements[0].reasons[0].why, Why::AnyService);
    assert!(matches!(answer.witness.unwrap().caller, WitnessCaller::Service { .. }));
    for (condition, expected) in [
        (r#""StringEquals": {"aws:SourceAccount": "111122223333"}"#, Exposure::Internal),
        (
            r#""ArnLike": {"aws:SourceArn": "arn:aws:lambda:us-east-1:111122223333:function:*"}"#,
            Exposure::Internal,
        ),
        (r#""StringEquals": {"aws:SourceAccount": "444455556666"}"#, Exposure::NamedExternal),
        (r#""StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}"#, Exposure::Organization),
        (r#""ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:*:function:*"}"#, Exposure::Broad),
        (r#""StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}"#, Exposure::Broad),
    ] {
        assert_eq!(exposure(&[allow_if(service, condition)]), expected, "{condition}");
    }
    // A user of that account does not carry the key.
    let user = allow_if(
        r#"{"AWS": "111122223333"}"#,
        r#""StringEquals": {"aws:SourceAccount": "111122223333"}"#,
    );
    assert_eq!(exposure(&[user]), Exposure::None);
}

#[test]
fn a_star_among_principals_is_a_star() {
    let mixed = allow(r#"{"AWS": ["*", "arn:aws:iam::111122223333:root"]}"#);
    let answer = ask(&mixed);
    assert_eq!((answer.exposure, answer.secrets_manager.public), (Exposure::Public, Truth::True));
}

#[test]
fn sessions_are_told_by_name() {
    let session = r#"{"AWS": "arn:aws:sts::444455556666:assumed-role/R/s1"}"#;
    let answer = ask(&allow(session));
    assert_eq!(answer.exposure, Exposure::NamedExternal);
    let WitnessCaller::Principal { arn, session } = answer.witness.unwrap().caller else {
        panic!()
    };
    assert_eq!(session.unwrap().as_str(), "arn:aws:sts::444455556666:assumed-role/R/s1");
    assert_eq!(arn.as_str(), "arn:aws:iam::444455556666:role/R");
    // aws:PrincipalArn holds the role's ARN, never the session's.
    let never = allow_if(
        "\"*\"",
        r#""ArnEquals": {"aws:PrincipalArn": "arn:aws:sts::444455556666:assumed-role/R/s1"}"#,
    );
    assert_eq!(exposure(&[never]), Exposure::None);
}

#[test]
fn trust_is_a_matter_of_the_owner() {
    let foreign = allow(r#"{"AWS": "444455556666"}"#);
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": {foreign}}}"#);
    let policy = read(&text, PolicyKind::Secret);
    let mut options = options();
    assert_eq!(public(&policy, &options).unwrap().exposure, Exposure::NamedExternal);
    options.trusted_accounts = vec!["444455556666".parse().unwrap()];
    assert_eq!(public(&policy, &options).unwrap().exposure, Exposure::Internal);
    // Without an owner, it is taken from what the policy calls its own.
    let options = PublicOptions::default();
    assert_eq!(public(&policy, &options).unwrap().exposure, Exposure::NamedExternal);
    let own = text.replace(
        r#""Resource": "*""#,
        r#""Resource": "arn:aws:secretsmanager:us-east-1:444455556666:secret:x-a1B2c3""#,
    );
    let answer = public(&read(&own, PolicyKind::Secret), &options).unwrap();
    assert_eq!((answer.exposure, answer.owner), (Exposure::Internal, "444455556666".parse().ok()));
}

#[test]
fn reasons_say_what_does_not_narrow() {
    let why = |condition: &str| {
        let answer = ask(&everyone_if(condition));
        let reasons = &answer.statements[0].reasons;
        assert_eq!(reasons[0].why, Why::Everyone);
        reasons[1].why.clone()
    };
    let wildcard = |value: &str| Why::Wildcard { value: value.to_owned() };
    for (condition, expected) in [
        (r#""StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}"#, Why::AbsentIfExists),
        (r#""ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a"}"#, Why::AbsentForAllValues),
        (r#""StringNotEquals": {"aws:SourceVpce": "vpce-1"}"#, Why::AbsentNegated),
        (r#""StringNotEquals": {"aws:PrincipalAccount": "444455556666"}"#, Why::Negated),
        (
            r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x-*"}"#,
            wildcard("arn:aws:iam::*:role/x-*"),
        ),
        (r#""IpAddress": {"aws:SourceIp": "0.0.0.0/0"}"#, Why::WideNetwork),
        (r#""Null": {"aws:PrincipalOrgID": "false"}"#, Why::PresenceOnly),
        (r#""StringEquals": {"aws:ResourceTag/env": "dev"}"#, Why::DescribesResource),
        (r#""StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}"#, Why::AnyoneCanSet),
        (r#""Bool": {"aws:ViaAWSService": "true"}"#, Why::ThroughService),
        (r#""Bool": {"aws:PrincipalIsAWSService": "true"}"#, Why::AnyService),
        (
            r#""StringEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b}"}"#,
            Why::Variable { value: "${aws:PrincipalTag/b}".to_owned() },
        ),
    ] {
        assert_eq!(why(condition), expected, "{condition}");
    }
}

#[test]
fn reasons_are_given_for_definitions_too() {
    let condition = r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}"#;
    let answer = ask(&everyone_if(condition));
    assert_eq!((answer.exposure, answer.s3.public), (Exposure::NamedExternal, Truth::True));
    let [statement] = answer.statements.as_slice() else { panic!() };
    assert_eq!(statement.witness, None);
    let whys: Vec<_> = statement.reasons.iter().map(|reason| reason.why.to_string()).collect();
    assert_eq!(
        whys,
        [
            "`*` names everybody, in every account",
            "`arn:aws:iam::444455556666:role/*` leaves open whose it is"
        ]
    );
}

#[test]
fn the_policies_that_kms_makes_stay_inside() {
    let account = OWNER.parse().unwrap();
    let managed = crate::decide::managed_key_policy(account, "us-east-1");
    let answer = public(&managed, &options()).unwrap();
    assert_eq!((answer.exposure, answer.s3.public), (Exposure::Internal, Truth::False));
    // Whose key it is stands in its first statement.
    let root = r#"{"Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt", "Resource": "*"}]}"#;
    let answer = public(&read(root, PolicyKind::Key), &PublicOptions::default()).unwrap();
    assert_eq!((answer.owner, answer.exposure), (Some(account), Exposure::NamedExternal));
    assert_eq!(answer.witness.unwrap().action.as_str(), "kms:Decrypt");
}

#[test]
fn deny_statements_that_do_not_help_are_listed() {
    let other_account = r#"{"Effect": "Deny", "Principal": {"AWS": "444455556666"}, "Action": "*", "Resource": "*"}"#;
    let other_action = r#"{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}"#;
    let absent = deny_all_if(r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#);
    let answer = ask(&format!("{other_account},{ALLOW_ALL},{other_action},{absent}"));
    let denies: Vec<_> = answer.statements[0].denies.iter().map(|d| (d.index, d.fails)).collect();
    assert_eq!(denies, [(0, Part::Principal), (2, Part::Action), (3, Part::Condition(0))]);
}

#[test]
fn what_the_documents_leave_open_is_not_claimed() {
    let services =
        allow_if(r#"{"AWS": "*"}"#, r#""StringEquals": {"aws:SourceAccount": "111122223333"}"#);
    let answer = ask(&services);
    assert_eq!(answer.exposure, Exposure::None);
    assert_eq!(answer.undecided[0].exposure, Some(Exposure::Internal));
    assert_eq!(answer.undecided[0].cause, Cause::Open);
}

#[test]
fn a_witness_is_short_and_says_what_is_absent() {
    let answer = ask(&everyone_if(
        r#""StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}, "StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/??-app-*"}"#,
    ));
    let witness = answer.witness.unwrap();
    assert_eq!(witness.action.as_str(), "secretsmanager:GetSecretValue");
    assert!(witness.caller.as_str().starts_with("arn:aws:iam::999988887777:role/"));
    assert!(witness.caller.as_str().ends_with("-app-"), "{}", witness.caller.as_str());
    let keys: Vec<(&str, bool)> =
        witness.context.iter().map(|(key, value)| (key.as_str(), value.is_some())).collect();
    assert_eq!(keys, [("aws:PrincipalArn", true), ("aws:SourceVpce", false)]);
}

#[test]
fn only_policies_of_resources_can_be_public() {
    let text = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let error = public(&read(text, PolicyKind::Identity), &options()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the identity policy names no principals, so it cannot be public"
    );
}

/// What a policy names is text, even where it has the characters by which shapes are written.
#[test]
fn a_partition_is_text() {
    for partition in ["aw@", "aws^", "#", "%", "a&s", "aws-cn"] {
        let principal = format!(r#"{{"AWS": "arn:{partition}:iam::{OWNER}:root"}}"#);
        assert_eq!(exposure(&[allow(&principal)]), Exposure::Internal, "{partition}");
        // A Deny for accounts of that partition stops nobody of another.
        let deny = format!(
            r#"{{"Effect": "Deny", "Principal": {principal}, "Action": "*", "Resource": "*"}}"#
        );
        let inside = format!(r#"{{"AWS": "arn:aws:iam::{OWNER}:root"}}"#);
        assert_eq!(exposure(&[allow(&inside), deny]), Exposure::Internal, "{partition}");
    }
}

#[test]
fn a_policy_of_something_else_needs_no_resource() {
    let other = |principal: &str| {
        let statement = format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}"#
        );
        ask_about(&statement, PolicyKind::OtherResource)
    };
    assert_eq!(other(r#""*""#).exposure, Exposure::Public);
    assert_eq!(other(r#"{"AWS": "444455556666"}"#).exposure, Exposure::NamedExternal);
    let provider = other(r#"{"Federated": "accounts.google.com"}"#);
    assert_eq!(provider.exposure, Exposure::None);
    let open = &provider.undecided[0];
    assert_eq!((open.exposure, &open.cause), (Some(Exposure::NamedExternal), &Cause::Untried));
    // Where others let in as much, it makes no difference.
    let both = other(r#"{"Federated": "accounts.google.com", "AWS": "444455556666"}"#);
    assert_eq!((both.exposure, both.undecided.len()), (Exposure::NamedExternal, 0));
    // Of a secret or key such a statement is about nothing.
    let statement = r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt"}"#;
    assert_eq!(ask_about(statement, PolicyKind::Key).exposure, Exposure::None);
}

/// What a policy says of resources of other kinds than its own is about nothing.
#[test]
fn a_policy_is_about_a_resource_of_its_own_kind() {
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret";
    let key = "arn:aws:kms:us-east-1:111122223333";
    let resources = [
        "arn:aws:s3:::b".to_owned(),
        format!("{secret}:x"),
        format!("{secret}:x-a1B2c3"),
        format!("{key}:alias/x"),
        format!("{key}:key/x"),
    ];
    for (kind, action, own) in [
        (PolicyKind::Secret, "secretsmanager:GetSecretValue", 2),
        (PolicyKind::Key, "kms:Decrypt", 4),
    ] {
        for (number, resource) in resources.iter().enumerate() {
            let answer = ask_about(
                &format!(
                    r#"{{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Resource": "{resource}"}}"#
                ),
                kind,
            );
            let expected = if number == own { Exposure::Public } else { Exposure::None };
            assert_eq!(answer.exposure, expected, "{kind:?} {resource}");
        }
    }
}
