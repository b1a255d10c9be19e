//! Settings, ignores and the baseline: what they change, and what they refuse.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails there"
)]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{fs, path::Path};

use support::{Run, root, run_in};
use tempfile::TempDir;

/// A repository with one public secret, and settings.
fn repository(settings: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    let share = folder.path().join("share");
    fs::create_dir(&share).unwrap();
    for entry in fs::read_dir(root().join("fixtures/bad/public-secret")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, share.join(path.file_name().unwrap())).unwrap();
    }
    write(&folder, "crosskey.toml", settings);
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

fn check(folder: &Path, arguments: &[&str]) -> Run {
    run_in(folder, ["check"].iter().chain(arguments))
}

/// An ignore of the finding in [`repository`].
fn ignore(folder: &TempDir, more: &str) -> String {
    let run = check(folder.path(), &["--no-config", "--format", "json"]);
    let finding = run.json()["findings"][0].clone();
    assert_eq!(finding["rule"], "public-secret");
    let fingerprint = finding["fingerprint"].as_str().unwrap().to_owned();
    format!(
        "[[ignore]]\nrule = \"public-secret\"\npolicy = \"share/secret-policy.json\"\n\
         fingerprint = \"{fingerprint}\"\n{more}\n"
    )
}

#[test]
fn settings_are_found_above_and_named() {
    let folder = repository("fail-on = \"error\"\n[rules]\npublic-secret = \"warning\"\n");
    for (place, arguments) in
        [(".", vec!["share"]), ("share", vec![]), ("share", vec!["bundle.json"])]
    {
        let run = check(&folder.path().join(place), &arguments);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stderr.contains("settings from `"), "{run:?}");
        assert!(run.stdout.contains("warning[public-secret]"), "{run:?}");
    }
    assert_eq!(check(folder.path(), &["--fail-on", "warning"]).code, 1);
    assert_eq!(check(folder.path(), &["--no-config"]).code, 1);
    assert_eq!(check(folder.path(), &["-q"]).stderr, "");
    let above = folder.path().join("share/.git");
    fs::create_dir(above).unwrap();
    // The root of a repository ends the search.
    assert_eq!(check(&folder.path().join("share"), &[]).stderr, "");
}

