//! What the README and the book show is what the program does, and what they link to is there.
//!
//! `UPDATE_DOCS=1 cargo test -p crosskey --test book` writes shown output and the JSON Schemas anew.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test binary uses its own part of the harness")]
mod support;

use std::{
    collections::BTreeSet,
    fs,
    path::{Component, Path, PathBuf},
    process::{Command, Stdio},
};

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

const SCHEMAS: [&str; 7] = ["bundle", "config", "simulate", "check", "public", "who-can", "diff"];

/// Pages below a folder, by name.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The pages of the book, and those at the root.
fn all() -> Vec<PathBuf> {
    let root = support::root();
    let at_root = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let mut all: Vec<_> = at_root.iter().map(|name| root.join(name)).collect();
    all.extend(pages(&root.join("docs")));
    assert!(all.len() > 80, "only {} pages", all.len());
    all
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares a file with what it should say, or writes it.
fn compare(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, text).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(found == text, "{} is out of date: run this test with UPDATE_DOCS=1", path.display());
}

/// What a terminal shows of a command: both streams, without blanks at the ends of lines.
fn shown(command: &str, folder: &Path) -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_crosskey")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path)));
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec 2>&1; {command}")]).current_dir(folder).stdin(Stdio::null());
    for name in support::SCRUBBED {
        shell.env_remove(name);
    }
    let output = shell.env("TERM", "dumb").env("PATH", path.unwrap()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code().is_some_and(|code| code < 4), "`{command}`: {text}");
    let lines: Vec<_> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// A page with the output of its ```` ```console ```` blocks as it is. All commands of a page are run in one folder, which
/// has the fixtures. A command goes on in the next line behind a `\`.
fn with_output(page: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(support::root().join("fixtures"), folder.path().join("fixtures"))
        .unwrap();
    let mut out = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line != "```console" {
            continue;
        }
        let mut block = lines.by_ref().take_while(|line| *line != "```").peekable();
        while let Some(line) = block.next() {
            let Some(first) = line.strip_prefix("$ ") else {
                continue;
            };
            let mut command = first.to_owned();
            while command.ends_with('\\') {
                command.push('\n');
                command.push_str(block.next().unwrap());
            }
            let text = shown(&command, folder.path());
            out.push_str(&format!("$ {command}\n"));
            if !text.is_empty() {
                out.push_str(&format!("{text}\n"));
            }
        }
        out.push_str("```\n");
    }
    out
}

#[cfg(unix)]
#[test]
fn shown_commands_print_what_is_shown() {
    let mut run = 0;
    for path in all() {
        let page = read(&path);
        run += page.matches("\n$ ").count();
        if page.contains("```console\n") {
            compare(&path, &with_output(&page));
        }
    }
    assert!(run > 8, "only {run} commands");
}

#[test]
fn schemas_are_those_that_the_program_prints() {
    let folder = support::root().join("docs/schemas");
    let page = read(&support::root().join("docs/schemas.md"));
    for name in SCHEMAS {
        let run = support::run(["schema", name]);
        compare(&folder.join(format!("{name}.schema.json")), &run.stdout);
        assert!(
            page.contains(&format!("[{name}](schemas/{name}.schema.json)")),
            "{name} is not listed"
        );
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), SCHEMAS.len());
    let wrong = support::run(["schema", "nothing"]);
    for name in SCHEMAS {
        assert!(wrong.stderr.contains(name), "{wrong:?}");
    }
    assert_eq!(
        wrong.stderr.lines().find(|l| l.contains("possible values")).unwrap().matches(", ").count()
            + 1,
        SCHEMAS.len()
    );
}

/// What links of a page point at, and the names of its headings.
fn links_and_anchors(page: &str) -> (Vec<String>, BTreeSet<String>) {
    let (mut links, mut anchors) = (Vec::new(), BTreeSet::new());
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => links.push(dest_url.into_string()),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                anchors.extend(heading.take().map(|heading| anchor(&heading)));
            }
            _ => {}
        }
    }
    (links, anchors)
}

/// The name of a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

#[test]
fn links_lead_somewhere() {
    let docs = support::root().join("docs");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in all() {
        for link in links_and_anchors(&read(&path)).0 {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (file, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => path.clone(),
                _ => plain(&path.parent().unwrap().join(file)),
            };
            let name = path.strip_prefix(support::root()).unwrap().display();
            if !target.exists() {
                wrong.push(format!("{name}: {link} is not there"));
            } else if path.starts_with(&docs) && !target.starts_with(&docs) {
                wrong.push(format!("{name}: {link} leads out of the book"));
            } else if !fragment.is_empty()
                && !links_and_anchors(&read(&target)).1.contains(fragment)
            {
                wrong.push(format!("{name}: {link} has no such heading"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 200, "only {seen} links");
}

#[test]
fn the_book_has_every_page() {
    let docs = support::root().join("docs");
    let summary = docs.join("SUMMARY.md");
    let listed = links_and_anchors(&read(&summary)).0;
    let listed: BTreeSet<_> = listed.iter().map(|link| docs.join(link)).collect();
    let there = pages(&docs).into_iter().filter(|path| *path != summary).collect();
    let missing: Vec<_> = BTreeSet::difference(&there, &listed).collect();
    assert!(missing.is_empty(), "docs/SUMMARY.md does not list {missing:?}");
}

#[test]
fn every_page_has_one_title() {
    for path in pages(&support::root().join("docs")) {
        let page = read(&path);
        let titles = Parser::new(&page).filter(|event| {
            matches!(event, Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }))
        });
        let titles = titles.count();
        let is_summary = path.ends_with("SUMMARY.md");
        assert!(titles == 1 || is_summary, "{}: {titles} titles", path.display());
    }
}

#[test]
fn anchors_are_made_as_others_make_them() {
    assert_eq!(anchor("Plans and states of Terraform"), "plans-and-states-of-terraform");
    assert_eq!(anchor("`crosskey diff OLD NEW`"), "crosskey-diff-old-new");
    assert_eq!(anchor("Public, and too broad"), "public-and-too-broad");
}
