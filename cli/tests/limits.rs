//! Input that was made to be slow or large: a clear refusal, within little memory, and the other files are judged.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{fs, path::Path};

use serde_json::{Value, json};
use support::{Run, crosskey, run_in, run_with};

/// Bytes of address space for the program, its libraries and all that it takes.
#[cfg(target_os = "linux")]
const MEMORY: usize = 600 * 1024 * 1024;

/// Runs the program with no more memory than it may take.
#[cfg(target_os = "linux")]
fn run_small(folder: &Path, arguments: &[&str]) -> Run {
    let mut shell = std::process::Command::new("sh");
    let limit = format!("ulimit -v {} && exec \"$0\" \"$@\"", MEMORY / 1024);
    shell.args(["-c", &limit]).arg(crosskey().get_program()).args(arguments);
    shell.current_dir(folder).output().unwrap().into()
}

#[cfg(not(target_os = "linux"))]
fn run_small(folder: &Path, arguments: &[&str]) -> Run {
    run_in(folder, arguments)
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.json"), text).unwrap();
    let run = run_small(folder.path(), &["check", "policy.json"]);
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains(message), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.len() < 4_000, "{}", run.stdout.len());
}

#[test]
fn large_input_is_refused() {
    refused(
        &format!("{{\"{}\": 1}}", "k".repeat(10_000_000)),
        "more than 4194304 bytes in one string",
    );
    refused(
        &format!("[\"{}\"]", "\\u0041".repeat(5_000_000)),
        "more than 4194304 bytes in one string",
    );
    refused(
        &format!("[{}1]", "1,".repeat(100_000)),
        "more than 100000 members in one object or list",
    );
    let keys: String = (0..200_000).map(|n| format!("\"{n}\": 1,")).collect();
    refused(&format!("{{{keys}\"end\": 1}}"), "more than 100000 members in one object or list");
    let lists = format!("[{}1],", "{},".repeat(90_000)).repeat(20);
    refused(&format!("[{lists}1]"), "more than 1000000 values");
    refused(&"[".repeat(5_000_000), "more than 128 levels of nesting");
}

