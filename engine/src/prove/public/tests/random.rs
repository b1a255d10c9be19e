//! Random policies and calls.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::{
    aws::{Action, Arn, ContextKey, assumption::ASSUMPTIONS},
    prove::{Mode, Witness, WitnessCaller},
};

mod properties;

pub(in crate::prove) use self::properties::rewritten;

/// Operators with keys and the values that they are compared with.
const TEXT_KEYS: &[(&str, &[&str])] = &[
    (
        "aws:PrincipalAccount",
        &["111122223333", "444455556666", "4444*", "*", "${aws:ResourceAccount}"],
    ),
    (
        "aws:PrincipalArn",
        &[
            "arn:aws:iam::444455556666:role/R",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::*:role/app-*",
            "arn:aws:iam::4444*:root",
            "*:user/*",
            "*app*",
            "arn:aws:iam::*:user/${aws:username}",
            "arn:aws:iam::${aws:PrincipalAccount}:ro*",
            "*-${aws:PrincipalTag/other}",
        ],
    ),
    ("aws:PrincipalOrgID", &["o-a1b2c3d4e5", "o-*", "${aws:ResourceOrgID}"]),
    ("aws:PrincipalOrgPaths", &["o-a1b2c3d4e5/*", "o-a1b2c3d4e5/r-ab12/", "*"]),
    ("aws:ResourceAccount", &["111122223333", "444455556666", "4444*", "${aws:PrincipalAccount}"]),
    ("aws:ResourceOrgID", &["o-owner12345", "o-another123", "o-own*", "${aws:PrincipalOrgID}"]),
    (
        "aws:ResourceOrgPaths",
        &["o-owner12345/*", "o-another123/r-ab12/*", "${aws:PrincipalOrgID}/*"],
    ),
    ("aws:SourceVpce", &["vpce-1", "vpce-*"]),
    ("aws:SourceVpc", &["vpc-1", "vpc-1*"]),
    ("aws:SourceAccount", &["111122223333", "444455556666", "*"]),
    (
        "aws:SourceArn",
        &["arn:aws:s3:::bucket", "arn:aws:lambda:*:111122223333:*", "arn:aws:lambda:*:*:*"],
    ),
    (
        "aws:PrincipalTag/team",
        &[
            "red",
            "*d*",
            "${aws:PrincipalTag/other}",
            "${aws:username}",
            "${aws:PrincipalTag/other, 'red'}",
            "r${aws:PrincipalTag/other}?",
            "${aws:PrincipalTag/other}${aws:username}",
            "${aws:PrincipalOrgPaths}",
        ],
    ),
    (
        "aws:userid",
        &[
            "AROAEXAMPLEROLEB1234:*",
            "*:s1",
            "${aws:PrincipalAccount}",
            "*:${aws:PrincipalTag/other}",
        ],
    ),
    ("aws:username", &["u", "s*", "${aws:PrincipalTag/team}", "s${aws:PrincipalTag/other}*"]),
    ("aws:PrincipalType", &["User", "AssumedRole"]),
    ("aws:UserAgent", &["x", "*curl*"]),
    ("aws:ResourceTag/env", &["dev", "${aws:PrincipalTag/team}"]),
    ("secretsmanager:VersionStage", &["AWSCURRENT", "AWSPREVIOUS"]),
    ("aws:CalledVia", &["cloudformation.amazonaws.com", "*"]),
];

const TEXT_OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "ArnLike",
    "ArnNotLike",
];

const OTHER_CONDITIONS: &[(&str, &str, &[&str])] = &[
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
    ("Null", "aws:SourceVpce", &["true", "false"]),
    ("Null", "aws:PrincipalOrgID", &["true", "false"]),
    ("Null", "aws:ResourceOrgID", &["true", "false"]),
    ("Null", "aws:PrincipalAccount", &["true", "false"]),
    ("NumericLessThan", "aws:MultiFactorAuthAge", &["3600", "60"]),
    ("DateGreaterThan", "aws:CurrentTime", &["2026-01-01T00:00:00Z", "2027-01-01"]),
    ("DateLessThan", "aws:CurrentTime", &["2026-01-01T00:00:00Z", "2027-01-01"]),
];

