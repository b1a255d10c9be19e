//! Pages that are made from tables in the code: they must say what the code says.
//!
//! `UPDATE_DOCS=1 cargo test -p crosskey-engine --test docs` writes them anew.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads its fixtures and fails by panicking"
)]

use std::{fmt::Write as _, fs, path::Path};

use crosskey_engine::{aws::ASSUMPTIONS, check::RULES};

fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "docs/{name} is out of date: run this test with UPDATE_DOCS=1");
}

/// The tests that the page on the library shows are tests.
#[test]
fn library() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../docs/library.md")).unwrap();
    let shown = page.split_once("```rust\n").unwrap().1.split_once("```").unwrap().0;
    let tests = fs::read_to_string(root.join("tests/policies.rs")).unwrap();
    assert!(tests.ends_with(shown), "docs/library.md shows other tests than tests/policies.rs");
}

#[test]
fn assumptions() {
    let mut text = String::from(
        "# Assumptions\n\nWhere AWS's documents are silent or disagree, the engine assumes what they make likeliest. \
         Each such point has a\nname; `--assume NAME=VALUE` and `\"assumptions\": {\"NAME\": \"VALUE\"}` in a manifest \
         change it, and an answer that\nhangs on one says so. The first value is the default.\n",
    );
    for known in ASSUMPTIONS {
        writeln!(text, "\n## `{}`\n{}\n", known.name, known.summary.trim()).unwrap();
        for (value, meaning) in known.values {
            writeln!(text, "- `{value}`: {}", meaning.trim()).unwrap();
        }
    }
    compare("assumptions.md", &text);
}

#[test]
fn rules() {
    let mut text = String::from(
        "# Rules\n\nWhat `crosskey check` looks for. `crosskey rules ID` prints the same.\n\n| rule | severity | \
         finds |\n|---|---|---|\n",
    );
    for rule in RULES.iter() {
        let (id, severity, summary) = (rule.id, rule.severity, rule.summary);
        writeln!(text, "| [`{id}`](#{id}) | {severity} | {summary} |").unwrap();
    }
    for rule in RULES.iter() {
        writeln!(text, "\n## {}\n{}.\n\n{}\n", rule.id, rule.summary, rule.why).unwrap();
        writeln!(text, "```json\n{}\n```\n\nBetter:\n\n```json\n{}\n```", rule.bad, rule.good)
            .unwrap();
        if rule.reference.starts_with("https://") {
            writeln!(text, "\n<{}>", rule.reference).unwrap();
        }
    }
    compare("rules.md", &text);
}
