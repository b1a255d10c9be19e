//! Proofs on random policies: every witness replays, bounds are kept, and the answer to a policy and its copies agree.

use arbitrary::{Arbitrary, Unstructured};
use crosskey_engine::{
    aws::Assumptions,
    compile::CompiledPolicy,
    decide::Truth,
    policy::{self, PolicyKind, parse_policy},
    prove::{CompareOptions, Exposure, Mode, PublicOptions, new_access, public},
    text::{Limits, SourceId, parse_json},
};
use serde_json::Value;

use crate::words::{Policy, Statement};

#[derive(Arbitrary, Debug)]
struct Case {
    policy: Policy,
    more: Statement,
    key: bool,
    independent: bool,
    owned: bool,
}

fn read(value: &Value, kind: PolicyKind) -> Option<policy::Policy> {
    let node = parse_json(&value.to_string(), &Limits::default()).expect("serde_json writes JSON");
    let parsed = parse_policy(&node, kind, SourceId::default(), &Assumptions::default());
    parsed.valid().cloned()
}

/// See the module.
pub fn run(data: &[u8]) {
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let kind = if case.key { PolicyKind::Key } else { PolicyKind::Secret };
    let mut value = case.policy.write(true);
    let Some(policy) = read(&value, kind) else { return };
    let options = PublicOptions {
        owner: case.owned.then(|| "111122223333".parse().expect("an account")),
        mode: if case.independent { Mode::Independent } else { Mode::Strict },
        ..PublicOptions::default()
    };
    let answer = public(&policy, &options).unwrap_or_else(|error| panic!("{error}\n{value:#}"));
    let assumptions = Assumptions::default();
    let compiled = CompiledPolicy::new(&policy, &assumptions);
    if let Some(witness) = &answer.witness {
        assert_eq!(witness.allowed_by(&compiled, &assumptions), Truth::True, "{value:#}");
    }
    assert_eq!(answer.exposure == Exposure::None, answer.witness.is_none(), "{value:#}");

    // What a Deny more leaves is no more than there was; where that is decided, it must be found so.
    let list = value["Statement"].as_array_mut().expect("a policy has a list of statements");
    list.push(case.more.with_effect("Deny", true));
    let Some(narrower) = read(&value, kind) else { return };
    let answer = new_access(&policy, &narrower, &CompareOptions::default());
    let answer = answer.unwrap_or_else(|error| panic!("{error}\n{value:#}"));
    assert_ne!(answer.new_access, Truth::True, "a Deny more gives new access: {value:#}");
}
