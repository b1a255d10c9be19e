use serde_json::{Value, json};

use super::*;
use crate::{policy::PolicyKind, prove::public::tests::read};

mod random;

const OWNER: &str = "111122223333";

fn options() -> DeadOptions {
    DeadOptions { owner: OWNER.parse().ok(), ..DeadOptions::default() }
}

fn policy(kind: PolicyKind, statements: &Value) -> Policy {
    read(&json!({"Version": "2012-10-17", "Statement": statements}).to_string(), kind)
}

fn found_with(kind: PolicyKind, statements: &Value, options: &DeadOptions) -> Vec<Dead> {
    dead_weight(&policy(kind, statements), options).unwrap()
}

fn found(kind: PolicyKind, statements: Value) -> Vec<Dead> {
    found_with(kind, &statements, &options())
}

/// What is found in one Allow of a secret's policy.
fn in_secret(elements: Value) -> Vec<Dead> {
    found(PolicyKind::Secret, json!([allow(elements)]))
}

/// What is found in one Allow of a key's policy.
fn in_key(elements: Value) -> Vec<Dead> {
    let mut statement = json!({"Action": "kms:Decrypt"});
    statement.as_object_mut().unwrap().extend(elements.as_object().unwrap().clone());
    found(PolicyKind::Key, json!([allow(statement)]))
}

/// An Allow for the role `R` of 444455556666 to read a secret, with these elements instead.
fn allow(elements: Value) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/R"},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"});
    statement.as_object_mut().unwrap().extend(elements.as_object().unwrap().clone());
    statement
}

fn never(parts: &[Part]) -> WhyDead {
    WhyDead::Never { parts: parts.to_vec(), on_service_path: false }
}

fn dead(statement: usize, what: DeadPart, why: WhyDead) -> Dead {
    Dead { statement, what, why }
}

fn covered(statement: usize, by: &[usize]) -> Dead {
    dead(statement, DeadPart::Statement, WhyDead::Covered { by: by.to_vec() })
}

const WHOLE: DeadPart = DeadPart::Statement;

