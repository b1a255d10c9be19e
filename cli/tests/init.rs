//! `crosskey init`: what it writes can be judged, and what is there stays.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{collections::BTreeMap, fs, path::Path};

use support::{Run, root, run_in};
use tempfile::TempDir;

const NAMES: [&str; 3] = ["secret-policy", "key-policy", "identity-policy"];

/// A repository with the three policies of a fixture in `policies`.
fn repository(fixture: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::create_dir(folder.path().join("policies")).unwrap();
    for name in NAMES {
        let file = format!("{name}.json");
        let from = root().join("fixtures").join(fixture).join(&file);
        fs::copy(from, folder.path().join("policies").join(&file)).unwrap();
    }
    folder
}

/// `crosskey init` with the three policies, and more.
fn init(folder: &TempDir, more: &[&str]) -> Run {
    let flags = NAMES.map(|name| [format!("--{name}"), format!("policies/{name}.json")]);
    let flags = flags.into_iter().flatten();
    let all = ["init".to_owned()].into_iter().chain(flags);
    run_in(folder.path(), all.chain(more.iter().map(|&text| text.to_owned())))
}

/// Every file below a folder, with its text.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let inside = files(&path).into_iter();
            found.extend(inside.map(|(below, text)| (format!("{name}/{below}"), text)));
        } else {
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    found
}

#[test]
fn three_policies_become_a_bundle_that_passes() {
    let folder = repository("good/user-share");
    let run = init(&folder, &[]);
    let bundle = fs::read_to_string(folder.path().join("bundle.json")).unwrap();
    insta::assert_snapshot!("init", format!("exit {}\n{}\n{bundle}", run.code, run.said()));
    let check = run_in(folder.path(), ["check"]);
    insta::assert_snapshot!("init-check", format!("exit {}\n{}", check.code, check.said()));
}

#[test]
fn policies_from_elsewhere_are_copied() {
    let folder = repository("good/user-share");
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
    let run = init(&folder, &["share", "--secret", secret, "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let report = run.json();
    assert_eq!(report["secret"], serde_json::json!({"arn": secret, "from": "--secret"}));
    assert_eq!(report["notes"], serde_json::json!([]));
    let copied = files(&folder.path().join("share"));
    let names: Vec<_> = copied.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "bundle.json",
            "crosskey.toml",
            "identity-policy.json",
            "key-policy.json",
            "secret-policy.json"
        ]
    );
    let original = fs::read_to_string(folder.path().join("policies/key-policy.json")).unwrap();
    assert_eq!(copied.get("key-policy.json"), Some(&original));
    assert_eq!(run_in(folder.path(), ["check", "share"]).code, 0);
}

#[test]
fn mistakes_of_the_policies_are_left_to_check() {
    let folder = repository("bad/key-arn-as-secret-arn");
    let run = init(&folder, &[]);
    assert_eq!(run.code, 0, "{run:?}");
    let check = run_in(folder.path(), ["check"]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(check.stdout.contains("wrong-encryption-context"), "{check:?}");
}

#[test]
fn nothing_is_overwritten() {
    for there in ["bundle.json", "share/secret-policy.json", "share/crosskey.toml"] {
        let folder = repository("good/user-share");
        fs::create_dir(folder.path().join("share")).unwrap();
        fs::write(folder.path().join(there), "as it was").unwrap();
        let before = files(folder.path());
        let more: &[&str] = if there.starts_with("share") { &["share"] } else { &[] };
        let run = init(&folder, more);
        assert_eq!(run.code, 2, "{run:?}");
        if there != "share/crosskey.toml" {
            let told = format!("error: `{there}` is there already, and nothing was written\n");
            assert!(run.stderr.contains(&told), "{run:?}");
        }
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
fn twice_is_refused() {
    let folder = repository("good/user-share");
    assert_eq!(init(&folder, &[]).code, 0);
    let before = files(folder.path());
    let again = init(&folder, &[]);
    assert_eq!(again.code, 2, "{again:?}");
    assert_eq!(files(folder.path()), before);
}

#[test]
fn what_nobody_can_infer_is_asked_for() {
    let folder = repository("good/whole-account-share");
    let before = files(folder.path());
    let run = init(&folder, &[]);
    assert_eq!(run.code, 2, "{run:?}");
    insta::assert_snapshot!("init-asks", run.said());
    assert_eq!(files(folder.path()), before);
    let two = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": [
        "arn:aws:iam::444455556666:role/A", "arn:aws:iam::444455556666:role/B"]},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}]}"#;
    fs::write(folder.path().join("policies/secret-policy.json"), two).unwrap();
    let run = run_in(folder.path(), ["init", "--secret-policy", "policies/secret-policy.json"]);
    assert_eq!(run.code, 2, "{run:?}");
    insta::assert_snapshot!("init-two", run.said());
}

#[test]
fn unreadable_policies_are_told_like_everywhere() {
    let folder = repository("good/user-share");
    fs::write(folder.path().join("policies/key-policy.json"), "{\"Statement\": [").unwrap();
    let run = init(&folder, &[]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("--> policies/key-policy.json:1:"), "{run:?}");
    assert!(!folder.path().join("bundle.json").exists());
}

#[test]
fn settings_above_are_not_hidden() {
    let folder = repository("good/user-share");
    fs::write(folder.path().join("crosskey.toml"), "fail-on = \"error\"\n").unwrap();
    let run = init(&folder, &["share"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!folder.path().join("share/crosskey.toml").exists());
    assert!(run.stdout.contains("the settings in `crosskey.toml` count here"), "{run:?}");
    let none = run_in(folder.path(), ["init", "policies"]);
    assert_eq!((none.code, none.stdout.as_str()), (2, ""), "{none:?}");
}

/// Every line that is commented out is one that can be used.
#[test]
fn the_settings_that_are_written_can_be_used() {
    let folder = repository("good/user-share");
    assert_eq!(init(&folder, &[]).code, 0);
    let path = folder.path().join("crosskey.toml");
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting,
        _ => line,
    });
    let used: Vec<_> = lines.collect();
    assert!(used.iter().filter(|line| !line.starts_with('#')).count() > 12, "{used:?}");
    fs::write(&path, used.join("\n")).unwrap();
    fs::write(folder.path().join("crosskey-baseline.toml"), "").unwrap();
    let check = run_in(folder.path(), ["check"]);
    // The one thing that is wrong with them here is that there is nothing to accept.
    assert!(check.stdout.contains("stale-ignore"), "{check:?}");
    assert_eq!(check.stdout.matches("[stale-ignore]").count(), 1, "{check:?}");
    assert!(!check.said().contains("error"), "{check:?}");
}
