//! How the tests run the program: in the root of the repository, with nothing of the caller's environment that
//! changes its output.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.unwrap().to_owned()
}

/// What changes output and is the caller's.
pub(crate) const SCRUBBED: [&str; 7] = [
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "COLORTERM",
    "COLUMNS",
    "RUST_BACKTRACE",
];

/// The program, ready to be run.
pub(crate) fn crosskey() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crosskey"));
    command.current_dir(root());
    for name in SCRUBBED {
        command.env_remove(name);
    }
    command.env("TERM", "dumb");
    command
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Both streams.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// Runs the program.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    crosskey().args(arguments).output().unwrap().into()
}

/// Runs the program in a folder.
pub(crate) fn run_in<S: AsRef<std::ffi::OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Run {
    crosskey().current_dir(folder).args(arguments).output().unwrap().into()
}

/// Runs the program with text on its standard input, which it may refuse to read.
pub(crate) fn run_with(stdin: &str, arguments: &[&str]) -> Run {
    use std::{io::Write as _, process::Stdio};
    let mut command = crosskey();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that refuses its arguments has ended before it reads: what it said is told below.
    match child.stdin.take().unwrap().write_all(stdin.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    child.wait_with_output().unwrap().into()
}