/// The most that is read: as many values as may be, each in an object of its own.
#[test]
fn what_is_read_fits_into_little_memory() {
    let objects = format!("[{}1],", "{\"abcdefgh\":1},".repeat(49_000)).repeat(10);
    let text = format!(
        "{{\"Statement\": [{objects}1], \"text\": [{}1]}}",
        format!("\"{}\",", "x".repeat(4_000_000)).repeat(12)
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.json"), text).unwrap();
    let run = run_small(folder.path(), &["check", "policy.json"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("[policy-size]"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn limits_are_set_by_name() {
    let text = r#"{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#;
    let with = |limit: &str| run_with(text, &["check", "-", "--limit", limit]);
    for (name, cost) in
        [("bytes", text.len()), ("depth", 3), ("nodes", 6), ("members", 3), ("string", 12)]
    {
        let at = with(&format!("{name}={cost}"));
        assert_ne!(at.code, 2, "{name}: {at:?}");
        let past = with(&format!("{name}={}", cost - 1));
        assert_eq!(past.code, 2, "{name}: {past:?}");
        let words: Vec<_> = past.stdout.split_whitespace().collect();
        assert!(words.join(" ").contains(&format!("`--limit {name}=NUMBER`")), "{past:?}");
    }
    for (limit, message) in [
        (
            "dept=1",
            "there is no limit `dept`; write one of bytes, depth, nodes, members, string, statements, wildcards, together, \
             values, findings, steps, rounds, trials, states, places, questions, calls, grants",
        ),
        ("steps=4294967295", "`steps` can be at most 4294967294"),
        ("states=-1", "`-1` is not a number"),
        ("depth=many", "`many` is not a number"),
        ("depth=257", "`depth` can be at most 256"),
        ("depth", "write NAME=VALUE"),
    ] {
        let run = with(limit);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(message), "{run:?}");
    }
}

/// A folder of worlds, each with a limit that it is at: a manifest that names files, answers of AWS, templates.
fn worlds() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &Value| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.to_string()).unwrap();
    };
    let arn =
        |n: usize| format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:Db{n}-a1B2c3");
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Principal": {"AWS": "arn:aws:iam::111122223333:role/R"}}]});
    let secrets = [1, 2].map(|n| json!({"arn": arn(n), "policy": "policy.json"}));
    write("bundle/bundle.json", &json!({"version": 1, "secrets": secrets}));
    write("bundle/policy.json", &policy);
    for n in [1, 2] {
        let answer = json!({"ARN": arn(n), "Name": "Db", "ResourcePolicy": policy.to_string()});
        write(&format!("answers/{n}.json"), &answer);
        let resources =
            json!({"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}});
        let template = json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources});
        write(&format!("templates/{n}.json"), &template);
    }
    folder
}

/// Files that are judged as one have a limit together. At it they are judged; past it nobody guesses from half of them, and
/// what is not of their world is judged all the same.
#[test]
fn what_is_judged_as_one_has_limits() {
    let folder = worlds();
    let public = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}"#;
    let bytes = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
    for (world, cost) in [
        // A file counts as often as it is named.
        ("bundle", bytes("bundle/bundle.json") + 2 * bytes("bundle/policy.json")),
        ("answers", bytes("answers/1.json") + bytes("answers/2.json")),
        ("templates", bytes("templates/1.json") + bytes("templates/2.json")),
    ] {
        fs::write(folder.path().join(world).join("public.json"), public).unwrap();
        // Nine values a policy: itself, its version, the list, the statement, and five in that.
        for (name, cost, kind) in [
            ("together", cost, "bytes in all files that are judged as one"),
            ("values", 18, "values in all policies that are judged as one"),
        ] {
            let with = |number: u64| {
                let limit = format!("{name}={number}");
                let place = ["AWS::AccountId=111122223333", "AWS::Region=us-east-1"];
                let place = place.iter().flat_map(|it| ["--parameter", it]);
                run_in(folder.path(), ["check", world, "--limit", &limit].into_iter().chain(place))
            };
            let at = with(cost);
            assert_eq!(at.code, 1, "{world}: {at:?}");
            assert!(!at.stdout.contains("judged as one"), "{world}: {at:?}");
            let past = with(cost - 1);
            assert_eq!(past.code, 2, "{world}: {past:?}");
            let told = unbroken(&past.stdout);
            let message = format!("more than {} {kind}", cost - 1);
            assert_eq!(told.matches(&message).count(), 1, "{world}: {past:?}");
            let help = format!(
                "check fewer files at once, or raise the limit with `--limit {name}=NUMBER`"
            );
            assert!(told.contains(&help), "{world}: {past:?}");
            assert!(told.contains("[public-secret]"), "{world}: {past:?}");
        }
    }
}

/// Of each rule so many findings are told, in one file and in all; that there are more is told, too, and cannot be accepted.
#[test]
fn what_is_told_of_a_rule_has_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let policy = |bad: usize| {
        let values: Vec<String> = (0..bad).map(|n| format!("bad{n}")).collect();
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
            "Principal": {"AWS": "arn:aws:iam::444455556666:role/R"}, "Resource": "*",
            "Condition": {"NumericEquals": {"aws:MultiFactorAuthAge": values}}}]})
    };
    let write =
        |name: &str, text: &Value| fs::write(folder.path().join(name), text.to_string()).unwrap();
    write("a.json", &policy(3));
    let with = |paths: &[&str], number: usize| {
        let limit = format!("findings={number}");
        let run = run_in(
            folder.path(),
            ["check"].iter().chain(paths).copied().chain(["--limit", &limit]),
        );
        let of_rule = run.stdout.matches("error[type-mismatch]").count();
        (run.code, of_rule, unbroken(&run.stdout).matches("the others are not told").count())
    };
    assert_eq!(with(&["a.json"], 3), (1, 3, 0));
    assert_eq!(with(&["a.json"], 2), (2, 2, 1));
    write("b.json", &policy(2));
    assert_eq!(with(&["."], 5), (1, 5, 0));
    assert_eq!(with(&["."], 4), (2, 4, 1));
    // Another rule has findings of its own.
    let public = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]});
    write("c.json", &public);
    let run = run_in(folder.path(), ["check", ".", "--limit", "findings=2"]);
    let told = unbroken(&run.stdout);
    assert!(told.contains("more than 2 findings of one rule, `type-mismatch`"), "{run:?}");
    assert!(told.contains("mend those first, or raise the limit with `--limit findings=NUMBER`"));
    assert!(told.contains("[public-secret]"), "{run:?}");
    // What was accepted is not told, and leaves room; that not all is told cannot be accepted.
    let accepted = run_in(folder.path(), ["baseline", "a.json", "c.json"]);
    assert_eq!(accepted.code, 0, "{accepted:?}");
    fs::write(folder.path().join("crosskey.toml"), "baseline = \"accepted.toml\"").unwrap();
    fs::write(folder.path().join("accepted.toml"), &accepted.stdout).unwrap();
    assert_eq!(with(&["."], 3), (1, 2, 0));
    assert_eq!(with(&["."], 2).0, 2);
}

