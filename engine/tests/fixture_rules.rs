//! The rules on the folders of `fixtures`: each bad case is found by the rules that its README names, and good cases
//! are clean.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads its fixtures and fails by panicking"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crosskey_engine::{
    check::{CheckOptions, check},
    finding::{Finding, Severity},
    ingest::manifest::read_manifest,
    text::{Limits, Source, Sources},
};

fn cases(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(kind);
    let entries = fs::read_dir(folder).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

/// The findings of a case, with the text that each underlines.
fn findings(case: &Path) -> (Vec<Finding>, Sources) {
    let mut sources = Sources::new();
    let text = fs::read_to_string(case.join("bundle.json")).unwrap();
    let manifest = sources.add(Source::new("bundle.json", text));
    let mut files = |path: &str| fs::read(case.join(path)).map_err(|error| error.to_string());
    let loaded = read_manifest(manifest, &mut sources, &mut files, &Limits::default());
    let options = CheckOptions::default();
    let report = check(&loaded.bundle, &sources, &loaded.errors, &options);
    (report.findings, sources)
}

fn serious(findings: &[Finding]) -> BTreeSet<&str> {
    let serious = findings.iter().filter(|finding| finding.severity >= Severity::Warning);
    serious.map(|finding| finding.rule.id).collect()
}

#[test]
fn good_cases_are_clean() {
    for case in cases("good") {
        let (findings, _) = findings(&case);
        assert!(serious(&findings).is_empty(), "{case:?}: {findings:#?}");
    }
}

#[test]
fn bad_cases_are_found_by_the_rules_that_they_name() {
    let mut wrong = Vec::new();
    for case in cases("bad") {
        let readme = fs::read_to_string(case.join("README.md")).unwrap();
        let line = readme.lines().find_map(|line| line.strip_prefix("Finds:"));
        let named: BTreeSet<&str> = line.unwrap().split(',').map(str::trim).collect();
        // Without the prover nothing is said of how far access reaches, nor of what no request can use.
        let proven = |id: &&str| {
            ["public-", "dead-"].iter().any(|start| id.starts_with(start)) || *id == "broad-access"
        };
        let expected: BTreeSet<&str> =
            named.into_iter().filter(|id| cfg!(feature = "prove") || !proven(id)).collect();
        let (findings, _) = findings(&case);
        let found = serious(&findings);
        if found != expected {
            wrong.push(format!("{}: expected {expected:?}, found {found:?}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn findings_read_alike() {
    for case in cases("bad").into_iter().chain(cases("good")) {
        let (findings, sources) = findings(&case);
        for finding in findings {
            let (id, message, help) = (finding.rule.id, &finding.message, &finding.help);
            let what = format!("{case:?} {id}: {message} / {help}");
            for text in [message, help] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{what}");
                let first = text.chars().next().unwrap();
                assert!(!first.is_uppercase() || text.starts_with("Secrets Manager"), "{what}");
            }
            assert!(!finding.file(&sources).is_empty(), "{what}");
        }
    }
}
