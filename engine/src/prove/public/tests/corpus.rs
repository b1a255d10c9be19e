//! Policies and verdicts of other people's test suites, where a folder with them is at hand.

use super::*;

/// Verdicts that AWS's own text contradicts, and how.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
#[expect(clippy::disallowed_methods, reason = "the material is not part of the project")]
fn verdicts_of_others() {
    let Ok(folder) = std::env::var("CROSSKEY_CORPUS") else {
        println!("CROSSKEY_CORPUS is not set: policies of others are not tried");
        return;
    };
    let text = std::fs::read_to_string(format!("{folder}/public.jsonl")).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = row["id"].as_str().unwrap();
        let expected = Truth::from(row["public"].as_bool().unwrap());
        let policy = row["policy"].to_string();
        let node = parse_json(&policy, &Limits::default()).unwrap();
        let assumptions = Assumptions::default();
        // Some are not what AWS would save; what can be read of them counts.
        let kind = PolicyKind::OtherResource;
        let policy = parse_policy(&node, kind, SourceId::default(), &assumptions).policy;
        let owner = row["owner"].as_str().and_then(|owner| owner.parse().ok());
        let options = PublicOptions { owner, ..PublicOptions::default() };
        let answer = public(&policy, &options).unwrap_or_else(|error| panic!("{id}: {error}"));
        if answer.s3.public != expected && !EXCEPTIONS.iter().any(|(known, _)| id.ends_with(known))
        {
            wrong.push(format!(
                "{id}: {:?} {}\n  {}",
                answer.s3.public, answer.exposure, row["policy"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
