//! Input that cannot be read: a diagnostic with its place, exit 2, and the rest is still judged.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails there"
)]

mod support;

use std::{fs, path::Path};

use support::{run, run_in, run_with};
use tempfile::TempDir;

const SOUND: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "Read",
    "Effect": "Allow",
    "Principal": { "AWS": "arn:aws:iam::444455556666:role/Reader" },
    "Action": "secretsmanager:GetSecretValue",
    "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3"
  }]
}"#;

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// Checks one policy file, by its folder and by its name.
#[track_caller]
fn refused(bytes: &[u8], message: &str, place: &str) {
    let folder = folder(&[("policy.json", bytes)]);
    for argument in [".", "policy.json"] {
        let run = run_in(folder.path(), ["check", argument]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stdout.contains(message), "{run:?}");
        assert!(run.stdout.contains(&format!("--> {place}\n")), "{run:?}");
        let json = run_in(folder.path(), ["check", argument, "--format", "json"]);
        assert_eq!(json.code, 2, "{json:?}");
        assert_eq!(json.json()["findings"][0]["unreadable"], true);
    }
}

#[test]
fn text_that_is_not_json_is_named_and_placed() {
    refused(b"", "the document is empty", "policy.json:1:1");
    refused(b" \n ", "the document is empty", "policy.json:2:2");
    refused(b"{\"Statement\": [],}", "trailing comma before `}`", "policy.json:1:17");
    refused(b"{\n<br>\"Statement\": []}", "markup `<br>`", "policy.json:2:1");
    refused("{“Statement”: []}".as_bytes(), "typographic quote `“`", "policy.json:1:2");
    refused(b"{\"Statement\": [", "the document ends inside", "policy.json:1:16");
    refused(b"{\"Version\": \"2012-10-17\" \"Id\": 1}", "missing comma", "policy.json:1:26");
}

#[test]
fn deep_nesting_is_refused() {
    let mut deep = "[".repeat(100_000);
    deep.push_str(&"]".repeat(100_000));
    refused(deep.as_bytes(), "more than 128 levels of nesting", "policy.json:1:129");
    let mut deep = r#"{"Statement":"#.repeat(100_000);
    deep.push_str(&"}".repeat(100_000));
    let run = run_with(&deep, &["check", "-"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("more than 128 levels of nesting"), "{run:?}");
}

#[test]
fn other_encodings_are_refused() {
    refused(b"{\n\"Id\": \"\xE9\"}", "is not UTF-8 text", "policy.json:2:8");
    refused(b"\xFF\xFE{\0}\0", "is not UTF-8 text", "policy.json:1:1");
}

#[test]
fn a_byte_order_mark_is_accepted() {
    let text = [b"\xEF\xBB\xBF".as_slice(), SOUND.as_bytes()].concat();
    let folder = folder(&[("policy.json", &text)]);
    let run = run_in(folder.path(), ["check", "policy.json", "--format", "json"]);
    assert_eq!(run.json()["read"]["policies"], 1);
    assert_ne!(run.code, 2, "{run:?}");
}

#[test]
fn a_huge_file_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("huge.json")).unwrap();
    // A hole: the file takes no room.
    file.set_len(1 << 30).unwrap();
    let before = std::time::Instant::now();
    let run = run_in(folder.path(), ["check"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("`huge.json` is larger than 67108864 bytes"), "{run:?}");
    assert!(before.elapsed().as_secs() < 5);
}

#[test]
fn one_long_line_is_shown_in_part() {
    let mut text =
        SOUND.replace('\n', "").replace("\"Read\"", &format!("\"{}\"", "x".repeat(300_000)));
    text = text.replace("\"Allow\"", "\"Alow\"");
    let folder = folder(&[("policy.json", text.as_bytes())]);
    let run = run_in(folder.path(), ["check"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("`Alow` is not an effect"), "{run:?}");
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 120), "{run:?}");
    let column = text.find("\"Alow\"").unwrap() + 1;
    assert!(run.stdout.contains(&format!("policy.json:1:{column}")), "{run:?}");
}

