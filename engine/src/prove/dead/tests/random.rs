//! Random policies: without all that was found to do nothing, a policy decides every call as before.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    decide::{ByClass, Situation, Truth, Voice, Voices, combine, statement_applies},
    policy::Statement,
    prove::{
        Witness, WitnessCaller,
        public::tests::random::{Call, call, statement},
    },
    request::CallerKind,
};

/// The policy without what does nothing.
fn without(policy: &Policy, dead: &[Dead]) -> Policy {
    fn keep<T>(list: &mut Vec<T>, gone: impl Fn(usize) -> bool) {
        let mut number = 0;
        list.retain(|_| {
            number += 1;
            !gone(number - 1)
        });
    }
    let mut policy = policy.clone();
    let is_dead = |statement: &Statement, what: DeadPart| {
        dead.iter().any(|dead| dead.statement == statement.index && dead.what == what)
    };
    policy.statements.retain(|statement| !is_dead(statement, DeadPart::Statement));
    for statement in &mut policy.statements {
        let written = statement.clone();
        let gone = |what: DeadPart| is_dead(&written, what);
        if let Some(element) = &mut statement.principals {
            keep(&mut element.list, |number| gone(DeadPart::Principal(number)));
        }
        keep(&mut statement.actions.list, |number| gone(DeadPart::Action(number)));
        if let Some(element) = &mut statement.resources {
            keep(&mut element.list, |number| gone(DeadPart::Resource(number)));
        }
        for (condition, written) in statement.conditions.iter_mut().enumerate() {
            keep(&mut written.values, |value| gone(DeadPart::Value { condition, value }));
        }
    }
    policy
}

/// What a policy decides of a call, for callers with and without an identity policy and limits of their own.
fn decisions(compiled: &CompiledPolicy, request: &Witness) -> Vec<Truth> {
    let assumptions = Assumptions::default();
    let (allow, deny) = request.with_evaluator(&assumptions, |evaluator| {
        let (mut allow, mut deny) = (ByClass::all(&Truth::False), Truth::False);
        for statement in &compiled.statements {
            let parts = statement_applies(evaluator, statement, compiled.kind);
            for (class, applies) in parts.by_class(evaluator) {
                match statement.effect {
                    Effect::Allow => allow.add(evaluator, class, applies),
                    Effect::Deny => deny = deny | applies,
                }
            }
        }
        (allow, deny)
    });
    let (caller, same_account) = match &request.caller {
        WitnessCaller::Service { .. } => (CallerKind::Service, false),
        WitnessCaller::Principal { arn, .. } => {
            let kind = match arn.resource().split('/').next() {
                Some("role") => CallerKind::RoleSession,
                Some("user") => CallerKind::User,
                _ => CallerKind::Root,
            };
            (kind, arn.account_field() == OWNER)
        }
    };
    let says = |allow: bool| Voice {
        allow: if allow { Truth::True } else { Truth::False },
        deny: Truth::False,
    };
    let mut found = Vec::new();
    for service in [crate::aws::Service::SecretsManager, crate::aws::Service::Kms] {
        for own in 0..8_u8 {
            let [identity, boundary, session] = [1, 2, 4].map(|bit| own & bit != 0);
            let voices = Voices {
                identity: says(identity),
                boundary: Some(says(boundary)),
                session: Some(says(session)),
                resource: Some((allow.clone(), deny)),
                grants: None,
                service_control: Default::default(),
                resource_control: Default::default(),
                endpoint: None,
            };
            let situation = Situation {
                caller,
                same_account: Some(same_account),
                service,
                has_resource: true,
                works_across_accounts: true,
            };
            let decision = request.with_evaluator(&assumptions, |evaluator| {
                let combination = combine(evaluator, situation, &voices, &assumptions);
                let denied = combination.denied(evaluator);
                combination.permitted(evaluator) & !denied
            });
            found.push(decision);
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn without_dead_weight_every_call_is_decided_as_before(
        statements in vec(statement(), 1..5), calls in vec(call(), 24),
    ) {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let policy = read(&text, PolicyKind::Secret);
        let dead = dead_weight(&policy, &options())
            .map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        let [before, after] = [&policy, &without(&policy, &dead)]
            .map(|policy| CompiledPolicy::new(policy, &Assumptions::default()));
        for call in calls {
            let request = Call::request(&call);
            let (before, after) = (decisions(&before, &request), decisions(&after, &request));
            prop_assert_eq!(before, after, "{}\n{:#?}\n{:#?}", text, dead, request);
        }
    }
}
