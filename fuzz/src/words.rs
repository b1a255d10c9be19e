//! Random policies out of the words that a decision can hang on.

use std::fmt::Write;

use arbitrary::{Arbitrary, Result, Unstructured};
use crosskey_engine::{
    aws::Assumptions,
    policy::{Effect, Parsed, PolicyKind, parse_policy},
    text::{Limits, SourceId, parse_json},
};

pub(crate) const SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
pub(crate) const KEY: &str =
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

const PRINCIPALS: &[&str] = &[
    r#""*""#,
    r#"{"AWS": "*"}"#,
    r#"{"AWS": "444455556666"}"#,
    r#"{"AWS": "arn:aws:iam::111122223333:root"}"#,
    r#"{"AWS": ["arn:aws:iam::444455556666:role/Reader", "arn:aws:iam::111122223333:role/Reader"]}"#,
    r#"{"AWS": "arn:aws:iam::444455556666:user/Reader"}"#,
    r#"{"AWS": "arn:aws:sts::444455556666:assumed-role/Reader/s1"}"#,
    r#"{"AWS": "arn:aws:iam::777788889999:role/Other"}"#,
    r#"{"AWS": "AROAEXAMPLEREADER123"}"#,
    r#"{"Service": "lambda.amazonaws.com"}"#,
    r#"{"Service": "lambda.amazonaws.com", "AWS": "777788889999"}"#,
];

const ACTIONS: &[&str] = &[
    r#""*""#,
    r#"["secretsmanager:GetSecretValue", "kms:Decrypt"]"#,
    r#""secretsmanager:Get*""#,
    r#""secretsmanager:*""#,
    r#""kms:*""#,
    r#""kms:Describe*""#,
    r#"["kms:GenerateDataKey", "secretsmanager:PutSecretValue"]"#,
];

const RESOURCES: &[&str] = &[
    r#""*""#,
    r#"["arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3", "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]"#,
    r#""arn:aws:secretsmanager:*:*:secret:DevSecret-??????""#,
    r#""arn:aws:kms:us-east-1:111122223333:key/*""#,
    r#""arn:aws:secretsmanager:us-east-1:111122223333:secret:Other-*""#,
];

/// Keys of text with values, some of them patterns and variables.
const TEXTS: &[(&str, &[&str])] = &[
    (
        "aws:PrincipalAccount",
        &["111122223333", "444455556666", "4444*", "*", "${aws:ResourceAccount}"],
    ),
    (
        "aws:PrincipalArn",
        &[
            "arn:aws:iam::444455556666:role/Reader",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::*:role/R*",
            "arn:aws:iam::4444*:root",
            "*:user/*",
            "*Reader*",
        ],
    ),
    ("aws:PrincipalOrgID", &["o-aaaaaaaaaa", "o-*", "${aws:ResourceOrgID}"]),
    ("aws:PrincipalOrgPaths", &["o-aaaaaaaaaa/*", "o-aaaaaaaaaa/r-ab12/", "*"]),
    ("aws:SourceVpce", &["vpce-1", "vpce-*"]),
    ("aws:SourceVpc", &["vpc-1", "vpc-1*"]),
    ("aws:SourceAccount", &["111122223333", "444455556666", "*"]),
    ("aws:SourceArn", &["arn:aws:s3:::bucket", "arn:aws:lambda:*:111122223333:*"]),
    ("aws:PrincipalTag/team", &["red", "*d*", "${aws:PrincipalTag/other}", "${aws:username}"]),
    ("aws:ResourceTag/env", &["dev", "${aws:PrincipalTag/team}"]),
    ("aws:userid", &["AROAEXAMPLEREADER123:*", "*:s1"]),
    ("aws:username", &["Reader", "s*"]),
    ("aws:PrincipalType", &["User", "AssumedRole"]),
    ("aws:CalledVia", &["cloudformation.amazonaws.com", "secretsmanager.*", "*"]),
    ("secretsmanager:VersionStage", &["AWSCURRENT", "AWSPREVIOUS"]),
    ("secretsmanager:SecretId", &["DevSecret", "arn:aws:secretsmanager:*:secret:DevSecret-*"]),
    (
        "kms:ViaService",
        &["secretsmanager.us-east-1.amazonaws.com", "secretsmanager.*.amazonaws.com"],
    ),
    ("kms:EncryptionContext:SecretARN", &[SECRET, "arn:aws:secretsmanager:*:DevSecret-??????"]),
    ("kms:CallerAccount", &["111122223333", "444455556666"]),
];

const TEXT_OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "ArnLike",
    "ArnNotLike",
    "StringEqualsIfExists",
    "StringNotLikeIfExists",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringLike",
    "ForAllValues:StringNotEquals",
    "ForAnyValue:StringNotLike",
];

