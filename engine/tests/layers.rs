//! The house: modules stand in layers, each uses only those above it, and no file grows out of hand.
#![expect(
    clippy::disallowed_methods,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test reads its fixtures and fails by panicking"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Top to bottom; a module may use those before it. ARCHITECTURE.md says what lives in each.
const LAYERS: &[&str] = &[
    "text", "aws", "policy", "bundle", "ingest", "request", "compile", "decide", "prove",
    "finding", "check", "report", "review",
];

/// Longest file of code; the test modules of long parsers stand in files of their own.
const LINES: usize = 600;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The layer that a file belongs to; none for the root of the crate.
fn layer_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(source()).unwrap();
    let first = inside.components().next()?.as_os_str().to_string_lossy().into_owned();
    let name = first.trim_end_matches(".rs").to_owned();
    (name != "lib").then_some(name)
}

/// The modules that a file names behind `crate::`, in `use` groups and in paths, without comments.
fn uses(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => item.clear(),
                    c if depth == 0 && (c.is_alphanumeric() || c == '_') => {
                        item.push(c);
                        continue;
                    }
                    _ => {}
                }
                if !item.is_empty() {
                    found.insert(std::mem::take(&mut item));
                }
            }
            if !item.is_empty() {
                found.insert(item);
            }
        } else {
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.insert(name);
        }
    }
    found.retain(|name| LAYERS.contains(&name.as_str()));
    found
}

#[test]
fn every_module_uses_only_those_above_it() {
    let mut paths = Vec::new();
    files(&source(), &mut paths);
    assert!(paths.len() > 50, "only {} files were found", paths.len());
    let rank = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    let mut wrong = Vec::new();
    for path in &paths {
        let Some(layer) = layer_of(path) else {
            continue;
        };
        let Some(own) = rank(&layer) else {
            wrong.push(format!("{}: `{layer}` is in no layer", path.display()));
            continue;
        };
        // Test modules may look wherever they like.
        let text = fs::read_to_string(path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        if path.ends_with("testing.rs") || path.ends_with("tests.rs") {
            continue;
        }
        for used in uses(text) {
            if rank(&used) > Some(own) {
                wrong.push(format!("{}: {layer} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "upward imports:\n{}", wrong.join("\n"));
}

#[test]
fn groups_and_paths_are_both_seen() {
    let text =
        "use crate::{aws::{Arn, X}, text::Span};\nfn f(_: crate::check::Y) {} // crate::prove";
    assert_eq!(uses(text).into_iter().collect::<Vec<_>>(), ["aws", "check", "text"]);
}

#[test]
fn no_file_is_too_long() {
    let mut paths = Vec::new();
    files(&source(), &mut paths);
    let long: Vec<_> = paths
        .iter()
        .map(|path| (fs::read_to_string(path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LINES)
        // Generated tables.
        .filter(|(_, path)| !path.starts_with(source().join("aws/catalog")))
        .collect();
    assert!(long.is_empty(), "longer than {LINES} lines: {long:?}");
}
