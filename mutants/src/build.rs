//! Builds the engine's tests with every change that compiles.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::list::{Change, Genre};
use crate::switch::{self, Switched};

/// Tests with switches in them.
pub struct Built {
    /// The programs that run the tests.
    pub programs: Vec<PathBuf>,
    /// The changes that are in them; all others do not compile, or have no switch.
    pub compile: HashSet<usize>,
}

const PACKAGE: &str = "crosskey-engine";

/// The engine asks this module whether a change is on. Where a file is named, it gets the numbers of the changes that
/// were asked about, each once.
const MODULE: &str = r#"
#[doc(hidden)]
pub mod mutants {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{LazyLock, Mutex};

    static SEEN: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];
    static ON: LazyLock<usize> = LazyLock::new(|| std::env::var("MUTANT").map_or(COUNT, |on| on.parse().unwrap()));
    static TELL: LazyLock<Option<Mutex<std::fs::File>>> = LazyLock::new(|| {
        std::env::var_os("MUTANTS_SEEN").map(|path| {
            Mutex::new(std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap())
        })
    });

    pub fn on(change: usize) -> bool {
        if let Some(file) = &*TELL
            && !SEEN[change].swap(true, Ordering::Relaxed)
        {
            writeln!(file.lock().unwrap(), "{change}").unwrap();
        }
        change == *ON
    }
}
"#;

/// Builds all changes, and leaves out those that rustc objects to until it objects to none.
pub fn all(tree: &Path, changes: &[Change]) -> Result<Built> {
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, change) in
        changes.iter().enumerate().filter(|(_, change)| change.genre != Genre::Other)
    {
        files.entry(&change.file).or_default().push(number);
    }
    let mut sources = HashMap::new();
    for file in files.keys() {
        sources.insert(
            *file,
            fs::read_to_string(tree.join(file)).with_context(|| format!("cannot read {file}"))?,
        );
    }
    let root = tree.join("engine/src/lib.rs");
    let module = MODULE.replace("COUNT", &changes.len().to_string());
    fs::write(&root, fs::read_to_string(&root)? + &module)?;

    let mut out: HashSet<usize> = HashSet::new();
    let mut checked = false;
    loop {
        let mut written = HashMap::new();
        for (file, numbers) in &files {
            let kept: Vec<_> = numbers
                .iter()
                .filter(|number| !out.contains(number))
                .map(|&n| (n, &changes[n]))
                .collect();
            let switched =
                switch::all(&sources[file], &kept).with_context(|| format!("in {file}"))?;
            fs::write(tree.join(file), &switched.text)?;
            written.insert((*file).to_owned(), switched);
        }
        let steps: &[&str] = if checked { &["test", "--no-run"] } else { &["check", "--lib"] };
        let messages = cargo(tree, steps)?;
        let errors: Vec<_> = messages.iter().filter_map(Message::error).collect();
        if errors.is_empty() && !checked {
            checked = true;
            continue;
        }
        if errors.is_empty() {
            let programs: Vec<_> = messages.iter().filter_map(Message::program).collect();
            ensure!(!programs.is_empty(), "no test was built");
            let compile = written
                .values()
                .flat_map(|file| file.places.iter().map(|place| place.change))
                .collect();
            return Ok(Built { programs, compile });
        }
        let before = out.len();
        for error in &errors {
            out.extend(error.spans.iter().filter_map(|span| blamed(span, &written)));
        }
        eprintln!("{} errors, {} changes do not compile", errors.len(), out.len());
        if out.len() == before {
            bail!(
                "an error lies in no change: {}",
                errors[0].rendered.as_deref().unwrap_or(&errors[0].message)
            );
        }
    }
}

fn cargo(tree: &Path, steps: &[&str]) -> Result<Vec<Message>> {
    let output = Command::new("cargo")
        .args(steps)
        .args(["--quiet", "--message-format=json", "--package", PACKAGE])
        .current_dir(tree)
        .env("RUSTFLAGS", "--cap-lints=allow")
        // The tests run thousands of times, and keep the checks of a debug build.
        .env("CARGO_PROFILE_TEST_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_TEST_DEBUG", "false")
        .stderr(Stdio::inherit())
        .output()?;
    let lines = std::str::from_utf8(&output.stdout)?.lines().filter(|line| line.starts_with('{'));
    Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// The change whose text an error is in: the smallest that was written there, or else that is about it.
fn blamed(span: &At, written: &HashMap<String, Switched>) -> Option<usize> {
    if !span.is_primary {
        return None;
    }
    let places = &written.get(&span.file_name)?.places;
    let holds = |range: &std::ops::Range<usize>| {
        range.start <= span.byte_start && span.byte_end <= range.end
    };
    let inside =
        places.iter().filter(|place| holds(&place.written)).min_by_key(|place| place.written.len());
    let around =
        || places.iter().filter(|place| holds(&place.about)).min_by_key(|place| place.about.len());
    inside.or_else(around).map(|place| place.change)
}

/// What cargo says, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    message: Option<Diagnostic>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    spans: Vec<At>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct At {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}

impl Message {
    fn error(&self) -> Option<&Diagnostic> {
        let message = self.message.as_ref().filter(|_| self.reason == "compiler-message")?;
        (message.level == "error" && !message.spans.is_empty()).then_some(message)
    }

    fn program(&self) -> Option<PathBuf> {
        self.executable.clone().filter(|_| self.reason == "compiler-artifact")
    }
}
