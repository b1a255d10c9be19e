//! Every dependency has its reason in ARCHITECTURE.md, and is used.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{collections::BTreeSet, fs, path::Path};

use support::root;
use toml::Table;

fn manifest(path: &str) -> Table {
    fs::read_to_string(root().join(path)).unwrap().parse().unwrap()
}

fn names(table: &Table, section: &str) -> BTreeSet<String> {
    let section = table.get(section).and_then(|section| section.as_table());
    let names = section.into_iter().flat_map(|section| section.keys());
    names.filter(|name| !name.starts_with("crosskey")).cloned().collect()
}

/// The members of the workspace, and the packages that stand apart.
const PACKAGES: [&str; 6] = ["engine", "cli", "benches", "fuzz", "benches/peer", "mutants"];

#[test]
fn each_has_its_reason() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = text.split_once("## Dependencies, and why each").unwrap().1;
    let table: Vec<&str> =
        section.lines().skip_while(|line| !line.starts_with("|---")).skip(1).collect();
    let rows = table.iter().take_while(|line| line.starts_with('|'));
    let first = rows.map(|line| line.split('|').nth(1).unwrap());
    // What stands between backticks.
    let told: BTreeSet<String> =
        first.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
    let mut used: BTreeSet<String> =
        names(manifest("Cargo.toml")["workspace"].as_table().unwrap(), "dependencies");
    for apart in ["fuzz/Cargo.toml", "benches/peer/Cargo.toml", "mutants/Cargo.toml"] {
        used.extend(names(&manifest(apart), "dependencies"));
    }
    let missing: Vec<_> = used.difference(&told).collect();
    assert!(missing.is_empty(), "without a reason in ARCHITECTURE.md: {missing:?}");
    let gone: Vec<_> = told.difference(&used).collect();
    assert!(gone.is_empty(), "in ARCHITECTURE.md, but no dependency: {gone:?}");
}

/// What no line of the package's own code names, and why it is there.
const UNNAMED: [(&str, &str, &str); 2] = [
    ("engine", "z3-sys", "pins the version of what `z3` binds to"),
    ("fuzz", "toml", "the reader of settings, a file of the command line, uses it"),
];

#[test]
fn each_is_used() {
    let mut taken = BTreeSet::new();
    let mut unused = Vec::new();
    for package in PACKAGES {
        let manifest = manifest(&format!("{package}/Cargo.toml"));
        let mut code = String::new();
        read_all(&root().join(package), &mut code);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for name in names(&manifest, section) {
                let path = name.replace('-', "_");
                let known = UNNAMED.iter().any(|(of, what, _)| (*of, *what) == (package, &name));
                if !known && !code.contains(&format!("{path}::")) {
                    unused.push(format!("{package}: {name}"));
                }
                taken.insert(name);
            }
        }
    }
    assert!(unused.is_empty(), "in no line of code: {unused:?}");
    let listed = names(manifest("Cargo.toml")["workspace"].as_table().unwrap(), "dependencies");
    let idle: Vec<_> = listed.difference(&taken).collect();
    assert!(idle.is_empty(), "listed for the workspace, and taken by no package: {idle:?}");
}

/// The code of a package.
fn read_all(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap_or_default();
        if path.is_dir() && !["target", "corpus", "artifacts", "seeds", "snapshots"].contains(&name)
        {
            read_all(&path, code);
        } else if name.ends_with(".rs") {
            code.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
