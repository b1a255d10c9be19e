//! Every format on one set of findings and answers, with everything in it that a format could stumble over.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

#[path = "support/hostile.rs"]
mod hostile;

use serde_json::Value;
use support::{Run, run_in};

const FORMATS: [&str; 7] = ["human", "json", "sarif", "junit", "github", "markdown", "html"];

fn report(format: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    hostile::write(folder.path());
    run_in(folder.path(), ["check", "--format", format])
}

fn snapshot(format: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/formats");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format, text));
}

#[test]
fn every_format_has_the_same_exit_code() {
    for format in FORMATS {
        assert_eq!(report(format).code, 2, "{format}");
    }
}

#[test]
fn no_format_holds_what_a_terminal_would_obey() {
    for format in FORMATS {
        let run = report(format);
        let unsafe_ones = run.stdout.chars().filter(|c| c.is_control() && *c != '\n');
        assert_eq!(unsafe_ones.count(), 0, "{format}");
        for character in ['\u{202e}', '\u{fffe}', '\u{85}'] {
            assert!(!run.stdout.contains(character), "{format}: {character:?}");
        }
    }
}

#[test]
fn human() {
    snapshot("human", &report("human").stdout);
}

#[test]
fn json() {
    snapshot("json", &report("json").stdout);
}

#[test]
fn github() {
    let run = report("github");
    snapshot("github", &run.stdout);
    for line in run.stdout.lines() {
        let level = ["::error file=", "::warning file=", "::notice file="];
        assert!(level.iter().any(|level| line.starts_with(level)), "{line}");
    }
}

#[test]
fn junit() {
    let run = report("junit");
    snapshot("junit", &run.stdout);
}

/// Every result is what the published schema asks for, and its rule is the one that its number says.
#[test]
fn sarif() {
    let run = report("sarif");
    let mut log = run.json();
    let schema = include_str!("schemas/sarif-2.1.0.json");
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    // The pattern of languages, which the log does not name, is no regular expression.
    for object in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][object]["properties"]["language"];
        assert!(language.as_object_mut().unwrap().remove("pattern").is_some());
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");

    let run = &mut log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap().clone();
    for result in run["results"].as_array_mut().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        // The catalogue grows.
        result["ruleIndex"] = "…".into();
    }
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array_mut();
    for notification in notifications.unwrap() {
        if let Some(rule) = notification.get_mut("associatedRule") {
            let index = usize::try_from(rule["index"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], rule["id"]);
            rule["index"] = "…".into();
        }
    }
    assert!(rules.len() > 60);
    run["tool"]["driver"]["rules"]
        .as_array_mut()
        .unwrap()
        .retain(|rule| rule["id"] == "json-syntax");
    snapshot("sarif", &serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn sarif_says_whether_the_run_was_a_success() {
    let invocation = |path: &str| {
        let log = support::run(["check", path, "--format", "sarif"]).json();
        log["runs"][0]["invocations"][0].clone()
    };
    let bad = invocation("fixtures/bad/public-secret");
    assert_eq!((&bad["executionSuccessful"], &bad["exitCode"]), (&true.into(), &1.into()));
    let unreadable = invocation("fixtures/reject/unknown-field/input");
    assert_eq!(
        (&unreadable["executionSuccessful"], &unreadable["exitCode"]),
        (&false.into(), &2.into())
    );
    assert_eq!(
        unreadable["toolExecutionNotifications"][0]["message"]["text"],
        "unknown field `secretz`"
    );
}

/// A reader of the format understands it, and the numbers add up.
#[test]
fn junit_can_be_read_back() {
    let report = quick_junit::Report::deserialize_from_str(&report("junit").stdout).unwrap();
    let cases: Vec<_> = report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    assert_eq!(cases.len(), report.tests);
    let names: Vec<_> = cases.iter().map(|case| case.name.as_str()).collect();
    for name in [hostile::SCRIPT, hostile::IMAGE, hostile::MARKUP, "\\u{1b}[31mred\\u{7}"] {
        assert!(names.iter().any(|found| found.contains(name)), "{name}: {names:#?}");
    }
    let of = |found: fn(&TestCaseStatus) -> bool| {
        cases.iter().filter(|case| found(&case.status)).count()
    };
    use quick_junit::{NonSuccessKind, TestCaseStatus};
    let skipped = of(|status| matches!(status, TestCaseStatus::Skipped { .. }));
    let failed = of(|status| {
        matches!(status, TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. })
    });
    let errors = of(|status| {
        matches!(status, TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. })
    });
    assert_eq!((skipped, failed, errors), (report.skipped, report.failures, report.errors));
    assert_eq!((skipped, failed, errors), (1, 4, 4));
}

/// What is below the threshold does not fail.
#[test]
fn junit_heeds_the_threshold() {
    let failures = |threshold: &str| {
        let arguments =
            ["check", "fixtures/bad/direct-decrypt", "--format", "junit", "--fail-on", threshold];
        let run = support::run(arguments);
        let report = quick_junit::Report::deserialize_from_str(&run.stdout).unwrap();
        (report.failures, run.code)
    };
    assert_eq!(failures("warning"), (1, 1));
    assert_eq!(failures("error"), (0, 0));
}

#[test]
fn markdown() {
    let run = report("markdown");
    snapshot("markdown", &run.stdout);
    for character in ['@', '`', '<'] {
        let text = run.stdout.replace("<code>", "").replace("</code>", "");
        let lines = text.lines().filter(|line| line.starts_with("| ") || line.starts_with("###"));
        assert!(lines.into_iter().all(|line| !line.contains(character)), "{character}: {text}");
    }
}

#[test]
fn html() {
    let run = report("html");
    let (before, after) = run.stdout.split_once("<style>").unwrap();
    let (_, after) = after.split_once("</style>").unwrap();
    // An element a line, so that a change can be read.
    snapshot("html", &format!("{before}{after}").replace("><", ">\n<"));
}
