use super::*;
use crate::{
    aws::Assumptions,
    decide::Truth,
    policy::{PolicyKind, parse_policy},
    prove::{Bounds, Mode, symbolic::Surroundings},
    text::{Limits, SourceId, parse_json},
};

mod boundaries;
mod bounds;
mod corpus;
mod keys;
mod owner;
mod pathology;
pub(in crate::prove) mod random;
mod rules;
mod table;

const OWNER: &str = "111122223333";

pub(in crate::prove) fn read(text: &str, kind: PolicyKind) -> Policy {
    let node =
        parse_json(text, &Limits::default()).unwrap_or_else(|error| panic!("{error}: {text}"));
    let parsed = parse_policy(&node, kind, SourceId::default(), &Assumptions::default());
    assert_eq!(parsed.errors, [], "{text}");
    parsed.policy
}

pub(in crate::prove) fn options() -> PublicOptions {
    PublicOptions { owner: OWNER.parse().ok(), ..PublicOptions::default() }
}

/// The answer for statements of the secret policy.
pub(super) fn ask(statements: &str) -> PublicAnswer {
    ask_about(statements, PolicyKind::Secret)
}

pub(in crate::prove) fn ask_about(statements: &str, kind: PolicyKind) -> PublicAnswer {
    judged(statements, kind, &options())
}

fn judged(statements: &str, kind: PolicyKind, options: &PublicOptions) -> PublicAnswer {
    public(&policy_of(statements, kind), options)
        .unwrap_or_else(|error| panic!("{error}: {statements}"))
}

pub(in crate::prove) fn policy_of(statements: &str, kind: PolicyKind) -> Policy {
    read(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#), kind)
}

/// What is known of a secret of which nobody says whose it is.
pub(in crate::prove) fn around_a_secret(assumptions: &Assumptions) -> Surroundings<'_> {
    Surroundings {
        mode: Mode::Strict,
        kind: PolicyKind::Secret,
        owner: None,
        trusted: &[],
        organization: None,
        resource: None,
        assumptions,
        bounds: Bounds::default(),
    }
}

/// An Allow for everybody on the condition.
pub(in crate::prove) fn everyone_if(condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue",
            "Resource": "*", "Condition": {{{condition}}}}}"#
    )
}
