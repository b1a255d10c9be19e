//! What each condition key holds in the requests that are thought of: how far an Allow for everybody reaches under conditions
//! on it, and a value of it that lets a stranger in.

use super::*;
use crate::aws::{
    ContextKey,
    catalog::{self, KeyType},
};

/// Keys that the catalogue does not have, and members of families.
const OTHERS: &[&str] = &[
    "aws:NoSuchKey",
    "kms:NoSuchKey",
    "kms:EncryptionContext:SecretARN",
    "other:Key",
    "secretsmanager:NoSuchKey",
    "aws:PrincipalTag/team",
    "aws:RequestTag/team",
    "aws:ResourceTag/team",
    "secretsmanager:ResourceTag/team",
    "ec2:SourceInstanceARN",
    "lambda:SourceFunctionArn",
    "ssm:SourceInstanceARN",
    "aws:ChatbotSourceArn",
];

/// Conditions of each type: one that any value meets, one that hardly any does, a fixed value, and all but one.
const fn conditions(value: KeyType) -> [(&'static str, &'static str); 4] {
    match value {
        KeyType::String | KeyType::Arn => [
            ("StringLike", "*"),
            ("StringLike", "x*"),
            ("StringEquals", "fixed"),
            ("StringNotEquals", "fixed"),
        ],
        KeyType::Bool => {
            [("Bool", "true"), ("Bool", "false"), ("StringEquals", "yes"), ("StringLike", "*")]
        }
        KeyType::Numeric => [
            ("NumericGreaterThan", "0"),
            ("NumericLessThan", "-1"),
            ("NumericEquals", "7"),
            ("NumericNotEquals", "7"),
        ],
        KeyType::Date => [
            ("DateGreaterThan", "2020-01-01T00:00:00Z"),
            ("DateLessThan", "1900-01-01T00:00:00Z"),
            ("DateEquals", "2030-01-01T00:00:00Z"),
            ("DateNotEquals", "2030-01-01T00:00:00Z"),
        ],
        KeyType::Ip => [
            ("IpAddress", "0.0.0.0/0"),
            ("IpAddress", "10.0.0.0/8"),
            ("IpAddress", "203.0.113.7/32"),
            ("NotIpAddress", "203.0.113.7/32"),
        ],
    }
}

fn letter(public: Truth) -> char {
    match public {
        Truth::True => 'y',
        Truth::False => 'n',
        Truth::Unknown => '?',
    }
}

/// By the console, by S3, how far, and with which value.
fn shown(answer: &PublicAnswer, key: &ContextKey) -> String {
    let verdicts = [&answer.secrets_manager, &answer.s3].map(|verdict| letter(verdict.public));
    let witness = answer.statements.first().and_then(|statement| statement.witness.as_ref());
    let value = witness.and_then(|witness| witness.context.get(key));
    let value = match value {
        None => String::new(),
        Some(None) => " absent".to_owned(),
        Some(Some(values)) => format!(" {}", values.join(",")),
    };
    let undecided = if answer.undecided.is_empty() { "" } else { "?" };
    format!("{}{}{undecided} {}{value}", verdicts[0], verdicts[1], answer.exposure)
}

