//! "Not allowed to anyone outside" against a search that means to break it: calls made of the values at which the policy's
//! own conditions change their minds, and of their neighbours.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use super::{
    random::{Call, call, statement},
    *,
};
use crate::{
    aws::Arn,
    compile::CompiledPolicy,
    prove::{WitnessCaller, address},
};

/// Deny statements that hold a policy back, most of them with a gap.
const GUARDS: &[&str] = &[
    "",
    "",
    r#""Action": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
    r#""Action": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
    r#""Action": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
    r#""Action": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::1111????3333:*"}}"#,
    r#""Action": "*", "Condition": {"StringNotLike": {"aws:PrincipalArn": "*:111122223333:role/app-*"}}"#,
    r#""Action": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333", "aws:SourceVpc": "vpc-1"}}"#,
    r#""Action": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}, "Bool": {"aws:ViaAWSService": "false"}}"#,
    r#""Action": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.7/32"]}}"#,
    r#""Action": "*", "Condition": {"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "3600"}}"#,
    r#""NotAction": "secretsmanager:DeleteSecret", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
    r#""Action": "*", "Condition": {"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}}"#,
];

fn guard(rest: &str) -> Option<String> {
    let start = r#""Effect": "Deny", "Principal": "*", "Resource": "*""#;
    (!rest.is_empty()).then(|| format!("{{{start}, {rest}}}"))
}

/// What conditions compare each key with.
fn listed(policy: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let blocks = statement["Condition"].as_object().into_iter().flat_map(|c| c.values());
        for (key, values) in blocks.flat_map(|block| block.as_object().unwrap()) {
            let values = values.as_array().cloned().unwrap_or_else(|| vec![values.clone()]);
            let values = values.iter().map(|value| value.as_str().unwrap().to_owned());
            found.entry(key.clone()).or_default().extend(values);
        }
    }
    found
}

/// A value and its neighbours, on both sides of where a condition changes its mind.
fn around(value: &str) -> Vec<String> {
    if let Ok(network) = value.parse::<IpNet>() {
        let (first, last) = (network.network(), network.broadcast());
        let beside = [neighbour(first, false), neighbour(last, true)];
        let all = [Some(first), Some(last)].into_iter().chain(beside).flatten();
        return all.map(|address| address.to_string()).collect();
    }
    if let Ok(number) = value.parse::<i64>()
        && value.len() < 12
    {
        return [number - 1, number, number + 1].map(|n| n.to_string()).to_vec();
    }
    if let Some(instant) = crate::aws::parse_instant(value) {
        let second = SignedDuration::from_secs(1);
        let all: [Timestamp; 3] = [instant - second, instant, instant + second];
        return all.map(|instant| instant.to_string()).to_vec();
    }
    let value = match value {
        "${aws:ResourceOrgID}" => "o-owner12345",
        "${aws:ResourceAccount}" => OWNER,
        // What stands in other keys of a call.
        variable if variable.starts_with("${") => "stranger",
        other => other,
    };
    let shortest = value.replace('*', "").replace('?', "x");
    let mut list = vec![
        value.replace(['*', '?'], "x"),
        format!("{shortest}x"),
        format!("x{shortest}"),
        shortest.to_uppercase(),
        // An account beside the account.
        shortest.replace('1', "9"),
        shortest.replace("4444", "4445"),
    ];
    let mut characters = shortest.chars();
    characters.next_back();
    list.push(characters.as_str().to_owned());
    characters.next();
    list.push(characters.as_str().to_owned());
    list.push(shortest);
    list
}

fn neighbour(address: IpAddr, up: bool) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => {
            let bits = v4.to_bits();
            let bits = if up { bits.checked_add(1) } else { bits.checked_sub(1) };
            bits.map(|bits| IpAddr::V4(bits.into()))
        }
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            let bits = if up { bits.checked_add(1) } else { bits.checked_sub(1) };
            bits.map(|bits| IpAddr::V6(bits.into()))
        }
    }
}

