//! How long the public check takes over 1,000 random policies, with replayed witnesses: the median, and how bad it gets.
//! Criterion tells of one input at a time; here the spread between inputs is the answer.

#![expect(clippy::print_stdout, reason = "the report of a bench")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use crosskey_engine::{
    aws::Assumptions,
    policy::{Policy, PolicyKind, parse_policy},
    prove::{PublicOptions, public},
    text::{Limits, SourceId, parse_json},
};

const POLICIES: usize = 1_000;
/// Each is measured so often, and the shortest time counts: the machine may be shared.
const REPEATS: usize = 5;

const PRINCIPALS: [&str; 6] = [
    r#""*""#,
    r#"{"AWS": "*"}"#,
    r#"{"AWS": "444455556666"}"#,
    r#"{"AWS": ["arn:aws:iam::444455556666:role/R", "arn:aws:iam::777788889999:root"]}"#,
    r#"{"Service": "lambda.amazonaws.com"}"#,
    r#"{"AWS": "arn:aws:sts::444455556666:assumed-role/R/s1"}"#,
];
const ACTIONS: [&str; 4] = [
    r#""secretsmanager:GetSecretValue""#,
    r#"["secretsmanager:Get*", "secretsmanager:DescribeSecret"]"#,
    r#""secretsmanager:*""#,
    r#""*""#,
];
const CONDITIONS: [&str; 14] = [
    "",
    r#""StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
    r#""StringNotEquals": {"aws:PrincipalAccount": ["111122223333", "444455556666"]}"#,
    r#""StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
    r#""StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app-#-*"}"#,
    r#""ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::4444*:role/a#*", "arn:aws:iam::111122223333:*"]}"#,
    r#""ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*#*"}"#,
    r#""IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.#.0/24"]}"#,
    r#""NotIpAddress": {"aws:SourceIp": "10.#.0.0/16"}"#,
    r#""StringEquals": {"aws:SourceVpce": ["vpce-#", "vpce-1"]}"#,
    r#""StringLike": {"aws:PrincipalTag/team": "*t#*"}, "Null": {"aws:SourceVpc": "true"}"#,
    r#""ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}"#,
    r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#,
    r#""StringEquals": {"aws:SourceAccount": "111122223333"}, "ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:111122223333:*#*"}"#,
];

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound.max(1)
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list.get(self.below(list.len())).copied().unwrap_or_default()
    }

    fn statement(&mut self) -> String {
        let effect = if self.below(4) == 0 { "Deny" } else { "Allow" };
        let (principal, action) = (self.of(&PRINCIPALS), self.of(&ACTIONS));
        let condition = self.of(&CONDITIONS).replace('#', &self.below(100).to_string());
        format!(
            r#"{{"Effect": "{effect}", "Principal": {principal}, "Action": {action}, "Resource": "*",
                "Condition": {{{condition}}}}}"#
        )
    }

    fn policy(&mut self) -> Option<Policy> {
        let statements: Vec<String> = (0..1 + self.below(10)).map(|_| self.statement()).collect();
        let text =
            format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let node = parse_json(&text, &Limits::default()).ok()?;
        let assumptions = Assumptions::default();
        let parsed = parse_policy(&node, PolicyKind::Secret, SourceId::default(), &assumptions);
        parsed.valid().cloned()
    }
}

fn main() {
    let mut numbers = Numbers(1);
    let policies: Vec<Policy> = (0..POLICIES).filter_map(|_| numbers.policy()).collect();
    let options = PublicOptions { owner: "111122223333".parse().ok(), ..PublicOptions::default() };
    let (mut with_witness, mut undecided, mut failed) = (0, 0, 0);
    let mut times: Vec<Duration> = Vec::new();
    for policy in &policies {
        let mut shortest = Duration::MAX;
        for round in 0..REPEATS {
            let start = Instant::now();
            let answer = public(black_box(policy), &options);
            shortest = shortest.min(start.elapsed());
            match answer {
                Ok(answer) if round == 0 => {
                    with_witness += usize::from(answer.witness.is_some());
                    undecided += usize::from(!answer.undecided.is_empty());
                }
                Ok(_) => {}
                Err(_) => failed += 1,
            }
        }
        times.push(shortest);
    }
    times.sort_unstable();
    let at = |percent: usize| {
        let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(index).copied().unwrap_or_default()
    };
    println!(
        "public/random: {} policies, {with_witness} with a witness, {undecided} with something undecided, {failed} failed",
        policies.len()
    );
    println!(
        "median {:?}, 95th percentile {:?}, 99th percentile {:?}, most {:?}",
        at(50),
        at(95),
        at(99),
        at(100)
    );
}
