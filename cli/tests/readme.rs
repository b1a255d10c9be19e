//! The README's terminal picture is what the program prints.
//!
//! `UPDATE_DOCS=1 cargo test -p crosskey --test readme` writes it anew.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test binary uses its own part of the harness")]
mod support;

use std::fs;

const BEGIN: &str = "```console\n$ crosskey ";

#[test]
fn the_picture_is_real() {
    let path = support::root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (block, after) = rest.split_once("\n```").unwrap();
    let command = block.lines().next().unwrap();
    let output = support::crosskey().args(command.split_whitespace()).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    let real = format!("{before}{BEGIN}{command}\n{}\n```{after}", printed.join("\n"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &real).unwrap();
    }
    assert!(
        real == readme || std::env::var_os("UPDATE_DOCS").is_some(),
        "README.md shows another output: run this test with UPDATE_DOCS=1"
    );
}
