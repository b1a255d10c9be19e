//! What others install from: the wheel, the hooks.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::fs;

fn read(name: &str) -> String {
    fs::read_to_string(support::root().join(name)).unwrap()
}

/// A hook that installed another version than its own would judge by other rules.
#[test]
fn the_hook_installs_the_version_that_it_belongs_to() {
    let version = env!("CARGO_PKG_VERSION");
    let project: toml::Table = read("pyproject.toml").parse().unwrap();
    let project = project["project"].as_table().unwrap();
    assert_eq!(project["version"].as_str(), Some(version));
    let needed = format!("crosskey=={version}");
    assert_eq!(project["dependencies"].as_array().unwrap()[0].as_str(), Some(&*needed));
    let wheel: toml::Table = read("cli/pyproject.toml").parse().unwrap();
    assert_eq!(wheel["project"]["name"].as_str(), Some("crosskey"));
    assert_eq!(wheel["project"]["dynamic"].as_array().unwrap()[0].as_str(), Some("version"));
    assert_eq!(wheel["tool"]["maturin"]["bindings"].as_str(), Some("bin"));
    let page = read("docs/pre-commit.md");
    assert!(page.contains(&format!("rev: v{version}\n")), "docs/pre-commit.md: another version");
}