fn told(kind: PolicyKind, action: &str) -> String {
    let known = catalog::context_keys().map(|key| match key.is_family() {
        true => (format!("{}x", key.name), key.value, key.many),
        false => (key.name.to_owned(), key.value, key.many),
    });
    let others = OTHERS.iter().map(|name| ((*name).to_owned(), KeyType::String, false));
    let lines = known.chain(others).map(|(name, value, many)| {
        let key = ContextKey::new(&name);
        let mut line = format!("{name}\n");
        for (operator, value) in conditions(value) {
            let set = if many { "ForAnyValue:" } else { "" };
            let condition = format!(r#""{set}{operator}": {{"{name}": "{value}"}}"#);
            let statement =
                everyone_if(&condition).replace("secretsmanager:GetSecretValue", action);
            let answer = ask_about(&statement, kind);
            line.push_str(&format!("  {operator} {value}: {}\n", shown(&answer, &key)));
        }
        line
    });
    lines.collect()
}

#[test]
fn of_a_secret() {
    insta::assert_snapshot!(told(PolicyKind::Secret, "secretsmanager:*"));
}

#[test]
fn of_a_key() {
    insta::assert_snapshot!(told(PolicyKind::Key, "kms:*"));
}

#[test]
fn of_another_resource() {
    insta::assert_snapshot!(told(PolicyKind::OtherResource, "sqs:SendMessage"));
}

/// Operators that hardly fit what a key holds, in an Allow for everybody and in a Deny beside one.
#[test]
fn under_operators_of_another_type() {
    let keys = [
        "aws:PrincipalArn",
        "aws:PrincipalOrgID",
        "aws:SourceIp",
        "aws:CurrentTime",
        "aws:MultiFactorAuthAge",
        "aws:SecureTransport",
        "aws:PrincipalTag/x",
        "aws:SourceVpce",
        "aws:TagKeys",
        "aws:username",
    ];
    let operators = [
        ("NumericEquals", "7"),
        ("NumericNotEquals", "7"),
        ("DateEquals", "2030-01-01T00:00:00Z"),
        ("DateNotEquals", "2030-01-01T00:00:00Z"),
        ("Bool", "true"),
        ("IpAddress", "203.0.113.7/32"),
        ("NotIpAddress", "203.0.113.7/32"),
        ("ArnLike", "arn:aws:iam::444455556666:role/*"),
        ("ArnNotLike", "arn:aws:iam::444455556666:role/*"),
        ("BinaryEquals", "eA=="),
        ("StringEquals", "x"),
        ("StringNotEquals", "x"),
    ];
    let everyone = everyone_if("");
    let mut told = String::new();
    for key in keys {
        told.push_str(&format!("{key}\n"));
        for (operator, value) in operators {
            let statement = everyone_if(&format!(r#""{operator}": {{"{key}": "{value}"}}"#));
            let deny = statement.replace("Allow", "Deny");
            let guarded = format!("{everyone}, {deny}");
            let [allowed, left] =
                [&statement, &guarded].map(|text| shown(&ask(text), &ContextKey::new(key)));
            told.push_str(&format!("  {operator}: {allowed}; denied: {left}\n"));
        }
    }
    insta::assert_snapshot!(told);
}

/// Which patterns name a caller although a part is open, without and with the owner's organization known.
#[test]
fn patterns_that_name_callers() {
    let table: [(&str, &str, &[&str]); 5] = [
        (
            "StringLike",
            "aws:userid",
            &[
                "AROAEXAMPLEREADER123:*",
                "AROAEXAMPLEREADER123:s1",
                "AROAEXAMPLEREADER123*",
                "AROAEXAMPLE-READER:*",
                "AROA:*",
                "AROA*:*",
                "AIDAEXAMPLEUSER1:*",
            ],
        ),
        (
            "ArnLike",
            "aws:PrincipalArn",
            &[
                "arn:aws:iam::444455556666:*",
                "arn:*:iam::444455556666:*",
                "arn:aws:iam::444455556666:role/*",
                "arn:aws:iam::44445555666*:*",
                "arn:aws:iam::*:role/R",
            ],
        ),
        (
            "ArnLike",
            "aws:SourceArn",
            &[
                "arn:aws:s3:::bucket",
                "arn:aws:s3:::bucket*",
                "arn:aws:sns:us-east-1:444455556666:topic",
                "arn:aws:sns:us-east-1:444455556666:*",
                "arn:aws:sns:*:444455556666:*",
            ],
        ),
        (
            "ForAnyValue:StringLike",
            "aws:PrincipalOrgPaths",
            &["o-a1b2c3d4e5/*", "o-a1b2c3d4e5/r-ab12/*", "o-own0000000/*", "o-*/*"],
        ),
        ("StringLike", "aws:PrincipalOrgID", &["o-a1b2c3d4e5", "o-own0000000", "o-a1b2*"]),
    ];
    let known = PublicOptions { owner_organization: Some("o-own0000000".to_owned()), ..options() };
    let mut told = String::new();
    for (operator, key, patterns) in table {
        told.push_str(&format!("{key}\n"));
        for pattern in patterns {
            let statement = everyone_if(&format!(r#""{operator}": {{"{key}": "{pattern}"}}"#));
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
            let [plain, known] = [&options(), &known].map(|options| {
                let answer = public(&read(&text, PolicyKind::Secret), options).unwrap();
                shown(&answer, &ContextKey::new(key))
            });
            told.push_str(&format!("  {pattern}: {plain}; {known}\n"));
        }
    }
    insta::assert_snapshot!(told);
}

/// Keys of the services that a call of one action never carries, so that a condition on them lets in nobody.
#[test]
fn keys_that_an_action_never_carries() {
    let mut told = String::new();
    for (kind, action) in
        [(PolicyKind::Secret, "secretsmanager:GetSecretValue"), (PolicyKind::Key, "kms:Decrypt")]
    {
        let service = action.split(':').next().unwrap();
        let own = catalog::context_keys().filter(|key| key.name.starts_with(service));
        let never = own.filter(|key| {
            let name = if key.is_family() { format!("{}x", key.name) } else { key.name.to_owned() };
            let set = if key.many { "ForAnyValue:" } else { "" };
            let (operator, value) = conditions(key.value)[0];
            let condition = format!(r#""{set}{operator}": {{"{name}": "{value}"}}"#);
            let text = everyone_if(&condition).replace("secretsmanager:GetSecretValue", action);
            ask_about(&text, kind).exposure == Exposure::None
        });
        let never: Vec<&str> = never.map(|key| key.name).collect();
        told.push_str(&format!("{action}\n  {}\n", never.join("\n  ")));
    }
    insta::assert_snapshot!(told);
}

/// Keys that no catalogue has are what the operators of all their conditions are about.
#[test]
fn keys_of_other_services_have_the_type_of_their_operators() {
    let mut told = String::new();
    for conditions in [
        r#""NumericGreaterThan": {"other:Key": "7"}"#,
        r#""DateGreaterThan": {"other:Key": "2030-01-01T00:00:00Z"}"#,
        r#""Bool": {"other:Key": "true"}"#,
        r#""NotIpAddress": {"other:Key": "10.0.0.0/8"}"#,
        r#""StringLike": {"other:Key": "a*"}"#,
        r#""Null": {"other:Key": "false"}"#,
        r#""Null": {"other:Key": "false"}, "NumericLessThan": {"other:Key": "7"}"#,
        r#""NumericGreaterThan": {"other:Key": "7"}, "StringLike": {"other:Key": "9*"}"#,
    ] {
        let text = everyone_if(conditions).replace("secretsmanager:GetSecretValue", "sqs:*");
        let answer = ask_about(&text, PolicyKind::OtherResource);
        let shown = shown(&answer, &ContextKey::new("other:Key"));
        told.push_str(&format!("{conditions}: {shown}\n"));
    }
    insta::assert_snapshot!(told);
}

/// Values of which a pattern leaves a part open, in an Allow for everybody, with and without the key in the request: some who
/// are strangers get in, not anyone.
#[test]
fn a_part_of_what_tells_callers() {
    let table = [
        (PolicyKind::Secret, "aws:PrincipalArn", "arn:aws:iam::4444*"),
        (PolicyKind::Secret, "aws:PrincipalAccount", "4444*"),
        (PolicyKind::Key, "kms:CallerAccount", "4444*"),
        (PolicyKind::Secret, "aws:PrincipalOrgID", "o-a1*"),
        (PolicyKind::Secret, "aws:PrincipalOrgPaths", "o-a1*/r-ab12/*"),
        (PolicyKind::Secret, "aws:userid", "AROA1*"),
        (PolicyKind::Secret, "aws:userid", "*:session1"),
        (PolicyKind::Secret, "aws:userid", "4444*"),
        (PolicyKind::Secret, "aws:SourceAccount", "4444*"),
        (PolicyKind::Secret, "aws:SourceOwner", "4444*"),
        (PolicyKind::Secret, "aws:SourceOrgID", "o-a1*"),
        (PolicyKind::Secret, "aws:SourceOrgPaths", "o-a1*"),
        (PolicyKind::Secret, "aws:SourceArn", "arn:aws:lambda:*:4444*:*"),
        (PolicyKind::Secret, "aws:SourceArn", "arn:aws:s3:::a*"),
        (PolicyKind::Secret, "aws:SourceVpc", "vpc-1*"),
        (PolicyKind::Secret, "aws:SourceVpce", "vpce-1*"),
        (PolicyKind::Secret, "aws:SourceVpcArn", "arn:aws:ec2:*:4444*:vpc/*"),
        (PolicyKind::Secret, "aws:Ec2InstanceSourceVpc", "vpc-1*"),
        (PolicyKind::Key, "aws:VpceAccount", "4444*"),
        (PolicyKind::Key, "aws:VpceOrgID", "o-a1*"),
        (PolicyKind::Key, "aws:VpceOrgPaths", "o-a1*"),
        (PolicyKind::OtherResource, "lambda:SourceFunctionArn", "arn:aws:lambda:*:4444*:*"),
        (PolicyKind::OtherResource, "ec2:SourceInstanceARN", "arn:aws:ec2:*:4444*:*"),
        (PolicyKind::OtherResource, "ssm:SourceInstanceARN", "arn:aws:ec2:*:4444*:*"),
        (PolicyKind::OtherResource, "aws:ChatbotSourceArn", "arn:aws:chatbot::4444*:*"),
    ];
    let mut told = String::new();
    for (kind, key, pattern) in table {
        let action = match kind {
            PolicyKind::Key => "kms:*",
            PolicyKind::Secret => "secretsmanager:*",
            _ => "sqs:*",
        };
        let set = if key.ends_with("Paths") { "ForAnyValue:" } else { "" };
        let [with, without] =
            [("StringLike", pattern), ("StringLikeIfExists", pattern)].map(|(operator, value)| {
                let condition = format!(r#""{set}{operator}": {{"{key}": "{value}"}}"#);
                let text = everyone_if(&condition).replace("secretsmanager:GetSecretValue", action);
                shown(&ask_about(&text, kind), &ContextKey::new(key))
            });
        told.push_str(&format!("{key} {pattern}: {with}; if it exists {without}\n"));
    }
    insta::assert_snapshot!(told);
}

/// Values that cannot be read as what the operator compares, alone and beside one that can, in an Allow for everybody and in a
/// Deny beside one.
#[test]
fn under_values_that_cannot_be_read() {
    let cases = [
        ("NumericEquals", "aws:MultiFactorAuthAge", "7"),
        ("NumericNotEquals", "aws:MultiFactorAuthAge", "7"),
        ("DateNotEquals", "aws:CurrentTime", "2030-01-01T00:00:00Z"),
        ("DateGreaterThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.7/32"),
        ("IpAddress", "aws:SourceIp", "203.0.113.7/32"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::444455556666:role/*"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::444455556666:role/*"),
    ];
    let everyone = everyone_if("");
    let mut told = String::new();
    for (operator, key, value) in cases {
        for values in [r#""abc""#.to_owned(), format!(r#"["abc", "{value}"]"#)] {
            let statement = everyone_if(&format!(r#""{operator}": {{"{key}": {values}}}"#));
            let deny = statement.replace("Allow", "Deny");
            let guarded = format!("{everyone}, {deny}");
            let [allowed, left] =
                [&statement, &guarded].map(|text| shown(&ask(text), &ContextKey::new(key)));
            told.push_str(&format!("{operator} {values}: {allowed}; denied: {left}\n"));
        }
    }
    insta::assert_snapshot!(told);
}