/// Commands that hold everything they read hold no more than that.
#[test]
fn what_is_held_by_other_commands_has_a_limit() {
    let folder = worlds();
    let policy = fs::metadata(folder.path().join("bundle/policy.json")).unwrap().len();
    let with = |number: u64| {
        let limit = format!("together={number}");
        fs::copy(folder.path().join("bundle/policy.json"), folder.path().join("b.json")).unwrap();
        run_in(
            folder.path(),
            ["public", "bundle/policy.json", "b.json", "--kind", "secret", "--limit", &limit],
        )
    };
    let at = with(2 * policy);
    assert_eq!(at.code, 0, "{at:?}");
    let past = with(2 * policy - 1);
    assert_eq!(past.code, 2, "{past:?}");
    let told = unbroken(&[past.stdout.as_str(), &past.stderr].concat());
    assert!(told.contains("bytes in all files that are judged as one"), "{told}");
}

/// Files that tell nothing are not kept, and do not count.
#[test]
fn other_files_are_not_judged_as_one() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..6 {
        let text = format!(r#"{{"name": "{}"}}"#, "x".repeat(1_000));
        fs::write(folder.path().join(format!("{n}.json")), text).unwrap();
    }
    let run = run_in(folder.path(), ["check", "--limit", "together=2000"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("nothing to judge"), "{run:?}");
    assert!(!run.stdout.contains("judged as one"), "{run:?}");
}

/// Many large files need no more memory than few: policies by themselves, answers that are judged as one, a manifest with one
/// policy many times, a template that gives one to many roles.
#[test]
fn many_large_files_fit_into_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: String, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let arn =
        |n: usize| format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:Db{n}-a1B2c3");
    let ids: Vec<_> = (0..60_000).map(|n| format!("{n:x}")).collect();
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt",
        "Resource": "*", "Condition": {"StringLike": {"aws:userid": ids}}}]}).to_string();
    for n in 0..30 {
        write(format!("policies/{n}.json"), &policy);
    }
    for n in 0..12 {
        let answer = json!({"ARN": arn(n), "Name": "Db", "ResourcePolicy": policy});
        write(format!("answers/{n}.json"), &answer.to_string());
    }
    let secrets: Vec<_> =
        (0..1_000).map(|n| json!({"arn": arn(n), "policy": "policy.json"})).collect();
    write("bundle/bundle.json".to_owned(), &json!({"version": 1, "secrets": secrets}).to_string());
    write("bundle/policy.json".to_owned(), &policy);
    let roles: Vec<_> = (0..1_000).map(|n| format!("r{n}")).collect();
    let policy = serde_json::from_str::<Value>(&policy).unwrap();
    let properties = json!({"PolicyName": "p", "PolicyDocument": policy, "Roles": roles});
    let given = json!({"Type": "AWS::IAM::Policy", "Properties": properties});
    write("template/t.json".to_owned(), &json!({"Resources": {"Given": given}}).to_string());
    for (folder_of, code, message) in [
        ("policies", 1, "[policy-size]"),
        ("answers", 2, "more than 500000 values in all policies that are judged as one"),
        ("bundle", 2, "more than 500000 values in all policies that are judged as one"),
        ("template", 2, "more than 500000 values in all policies that are judged as one"),
    ] {
        let place =
            ["--parameter", "AWS::AccountId=111122223333", "--parameter", "AWS::Region=us-east-1"];
        let place = if folder_of == "template" { &place[..] } else { &[] };
        let run = run_small(folder.path(), &[&["check", folder_of], place].concat());
        let told = unbroken(&[run.stdout.as_str(), &run.stderr].concat());
        assert_eq!(run.code, code, "{folder_of}: {told}");
        assert!(told.contains(message), "{folder_of}: {told}");
    }
}

