//! The other evaluator, in a process of its own.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crosskey_engine::bundle::Decision;
use serde_json::Value;

/// What the other says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Decided(Decision),
    /// It does not take the request, or a policy.
    Refused(String),
}

pub(super) struct Peer {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peer {
    /// `folder` is the one that it is installed in.
    pub(super) fn start(folder: &Path) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/peer/answer.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        Self { child, to, from }
    }

    pub(super) fn ask(&mut self, simulation: &Value) -> Said {
        writeln!(self.to, "{simulation}").unwrap();
        self.to.flush().unwrap();
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        match answer["decision"].as_str() {
            Some("Allowed") => Said::Decided(Decision::Allow),
            Some("ExplicitlyDenied") => Said::Decided(Decision::ExplicitDeny),
            Some("ImplicitlyDenied") => Said::Decided(Decision::ImplicitDeny),
            _ => Said::Refused(answer["refused"].to_string()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