impl Call {
    /// The same with another value of a key and what hangs on it. `None` where nobody can make such a call.
    fn with(&self, key: &str, value: Option<&str>) -> Option<Self> {
        let is_service = matches!(self.caller, WitnessCaller::Service { .. });
        let one = |value: &str| Some(vec![value.to_owned()]);
        let account = self.value("aws:PrincipalAccount").unwrap_or_default();
        let mut call = self.clone();
        match (key, value) {
            ("aws:PrincipalArn", Some(arn)) => return call.made_by(&arn.parse().ok()?),
            ("aws:PrincipalAccount", Some(account)) => {
                let arn: Arn = self.value("aws:PrincipalArn")?.parse().ok()?;
                let arn = Arn::new(arn.partition(), "iam", "", account, arn.resource());
                return call.made_by(&arn);
            }
            ("aws:username", Some(name)) => {
                return call.made_by(&Arn::new("aws", "iam", "", account, &format!("user/{name}")));
            }
            ("aws:PrincipalOrgID", None) if !is_service => {
                call.set("aws:PrincipalOrgID", None);
                call.set("aws:PrincipalOrgPaths", None);
            }
            ("aws:PrincipalOrgID" | "aws:PrincipalOrgPaths", Some(value)) if !is_service => {
                let (id, path) = match key {
                    "aws:PrincipalOrgID" => (value.to_owned(), format!("{value}/r-ab12/")),
                    _ => (value.split('/').next()?.to_owned(), value.to_owned()),
                };
                let is_word =
                    |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                let rest =
                    id.strip_prefix("o-").filter(|rest| !rest.is_empty() && is_word(rest))?;
                path.strip_prefix("o-")?.strip_prefix(rest)?.strip_suffix('/')?;
                call.set("aws:PrincipalOrgID", one(&id));
                call.set("aws:PrincipalOrgPaths", one(&path));
            }
            ("aws:SourceIp", Some(address)) if self.value(key).is_some() => {
                (!address::is_private(address.parse().ok()?)).then_some(())?;
                call.set(key, one(address));
            }
            ("aws:SourceVpc" | "aws:SourceVpce", Some(id)) if self.value(key).is_some() => {
                let start = if key == "aws:SourceVpc" { "vpc-" } else { "vpce-" };
                id.strip_prefix(start).filter(|rest| !rest.is_empty())?;
                call.set(key, one(id));
            }
            ("aws:SourceAccount" | "aws:SourceArn", value) if is_service => {
                call.set(key, value.and_then(one));
                let account = call.value("aws:SourceAccount");
                account.is_none_or(is_account).then_some(())?;
                if let Some(arn) = call.value("aws:SourceArn") {
                    let arn: Arn = arn.parse().ok()?;
                    let own = Some(arn.account_field()).filter(|own| !own.is_empty());
                    own.is_none_or(is_account).then_some(())?;
                    let tied = |own| account.is_none_or(|account| account == own);
                    own.is_none_or(tied).then_some(())?;
                }
            }
            ("secretsmanager:VersionStage", value) if self.value(key).is_some() => {
                call.set(key, value.and_then(one));
            }
            ("aws:CurrentTime" | "aws:userid", Some(value)) => call.set(key, one(value)),
            (
                "aws:PrincipalTag/team"
                | "aws:PrincipalTag/other"
                | "aws:UserAgent"
                | "aws:ResourceTag/env"
                | "aws:MultiFactorAuthAge",
                value,
            ) => call.set(key, value.and_then(one)),
            _ => return None,
        }
        Some(call)
    }

    fn made_by(mut self, arn: &Arn) -> Option<Self> {
        let one = |value: &str| Some(vec![value.to_owned()]);
        let is_name = |text: &str| {
            let known = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
            !text.is_empty() && text.bytes().all(known)
        };
        let account = arn.account_field();
        let (class, name) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
        let role = Arn::new("aws", "sts", "", account, &format!("assumed-role/{name}/s1"));
        let (principal_type, session) = match class {
            "role" if is_name(name) => ("AssumedRole", Some(role)),
            "user" if is_name(name) => ("User", None),
            "root" if name.is_empty() => ("Account", None),
            _ => return None,
        };
        let is_caller = arn.partition() == "aws" && arn.as_str().starts_with("arn:aws:iam::");
        let is_service = matches!(self.caller, WitnessCaller::Service { .. });
        (is_caller && is_account(account) && !is_service).then_some(())?;
        self.set("aws:PrincipalArn", one(arn.as_str()));
        self.set("aws:PrincipalAccount", one(account));
        self.set("aws:PrincipalType", one(principal_type));
        self.set("aws:username", if class == "user" { one(name) } else { None });
        self.caller = WitnessCaller::Principal { arn: arn.clone(), session };
        Some(self)
    }