/// What a policy may hold is a limit by name, too, whatever brings the policy: past it, nothing of the policy takes effect.
#[test]
fn limits_of_policies_are_set_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let read = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/R"},
        "Action": "secretsmanager:GetSecret*e", "Resource": "*"});
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:Delete*", "Resource": "*",
        "Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/a*b*"}}});
    let policy = json!({"Version": "2012-10-17", "Statement": [read, deny]});
    let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-a1B2c3";
    let exported = json!({"ARN": arn, "Name": "Db", "ResourcePolicy": policy.to_string()});
    let inline = json!({"version": 1, "secrets": [{"arn": arn, "policy": policy}]});
    let beside = json!({"version": 1, "secrets": [{"arn": arn, "policy": "policy.json"}]});
    for (name, text) in [
        ("policy.json", &policy),
        ("exported.json", &exported),
        ("inline.json", &inline),
        ("beside.json", &beside),
    ] {
        fs::write(folder.path().join(name), text.to_string()).unwrap();
    }
    for command in [
        "check --kind secret policy.json",
        "check --input-format aws exported.json",
        "check --input-format bundle inline.json",
        "check --input-format bundle beside.json",
    ] {
        for (name, cost, message) in [
            ("statements", 2, "2 statements in one policy, more than 1"),
            ("wildcards", 2, "2 wildcards in one text, more than 1"),
        ] {
            let with = |number: usize| {
                let limit = format!("{name}={number}");
                run_in(folder.path(), command.split(' ').chain(["--limit", &limit]))
            };
            let at = with(cost);
            assert!(!at.stdout.contains("[policy-size]"), "{command} {name}: {at:?}");
            let past = with(cost - 1);
            assert_eq!(past.code, 1, "{command} {name}: {past:?}");
            let told = unbroken(&past.stdout);
            assert!(told.contains("[policy-size]") && told.contains(message), "{past:?}");
            assert!(told.contains(&format!("`--limit {name}=NUMBER`")), "{past:?}");
        }
    }
}