#[test]
fn mistakes_in_a_manifest_are_placed() {
    let cases = [
        (r#"{"version": 1, "secretz": []}"#, "unknown field `secretz`", "bundle.json:1:16"),
        (r#"{"version": 3}"#, "version 3 of the manifest format", "bundle.json:1:13"),
        (r#"{"version": 1, "secrets": [{"arn": "DevSecret"}]}"#, "`DevSecret`", "bundle.json:1:36"),
        (
            r#"{"version": 1, "accounts": {"Dev_Account": {}}}"#,
            "`Dev_Account` is not an AWS account id",
            "bundle.json:1:44",
        ),
    ];
    for (manifest, message, place) in cases {
        let folder = folder(&[("bundle.json", manifest.as_bytes())]);
        for command in ["check", "simulate"] {
            let run = run_in(folder.path(), [command, "."]);
            assert_eq!(run.code, 2, "{run:?}");
            assert!(run.said().contains(message), "{run:?}");
            assert!(run.said().contains(&format!("--> {place}\n")), "{run:?}");
        }
        let run = run_in(folder.path(), ["simulate", ".", "--format", "json"]);
        let json = run.json();
        assert_eq!(json["diagnostics"][0]["file"], "bundle.json");
        assert!(json["diagnostics"][0]["line"].is_u64());
    }
    let folder = folder(&[("bundle.json", br#"{"version": 1, "secretz": []}"#)]);
    let run = run_in(folder.path(), ["check"]);
    assert!(run.stdout.contains("did you mean `secrets`?"), "{run:?}");
}

fn manifest_with(policy: &str) -> String {
    format!(
        r#"{{"version": 1, "secrets": [{{
            "arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3",
            "policy": "{policy}"}}]}}"#
    )
}

#[test]
fn paths_stay_in_their_folder() {
    let outside = folder(&[("outside.json", SOUND.as_bytes())]);
    for (policy, message) in [
        ("../outside.json", "`../outside.json` leaves the folder of the manifest"),
        ("/etc/hostname", "`/etc/hostname` is an absolute path"),
        ("sub/../../outside.json", "leaves the folder"),
    ] {
        let path = outside.path().join("inside");
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("bundle.json"), manifest_with(policy)).unwrap();
        let run = run_in(&path, ["check"]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stdout.contains(message), "{run:?}");
        assert!(run.stdout.contains("--> bundle.json:3:"), "{run:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_refused() {
    let outside = folder(&[
        ("outside.json", SOUND.as_bytes()),
        ("inside/bundle.json", manifest_with("link.json").as_bytes()),
        ("inside/real.json", SOUND.as_bytes()),
        ("inside/here/bundle.json", manifest_with("link.json").as_bytes()),
    ]);
    let inside = outside.path().join("inside");
    std::os::unix::fs::symlink("../outside.json", inside.join("link.json")).unwrap();
    let run = run_in(&inside, ["check", "bundle.json"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stdout.contains("a link that leaves the folder"), "{run:?}");
    // A link within the folder is followed.
    fs::remove_file(inside.join("link.json")).unwrap();
    std::os::unix::fs::symlink("real.json", inside.join("link.json")).unwrap();
    let run = run_in(&inside, ["check", "bundle.json", "--format", "json"]);
    assert_ne!(run.code, 2, "{run:?}");
    assert_eq!(run.json()["read"]["policies"], 1);
    // A walk follows no link, so no loop either.
    std::os::unix::fs::symlink("..", inside.join("here/up")).unwrap();
    fs::copy(inside.join("real.json"), inside.join("here/link.json")).unwrap();
    let run = run_in(&inside, ["check", ".", "--format", "json"]);
    assert_eq!(run.json()["read"]["bundles"], 2);
}

#[cfg(unix)]
#[test]
fn links_are_followed_if_asked() {
    use std::os::unix::fs::symlink;

    let outside = folder(&[
        ("outside/policy.json", SOUND.as_bytes()),
        ("inside/bundle.json", manifest_with("link.json").as_bytes()),
    ]);
    let inside = outside.path().join("inside");
    symlink("../outside/policy.json", inside.join("link.json")).unwrap();
    let run = run_in(&inside, ["check", "bundle.json", "--follow-links", "--format", "json"]);
    assert_ne!(run.code, 2, "{run:?}");
    assert_eq!(run.json()["read"]["policies"], 1);
    // Below a folder too, a file once.
    symlink("../outside", inside.join("more")).unwrap();
    symlink("../outside/policy.json", inside.join("again.json")).unwrap();
    let files = |run: &support::Run| run.json()["read"]["files"].clone();
    let without = run_in(&inside, ["check", ".", "--format", "json"]);
    assert_eq!(files(&without), 1, "{without:?}");
    let with = run_in(&inside, ["check", ".", "--follow-links", "--format", "json"]);
    assert_eq!(files(&with), 2, "{with:?}");
    assert_ne!(with.code, 2, "{with:?}");
    // A loop and a link to nowhere are told, and nothing else is lost.
    symlink("..", inside.join("up")).unwrap();
    symlink("nowhere", inside.join("broken.json")).unwrap();
    let run = run_in(&inside, ["check", ".", "--follow-links", "--format", "json"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(run.json()["read"]["files"], 2);
    let told: Vec<_> = run.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "unreadable-input")
        .map(|finding| finding["file"].as_str().unwrap().to_owned())
        .collect();
    assert!(told.iter().any(|file| file.ends_with("broken.json")), "{told:?}");
    assert!(told.iter().any(|file| file.contains("up")), "{told:?}");
}

#[test]
fn one_broken_file_hides_nothing() {
    let wide = SOUND.replace("\"Allow\"", "\"Alow\"");
    let folder = folder(&[
        ("a/bundle.json", b"{"),
        ("a/policy.json", wide.as_bytes()),
        ("b/empty.json", b""),
        ("b/bundle.json", manifest_with("missing.json").as_bytes()),
        ("c/package.json", br#"{"name": "of no interest"}"#),
    ]);
    let run = run_in(folder.path(), ["check", ".", "nowhere", "--format", "json"]);
    assert_eq!(run.code, 2);
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    let files: Vec<_> = findings.iter().map(|finding| finding["file"].as_str().unwrap()).collect();
    assert_eq!(
        files,
        ["a/bundle.json", "b/bundle.json", "a/policy.json", "b/empty.json", "nowhere"]
    );
    assert_eq!(json["read"]["skipped"], 1);
}

#[test]
fn nothing_to_read_is_an_error() {
    let empty = tempfile::tempdir().unwrap();
    let run = run_in(empty.path(), ["check"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("nothing to judge in ."), "{run:?}");
    let run = run_in(empty.path(), ["simulate", "."]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no bundle was found"), "{run:?}");
    let run = run_in(empty.path(), ["check", "nowhere"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("`nowhere` cannot be read: no such file"), "{run:?}");
    let json = folder(&[("package.json", b"{}")]);
    assert_eq!(run_in(json.path(), ["check"]).code, 2);
    let run = run_in(json.path(), ["check", "package.json"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("neither a bundle nor a policy"), "{run:?}");
}

#[test]
fn tools_folders_and_hidden_ones_are_passed_over() {
    let bad = SOUND.replace("\"Allow\"", "\"Alow\"");
    let folder = folder(&[
        (".git/policy.json", bad.as_bytes()),
        (".hidden/policy.json", bad.as_bytes()),
        ("target/policy.json", bad.as_bytes()),
        ("node_modules/x/policy.json", bad.as_bytes()),
        ("policies/policy.json", bad.as_bytes()),
    ]);
    let run = run_in(folder.path(), ["check", "--format", "json"]);
    assert_eq!(run.json()["read"]["files"], 1);
    // What is named is read.
    let run = run_in(folder.path(), ["check", ".hidden", "--format", "json"]);
    assert_eq!(run.json()["read"]["files"], 1);
}

#[test]
fn terminal_escapes_are_shown_escaped() {
    let nasty = SOUND
        .replace("\"Read\"", r#""\u001b]0;owned\u0007\u202eReed""#)
        .replace("\"Action\": \"secretsmanager:GetSecretValue\"", "\"Action\": \"kms:Decrypt\"");
    let request = r#"{"version": 1, "secrets": [{
        "arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3",
        "policy": "policy.json"}],
      "principals": [{"arn": "arn:aws:iam::444455556666:role/Reader", "identity_policies": [
        {"Statement": {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}}]}],
      "requests": [{"name": "\u001b[31mread\u009b", "action": "secretsmanager:GetSecretValue",
        "principal": "arn:aws:iam::444455556666:role/Reader",
        "resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3"}]}"#;
    let folder = folder(&[
        ("bundle.json", request.as_bytes()),
        ("policy.json", nasty.as_bytes()),
        ("\u{1b}[31mred.json", b"{"),
    ]);
    for arguments in [
        ["check", ".", "--format", "human"],
        ["check", ".", "--format", "json"],
        ["simulate", ".", "--format", "human"],
        ["simulate", ".", "--format", "json"],
    ] {
        let run = run_in(folder.path(), arguments);
        let unsafe_for_terminals =
            |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{9b}');
        assert!(!run.said().contains(unsafe_for_terminals), "{run:?}");
    }
    let run = run_in(folder.path(), ["simulate", "."]);
    assert!(run.stdout.contains(r"\u{1b}[31mread\u{9b}"), "{run:?}");
    let run = run_in(folder.path(), ["simulate", ".", "--format", "json"]);
    assert_eq!(run.json()["results"][0]["request"], "\u{1b}[31mread\u{9b}");
}

#[test]
fn a_policy_can_come_from_standard_input() {
    let run = run_with(SOUND, &["check", "-", "--format", "json"]);
    assert_eq!(run.json()["read"]["policies"], 1);
    let run = run_with("{", &["check", "-"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("--> <stdin>:1:2"), "{run:?}");
    let manifest = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/good/ec2-role/bundle.json"),
    );
    let run = run_with(&manifest.unwrap(), &["check", "-"]);
    // Its policies lie elsewhere.
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("no such file"), "{run:?}");
}

#[test]
fn usage_errors_end_with_2() {
    for arguments in [
        &["chekc"][..],
        &["check", "--format", "yaml"],
        &["check", "--assume", "called_via=maybe"],
        &["simulate"],
        &["simulate", "x", "--action", "kms:Decrypt"],
        &["rules", "missing-sufix"],
        &["schema", "nothing"],
    ] {
        let run = run(arguments);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{run:?}");
    }
}