#[test]
fn an_accepted_finding_is_counted_and_given_with_its_reason() {
    let folder = repository("");
    let entry = ignore(&folder, "reason = \"a demo\"\nuntil = 9999-12-31");
    write(&folder, "crosskey.toml", &entry);
    let run = check(folder.path(), &[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("1 finding ignored by the settings"), "{run:?}");
    let json = check(folder.path(), &["--format", "json"]).json();
    assert_eq!(json["findings"], serde_json::json!([]));
    assert_eq!(json["ignored"][0]["reason"], "a demo");
    assert_eq!(json["ignored"][0]["until"], "9999-12-31");
    assert_eq!(json["ignored"][0]["finding"]["rule"], "public-secret");
}

#[test]
fn an_ignore_whose_day_has_passed_is_told_with_its_finding() {
    let folder = repository("");
    let entry = ignore(&folder, "reason = \"a demo\"\nuntil = 2020-01-31");
    write(&folder, "crosskey.toml", &entry);
    let run = check(folder.path(), &["--format", "json"]);
    assert_eq!(run.code, 1);
    let findings = run.json()["findings"].clone();
    assert_eq!(findings[0]["rule"], "public-secret");
    assert_eq!(findings[1]["rule"], "ended-ignore");
    assert_eq!((&findings[1]["file"], &findings[1]["line"]), (&"crosskey.toml".into(), &1.into()));
}

#[test]
fn an_ignore_that_matches_nothing_is_told_where_all_was_seen() {
    let folder = repository("");
    let entry = ignore(&folder, "reason = \"a demo\"");
    write(&folder, "crosskey.toml", &format!("{entry}{entry}"));
    let run = check(folder.path(), &["--format", "json"]);
    assert_eq!(run.json()["findings"][0]["rule"], "stale-ignore");
    assert_eq!((run.json()["findings"][0]["line"].clone(), run.code), (6.into(), 1));
    // Elsewhere in the repository nothing is known of it.
    fs::create_dir(folder.path().join("other")).unwrap();
    for file in ["bundle.json", "secret-policy.json", "key-policy.json", "identity-policy.json"] {
        let good = root().join("fixtures/good/user-share").join(file);
        fs::copy(good, folder.path().join("other").join(file)).unwrap();
    }
    assert_eq!(check(folder.path(), &["other"]).code, 0);
}

#[test]
fn one_more_of_the_same_is_reported() {
    let folder = repository("");
    let entry = ignore(&folder, "reason = \"a demo\"");
    write(&folder, "crosskey.toml", &entry);
    let path = folder.path().join("share/secret-policy.json");
    let mut policy: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let statements = policy["Statement"].as_array_mut().unwrap();
    let mut again = statements[0].clone();
    again["Sid"] = "Again".into();
    statements.push(again);
    fs::write(&path, policy.to_string()).unwrap();
    let run = check(folder.path(), &["--format", "json"]);
    let rules: Vec<_> =
        run.json()["findings"].as_array().unwrap().iter().map(|f| f["rule"].clone()).collect();
    assert!(rules.contains(&"public-secret".into()), "{rules:?}");
}

#[test]
fn a_baseline_accepts_today_and_keeps_its_reasons() {
    let folder = repository("baseline = \"accepted.toml\"\n");
    let write_it = |more: &[&str]| {
        let arguments = ["baseline", "--output", "accepted.toml"];
        let run = run_in(folder.path(), arguments.iter().chain(more));
        assert_eq!(run.code, 0, "{run:?}");
        fs::read_to_string(folder.path().join("accepted.toml")).unwrap()
    };
    assert!(
        check(folder.path(), &[]).said().contains("the baseline `accepted.toml` does not exist")
    );
    let first = write_it(&["--reason", "say \"why\"", "--until", "9999-12-31"]);
    assert!(first.contains("until = 9999-12-31"), "{first}");
    assert_eq!(check(folder.path(), &[]).code, 0);
    assert_eq!(write_it(&["--reason", "another"]), first);
    write(&folder, "accepted.toml", "");
    assert_eq!(check(folder.path(), &[]).code, 1);
}

#[test]
fn files_are_left_out_and_counted() {
    let folder = repository("exclude = [\"share/**\"]\n");
    let run = check(folder.path(), &[]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("4 files left out by the settings"), "{run:?}");
    // What is named is read.
    assert_eq!(check(folder.path(), &["share/bundle.json"]).code, 1);
}

#[test]
fn mistakes_are_shown_where_they_stand() {
    let mut shown = String::new();
    for settings in [
        "[rulez]\n",
        "[rules]\nplaceholer = \"off\"\n",
        "[rules]\nplaceholder = \"offf\"\n",
        "[rules]\nunreadable-input = \"off\"\n",
        "[rules\n",
        "fail-on = 3\n",
        "exclude = [\"../x\"]\n",
        "[trust]\naccounts = [\"1234\"]\n",
        "[trust]\norganizations = [\"*\"]\n",
        "[assumptions]\ncalled_via = \"x\"\n",
        "[[ignore]]\nrule = \"placeholder\"\npolicy = \"x\"\nfingerprint = \"1\"\nreason = \" \"\n",
        "[[ignore]]\nrule = \"placeholder\"\npolicy = \"x\"\nfingerprint = \"1\"\nreason = \"y\"\nuntil = \"soon\"\n",
        "a = \"\u{1b}[31m",
        "a = 1\na = 2\n",
    ] {
        let folder = repository(settings);
        let run = check(folder.path(), &[]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{settings}: {run:?}");
        assert!(!run.stderr.contains('\u{1b}'), "{settings}");
        shown.push_str(&run.stderr);
    }
    insta::assert_snapshot!(shown);
    let folder = repository(&format!("a = {}", "[".repeat(100_000)));
    assert_eq!(check(folder.path(), &[]).code, 2);
    fs::write(folder.path().join("crosskey.toml"), b"\xff\xfe\x00").unwrap();
    assert_eq!(check(folder.path(), &[]).code, 2);
    assert_eq!(check(folder.path(), &["--config", "none.toml"]).code, 2);
}

#[test]
fn completions_and_the_manual_name_every_command() {
    let folder = repository("");
    let manual = run_in(folder.path(), ["man"]).stdout;
    for command in ["check", "baseline", "simulate", "public", "rules", "schema", "completions"] {
        assert!(manual.contains(command), "{command}");
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let run = run_in(folder.path(), ["completions", shell]);
            assert!(run.code == 0 && run.stdout.contains(command), "{shell} {command}");
        }
    }
}