const PRINCIPALS: &[&str] = &[
    r#""Principal": "*""#,
    r#""Principal": "*""#,
    r#""Principal": {"AWS": "*"}"#,
    r#""Principal": {"AWS": "111122223333"}"#,
    r#""Principal": {"AWS": ["arn:aws:iam::444455556666:root"]}"#,
    r#""Principal": {"AWS": "arn:aws:iam::444455556666:role/R"}"#,
    r#""Principal": {"AWS": "arn:aws:sts::444455556666:assumed-role/R/s1"}"#,
    r#""Principal": {"AWS": "arn:aws:iam::111122223333:user/u"}"#,
    r#""Principal": {"Service": "lambda.amazonaws.com"}"#,
    r#""NotPrincipal": {"AWS": ["arn:aws:iam::444455556666:root", "arn:aws:iam::444455556666:role/R"]}"#,
    r#""NotPrincipal": {"AWS": "111122223333"}"#,
];

const ACTIONS: &[&str] = &[
    r#""Action": "secretsmanager:GetSecretValue""#,
    r#""Action": ["secretsmanager:Get*", "secretsmanager:Put*"]"#,
    r#""Action": "*""#,
    r#""NotAction": "secretsmanager:Get*""#,
];

const RESOURCES: &[&str] = &[
    r#""Resource": "*""#,
    r#""Resource": "*""#,
    r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-??????""#,
    r#""Resource": "arn:aws:secretsmanager:*:111122223333:secret:${aws:PrincipalTag/team}-*""#,
    r#""NotResource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:other-*""#,
];

/// Operator, key and values of a condition on one of some keys, under any operator of texts.
pub(in crate::prove) fn text_condition(
    keys: &'static [(&'static str, &'static [&'static str])],
) -> impl Strategy<Value = (String, &'static str, Vec<&'static str>)> {
    let prefix = select(vec!["", "", "", "ForAllValues:", "ForAnyValue:"]);
    let suffix = select(vec!["", "", "IfExists"]);
    (prefix, select(TEXT_OPERATORS), suffix, select(keys)).prop_flat_map(
        |(prefix, operator, suffix, (key, values))| {
            let operator = format!("{prefix}{operator}{suffix}");
            (Just(operator), Just(key), vec(select(values), 1..3))
        },
    )
}