#[test]
fn parts_that_never_hold_together_are_named() {
    let two = [Part::Principal, Part::Condition(0)];
    let elsewhere =
        json!({"Condition": {"StringEquals": {"aws:PrincipalAccount": "777788889999"}}});
    assert_eq!(in_secret(elsewhere), [dead(0, WHOLE, never(&two))]);
    let no_user = json!({"Condition": {"StringLike": {"aws:username": "*"}}});
    assert_eq!(in_secret(no_user), [dead(0, WHOLE, never(&two))]);
    let both = json!({"Principal": "*", "Condition": {
        "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-zzzzzzzzzz/*"}}});
    assert_eq!(in_secret(both).len(), 1);
    // No call of KMS that Secrets Manager forwards comes through the caller's endpoint.
    let path = json!({"Condition": {"StringEquals": {
        "aws:SourceVpce": "vpce-1a2b3c4d", "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}});
    let two = [Part::Condition(0), Part::Condition(1)];
    assert_eq!(in_key(path), [dead(0, WHOLE, never(&two))]);
    // An ARN has one account, and the source is that account's.
    let source = json!({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceAccount": OWNER},
        "ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:444455556666:*"}}});
    assert_eq!(in_secret(source), [dead(0, WHOLE, never(&two))]);
}

/// Whoever is denied is denied, however it is named; an Allow counts for more where it names the caller itself.
#[test]
fn a_denial_is_as_good_as_another() {
    let role = json!({"AWS": "arn:aws:iam::111122223333:role/R"});
    let account = json!({ "AWS": OWNER });
    let of = |effect: &str, principal: &Value| {
        let mut statement = allow(json!({"Principal": principal}));
        statement["Effect"] = json!(effect);
        statement
    };
    let denied = json!([of("Deny", &account), of("Deny", &role)]);
    assert_eq!(found(PolicyKind::Secret, denied), [covered(1, &[0])]);
    let allowed = json!([of("Allow", &account), of("Allow", &role)]);
    assert_eq!(found(PolicyKind::Secret, allowed), []);
}

/// A role is let in as by `*`, and so is a user of another account; a user of the owner's counts for more that is named.
#[test]
fn everybody_covers_whom_it_lets_in_as_directly() {
    let with = |principal: &str| in_secret(json!({"Principal": {"AWS": ["*", principal]}}));
    let needless = [dead(0, DeadPart::Principal(1), WhyDead::Covered { by: vec![0] })];
    assert_eq!(with("arn:aws:iam::444455556666:role/R"), needless);
    assert_eq!(with("arn:aws:iam::444455556666:user/u"), needless);
    assert_eq!(with("arn:aws:iam::111122223333:role/R"), needless);
    assert_eq!(with("arn:aws:iam::111122223333:user/u"), []);
    assert_eq!(with("arn:aws:sts::111122223333:assumed-role/R/s"), []);
}

/// Whom the prover does not know may be somebody.
#[test]
fn whom_only_an_id_names_may_be_there() {
    for principal in [
        json!({"AWS": "AROAEXAMPLEROLEB1234"}),
        json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
        json!({"Federated": "arn:aws:iam::444455556666:saml-provider/P"}),
        json!({"Service": "lambda.amazonaws.com"}),
    ] {
        assert_eq!(in_secret(json!({"Principal": principal})), [], "{principal}");
    }
}

/// An account and a role of it are two ways to be named, each of which another statement must have.
#[test]
fn a_statement_is_covered_in_each_way_in_which_it_names() {
    let own = |names: &[&str]| {
        let names: Vec<String> =
            names.iter().map(|name| format!("arn:aws:iam::{OWNER}:{name}")).collect();
        allow(json!({"Principal": {"AWS": names}}))
    };
    let in_order = |list: Value| found(PolicyKind::Secret, list);
    let (both, account, role) = (own(&["root", "role/R"]), own(&["root"]), own(&["role/R"]));
    assert_eq!(in_order(json!([account, both])), [covered(0, &[1])]);
    assert_eq!(in_order(json!([role, both])), [covered(0, &[1])]);
    assert_eq!(in_order(json!([account, role])), []);
}

/// Of a statement that does nothing its parts are not told, too.
#[test]
fn the_parts_of_what_is_dead_are_not_told() {
    let list = || allow(json!({"Action": ["secretsmanager:*", "secretsmanager:GetSecretValue"]}));
    let entry =
        |statement: usize| dead(statement, DeadPart::Action(1), WhyDead::Covered { by: vec![0] });
    assert_eq!(found(PolicyKind::Secret, json!([list()])), [entry(0)]);
    assert_eq!(found(PolicyKind::Secret, json!([list(), list()])), [entry(0), covered(1, &[0])]);
}

/// With as many questions as it takes everything is found, with one less not: what was not asked about does something.
#[test]
fn the_bound_on_questions_is_inclusive() {
    let list = json!([
        allow(json!({"Action": "secretsmanager:*"})),
        allow(json!({})),
        allow(json!({"Action": "secretsmanager:DescribeSecret"}))
    ]);
    let within = |questions: usize| {
        let bounds = Bounds { questions, ..Bounds::default() };
        found_with(PolicyKind::Secret, &list, &DeadOptions { bounds, ..options() })
    };
    let all = [covered(1, &[0]), covered(2, &[0])];
    let tried: Vec<usize> = (0..Bounds::default().questions).collect();
    let least = tried.partition_point(|questions| within(*questions) != all);
    assert!((2..tried.len()).contains(&least), "{least}");
    assert_eq!(within(least + 1), all);
    assert_eq!((within(least - 1).len(), within(0).len()), (1, 0));
}

/// Nothing is said to do nothing because its proof was cut short.
#[test]
fn what_is_past_a_bound_does_something() {
    let narrow = json!({"Condition": {"StringLike": {"aws:PrincipalTag/a": "?*ab*?"},
        "StringLikeIfExists": {"aws:PrincipalTag/a": "?*bc*?"},
        "ForAllValues:StringLike": {"aws:PrincipalTag/a": "????"}}});
    let list = json!([allow(narrow)]);
    assert_eq!(found(PolicyKind::Secret, list.clone()).len(), 1);
    let bounds = Bounds { states: 2, ..Bounds::default() };
    assert_eq!(found_with(PolicyKind::Secret, &list, &DeadOptions { bounds, ..options() }), []);
}

#[test]
fn a_deny_that_never_applies_is_dead() {
    let deny = json!([allow(json!({})), {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalType": "User"}, "Null": {"aws:username": "true"}}}]);
    let two = [Part::Condition(0), Part::Condition(1)];
    assert_eq!(found(PolicyKind::Secret, deny), [dead(1, WHOLE, never(&two))]);
}

#[test]
fn denials_can_take_an_allow_back_together() {
    let deny = |operator: &str| {
        json!({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:Get*", "Resource": "*",
            "Condition": {operator: {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}})
    };
    let (of, others) = (deny("StringEquals"), deny("StringNotEquals"));
    let list = json!([of, allow(json!({})), others]);
    let by = WhyDead::Denied { by: vec![0, 2] };
    assert_eq!(found(PolicyKind::Secret, list), [dead(1, WHOLE, by)]);
    assert_eq!(found(PolicyKind::Secret, json!([of, allow(json!({}))])), []);
}

#[test]
fn statements_that_others_cover_are_needless() {
    let all = allow(json!({"Action": "secretsmanager:*"}));
    assert_eq!(found(PolicyKind::Secret, json!([all, allow(json!({}))])), [covered(1, &[0])]);
    assert_eq!(found(PolicyKind::Secret, json!([allow(json!({})), all])), [covered(0, &[1])]);
    // The later one of two equal ones.
    let same =
        json!([allow(json!({})), allow(json!({"Action": ["secretsmanager:getSecretValue"]}))]);
    assert_eq!(found(PolicyKind::Secret, same), [covered(1, &[0])]);
    // Two together.
    let if_in = |operator: &str| {
        let read = json!({"secretsmanager:VersionStage": "AWSCURRENT"});
        allow(json!({"Action": "secretsmanager:*", "Condition": {operator: read}}))
    };
    let list = json!([if_in("StringEquals"), if_in("StringNotEquals"), allow(json!({}))]);
    assert_eq!(found(PolicyKind::Secret, list), [covered(2, &[0, 1])]);
    // AWS may add an action that only the pattern covers.
    let names: Vec<&str> = crate::aws::catalog::actions_of(crate::aws::Service::SecretsManager)
        .iter()
        .map(|action| action.full_name)
        .collect();
    let list = json!([allow(json!({"Action": names})), all]);
    assert_eq!(found(PolicyKind::Secret, list), [covered(0, &[1])]);
    let deny = |action: &str| json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"});
    let list = json!([deny("secretsmanager:Delete*"), deny("secretsmanager:DeleteSecret")]);
    assert_eq!(found(PolicyKind::Secret, list), [covered(1, &[0])]);
}

#[test]
fn naming_the_role_says_more_than_naming_its_account() {
    let of = |account: &str, name: &str| {
        json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:{name}")},
            "Action": "kms:*", "Resource": "*"})
    };
    let key = |list: &[Value]| found(PolicyKind::Key, json!(list));
    let root = of(OWNER, "root");
    // In the owner's account the role then needs no identity policy.
    assert_eq!(key(&[root.clone(), of(OWNER, "role/R")]), []);
    assert_eq!(key(&[root.clone(), of(OWNER, "user/u")]), []);
    // Elsewhere it needs one either way.
    let (abroad, role) = (of("444455556666", "root"), of("444455556666", "role/R"));
    assert_eq!(key(&[root.clone(), abroad.clone(), role.clone()]), [covered(2, &[1])]);
    let unknown = DeadOptions::default();
    assert_eq!(found_with(PolicyKind::Key, &json!([abroad, role]), &unknown), []);
    // Everyone: a user named itself is not bounded by its boundary.
    let everyone = json!({"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"});
    assert_eq!(key(&[everyone.clone(), of(OWNER, "role/R")]), [covered(1, &[0])]);
    assert_eq!(key(&[everyone.clone(), of(OWNER, "user/u")]), []);
    assert_eq!(key(&[everyone, root]), [covered(1, &[0])]);
}

#[test]
fn entries_that_nothing_can_use_are_found() {
    let roles =
        json!({"AWS": ["arn:aws:iam::444455556666:role/R", "arn:aws:iam::777788889999:role/R"]});
    let account = json!({"Principal": roles, "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}});
    let by = never(&[Part::Condition(0)]);
    assert_eq!(in_secret(account), [dead(0, DeadPart::Principal(1), by)]);
    let accounts = json!({"Condition": {"StringEquals": {"aws:PrincipalAccount": ["444455556666", "777788889999"]}}});
    let value = DeadPart::Value { condition: 0, value: 1 };
    assert_eq!(in_secret(accounts), [dead(0, value, never(&[Part::Principal]))]);
    let source = json!({"Principal": {"AWS": "444455556666", "Service": "lambda.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": OWNER}}});
    let by = never(&[Part::Condition(0)]);
    assert_eq!(in_secret(source), [dead(0, DeadPart::Principal(0), by)]);
}

#[test]
fn entries_that_others_include_are_found() {
    let by = |number: usize| WhyDead::Covered { by: vec![number] };
    let actions = json!({"Action": ["secretsmanager:GetSecretValue", "secretsmanager:Get*", "secretsmanager:Put*"]});
    assert_eq!(in_secret(actions), [dead(0, DeadPart::Action(0), by(1))]);
    let accounts =
        json!({"Principal": {"AWS": ["444455556666", "arn:aws:iam::444455556666:root"]}});
    assert_eq!(in_secret(accounts), [dead(0, DeadPart::Principal(1), by(0))]);
    let own = json!({"Principal": {"AWS": [OWNER, format!("arn:aws:iam::{OWNER}:role/R")]}});
    assert_eq!(in_secret(own), []);
    let resources = json!([{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": [
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-*", "arn:aws:secretsmanager:*:*:secret:*"]}]);
    assert_eq!(found(PolicyKind::Identity, resources), [dead(0, DeadPart::Resource(0), by(1))]);
    for (operator, key, list) in [
        ("StringLike", "aws:PrincipalOrgID", ["o-a1b2c3d4e5", "o-a*"]),
        ("IpAddress", "aws:SourceIp", ["203.0.113.9/32", "203.0.113.0/24"]),
        ("NumericLessThan", "aws:MultiFactorAuthAge", ["60", "3600"]),
        ("StringEqualsIgnoreCaseIfExists", "aws:PrincipalTag/team", ["Red", "red"]),
        (
            "ForAnyValue:StringLike",
            "aws:PrincipalOrgPaths",
            ["o-a1b2c3d4e5/r-ab12/*", "o-a1b2c3d4e5/*"],
        ),
    ] {
        let value = |value| DeadPart::Value { condition: 0, value };
        let expected = match list {
            ["Red", _] => dead(0, value(1), by(0)),
            _ => dead(0, value(0), by(1)),
        };
        let elements = json!({"Condition": {operator: {key: list}}});
        assert_eq!(in_secret(elements), [expected], "{operator}");
    }
}

#[test]
fn what_secrets_manager_never_sends_is_dead_on_its_path_only() {
    let on = |condition: Value| in_key(json!({"Condition": condition}));
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";
    let via = json!({"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"});
    let wrong =
        json!({"StringEquals": via, "StringLike": {"kms:EncryptionContext:SecretARN": key}});
    let [Dead { why: WhyDead::Never { parts, on_service_path }, .. }] = &on(wrong)[..] else {
        panic!("nothing is dead")
    };
    assert_eq!((parts.len(), *on_service_path), (2, true));
    // Who calls KMS directly sends whatever they like.
    assert_eq!(on(json!({"StringLike": {"kms:EncryptionContext:SecretARN": key}})), []);
    assert_eq!(
        on(json!({"StringEquals": via, "StringLike": {"kms:EncryptionContext:SecretARN": secret}})),
        []
    );
    let list = json!({"StringEquals": via, "StringLike": {"kms:EncryptionContext:SecretARN": [secret, key]}});
    let value = DeadPart::Value { condition: 1, value: 1 };
    let by = WhyDead::Never { parts: vec![Part::Condition(0)], on_service_path: true };
    assert_eq!(on(list), [dead(0, value, by)]);
}

#[test]
fn what_is_not_known_is_not_said_to_be_dead() {
    let none = DeadOptions::default();
    let secret = |elements: Value| found_with(PolicyKind::Secret, &json!([allow(elements)]), &none);
    for condition in [
        json!({"StringEquals": {"aws:ResourceAccount": "777788889999"}}),
        json!({"StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5", "aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}),
        json!({"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", "${aws:PrincipalTag/org}"]}}),
        json!({"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:a/b"}}),
        json!({"StringNotEqualsIfExists": {"aws:PrincipalAccount": "444455556666", "aws:SourceVpce": "vpce-1a2b3c4d"}}),
    ] {
        assert_eq!(secret(json!({"Principal": "*", "Condition": condition})), [], "{condition}");
    }
    // A guard that is written everywhere, although both services answer over TLS only.
    let guard = json!([allow(json!({})), {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]);
    assert_eq!(found(PolicyKind::Secret, guard), []);
    // Whom an id stands for, and what services send.
    let ids = json!({"Principal": {"AWS": ["AROAEXAMPLEROLEB1234", "444455556666"]}});
    assert_eq!(secret(ids), []);
    let service = json!({"Principal": {"Service": "lambda.amazonaws.com"},
        "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com", "aws:SourceAccount": OWNER}}});
    assert_eq!(in_key(service), []);
    let china = json!({"Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.cn-north-1.amazonaws.com.cn"}}});
    assert_eq!(in_key(china), []);
}

/// Values of one condition that another condition rules out.
#[test]
fn values_that_other_conditions_rule_out_are_found() {
    let value = |condition: usize, value: usize, by: usize| {
        dead(0, DeadPart::Value { condition, value }, never(&[Part::Condition(by)]))
    };
    let two = |operator: &str, key: &str, values: Value, other: (&str, &str, Value)| {
        let mut conditions = json!({operator: {key: values}});
        conditions[other.0][other.1] = other.2;
        json!({"Principal": "*", "Condition": conditions})
    };
    let accounts = || json!(["444455556666", "777788889999"]);
    // On the same key, on another one that describes the caller, and among the keys of KMS.
    let same = ("StringLike", "aws:PrincipalAccount", json!("4444*"));
    assert_eq!(
        in_secret(two("StringEquals", "aws:PrincipalAccount", accounts(), same)),
        [value(0, 1, 1)]
    );
    let caller = ("StringLike", "aws:PrincipalArn", json!("arn:aws:iam::444455556666:*"));
    assert_eq!(
        in_secret(two("StringEquals", "aws:PrincipalAccount", accounts(), caller)),
        [value(0, 1, 1)]
    );
    let key = in_key(two(
        "StringEquals",
        "kms:CallerAccount",
        accounts(),
        ("StringLike", "aws:PrincipalAccount", json!("4444*")),
    ));
    assert_eq!(key, [value(0, 1, 1)]);
    let agent = || ("StringLike", "aws:UserAgent", json!("x*"));
    let agents = two("StringEquals", "aws:UserAgent", json!(["xa", "yb"]), agent());
    assert_eq!(in_secret(agents), [value(0, 1, 1)]);
    assert_eq!(in_secret(two("StringEquals", "aws:PrincipalAccount", accounts(), agent())), []);
}

/// Under these operators a value narrows what the others let through, or counts for the whole list.
#[test]
fn values_that_do_not_count_one_by_one_are_left_alone() {
    for (operator, key, values) in [
        ("StringNotLike", "aws:PrincipalTag/team", json!(["a*", "ab"])),
        ("ForAllValues:StringLike", "aws:PrincipalTag/team", json!(["a*", "ab"])),
        ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", json!(["o-a*", "o-ab/*"])),
        ("StringLike", "aws:PrincipalOrgPaths", json!(["o-a*", "o-ab/*"])),
        ("ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths", json!(["o-a*", "o-ab/*"])),
        ("Null", "aws:SourceVpce", json!(["true", "false"])),
    ] {
        // Another condition on the key makes each value worth a question.
        let conditions = json!({operator: {key: values}, "ForAnyValue:StringLike": {key: "?*"}});
        let told = in_secret(json!({"Principal": "*", "Condition": conditions}));
        let values = told.iter().filter(|dead| matches!(dead.what, DeadPart::Value { .. }));
        assert_eq!(values.count(), 0, "{operator}: {told:?}");
    }
}

/// What hangs on the owner is decided where the owner is known and the resource's; a policy of an identity is about many.
#[test]
fn what_describes_the_owner_is_decided_where_the_owner_is_known() {
    const OTHER: &str = "777788889999";
    let organization =
        DeadOptions { owner_organization: Some("o-own0000000".to_owned()), ..options() };
    let unknown = DeadOptions::default();
    let paths = json!({"ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-other00000/*"}});
    let id = json!({"StringEquals": {"aws:ResourceOrgID": "o-other00000"}});
    let account = json!({"StringEquals": {"aws:ResourceAccount": OTHER}});
    let variable = json!({"StringEquals": {"aws:ResourceAccount": OTHER,
        "aws:PrincipalTag/owner": "${aws:ResourceAccount}"}});
    let dead_whole = |condition: &Value, kind: PolicyKind, options: &DeadOptions| {
        let mut statement = allow(json!({"Principal": "*", "Condition": condition}));
        if kind == PolicyKind::Identity {
            statement.as_object_mut().unwrap().remove("Principal");
        }
        found_with(kind, &json!([statement]), options).iter().any(|dead| dead.what == WHOLE)
    };
    let secret = |condition: &Value, options: &DeadOptions| {
        dead_whole(condition, PolicyKind::Secret, options)
    };
    for condition in [&id, &paths] {
        assert!(secret(condition, &organization), "{condition}");
        assert!(!secret(condition, &options()), "{condition}");
    }
    for condition in [&account, &variable] {
        assert!(secret(condition, &options()), "{condition}");
        assert!(!secret(condition, &unknown), "{condition}");
    }
    for condition in [&id, &paths, &account, &variable] {
        assert!(!dead_whole(condition, PolicyKind::Identity, &organization), "{condition}");
    }
}

/// What one service tells another of its own caller is not documented.
#[test]
fn what_services_pass_on_is_not_said_to_be_dead() {
    for key in ["aws:ViaAWSService", "aws:CalledVia", "kms:ViaService"] {
        let way = match key {
            "aws:ViaAWSService" => json!({"Bool": {key: "true"}}),
            "aws:CalledVia" => {
                json!({"ForAnyValue:StringEquals": {key: "cloudformation.amazonaws.com"}})
            }
            _ => json!({"StringEquals": {key: "secretsmanager.us-east-1.amazonaws.com"}}),
        };
        for source in [
            json!({"StringLike": {"aws:SourceArn": format!("arn:aws:s3:*:{OWNER}:*")}}),
            json!({"StringLike": {"aws:PrincipalServiceName": "s3.*"}}),
            json!({"BoolIfExists": {"aws:PrincipalIsAWSService": "true"}}),
        ] {
            let mut condition = way.clone();
            condition.as_object_mut().unwrap().extend(source.as_object().unwrap().clone());
            let told = in_key(json!({"Principal": "*", "Condition": condition}));
            assert_eq!(told, [], "{condition}");
        }
        // The way alone is nothing special: nobody calls through a service, and by none.
        let mut none = way.clone();
        none["Null"] = json!({"aws:PrincipalArn": "true"});
        assert_eq!(in_key(json!({"Principal": "*", "Condition": none})).len(), 1, "{none}");
    }
}

/// A Deny of what no call can do today is no guard, but where it is about TLS.
#[test]
fn an_allow_that_hangs_on_tls_is_no_guard() {
    let plain = json!({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    assert_eq!(in_secret(plain).len(), 1);
}

#[test]
fn long_lists_and_many_patterns_end() {
    let values: Vec<String> = (0..500).map(|n| format!("*{n}*")).collect();
    let long = json!({"Condition": {"StringLike": {"aws:PrincipalTag/team": values}}});
    assert_eq!(in_secret(long), []);
    let patterns: Vec<Value> = (0..100)
        .map(|n| allow(json!({"Condition": {"StringLike": {"aws:PrincipalTag/team": format!("*{n}*{n}*")}}})))
        .collect();
    // Within the bounds, what is found is right; nothing is said of the rest.
    for dead in found(PolicyKind::Secret, json!(patterns)) {
        assert!(matches!(dead.why, WhyDead::Covered { .. }), "{dead:?}");
    }
}
