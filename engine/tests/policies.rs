//! What docs/library.md shows: a team's own tests of its policies, as they stand in `tests/policies.rs` of its project.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads its fixtures and fails by panicking"
)]

use std::fs;

use crosskey_engine::{check::CheckOptions, review::Review};

fn open(folder: &str) -> Review {
    let read = |path: &str| fs::read(format!("{folder}/{path}")).map_err(|e| e.to_string());
    Review::open("bundle.json", read).unwrap()
}

#[test]
fn the_share_works() {
    let share = open("../fixtures/good/user-share");
    assert!(share.check(&CheckOptions::default()).findings.is_empty());
    insta::assert_json_snapshot!(share.simulate());
}

#[test]
fn the_mistake_of_last_year_is_found() {
    let mistake = open("../fixtures/bad/key-arn-as-secret-arn");
    insta::assert_json_snapshot!(mistake.check(&CheckOptions::default()).findings);
}
