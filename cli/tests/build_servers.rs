//! Build servers obey lines of their log. No name in the input becomes such a line, in any format, on either stream.
//!
//! GitHub obeys `::name …::` at the beginning of a line, blanks before it left aside, and `##[name]` anywhere; Azure
//! Pipelines `##vso[` and `##[`, TeamCity `##teamcity[`.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>
//! <https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands>

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{fs, path::Path};

use crosskey_engine::text::is_unsafe;
use serde_json::json;
use support::{Run, run_in};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";

/// Names that a server, a terminal or a reader would be led by.
const NAMES: &[&str] = &[
    "::error file=x::y",
    "##[error]z",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[message text='a']",
    "x ::warning::w",
    "\u{1b}[31m\u{1b}]0;t\u{7}",
    "\u{200e}\u{200f}\u{61c}\u{202a}\u{202e}\u{2066}\u{2069}\u{2028}\u{2029}\u{feff}\u{9b}",
    "]]><script>alert(1)</script>",
];

/// A world in which a name stands in every place that takes one.
fn write(folder: &Path, name: &str) {
    let long = format!("{} {name} {}", "word ".repeat(7), "word ".repeat(9));
    let write = |path: &str, text: String| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let statement = |sid: &str, action: &str, key: &str, value: &str| {
        json!({"Sid": sid, "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"},
            "Action": [action, "secretsmanager:GetSecretValue"], "Resource": "*",
            "Condition": {"StringEquals": {key: value}}})
    };
    let policy = json!({"Version": "2012-10-17", "Statement": [
        statement(name, name, name, name), statement("s", &long, &long, &long),
        {"Sid": "t", "Effect": name, "Principal": {"AWS": [name, &long]}, "Action": "kms:*", "Resource": name,
            name: name},
        {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}]});
    let request = |request: &str, principal: &str, expect: &str| {
        json!({"name": request, "principal": principal, "action": "secretsmanager:GetSecretValue",
            "resource": SECRET, "context": {name: name}, "expect": expect})
    };
    let manifest = json!({
        "version": 1,
        "accounts": {"111122223333": {"organization_id": name}},
        "secrets": [{"arn": SECRET, "policy": "policy.json", "tags": {name: name}, "kms_key_id": long}],
        "principals": [{"arn": "arn:aws:iam::444455556666:role/Reader", "tags": {name: long},
            "identity_policies": [{"Statement": {"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*",
                "Condition": {"StringEquals": {"aws:UserAgent": name}}}}]}],
        "requests": [request(name, "arn:aws:iam::444455556666:role/Reader", "allow"),
            request(&long, "arn:aws:sts::444455556666:assumed-role/Reader/s", "deny"),
            {"name": "r", "principal": name, "action": name, "resource": name}],
    });
    // A file system has names of its own.
    let file: String = name.chars().filter(|c| !"/\\\0".contains(*c)).collect();
    write(&format!("{file}/bundle.json"), serde_json::to_string_pretty(&manifest).unwrap());
    write(&format!("{file}/policy.json"), serde_json::to_string_pretty(&policy).unwrap());
    write(&format!("{file}.json"), format!("{{\"Statement\": [{{\"{file}\": 1, }}]}}"));
    write("unknown/bundle.json", json!({"version": 1, name: 1}).to_string());
    write(
        "twice.json",
        format!("{{\"{0}\": 1,\n\"{0}\": 2, \"Statement\": 1}}", name.escape_default()),
    );
    write("bare.json", format!("{name}\n{{\"Statement\": []}}\n   {name}"));
}

#[track_caller]
fn inert(run: &Run, what: &str, of_our_own: bool) {
    for line in run.said().lines() {
        let what = format!("{what}: {line:?}");
        assert!(!line.chars().any(is_unsafe), "{what}");
        for start in ["##[", "##vso[", "##teamcity["] {
            assert!(!line.contains(start), "{what}");
        }
        let command = line.trim_start().strip_prefix("::");
        let ours = ["error file=", "warning file=", "notice file="];
        let ours = |rest: &str| of_our_own && ours.iter().any(|level| rest.starts_with(level));
        let named = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic());
        assert!(!command.is_some_and(|rest| named(rest) && !ours(rest)), "{what}");
    }
}

#[test]
fn no_name_is_obeyed() {
    for name in NAMES {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), name);
        for format in ["human", "json", "sarif", "junit", "github", "markdown", "html"] {
            let run = run_in(folder.path(), ["check", "--format", format]);
            assert_eq!(run.code, 2, "{name}");
            inert(&run, &format!("check {format} {name}"), format == "github");
        }
        for format in ["human", "json"] {
            let run = run_in(folder.path(), ["simulate", ".", "--format", format]);
            inert(&run, &format!("simulate {format} {name}"), false);
            let run = run_in(folder.path(), ["who-can", ".", "--format", format]);
            inert(&run, &format!("who-can {format} {name}"), false);
            for file in ["bare.json", "twice.json"] {
                let run = run_in(folder.path(), ["public", file, "--format", format]);
                inert(&run, &format!("public {file} {format} {name}"), false);
            }
        }
        let run = run_in(folder.path(), ["baseline", "."]);
        inert(&run, &format!("baseline {name}"), false);
    }
}

#[test]
fn no_argument_and_no_setting_is_obeyed() {
    for name in NAMES {
        let folder = tempfile::tempdir().unwrap();
        for arguments in [
            &["check", name][..],
            &["public", name],
            &["diff", name, "x"],
            &["who-can", name],
            &["simulate", name],
            &["rules", name],
            &["schema", name],
            &["check", "--assume", name],
            &["check", "--limit", name],
            &["check", "--format", name],
            &["check", "--config", name],
            &["check", "--output", name, "x"],
            &[name],
            &["simulate", "--secret", name, "--principal", name, "--secret-policy", name],
        ] {
            let run = run_in(folder.path(), arguments);
            assert_ne!(run.code, 0, "{arguments:?}");
            inert(&run, &format!("{arguments:?}"), false);
        }
        fs::write(folder.path().join("policy.json"), "{\"Statement\": []}").unwrap();
        let quoted = toml_string(name);
        for settings in [
            format!("{quoted} = 1"),
            format!("exclude = [{quoted}, \"/\"]"),
            format!("[rules]\n{quoted} = \"off\""),
            format!("[assumptions]\n{quoted} = {quoted}"),
            format!("baseline = {quoted}"),
            format!("[trust]\naccounts = [{quoted}]"),
            format!(
                "[[ignore]]\nrule = {quoted}\npolicy = {quoted}\nfingerprint = {quoted}\nreason = {quoted}"
            ),
            format!("x = \"\n{name}"),
        ] {
            fs::write(folder.path().join("crosskey.toml"), &settings).unwrap();
            let run = run_in(folder.path(), ["check"]);
            assert_eq!(run.code, 2, "{settings}");
            inert(&run, &settings, false);
        }
    }
}

/// A basic string of TOML: JSON's escapes are among its own.
fn toml_string(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        '"' | '\\' => format!("\\{character}"),
        character if is_unsafe(character) => format!("\\U{:08X}", u32::from(character)),
        character => character.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
