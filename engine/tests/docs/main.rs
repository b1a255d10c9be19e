//! Pages that are made from tables in the code: they must say what the code says.
//!
//! `UPDATE_DOCS=1 cargo test -p crosskey-engine --test docs` writes them anew.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test reads its fixtures and fails by panicking"
)]

mod example;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use crosskey_engine::{
    aws::ASSUMPTIONS,
    check::{CheckOptions, RULES, is_about_input},
    finding::Rule,
    review::Review,
};

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

/// What is wrong with the first fixture that a rule finds, and what to do: rule, folder, message, help.
fn reported() -> BTreeMap<&'static str, (String, String, String)> {
    let mut found = BTreeMap::new();
    for kind in ["bad", "reject"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(kind);
        let mut cases: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        cases.sort();
        for case in cases {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            let read = |path: &str| fs::read(case.join(path)).map_err(|error| error.to_string());
            let Ok(review) = Review::open("bundle.json", read) else { continue };
            for finding in review.check(&CheckOptions::default()).findings {
                // A fixture that bears the rule's name is the best example of it.
                let told = || (format!("{kind}/{name}"), finding.message, finding.help);
                if name == finding.rule {
                    found.insert(finding.rule, told());
                } else {
                    found.entry(finding.rule).or_insert_with(told);
                }
            }
        }
    }
    found
}

/// What is said of the example, or of a fixture.
fn fix(rule: &Rule, reported: Option<&(String, String, String)>) -> String {
    let (of, message, help) = match (example::found(rule), reported) {
        (Some((_, found)), _) => {
            ("`crosskey check` says of the example:".to_owned(), found.message, found.help)
        }
        (None, Some((case, message, help))) => {
            let of = format!("`crosskey check fixtures/{case}` says:");
            (of, message.clone(), help.clone())
        }
        (None, None) => {
            return "Write it as the good example has it. `crosskey check` points at the place, and says what to write \
                    there.\n\n"
                .to_owned();
        }
    };
    format!("{of}\n\n```text\n{message}\nhelp: {help}\n```\n\n")
}

fn rule_page(rule: &Rule, reported: Option<&(String, String, String)>) -> String {
    let &Rule { id, severity, summary, why, bad, good, reference } = rule;
    let mut text = format!("# {id}\n\n**{severity}**: {summary}.\n\n## Why\n\n{why}\n");
    if reference.starts_with("https://") {
        writeln!(text, "\n<{reference}>").unwrap();
    }
    write!(
        text,
        "\n## Bad\n\n```json\n{bad}\n```\n\n## Good\n\n```json\n{good}\n```\n\n## Fix\n\n"
    )
    .unwrap();
    text.push_str(&fix(rule, reported));
    text.push_str(match is_about_input(rule) {
        true => {
            "The rule is about input that cannot be judged: it can be neither turned off nor accepted.\n"
        }
        false => {
            "If it is meant, [accept the finding](../configuration.md#ignores) with a reason, or \
             [regrade the rule](../configuration.md).\n"
        }
    });
    text
}

#[test]
fn rules() {
    let mut text = String::from(
        "# Rules\n\nWhat `crosskey check` looks for. `crosskey rules ID` explains one in the terminal.\n\n| rule | severity | \
         finds |\n|---|---|---|\n",
    );
    for rule in RULES.iter() {
        let (id, severity, summary) = (rule.id, rule.severity, rule.summary);
        writeln!(text, "| [`{id}`](rules/{id}.md) | {severity} | {summary} |").unwrap();
    }
    compare("rules.md", &text);
    let reported = reported();
    let mut pages = BTreeSet::new();
    for rule in RULES.iter() {
        let name = format!("{}.md", rule.id);
        compare(&format!("rules/{name}"), &rule_page(rule, reported.get(rule.id)));
        pages.insert(name);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules");
    let there = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let there: BTreeSet<String> = there.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(there, pages, "pages of rules that are gone");
}

/// The contents of the book list every rule under the page of them all.
#[test]
fn summary() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/SUMMARY.md");
    let summary = fs::read_to_string(path).unwrap();
    let mut text = String::new();
    for line in summary.lines().filter(|line| !line.contains("](rules/")) {
        writeln!(text, "{line}").unwrap();
        if line.ends_with("](rules.md)") {
            for rule in RULES.iter() {
                writeln!(text, "  - [{id}](rules/{id}.md)", id = rule.id).unwrap();
            }
        }
    }
    compare("SUMMARY.md", &text);
}

