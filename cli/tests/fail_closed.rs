//! Whatever goes wrong on the way out, a run never ends as if nothing had been found.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{
    fs,
    process::{Command, Stdio},
};

use support::{crosskey, run};

const FORMATS: [&str; 7] = ["human", "json", "sarif", "junit", "github", "markdown", "html"];

/// Commands that end with 0 where their report can be written.
const CLEAN: &[&[&str]] = &[
    &["check", "fixtures/good/ec2-role"],
    &["simulate", "fixtures/good/ec2-role"],
    &["public", "fixtures/good/ec2-role/secret-policy.json"],
    &["who-can", "fixtures/good/user-share"],
    &["baseline", "fixtures/good/ec2-role"],
    &["rules"],
    &["rules", "public-secret"],
    &["schema", "bundle"],
    &["completions", "bash"],
    &["man"],
    &["--help"],
    &["--version"],
];

fn command(arguments: &[&str]) -> Command {
    let mut command = crosskey();
    command.args(arguments).stderr(Stdio::piped());
    command
}

/// Runs with this standard output, and says by which code it ends and what standard error got.
fn ends(arguments: &[&str], stdout: impl Into<Stdio>) -> (Option<i32>, String) {
    let output = command(arguments).stdout(stdout).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in CLEAN {
        let (code, told) = ends(arguments, full());
        assert_eq!(code, Some(4), "{arguments:?}: {told}");
        assert!(told.contains("cannot write to standard output: No space left"), "{told}");
    }
    for format in FORMATS {
        // Clean runs write nothing in the format of workflow commands.
        let arguments = ["check", "fixtures/bad/public-secret", "--format", format];
        assert_eq!(ends(&arguments, full()).0, Some(4), "{format}");
        let arguments = [&arguments[..], &["--output", "/dev/full"]].concat();
        let (code, told) = ends(&arguments, Stdio::null());
        assert_eq!(code, Some(4), "{format}");
        assert!(told.contains("cannot write `/dev/full`: No space left"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_gone_is_no_success() {
    for arguments in CLEAN {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (code, told) = ends(arguments, writer);
        assert_eq!(code, Some(4), "{arguments:?}: {told}");
    }
    for format in FORMATS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let arguments = ["check", "fixtures/bad/public-secret", "--format", format];
        assert_eq!(ends(&arguments, writer).0, Some(4), "{format}");
    }
}

#[test]
fn a_report_that_cannot_be_written_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there");
    fs::create_dir(&there).unwrap();
    for (path, why) in [
        (folder.path().join("no/such/folder/report.json"), "No such file"),
        (there.clone(), "s a directory"),
    ] {
        let path = path.to_str().unwrap();
        let run = run(["check", "fixtures/good/ec2-role", "--output", path]);
        assert_eq!(run.code, 4, "{run:?}");
        assert!(run.stderr.contains("cannot write `"), "{run:?}");
        assert!(cfg!(not(unix)) || run.stderr.contains(why), "{run:?}");
        assert!(run.stdout.is_empty(), "{run:?}");
    }
    assert_eq!(fs::read_dir(&there).unwrap().count(), 0);
}

/// Stopped in the middle of writing, by a limit on the size of files: the file is the old one, whole.
#[cfg(target_os = "linux")]
#[test]
fn a_report_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    fs::write(&path, "old").unwrap();
    let program = crosskey().get_program().to_owned();
    let mut shell = Command::new("sh");
    // One block; a page is many.
    shell.args(["-c", "ulimit -f 1 && exec \"$0\" \"$@\""]).arg(program);
    shell.args(["check", "fixtures/good/ec2-role", "--format", "html", "--output"]).arg(&path);
    let output = shell.current_dir(support::root()).output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    let run = run([
        "check",
        "fixtures/good/ec2-role",
        "--format",
        "html",
        "--output",
        path.to_str().unwrap(),
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
}

/// A proof that came to a bound is not clean, however little its finding counts for.
#[test]
fn an_undecided_proof_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let deny = |pattern: String| {
        serde_json::json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"StringNotLike": {"aws:PrincipalTag/t": pattern}}})
    };
    // No text is all of these; that cannot be told within the bounds.
    let globs = (0..20).map(|n| deny(format!("*{n}x*{n}y*")));
    let ends = (0..4).map(|n| deny(format!("?{}*{n}*?", "?".repeat(n))));
    let mut statements: Vec<_> = globs.chain(ends).chain([deny("?".repeat(70))]).collect();
    statements.push(serde_json::json!({"Effect": "Allow", "Principal": "*", "Resource": "*",
        "Action": "secretsmanager:GetSecretValue"}));
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": statements});
    let path = folder.path().join("policy.json");
    fs::write(&path, policy.to_string()).unwrap();
    let path = path.to_str().unwrap();
    let report = run(["check", path, "--format", "json", "--fail-on", "error"]);
    let found = report.json();
    let rules: Vec<_> =
        found["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["undecided-exposure"], "{report:?}");
    assert_eq!(report.code, 3, "{report:?}");
}
