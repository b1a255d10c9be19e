//! What a call hangs on beside who makes it.

use super::*;

/// What the conditions are on which callers can.
fn on_conditions(manifest: &Value) -> Vec<(GranteeClass, Vec<String>)> {
    let bundle = bundle(manifest);
    let answer = answered(&bundle, READ, SECRET);
    let names = |keys: &[ContextKey]| keys.iter().map(|key| key.canonical().into_owned()).collect();
    answer.grantees.iter().map(|found| (found.who.clone(), names(&found.conditions))).collect()
}

#[test]
fn what_is_left_of_conditions_is_named_and_hides_nobody() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let named = || json!({"AWS": "777788889999"});
    let open = decrypt(everyone(), nothing());
    let account = || GranteeClass::Account("777788889999".parse().unwrap());
    let on = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    let of =
        |statements: &[Value]| on_conditions(&with(statements, Some(std::slice::from_ref(&open))));
    let owner = GranteeClass::Account(OWNER.parse().unwrap());
    let everyone_with_mfa = (GranteeClass::Everyone, on(&["aws:MultiFactorAuthPresent"]));
    // Everyone with a second factor, and one account without.
    assert_eq!(
        of(&[read(everyone(), mfa.clone()), read(named(), nothing())]),
        [everyone_with_mfa.clone(), (owner.clone(), on(&[])), (account(), on(&[]))]
    );
    // The account with a second factor is among everyone.
    assert_eq!(
        of(&[read(everyone(), mfa.clone()), read(named(), mfa)]),
        [everyone_with_mfa, (owner.clone(), on(&[]))]
    );
    let tagged = json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
        "StringEquals": {"aws:PrincipalTag/team": "red"}});
    assert_eq!(
        of(&[read(named(), tagged)]),
        [(owner, on(&[])), (account(), on(&["aws:PrincipalTag/team", "aws:SourceIp"]))]
    );
    assert_eq!(of(&[read(everyone(), nothing())]), [(GranteeClass::Everyone, on(&[]))]);
}

/// What makes a class is no condition on it.
#[test]
fn an_organization_and_a_service_are_no_conditions_on_themselves() {
    let of = |principal: Value, condition: Value| {
        let found = on_conditions(&with(
            &[read(principal, condition)],
            Some(&[decrypt(everyone(), nothing())]),
        ));
        found.into_iter().filter(|(who, _)| *who != GranteeClass::Account(OWNER.parse().unwrap()))
    };
    let one = |principal: Value, condition: Value| of(principal, condition).collect::<Vec<_>>();
    let organization = |keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        [(GranteeClass::Organization("o-zzzzzzzzzz".to_owned()), keys)]
    };
    assert_eq!(
        one(everyone(), json!({"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}})),
        organization(&[])
    );
    let unit = json!({"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"},
        "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-zzzzzzzzzz/r-ab12/*"},
        "StringLike": {"aws:UserAgent": "x*"}});
    assert_eq!(one(everyone(), unit), organization(&["aws:UserAgent"]));
    let service = |keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        [(GranteeClass::Service("lambda.amazonaws.com".to_owned()), keys)]
    };
    let lambda = || json!({"Service": "lambda.amazonaws.com"});
    assert_eq!(one(lambda(), nothing()), service(&[]));
    let named = json!({"StringEquals": {"aws:PrincipalServiceName": "lambda.amazonaws.com"},
        "ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": "lambda.amazonaws.com"}});
    assert_eq!(one(lambda(), named), service(&[]));
    let source = json!({"StringEquals": {"aws:SourceAccount": OWNER}});
    assert_eq!(one(lambda(), source), service(&["aws:SourceAccount"]));
}

