use serde_json::json;

use super::super::super::testing::{changed, identity, key, secret};
use crate::finding::Severity;

#[test]
fn a_statement_that_no_request_can_use_is_told_with_what_clashes() {
    let found =
        secret(r#""Condition": {"StringEquals": {"aws:PrincipalAccount": "777788889999"}}"#);
    assert_eq!(found.rules(), ["dead-statement"]);
    let (severity, message, help) = found.said("dead-statement")[0];
    assert_eq!(severity, Severity::Warning);
    assert_eq!(
        message,
        "no request can use this Allow: `Principal` and the condition on `aws:PrincipalAccount` under `StringEquals` \
         never hold together"
    );
    assert_eq!(help, "correct the element that is wrong, or remove the statement");
    assert_eq!(found.found("dead-statement"), [r#"aws:PrincipalAccount": "777788889999"#],);
    let deny = json!({"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::444455556666:role/R_B"}, "Action": "*",
        "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}});
    let found = changed(&[("/secrets/0/policy/Statement/-", deny)]);
    let message = found.said("dead-statement")[0].1;
    assert!(message.starts_with("this Deny forbids nothing: `Principal` and"), "{message}");
}

#[test]
fn denials_that_cancel_an_allow_together_are_named() {
    let deny = |sid: &str, operator: &str| {
        json!({"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
            "Condition": {operator: {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}})
    };
    let found = changed(&[
        ("/secrets/0/policy/Statement/-", deny("Members", "StringEquals")),
        ("/secrets/0/policy/Statement/-", deny("Others", "StringNotEquals")),
    ]);
    assert_eq!(found.found("dead-statement"), ["Allow"]);
    let message = found.said("dead-statement")[0].1;
    assert_eq!(
        message,
        "statement `Members` and statement `Others` together take this Allow back whole"
    );
}

#[test]
fn what_another_statement_says_is_worth_knowing() {
    let all = json!({"Sid": "All", "Effect": "Allow", "Principal": {"AWS": "444455556666"},
        "Action": "secretsmanager:*", "Resource": "*"});
    let found = changed(&[("/secrets/0/policy/Statement/-", all)]);
    assert_eq!(found.severities("redundant-statement"), [Severity::Info]);
    assert_eq!(found.found("redundant-statement"), ["Allow"]);
    assert_eq!(
        found.said("redundant-statement")[0].1,
        "statement `All` allows all that this one allows"
    );
}

#[test]
fn entries_are_told_with_what_rules_them_out() {
    let found = secret(
        r#""Principal": {"AWS": ["arn:aws:iam::444455556666:role/R_B", "arn:aws:iam::777788889999:role/R"]},
            "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#,
    );
    assert_eq!(found.found("dead-entry"), ["arn:aws:iam::777788889999:role/R"]);
    assert_eq!(
        found.said("dead-entry")[0].1,
        "no request meets `arn:aws:iam::777788889999:role/R` together with the condition on `aws:PrincipalAccount` \
         under `StringEquals`"
    );
    let found = identity(r#""Action": ["secretsmanager:GetSecretValue", "secretsmanager:Get*"]"#);
    assert_eq!(found.found("redundant-entry"), ["secretsmanager:GetSecretValue"]);
    assert_eq!(
        found.said("redundant-entry")[0].1,
        "`secretsmanager:Get*` includes `secretsmanager:GetSecretValue`"
    );
}

#[test]
fn one_cause_is_told_once() {
    // Each of these has a rule of its own.
    for elements in [
        r#""Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}"#,
        r#""Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#,
        r#""Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-aaaaaaaaaa"}, "Null": {"aws:PrincipalOrgID": "true"}}"#,
        r#""Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#,
    ] {
        let found = secret(elements);
        assert!(found.found("dead-statement").is_empty(), "{elements}");
        assert_eq!(found.rules().len(), 1, "{elements}");
    }
    let network = r#""Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d",
        "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;
    assert_eq!(key(network).rules(), ["unreachable-network-key"]);
    let same = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/R_B"},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"});
    let found = changed(&[("/secrets/0/policy/Statement/-", same)]);
    assert_eq!(found.found("redundant-statement"), [""; 0]);
    assert_eq!(found.found("duplicate-statement").len(), 1);
}
