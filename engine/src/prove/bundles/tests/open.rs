//! What is not known, in one bundle or in both.

use super::*;

/// The end of a secret that is to be made is the same in both, and nobody knows it.
#[test]
fn an_end_that_is_random_is_no_change() {
    let compared = |old: &Value, new: &Value| {
        let (mut old, mut new) = (bundle(old), bundle(new));
        for bundle in [&mut old, &mut new] {
            bundle.secrets[0].end = ArnEnd::Random;
        }
        new_calls(&World::new(&old), &World::new(&new), Bounds::default()).unwrap()
    };
    let of = |name: &str| {
        let arn = SECRET.replace("DevSecret-a1B2c3", name);
        let context = json!({"StringLike": {"kms:EncryptionContext:SecretARN": arn}});
        base(&[share(role(), any())], &[decrypt(role(), context)])
    };
    let read = |found: &NewCalls| {
        let told = found.calls.iter().any(|call| call.action.as_str() == READ);
        let open = found.undecided.iter().any(|open| open.action.as_str() == READ);
        (told, open)
    };
    for (old, new, expected) in [
        ("DevSecret-A*", "DevSecret-A*", (false, false)),
        ("Other-??????", "DevSecret-??????", (true, false)),
        ("Other-??????", "DevSecret-A*", (false, true)),
        ("Other-??????", "DevSecret-Ab3dEf", (false, false)),
        ("DevSecret-A*", "DevSecret-??????", (false, true)),
        ("DevSecret-??????", "DevSecret-A*", (false, false)),
    ] {
        assert_eq!(read(&compared(&of(old), &of(new))), expected, "{old} {new}");
    }
}

#[test]
fn what_is_open_in_both_is_no_change() {
    // A key that neither bundle shows, and a statement that hangs on a variable.
    let variable = json!({"StringEquals": {"aws:PrincipalTag/team": "${aws:SourceIdentity}"}});
    let mut open =
        base(&[share(role(), variable.clone()), share(json!({"AWS": "222233334444"}), any())], &[]);
    open["keys"] = json!([]);
    let mut turned =
        base(&[share(json!({"AWS": "222233334444"}), any()), share(role(), variable)], &[]);
    turned["keys"] = json!([]);
    assert_eq!(new(&open, &turned), NOTHING);
    // Another key that neither shows may let in whom the first one kept out.
    let moved = with(&turned, "/secrets/0/kms_key_id", json!(KEY.replace("1234abcd", "9999abcd")));
    let found = compared(&open, &moved);
    assert_eq!((told(&found).as_slice(), found.new_access), (&NOTHING[..], Truth::Unknown));
}

/// Two keys of which nobody says which they are need not be one.
#[test]
fn a_key_that_nobody_names_may_be_another() {
    let (mut old, mut new) = (bundle(&shared()), bundle(&shared()));
    for bundle in [&mut old, &mut new] {
        bundle.secrets[0].key = KeyReference::NotKnown;
    }
    let found = new_calls(&World::new(&old), &World::new(&new), Bounds::default()).unwrap();
    assert_eq!((told(&found).as_slice(), found.new_access), (&NOTHING[..], Truth::Unknown));
    assert_eq!(found.undecided[0].action.as_str(), READ);
}

/// A policy that cannot be read may say anything; where that does not matter, the rest counts.
#[test]
fn a_policy_that_cannot_be_read_leaves_the_rest() {
    let broken =
        json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:*:*:*:*"});
    let mut open = shared();
    open["accounts"]["111122223333"]["resource_control_policies"] = json!([[policy(&[broken])]]);
    let closed = with(&open, "/keys/0/policy", policy(&[]));
    let found = compared(&closed, &shared());
    assert_eq!(
        told(&found),
        [format!("role/app/R_B {READ}"), "role/app/R_B kms:Decrypt".to_owned()]
    );
    assert_eq!(found.calls[0].witness.before, Some(Before::Denied(Decision::Invalid)));
    // The key let it through; whether the guardrail did nobody can say.
    let found = compared(&open, &shared());
    assert_eq!((told(&found).as_slice(), found.new_access), (&NOTHING[..], Truth::Unknown));
}

#[test]
fn what_is_not_known_is_undecided() {
    let mut unlisted = shared();
    unlisted["keys"] = json!([]);
    let found = compared(&unlisted, &shared());
    // The key is new, the secret is not, and what its key let through nobody said.
    assert_eq!(told(&found), ["role/app/R_B kms:Decrypt"]);
    assert_eq!(found.undecided.len(), 1);
    assert_eq!(
        (found.undecided[0].action.as_str(), &found.undecided[0].cause),
        (READ, &Cause::Open)
    );
}

/// What is open of one check does not matter where another check denies the call.
#[test]
fn a_call_that_one_check_denies_was_denied() {
    let arn = SECRET.replace("a1B2c3", "A*");
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": READ, "Resource": arn});
    let compared = |key: &[Value]| {
        let mut old = bundle(&base(&[share(role(), any()), deny.clone()], key));
        let mut new = bundle(&shared());
        for bundle in [&mut old, &mut new] {
            bundle.secrets[0].end = ArnEnd::Random;
        }
        new_calls(&World::new(&old), &World::new(&new), Bounds::default()).unwrap()
    };
    let found = compared(&[]);
    assert_eq!(told(&found)[0], format!("role/app/R_B {READ}"));
    assert_eq!(found.calls[0].witness.before, Some(Before::Denied(Decision::Indeterminate)));
    // A call that would have failed all the same is told to have failed.
    let mut disabled = base(&[share(role(), any()), deny.clone()], &[decrypt(role(), any())]);
    disabled["keys"][0]["state"] = json!("Disabled");
    let mut old = bundle(&disabled);
    let mut new = bundle(&shared());
    for bundle in [&mut old, &mut new] {
        bundle.secrets[0].end = ArnEnd::Random;
    }
    let failed = new_calls(&World::new(&old), &World::new(&new), Bounds::default()).unwrap();
    assert!(matches!(failed.calls[0].witness.before, Some(Before::Failed(_))));
    // Where the key let it through, the Deny decides.
    let found = compared(&[decrypt(role(), any())]);
    assert_eq!((told(&found).as_slice(), found.new_access), (&NOTHING[..], Truth::Unknown));
}