    /// Whether it comes from outside: not from the owner's account, nor from an organization that a policy above may name.
    fn is_from_outside(&self) -> bool {
        let of_owner = match &self.caller {
            WitnessCaller::Principal { arn, .. } => arn.account_field() == OWNER,
            WitnessCaller::Service { .. } => {
                let arn = self.value("aws:SourceArn").and_then(|arn| arn.parse::<Arn>().ok());
                self.value("aws:SourceAccount") == Some(OWNER)
                    || arn.is_some_and(|arn| arn.account_field() == OWNER)
            }
        };
        let organization = self.value("aws:PrincipalOrgID");
        !of_owner && !matches!(organization, Some("o-a1b2c3d4e5" | "o-owner12345"))
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Numbers that look random and hang on the case alone.
struct Numbers(u64);

impl Numbers {
    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        list.get(usize::try_from(self.0 >> 33).unwrap() % list.len().max(1))
    }
}

/// A call from outside that the policy allows, if the search comes upon one.
fn breach(text: &str, policy: &CompiledPolicy, calls: &[Call], seed: u64) -> Option<Call> {
    let assumptions = Assumptions::default();
    let mut choices: Vec<(String, Vec<Option<String>>)> = Vec::new();
    for (key, values) in listed(&serde_json::from_str(text).unwrap()) {
        let mut values: Vec<String> = values.iter().flat_map(|value| around(value)).collect();
        if key == "aws:PrincipalArn" {
            // The role or user alone, in the account of a stranger.
            let named = |value: &String| match value.splitn(6, ':').nth(5) {
                Some(resource) => format!("arn:aws:iam::999988887777:{resource}"),
                None => format!("arn:aws:iam::999988887777:role/{value}"),
            };
            values.extend(values.iter().map(named).collect::<Vec<_>>());
        }
        choices.push((key, values.into_iter().map(Some).chain([None]).collect()));
    }
    let mut numbers = Numbers(seed);
    for call in calls {
        for round in 0..12 {
            let mut call = call.clone();
            for (key, values) in choices.iter().filter(|_| round > 0) {
                if let Some(value) = numbers.of(values)
                    && let Some(other) = call.with(key, value.as_deref())
                {
                    call = other;
                }
            }
            if call.is_from_outside()
                && call.request().allowed_by(policy, &assumptions) == Truth::True
            {
                return Some(call);
            }
        }
    }
    None
}

fn document(statements: &[String], guard: Option<String>) -> String {
    let statements: Vec<String> = statements.iter().cloned().chain(guard).collect();
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","))
}

/// Calls that differ in who makes them and how they come.
fn various_calls() -> Vec<Call> {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    (0..24).map(|_| call().new_tree(&mut runner).unwrap().current()).collect()
}

/// A search that finds nothing anywhere would say nothing about the prover.
#[test]
fn the_search_finds_what_is_open_at_a_border_only() {
    for condition in [
        r#""StringLike": {"aws:PrincipalArn": "arn:aws:iam::????????????:role/ap?-"}"#,
        r#""StringLike": {"aws:PrincipalTag/team": "b?u*e"}"#,
        r#""StringEquals": {"aws:UserAgent": "agent-007"}"#,
        r#""IpAddress": {"aws:SourceIp": "192.0.2.64/31"}, "NotIpAddress": {"aws:SourceIp": "192.0.2.64/32"}"#,
        r#""NumericGreaterThan": {"aws:MultiFactorAuthAge": "77"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "79"}"#,
        r#""DateEquals": {"aws:CurrentTime": "2031-05-05T05:05:05Z"}"#,
        r#""StringEquals": {"aws:userid": "AIDAEXAMPLEUSER01"}"#,
        r#""StringLike": {"aws:PrincipalOrgID": "o-zz*zz"}"#,
        r#""Null": {"aws:PrincipalTag/team": "true"}, "StringEquals": {"aws:PrincipalAccount": "444555556666"}"#,
    ] {
        let text = document(&[everyone_if(condition)], None);
        let policy = read(&text, PolicyKind::Secret);
        let compiled = CompiledPolicy::new(&policy, &Assumptions::default());
        let found = (0..20).find_map(|seed| breach(&text, &compiled, &various_calls(), seed));
        assert!(found.is_some(), "{condition}");
    }
}

proptest! {
    #[test]
    fn what_is_not_allowed_outside_survives_a_search(
        statements in vec(statement(), 1..4),
        rest in select(GUARDS),
        calls in vec(call(), 10),
        seed in any::<u64>(),
    ) {
        let text = document(&statements, guard(rest));
        let policy = read(&text, PolicyKind::Secret);
        let options = PublicOptions { owner_organization: Some("o-owner12345".to_owned()), ..options() };
        let answer = match public(&policy, &options) {
            Ok(answer) => answer,
            Err(error) => return Err(TestCaseError::fail(format!("{error}\n{text}"))),
        };
        let open = answer.undecided.iter().filter_map(|undecided| undecided.exposure).max();
        if answer.exposure.max(open.unwrap_or(Exposure::None)) >= Exposure::NamedExternal {
            return Ok(());
        }
        let compiled = CompiledPolicy::new(&policy, &options.assumptions);
        let calls: Vec<Call> = calls.into_iter().map(|call| call.of_owner_in("o-owner12345")).collect();
        let found = breach(&text, &compiled, &calls, seed);
        prop_assert!(found.is_none(), "{}\n{}\n{:#?}", answer.exposure, text, found);
    }
}
