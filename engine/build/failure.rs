//! What the build script says when it cannot provide Z3.

use std::io;
use std::path::Path;

/// The ways round, whatever went wrong.
const WAYS_ROUND: [&str; 5] = [
    "Crosskey's prover needs Z3 5.3 or later. Any one of these provides it:",
    "  - start cargo inside the repository, with python3, pip and a Python package index at hand:",
    "    the build then installs the pinned official wheel of Z3 below `target`",
    "  - set CROSSKEY_Z3_LIB_DIR to a folder that holds such a libz3 (a shared library)",
    "  - build Z3 from source with the feature `vendored-z3` (slow: cmake 3.26 and g++ 13, or later)",
];

/// One failure: a sentence, and what another program said about it, if one did.
pub(crate) struct Failure {
    sentence: String,
    details: Vec<String>,
}

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), details: Vec::new() }
    }

    /// Makes failures of something done to a file or folder, for `map_err`.
    pub(crate) fn io(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::new(format!("{doing} {}: {error}", path.display()))
    }

    /// Adds the last lines of what another program printed.
    pub(crate) fn quoting(mut self, output: &[u8]) -> Self {
        const LINES: usize = 4;
        let text = String::from_utf8_lossy(output);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let skipped = lines.len().saturating_sub(LINES);
        self.details.extend(lines.iter().skip(skipped).map(|line| format!("  | {line}")));
        self
    }

    /// Hands the message to cargo, which shows it as an error of this package and stops the build.
    pub(crate) fn report(&self) {
        println!("cargo::error={}", self.sentence);
        for line in self.details.iter().map(String::as_str).chain(WAYS_ROUND) {
            println!("cargo::error={line}");
        }
    }
}
