//! Random pairs of policies: no request is allowed anew unless the answer says so, and another way to write a policy is no
//! other policy.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::prove::public::tests::random::{call, rewritten, statement};

fn of_secret(statements: &[String]) -> Policy {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
    policy(PolicyKind::Secret, &text)
}

fn options() -> CompareOptions {
    CompareOptions { owner: "111122223333".parse().ok(), ..CompareOptions::default() }
}

proptest! {
    #[test]
    fn whatever_is_new_is_told(
        old in vec(statement(), 1..4), kept in vec(prop::bool::ANY, 3), more in vec(statement(), 0..3),
        calls in vec(call(), 24),
    ) {
        let kept = old.iter().zip(kept).filter(|(_, kept)| *kept).map(|(statement, _)| statement.clone());
        let new: Vec<String> = kept.chain(more).collect();
        let (old, new) = (of_secret(&old), of_secret(&new));
        let found = new_access(&old, &new, &options()).unwrap();
        let assumptions = Assumptions::default();
        let [then, now] = [&old, &new].map(|policy| CompiledPolicy::new(policy, &assumptions));
        for call in calls {
            let request = call.request();
            if request.allowed_by(&now, &assumptions) == Truth::True
                && request.allowed_by(&then, &assumptions) == Truth::False
            {
                prop_assert_ne!(found.new_access, Truth::False, "{:#?}", call);
            }
        }
        let same = new_access(&new, &new, &options()).unwrap();
        prop_assert_eq!(same.new_access, Truth::False, "{:?}", same.undecided);
    }

    #[test]
    fn how_a_policy_is_written_does_not_matter_at_random(statements in vec(statement(), 1..4)) {
        let others: Vec<String> = statements.iter().rev().map(|statement| rewritten(statement)).collect();
        let (one, other) = (of_secret(&statements), of_secret(&others));
        for (old, new) in [(&one, &other), (&other, &one)] {
            let found = new_access(old, new, &options()).unwrap();
            prop_assert_ne!(found.new_access, Truth::True, "{:?}: {:?}", statements, found.grants);
            // What hangs on a policy variable, or on an open point, is told from what is written otherwise.
            let open = found.undecided.iter().all(|undecided| undecided.cause == Cause::Open);
            prop_assert!(open, "{:?}", found.undecided);
        }
    }
}