/// Rules whose examples are sentences, or are wrong only together with something else.
const TOLD: &[&str] = &[
    "default-key-cross-account",
    "ended-ignore",
    "expectation-not-met",
    "half-open-share",
    "internal-error",
    "policy-size",
    "public-plaintext",
    "public-resource",
    "role-path-mismatch",
    "stale-ignore",
    "undecided-exposure",
];

/// The examples of the catalogue are what they say: the bad one is found, the good one in its place is not.
#[test]
fn examples() {
    let mut wrong = Vec::new();
    for rule in RULES.iter() {
        match example::found(rule) {
            None if TOLD.contains(&rule.id) => {}
            None => wrong.push(format!("{}: the bad example is not found", rule.id)),
            Some(_) if TOLD.contains(&rule.id) => {
                wrong.push(format!("{}: the bad example is found after all", rule.id));
            }
            Some((place, _)) => {
                // The good example is for a secret in China, which that of the share is not.
                if rule.id == "wrong-partition" {
                    continue;
                }
                if let Some(found) = example::said(rule, place, rule.good) {
                    wrong.push(format!(
                        "{} in {place:?}: the good example: {}",
                        rule.id, found.message
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[cfg(feature = "prove")]
#[test]
fn limits() {
    use crosskey_engine::{
        prove::{BoundKind, Bounds},
        text::{LimitKind, Limits},
    };

    let mut text = String::from(
        "# Limits\n\nCrosskey reads what strangers wrote. What goes past a limit is refused with a message (exit code 2) before \
         any work is\ndone that grows with it; the other files are still judged. The defaults are far above what people \
         have.\n\n## Input\n`--limit NAME=NUMBER` sets another number for one run, higher or lower.\n\n| name | default | \
         at most | limits |\n|---|---|---|---|\n",
    );
    for kind in LimitKind::ALL {
        let (default, most) = (Limits::default().get(kind), kind.most());
        writeln!(text, "| `{}` | {default} | {most} | {} |", kind.name(), kind.summary()).unwrap();
    }
    text.push_str(
        "\nFiles of settings have a limit of 4 MiB of their own. In YAML, aliases may stand for 100000 values in all, \
         and the functions\nof a CloudFormation template may make 32 MiB of text. A policy of\nmore than 1 MiB, many times what any service stores, is refused for its size and not looked at further.\n",
    );
    text.push_str(
        "So is one with more `statements`, or more `wildcards` in one text (`policy-size`): nothing of it takes effect, and an \
         answer that\nneeds it is *invalid*.\n",
    );
    text.push_str(
        "\n## Proofs\nA proof that goes past a bound ends *undecided* (`undecided-exposure`, exit code 3), never in a no. Bounds \
         count\nwork and not time, so that an answer is the same on every machine; the defaults come to about a second for one \
         policy.\n`--limit NAME=NUMBER` sets these too: higher, to decide what was left open, or lower, to be done sooner.\n\n\
         | name | default | at most | limits | past it |\n|---|---|---|---|---|\n",
    );
    for kind in BoundKind::ALL {
        let (default, most) = (Bounds::default().get(kind), Bounds::MOST);
        let (name, summary, past) = (kind.name(), kind.summary(), kind.past());
        writeln!(text, "| `{name}` | {default} | {most} | {summary} | {past} |").unwrap();
    }
    text.push_str(
        "\n## Memory\nWhat is judged as one, at these limits, takes less than 500 MB: a manifest with the policies \
         that it names,\neach as often as it is named, or the plans, templates and answers of AWS under the paths given. Past `together` \
         or `values`\nnone of a world of plans, templates and answers is judged, and of a bundle nothing that needs what was not read: \
         half of it\nwould be a guess. Commands other than `check` and `baseline` hold all that they read, and `together` limits \
         that.\n\nMore files do not take more. All threads together have 4 MiB of files open at a time, and keep 64 MiB, as reckoned, \
         until they\nare reported; what is larger waits, and is judged alone. Neither changes an answer.\n\n\
         The report grows with what is found, some 3 KB for each finding, and is kept until all is judged. Of each rule `findings` \
         are\ntold, in what is judged as one and in the whole run; where there are more, that is an error that cannot be accepted \
         (exit\ncode 2). There is no recursion that `depth` does not bound, in letting go of a document either.\n",
    );
    compare("limits.md", &text);
}
