//! Proofs on random policies: every witness replays, bounds are kept, and a Deny more gives no new access.

use arbitrary::{Arbitrary, Unstructured};
use crosskey_engine::{
    aws::Assumptions,
    compile::CompiledPolicy,
    decide::Truth,
    policy::{Effect, PolicyKind},
    prove::{CompareOptions, Exposure, Mode, PublicOptions, new_access, public},
};

use crate::{
    Tried,
    words::{Policy, Statement},
};

#[derive(Arbitrary, Debug)]
struct Case {
    policy: Policy,
    more: Statement,
    key: bool,
    independent: bool,
    owned: bool,
}

/// See the module.
pub fn run(data: &[u8]) -> Option<Tried> {
    let case = Case::arbitrary_take_rest(Unstructured::new(data)).ok()?;
    let kind = if case.key { PolicyKind::Key } else { PolicyKind::Secret };
    let parsed = case.policy.parse(kind, None);
    let policy = parsed.valid()?;
    let options = PublicOptions {
        owner: case.owned.then(|| "111122223333".parse().expect("an account")),
        mode: if case.independent { Mode::Independent } else { Mode::Strict },
        ..PublicOptions::default()
    };
    let told = || format!("{kind}, {options:?}: {}", case.policy.write(kind, None));
    let answer = public(policy, &options).unwrap_or_else(|error| panic!("{error}\n{}", told()));
    let assumptions = Assumptions::default();
    let compiled = CompiledPolicy::new(policy, &assumptions);
    if let Some(witness) = &answer.witness {
        assert_eq!(witness.allowed_by(&compiled, &assumptions), Truth::True, "{}", told());
    }
    assert_eq!(answer.exposure == Exposure::None, answer.witness.is_none(), "{}", told());

    // What a Deny more leaves is no more than there was; where that is decided, it must be found so.
    let more = Some((case.more, Effect::Deny));
    let narrower = case.policy.parse(kind, more);
    // The statement may be one that AWS refuses.
    let Some(narrower) = narrower.valid() else { return Some(Tried) };
    let told = || format!("{kind}: {}", case.policy.write(kind, more));
    let answer = new_access(policy, narrower, &CompareOptions::default());
    let answer = answer.unwrap_or_else(|error| panic!("{error}\n{}", told()));
    assert_ne!(answer.new_access, Truth::True, "a Deny more gives new access: {}", told());
    Some(Tried)
}