/// An Allow for everybody whose tag has so many characters, and Deny statements that demand as many patterns of it. There is no
/// room for all of them, which takes a walk through their product to see.
fn crowded(characters: usize, patterns: usize) -> Value {
    let tag = |operator: &str, pattern: String| json!({operator: {"aws:PrincipalTag/t": pattern}});
    let denies = (0..patterns).map(|n| {
        json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": tag("StringNotLike", format!("?*{n}x{n}*?"))})
    });
    let allow = json!({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
        "Condition": tag("StringLike", "?".repeat(characters))});
    let statements: Vec<Value> = std::iter::once(allow).chain(denies).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// The text without what it is broken into lines with.
fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a proof decides within its bounds is undecided with any of them lowered, and the answer says which it was.
#[test]
fn bounds_of_proofs_are_set_by_name() {
    let text = crowded(5, 2).to_string();
    let public = |limits: &[&str]| {
        let mut arguments = vec!["public", "--kind", "secret", "-"];
        arguments.extend(limits.iter().flat_map(|limit| ["--limit", limit]));
        run_with(&text, &arguments)
    };
    assert_eq!(public(&[]).code, 0);
    for (name, enough) in [("states", 60), ("places", 600)] {
        let limit = format!("{name}={enough}");
        assert_eq!(public(&[&limit]).code, 0, "{limit}");
        let run = public(&[&format!("{name}=1")]);
        assert_eq!(run.code, 3, "{run:?}");
        let raise = format!("(raise the bound with `--limit {name}=NUMBER`)");
        assert!(unbroken(&run.stdout).contains(&raise), "{run:?}");
    }
    // The last one counts, and what a proof does not come to changes nothing.
    assert_eq!(public(&["states=1", "states=60"]).code, 0);
    assert_eq!(public(&["steps=1", "questions=0", "calls=0", "grants=0", "trials=0"]).code, 0);
}

/// What the defaults leave open a higher bound decides.
#[test]
fn a_raised_bound_decides_more() {
    let text = crowded(15, 7).to_string();
    let arguments = ["public", "--kind", "secret", "-", "--limit", "places=2000000"];
    let run = run_with(&text, &arguments[..4]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(unbroken(&run.stdout).contains("`--limit places=NUMBER`"), "{run:?}");
    let run = run_with(&text, &arguments);
    assert_eq!(run.code, 0, "{run:?}");
}

/// Every command that proves keeps the bounds that it is given.
#[test]
fn commands_keep_the_bounds_of_proofs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &Value| {
        fs::write(folder.path().join(name), text.to_string()).unwrap();
    };
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let decrypt = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}]});
    let policy = crowded(5, 2);
    let bundle = |policy: &Value| {
        json!({"version": 1, "keys": [{"arn": key, "policy": decrypt}], "secrets": [{
            "arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-a1B2c3",
            "policy": policy, "kms_key_id": key}]})
    };
    let none = json!({"Version": "2012-10-17", "Statement": []});
    write("none.json", &none);
    write("policy.json", &policy);
    for (name, policy) in [("old", &none), ("new", &policy)] {
        fs::create_dir(folder.path().join(name)).unwrap();
        write(&format!("{name}/bundle.json"), &bundle(policy));
    }
    for command in [
        "diff --kind secret none.json policy.json",
        "diff old new",
        "who-can new",
        "check --kind secret --fail-on error policy.json",
    ] {
        let with = |limit| run_in(folder.path(), command.split(' ').chain(["--limit", limit]));
        assert_eq!(with("states=60").code, 0, "{command}");
        let run = with("states=1");
        assert_eq!(run.code, 3, "{command}: {run:?}");
        let raise = "raise the bound with `--limit states=NUMBER`";
        assert!(unbroken(&run.stdout).contains(raise), "{command}: {run:?}");
    }
    let accepted = run_in(folder.path(), ["baseline", "policy.json", "--limit", "states=1"]);
    assert!(accepted.stdout.contains("undecided-exposure"), "{accepted:?}");
}

/// What a limit refuses hides nothing of other files.
#[test]
fn a_refusal_is_one_of_several_findings() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("deep.json"), "[".repeat(1_000)).unwrap();
    let public = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}"#;
    fs::write(folder.path().join("public.json"), public).unwrap();
    let run = run_in(folder.path(), ["check"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stdout.contains("[public-secret]"), "{run:?}");
    assert!(run.stdout.contains("more than 128 levels of nesting"), "{run:?}");
}

/// Thousands of wildcards fit into a policy that AWS stores. They are refused, wherever they stand; what is at the limit is
/// judged.
#[test]
fn policies_full_of_wildcards_are_refused() {
    let stars = |count: usize| "*a".repeat(count);
    for text in [
        r#""Action": "secretsmanager:STARS", "Resource": "*""#,
        r#""Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:STARS""#,
        r#""Action": "secretsmanager:GetSecretValue", "Resource": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/STARS"}}"#,
        r#""Action": "secretsmanager:GetSecretValue", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "STARS"}, "StringNotLike": {"aws:userid": "bSTARS"}}"#,
    ] {
        let policy = |count: usize| {
            let statement = text.replace("STARS", &stars(count));
            format!(
                r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*", {statement}}}]}}"#
            )
        };
        for command in
            [&["public", "--kind", "secret", "-"][..], &["check", "--kind", "secret", "-"]]
        {
            let refused = run_with(&policy(9_000), command);
            let told = [refused.stdout.as_str(), &refused.stderr].concat();
            assert!(matches!(refused.code, 1 | 2), "{command:?} {text}: {refused:?}");
            let words: Vec<_> = told.split_whitespace().collect();
            assert!(
                words.join(" ").contains("9000 wildcards in one text, more than 500"),
                "{told}"
            );
            let judged = run_with(&policy(500), command);
            assert!(!judged.stdout.contains("in one text"), "{command:?} {text}: {judged:?}");
        }
    }
}