/// The same of a condition under one of some operators.
pub(in crate::prove) fn other_condition(
    conditions: &'static [(&'static str, &'static str, &'static [&'static str])],
) -> impl Strategy<Value = (String, &'static str, Vec<&'static str>)> {
    let suffix = select(vec!["", "", "IfExists"]);
    (suffix, select(conditions)).prop_flat_map(|(suffix, (operator, key, values))| {
        let suffix = if operator == "Null" { "" } else { suffix };
        (Just(format!("{operator}{suffix}")), Just(key), vec(select(values), 1..3))
    })
}

fn condition() -> impl Strategy<Value = (String, String, Vec<String>)> {
    prop_oneof![3 => text_condition(TEXT_KEYS), 1 => other_condition(OTHER_CONDITIONS)].prop_map(
        |(operator, key, values)| {
            (operator, key.to_owned(), values.into_iter().map(str::to_owned).collect())
        },
    )
}

prop_compose! {
    /// A statement of a secret's policy.
    pub(in crate::prove) fn statement()(
        allow in prop::bool::weighted(0.65),
        principal in select(PRINCIPALS),
        action in select(ACTIONS),
        resource in select(RESOURCES),
        conditions in vec(condition(), 0..3),
    ) -> String {
        let mut blocks: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for (operator, key, values) in conditions {
            blocks.entry(operator).or_default().insert(key, values);
        }
        let effect = if allow { "Allow" } else { "Deny" };
        let conditions = serde_json::to_string(&blocks).unwrap();
        format!(r#"{{"Effect": "{effect}", {principal}, {action}, {resource}, "Condition": {conditions}}}"#)
    }
}

/// A caller and a context as real requests have them, from values at which conditions change their minds.
#[derive(Clone, Debug)]
pub(in crate::prove) struct Call {
    pub(super) caller: WitnessCaller,
    action: &'static str,
    resource: String,
    context: BTreeMap<&'static str, Option<Vec<String>>>,
}

fn maybe(values: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::option::of(select(values)).prop_map(|value| value.map(str::to_owned))
}

prop_compose! {
    /// A call as somebody could make it.
    pub(in crate::prove) fn call()(
        account in select(vec!["111122223333", "444455556666", "999988887777", "305172946180"]),
        kind in select(vec!["role/R", "role/app-1", "user/u", "user/stranger", "root", "service"]),
        session in select(vec!["s1", "s2"]),
        service in select(vec!["lambda.amazonaws.com", "events.amazonaws.com"]),
        action in select(vec!["secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy", "secretsmanager:DeleteSecret"]),
        resource in select(vec![
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-a1B2c3",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:red-a1B2c3",
        ]),
        organization in maybe(&["o-a1b2c3d4e5", "o-fresh000000", "o-another123"]),
        way in select(vec!["public", "endpoint", "forwarded"]),
        ip in select(vec!["203.0.113.9", "198.51.100.1", "8.8.8.8", "2001:db8::1", "2600::1"]),
        vpce in select(vec!["vpce-1", "vpce-0fresh"]),
        vpc in select(vec!["vpc-1", "vpc-0fresh"]),
        source_account in maybe(&["111122223333", "444455556666", "999988887777"]),
        source_function in prop::bool::ANY,
        team in maybe(&["red", "x", "u", "stranger", "red1", "redu"]),
        other in maybe(&["red", "x", "ed", "1", "22223333", "s1", "12345", "tranger"]),
        agent in maybe(&["x", "curl/8"]),
        stage in maybe(&["AWSCURRENT", "AWSPREVIOUS"]),
        mfa in maybe(&["true", "false"]),
        age in maybe(&["30", "600", "9999"]),
        env in maybe(&["dev", "x", "red"]),
        time in select(vec!["2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
        owner in maybe(&["o-owner12345", "o-owner12345", "o-another123", "o-ownerless1"]),
    ) -> Call {
        let is_service = kind == "service";
        // An account of AWS's own, which nobody names.
        let account = if is_service { "305172946180" } else { account };
        let name = if is_service { "role/stranger" } else { kind };
        let arn = Arn::new("aws", "iam", "", account, name);
        let (class, rest) = name.split_once('/').unwrap_or((name, ""));
        let session = (class == "role")
            .then(|| Arn::new("aws", "sts", "", account, &format!("assumed-role/{rest}/{session}")));
        let user = (class == "user").then(|| rest.to_owned());
        let principal_type = match class {
            "role" => "AssumedRole",
            "user" => "User",
            _ => "Account",
        };
        let fresh = account != "444455556666";
        let user_id = match (class, fresh) {
            ("role", true) => "AROAFRESH00000000000:s1",
            ("role", false) => "AROAEXAMPLEROLEB1234:s1",
            ("user", _) => "AIDAFRESH00000000000",
            _ => account,
        };
        let way = if is_service { "none" } else { way };
        let organization = organization.filter(|_| !is_service);
        let one = |value: &str| Some(vec![value.to_owned()]);
        let only = |is: bool, value: &str| is.then(|| vec![value.to_owned()]);
        let source_arn = match (&source_account, source_function) {
            (Some(account), true) => Some(format!("arn:aws:lambda:us-east-1:{account}:function:f")),
            (None, true) => Some("arn:aws:s3:::bucket".to_owned()),
            _ => None,
        };
        let list = |value: Option<String>| value.map(|value| vec![value]);
        let context = BTreeMap::from([
            ("aws:PrincipalAccount", one(account)),
            ("aws:PrincipalArn", one(arn.as_str())),
            ("aws:PrincipalOrgID", list(organization.clone())),
            ("aws:PrincipalOrgPaths", organization.map(|o| vec![format!("{o}/r-ab12/"), format!("{o}/r-ab12/ou-1/")])),
            ("aws:PrincipalType", one(principal_type)),
            ("aws:PrincipalIsAWSService", one(&is_service.to_string())),
            ("aws:userid", one(user_id)),
            ("aws:username", list(user)),
            ("aws:SourceIp", only(way == "public", ip)),
            ("aws:SourceVpce", only(way == "endpoint", vpce)),
            ("aws:SourceVpc", only(way == "endpoint", vpc)),
            ("aws:ViaAWSService", one(&(way == "forwarded").to_string())),
            ("aws:CalledVia", only(way == "forwarded", "cloudformation.amazonaws.com")),
            ("aws:SecureTransport", one("true")),
            ("aws:SourceAccount", list(source_account).filter(|_| is_service)),
            ("aws:SourceArn", list(source_arn).filter(|_| is_service)),
            ("aws:PrincipalTag/team", list(team)),
            ("aws:PrincipalTag/other", list(other)),
            ("aws:UserAgent", list(agent)),
            ("secretsmanager:VersionStage", list(stage).filter(|_| action == "secretsmanager:GetSecretValue")),
            ("aws:MultiFactorAuthPresent", list(mfa)),
            ("aws:MultiFactorAuthAge", list(age)),
            ("aws:ResourceTag/env", list(env)),
            ("aws:ResourceAccount", one(OWNER)),
            ("aws:ResourceOrgID", list(owner.clone())),
            ("aws:ResourceOrgPaths", list(owner.map(|o| format!("{o}/r-ab12/")))),
            ("aws:CurrentTime", one(time)),
        ]);
        let caller = if is_service {
            WitnessCaller::Service { name: service.to_owned() }
        } else {
            WitnessCaller::Principal { arn, session }
        };
        Call { caller, action, resource: resource.to_owned(), context }
    }
}

prop_compose! {
    /// A call whose keys have nothing to do with each other, and no value that a policy above fixes.
    fn unfixed_call()(
        action in select(vec!["secretsmanager:GetSecretValue", "secretsmanager:DeleteSecret", "kms:Decrypt"]),
        resource in select(vec!["arn:aws:secretsmanager:us-east-1:111122223333:secret:x-a1B2c3", "arn:aws:s3:::b"]),
        account in select(vec!["999988887777", "4444", "444455556667"]),
        arn in select(vec![
            "arn:aws:iam::111122223333:role/other", "arn:aws:iam::444455556666:root", "arn:aws:iam::9:role/app-1",
            "arn:aws:iam::999988887777:user/u",
        ]),
        organization in maybe(&["o-b", "o-owner12345"]),
        path in maybe(&["o-a1b2c3d4e5/r-other/", "x"]),
        vpce in maybe(&["vpce-2", "x"]),
        vpc in maybe(&["vpc-12", "x"]),
        source_account in maybe(&["999988887777", "1"]),
        source_arn in maybe(&["arn:aws:lambda:us-east-1:444455556666:function:f", "arn:aws:lambda:::9"]),
        ip in maybe(&["198.51.100.1", "8.8.8.8", "2600::1"]),
        user_id in maybe(&["AROAOTHER:s1", "x"]),
        flags in vec(maybe(&["true", "false"]), 4),
        (team, other, user, kind) in (
            maybe(&["red", "dx"]), maybe(&["red", "x"]), maybe(&["u", "s1"]), maybe(&["User", "AssumedRole"]),
        ),
        (agent, stage, env, via) in (
            maybe(&["x", "curl/8"]), maybe(&["AWSCURRENT"]), maybe(&["dev", "red"]),
            maybe(&["cloudformation.amazonaws.com"]),
        ),
        (age, time) in (maybe(&["30", "9999"]), maybe(&["2025-06-01T00:00:00Z", "2028-01-01T00:00:00Z"])),
    ) -> Call {
        let role = Arn::new("aws", "iam", "", "305172946180", "role/stranger");
        let session = Arn::new("aws", "sts", "", "305172946180", "assumed-role/stranger/s2");
        let list = |value: &Option<String>| value.clone().map(|value| vec![value]);
        let one = |value: &str| Some(vec![value.to_owned()]);
        let flag = |index: usize| list(&flags[index]);
        let context = BTreeMap::from([
            ("aws:PrincipalAccount", one(account)),
            ("aws:PrincipalArn", one(arn)),
            ("aws:PrincipalOrgID", list(&organization)),
            ("aws:PrincipalOrgPaths", list(&path)),
            ("aws:PrincipalType", list(&kind)),
            ("aws:PrincipalIsAWSService", flag(0)),
            ("aws:userid", list(&user_id)),
            ("aws:username", list(&user)),
            ("aws:SourceIp", list(&ip)),
            ("aws:SourceVpce", list(&vpce)),
            ("aws:SourceVpc", list(&vpc)),
            ("aws:ViaAWSService", flag(1)),
            ("aws:CalledVia", list(&via)),
            ("aws:SecureTransport", flag(2)),
            ("aws:SourceAccount", list(&source_account)),
            ("aws:SourceArn", list(&source_arn)),
            ("aws:PrincipalTag/team", list(&team)),
            ("aws:PrincipalTag/other", list(&other)),
            ("aws:UserAgent", list(&agent)),
            ("secretsmanager:VersionStage", list(&stage)),
            ("aws:MultiFactorAuthPresent", flag(3)),
            ("aws:MultiFactorAuthAge", list(&age)),
            ("aws:ResourceTag/env", list(&env)),
            ("aws:ResourceAccount", list(&source_account)),
            ("aws:ResourceOrgID", list(&organization)),
            ("aws:ResourceOrgPaths", list(&path)),
            ("aws:CurrentTime", list(&time)),
        ]);
        let caller = WitnessCaller::Principal { arn: role, session: Some(session) };
        Call { caller, action, resource: resource.to_owned(), context }
    }
}

impl Call {
    pub(in crate::prove) fn request(&self) -> Witness {
        let context = self.context.iter();
        Witness {
            caller: self.caller.clone(),
            action: Action::new(self.action).unwrap(),
            resource: crate::request::CheckResource::Arn(self.resource.parse().unwrap()),
            context: context.map(|(key, value)| (ContextKey::new(key), value.clone())).collect(),
            statement: 0,
            mode: Mode::Strict,
        }
    }

    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.context[key].as_ref().map(|values| values[0].as_str())
    }

    /// Gives one of its keys another value.
    pub(super) fn set(&mut self, key: &str, values: Option<Vec<String>>) {
        *self.context.get_mut(key).unwrap() = values;
    }

    /// Whether the policies above mention nothing of it.
    pub(in crate::prove) fn is_stranger(&self) -> bool {
        let strange =
            |key: &str, known: &[&str]| self.value(key).is_none_or(|v| !known.contains(&v));
        strange("aws:PrincipalAccount", &[OWNER, "444455556666"])
            && self.is_foreign()
            && strange("aws:PrincipalOrgID", &["o-a1b2c3d4e5"])
            && !self.is_of_owners_organization()
            && strange("aws:SourceVpce", &["vpce-1"])
            && strange("aws:SourceVpc", &["vpc-1"])
            && strange("aws:SourceIp", &["203.0.113.9", "2001:db8::1"])
            && strange("aws:SourceAccount", &[OWNER, "444455556666"])
            && strange("aws:SourceArn", &["arn:aws:s3:::bucket"])
            && self.caller.as_str() != "lambda.amazonaws.com"
    }

    fn is_of_owners_organization(&self) -> bool {
        let own = self.value("aws:PrincipalOrgID");
        own.is_some() && own == self.value("aws:ResourceOrgID")
    }

    /// The same on a resource of another owner.
    pub(super) fn of_owner(mut self, account: &str) -> Self {
        self.set("aws:ResourceAccount", Some(vec![account.to_owned()]));
        self.resource = self.resource.replace(OWNER, account);
        self
    }

    /// The same on a resource whose owner is of an organization.
    pub(super) fn of_owner_in(mut self, organization: &str) -> Self {
        self.set("aws:ResourceOrgID", Some(vec![organization.to_owned()]));
        self.set("aws:ResourceOrgPaths", Some(vec![format!("{organization}/r-ab12/")]));
        self
    }

    /// Whether it is not the owner's.
    fn is_foreign(&self) -> bool {
        let owner = self.value("aws:ResourceAccount");
        match &self.caller {
            WitnessCaller::Principal { arn, .. } => Some(arn.account_field()) != owner,
            WitnessCaller::Service { .. } => self.value("aws:SourceAccount") != owner,
        }
    }
}

/// What may be taken for true where the documents leave room.
pub(in crate::prove) fn assumptions() -> impl Strategy<Value = Assumptions> {
    vec(any::<prop::sample::Index>(), ASSUMPTIONS.len()).prop_map(|choice| {
        let mut assumptions = Assumptions::default();
        for (known, index) in ASSUMPTIONS.iter().zip(choice) {
            assumptions.set(known.name, index.get(known.values).0).unwrap();
        }
        assumptions
    })
}