/// What a caller passes is a condition as well as what its request carries.
#[test]
fn conditions_are_told_of_a_listed_principal() {
    let listed = |manifest: &Value| {
        let bundle = bundle(manifest);
        let found = answered(&bundle, READ, SECRET).listed;
        let keys = found[0].conditions.iter().map(|key| key.canonical().into_owned());
        (found[0].always, keys.collect::<Vec<_>>())
    };
    let on = |condition: Value| {
        listed(&with(&[read(role(), condition)], Some(&[decrypt(role(), nothing())])))
    };
    assert_eq!(on(nothing()), (true, Vec::new()));
    assert_eq!(
        on(json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}})),
        (false, vec!["aws:SourceVpce".to_owned()])
    );
    let mut staged = with(
        &[read(role(), json!({"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}}))],
        Some(&[decrypt(role(), nothing())]),
    );
    staged["secrets"][0]["versions"] = json!([
        {"version_id": "11111111-2222-4333-8444-555555555555", "stages": ["AWSCURRENT"]},
        {"version_id": "66666666-7777-4888-8999-000000000000", "stages": ["AWSPREVIOUS"]},
    ]);
    assert_eq!(listed(&staged), (false, vec!["secretsmanager:VersionStage".to_owned()]));
}

/// Where nobody says of which organization an owner is, each may be.
#[test]
fn an_unknown_owner_may_be_of_any_organization() {
    let can = |first: Value, second: Value, membership: Value| {
        let key = [decrypt(role(), first), decrypt(role(), second)];
        let mut manifest = with(&[read(role(), nothing())], Some(&key));
        manifest["accounts"] = json!({"111122223333": membership});
        answered(&bundle(&manifest), READ, SECRET).listed[0].can
    };
    let named = || json!({"StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}});
    let never = || {
        let mut condition = named();
        condition["Bool"] = json!({"aws:ViaAWSService": "false"});
        condition
    };
    let another = || {
        json!({"StringNotEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"},
            "Null": {"aws:ResourceOrgID": "false"}})
    };
    let of = |id: &str| json!({"organization_id": id});
    assert_eq!(can(never(), another(), json!({})), Truth::True);
    assert_eq!(can(another(), never(), json!({})), Truth::True);
    assert_eq!(can(never(), another(), of("o-a1b2c3d4e5")), Truth::False);
    assert_eq!(can(named(), never(), of("o-a1b2c3d4e5")), Truth::True);
    assert_eq!(can(never(), another(), of("o-bbbbbbbbbb")), Truth::True);
    assert_eq!(can(never(), another(), json!({"organization_id": null})), Truth::False);
}

/// A share with whoever is of the owner's organization, of which nothing is known, or only what is known of the caller's.
#[test]
fn an_unknown_owner_may_be_of_the_callers_organization() {
    let own = || json!({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}});
    let mut manifest = with(&[read(everyone(), own())], Some(&[decrypt(everyone(), own())]));
    let answer = |manifest: &Value| answered(&bundle(manifest), READ, SECRET);
    manifest["accounts"] = json!({});
    assert_eq!(answer(&manifest).listed[0].can, Truth::True);
    let found: Vec<GranteeClass> =
        answer(&manifest).grantees.into_iter().map(|found| found.who).collect();
    assert!(found.contains(&GranteeClass::Others), "{found:?}");
    for (owner, caller, can) in [
        (json!({}), "o-a1b2c3d4e5", Truth::True),
        (json!({"organization_id": "o-a1b2c3d4e5"}), "o-a1b2c3d4e5", Truth::True),
        (json!({"organization_id": "o-bbbbbbbbbb"}), "o-a1b2c3d4e5", Truth::False),
        (json!({"organization_id": null}), "o-a1b2c3d4e5", Truth::False),
    ] {
        manifest["accounts"] =
            json!({"111122223333": owner, "444455556666": {"organization_id": caller}});
        assert_eq!(answer(&manifest).listed[0].can, can, "{owner}");
    }
}

/// Who a caller is makes the class and is no condition on it; the name of a session is one.
#[test]
fn only_what_is_beside_the_caller_is_a_condition() {
    let pattern = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::2222*:role/*"}});
    let found =
        on_conditions(&with(&[read(everyone(), pattern)], Some(&[decrypt(everyone(), nothing())])));
    assert_eq!(found.last(), Some(&(GranteeClass::Others, Vec::new())));
    let session = json!({"StringLike": {"aws:userid": "AROAEXAMPLEROLEB:s*"}});
    let mut manifest = with(&[read(role(), session)], Some(&[decrypt(role(), nothing())]));
    manifest["principals"][0]["unique_id"] = "AROAEXAMPLEROLEB".into();
    let bundle = bundle(&manifest);
    let answer = answered(&bundle, READ, SECRET);
    assert_eq!(answer.listed[0].conditions, [ContextKey::new("aws:userid")]);
}

/// Of a class the way in is told that takes least.
#[test]
fn the_fewest_conditions_are_told() {
    let tag = |name: &str| {
        let key = format!("aws:PrincipalTag/{name}");
        json!({"StringEquals": {key: "x"}})
    };
    let two = json!({"StringEquals": {"aws:PrincipalTag/a": "x", "aws:PrincipalTag/b": "x"}});
    let three = json!({"StringEquals": {"aws:PrincipalTag/c": "x", "aws:PrincipalTag/d": "x",
        "aws:PrincipalTag/e": "x"}});
    let named = || json!({"AWS": "777788889999"});
    let open = decrypt(everyone(), nothing());
    for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let ways = [tag("f"), two.clone(), three.clone()];
        let statements = order.map(|number: usize| read(named(), ways[number].clone()));
        let found = on_conditions(&with(&statements, Some(std::slice::from_ref(&open))));
        assert_eq!(found[1].1, ["aws:PrincipalTag/f"], "{order:?}");
    }
}