const OTHERS: &[(&str, &str, &[&str])] = &[
    (
        "IpAddress",
        "aws:SourceIp",
        &["203.0.113.0/24", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "::/0"],
    ),
    ("NotIpAddress", "aws:SourceIp", &["203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32"]),
    ("Bool", "aws:PrincipalIsAWSService", &["true", "false"]),
    ("Bool", "aws:ViaAWSService", &["true", "false"]),
    ("Bool", "aws:SecureTransport", &["true", "false"]),
    ("Bool", "aws:MultiFactorAuthPresent", &["true", "false"]),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", &["true", "false"]),
    ("Null", "aws:SourceVpce", &["true", "false"]),
    ("Null", "aws:PrincipalOrgID", &["true", "false"]),
    ("Null", "kms:ViaService", &["true", "false"]),
    ("NumericLessThan", "aws:MultiFactorAuthAge", &["3600", "60"]),
    ("DateGreaterThan", "aws:CurrentTime", &["2026-01-01T00:00:00Z", "2027-01-01"]),
    ("DateLessThan", "aws:CurrentTime", &["2026-01-01T00:00:00Z", "2027-01-01"]),
];

/// One line of a condition block.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(crate) struct Line {
    key: u8,
    operator: u8,
    values: u8,
    more: Option<u8>,
}

impl Line {
    /// Operator, key and values.
    fn write(self) -> (&'static str, &'static str, String) {
        let (operator, key, words) =
            match TEXTS.get(self.key as usize % (TEXTS.len() + OTHERS.len())) {
                Some((key, words)) => (pick(TEXT_OPERATORS, self.operator), *key, *words),
                None => pick(OTHERS, self.key),
            };
        let first = pick(words, self.values);
        let values = match self.more {
            Some(more) => format!(r#"["{first}","{}"]"#, pick(words, more)),
            None => format!(r#""{first}""#),
        };
        (operator, key, values)
    }
}

/// A statement; whether it says whom it is about depends on the policy that it is put into.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(crate) struct Statement {
    deny: u8,
    principal: u8,
    action: u8,
    resource: u8,
    negated: u8,
    lines: [Option<Line>; 2],
}

impl Statement {
    /// About everybody and everything.
    pub(crate) const EVERYTHING: Self =
        Self { deny: 0, principal: 0, action: 0, resource: 0, negated: 0, lines: [None, None] };

    /// The effect that it has by itself.
    fn effect(self) -> Effect {
        if self.deny.is_multiple_of(4) { Effect::Deny } else { Effect::Allow }
    }

    fn write(self, effect: Effect, kind: PolicyKind) -> String {
        let not = |at| if self.negated % 16 == at { "Not" } else { "" };
        let mut text = format!(
            r#"{{"Effect":"{}","{}Action":{},"{}Resource":{}"#,
            effect.as_str(),
            not(1),
            pick(ACTIONS, self.action),
            not(2),
            pick(RESOURCES, self.resource),
        );
        match kind {
            // These take nobody else.
            PolicyKind::ResourceControl => text += r#","Principal":"*""#,
            _ if kind.has_principal() => {
                let not = if effect == Effect::Deny { not(3) } else { "" };
                let principal = pick(PRINCIPALS, self.principal);
                let _ = write!(text, r#","{not}Principal":{principal}"#);
            }
            _ => {}
        }
        text + &self.conditions() + "}"
    }

    fn conditions(self) -> String {
        let block = match self.lines.map(|line| line.map(Line::write)) {
            [None, None] => return String::new(),
            [Some((operator, key, values)), Some((same, other_key, more))] if operator == same => {
                // A key stands once below an operator.
                let first = if key == other_key { "" } else { &format!(r#""{key}":{values},"#) };
                format!(r#""{operator}":{{{first}"{other_key}":{more}}}"#)
            }
            lines => {
                let lines = lines.into_iter().flatten();
                let written = lines
                    .map(|(operator, key, values)| format!(r#""{operator}":{{"{key}":{values}}}"#));
                written.collect::<Vec<_>>().join(",")
            }
        };
        format!(r#","Condition":{{{block}}}"#)
    }
}

/// A policy of one to four statements.
#[derive(Clone, Debug)]
pub(crate) struct Policy(Vec<Statement>);

impl<'a> Arbitrary<'a> for Policy {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let count = u.int_in_range(1..=4)?;
        (0..count).map(|_| u.arbitrary()).collect::<Result<_>>().map(Self)
    }
}

impl Policy {
    /// As JSON, with one statement more where asked for. Written by hand, since this is done for every policy of every
    /// case.
    pub(crate) fn write(&self, kind: PolicyKind, more: Option<(Statement, Effect)>) -> String {
        let own = self.0.iter().map(|statement| (*statement, statement.effect()));
        let statements: Vec<_> =
            own.chain(more).map(|(statement, effect)| statement.write(effect, kind)).collect();
        format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
    }

    /// The same, as the engine reads it.
    pub(crate) fn parse(&self, kind: PolicyKind, more: Option<(Statement, Effect)>) -> Parsed {
        let text = self.write(kind, more);
        let node = parse_json(&text, &Limits::default())
            .unwrap_or_else(|error| panic!("{error} in what was written: {text}"));
        parse_policy(&node, kind, SourceId::default(), &Assumptions::default())
    }
}

/// One of a list.
pub(crate) fn pick<T: Copy>(list: &[T], at: u8) -> T {
    list[at as usize % list.len()]
}
