//! Z3 from its official Python wheel: pip fetches the file and checks its hash, Python unpacks it.
//!
//! `pip download` is used rather than `pip install`, which many distributions refuse for the
//! Python of the system.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::library;
use crate::platform::Platform;
use crate::variable;

/// The wheel: its version and its hashes, as pip reads them.
const REQUIREMENTS: &str = "build/z3-wheel.txt";

/// Unpacks one member of an archive. Arguments: the archive, the member, the file to write.
const UNPACK: &str = "import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, open(sys.argv[3], 'wb') as target:
    target.write(wheel.read(sys.argv[2]))";

/// The version of Z3 in the wheel, as three numbers.
pub(crate) fn version() -> Result<String, Failure> {
    include_str!("z3-wheel.txt")
        .split_once("z3-solver==")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .map(|version| version.split('.').take(3).collect::<Vec<_>>().join("."))
        .ok_or_else(|| Failure::new(format!("{REQUIREMENTS} names no version of z3-solver")))
}

/// Fetches and unpacks the wheel into a folder below `out`, unless that was done before.
pub(crate) fn provide(out: &Path, platform: &Platform) -> Result<PathBuf, Failure> {
    let folder = out.join(format!("z3-{}", version()?));
    if folder.exists() {
        return Ok(folder);
    }
    let Some(tag) = platform.wheel else {
        return Err(Failure::new(format!("there is no wheel of Z3 for {}", platform.name)));
    };

    let work = out.join("z3-work");
    let unpacked = work.join("unpacked");
    renew(&work)
        .and_then(|()| fs::create_dir(&unpacked))
        .map_err(Failure::io("cannot create", &unpacked))?;
    let python = python_with_pip()?;
    let wheel = fetch(python, tag, &work)?;
    unpack(python, &wheel, &unpacked, platform)?;
    library::settle(&unpacked, platform)?;
    // The folder gets its name last: a build that was cut short leaves nothing that looks whole.
    fs::rename(&unpacked, &folder).map_err(Failure::io("cannot rename", &unpacked))?;
    fs::remove_dir_all(&work).map_err(Failure::io("cannot remove", &work))?;
    Ok(folder)
}

/// Makes an empty folder, whatever was there.
fn renew(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}

/// The first Python here that has pip.
fn python_with_pip() -> Result<&'static str, Failure> {
    let mut without_pip = None;
    for python in ["python3", "python"] {
        match Command::new(python).args(["-m", "pip", "--version"]).output() {
            Ok(output) if output.status.success() => return Ok(python),
            Ok(output) => without_pip = without_pip.or(Some((python, output.stderr))),
            Err(_) => {}
        }
    }
    Err(match without_pip {
        Some((python, stderr)) => {
            let sentence = format!("Z3 was to be fetched with pip, but `{python}` has no pip");
            Failure::new(sentence).quoting(&stderr)
        }
        None => Failure::new("Z3 was to be fetched with pip, but there is no `python3` here"),
    })
}

/// Downloads the wheel for a platform into a folder and returns its path. pip refuses a file whose
/// hash is not listed.
fn fetch(python: &str, tag: &str, folder: &Path) -> Result<PathBuf, Failure> {
    let requirements = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join(REQUIREMENTS);
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]);
    pip.args(["--no-deps", "--only-binary", ":all:", "--require-hashes", "--platform", tag]);
    pip.arg("--dest").arg(folder).arg("--requirement").arg(requirements);
    let output = pip.output().map_err(Failure::io("cannot run", Path::new(python)))?;

    if !output.status.success() {
        let mismatch = String::from_utf8_lossy(&output.stderr).contains("DO NOT MATCH THE HASHES");
        let sentence = if mismatch {
            format!("the wheel of Z3 that pip got is not the one pinned in engine/{REQUIREMENTS}")
        } else {
            "pip could not fetch the wheel of Z3; is a Python package index within reach?".into()
        };
        return Err(Failure::new(sentence).quoting(&output.stderr));
    }
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    fs::read_dir(folder)
        .map_err(Failure::io("cannot read", folder))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(is_wheel)
        .ok_or_else(|| Failure::new("pip left no wheel of Z3, though it reported no error"))
}

/// Takes the library out of a wheel.
fn unpack(python: &str, wheel: &Path, to: &Path, platform: &Platform) -> Result<(), Failure> {
    let mut command = Command::new(python);
    command.args(["-c", UNPACK]).arg(wheel);
    command.arg(format!("z3/lib/{}", platform.library)).arg(to.join(platform.library));
    let output = command.output().map_err(Failure::io("cannot run", Path::new(python)))?;
    if output.status.success() {
        return Ok(());
    }
    let sentence = format!("cannot unpack the wheel of Z3, {}", wheel.display());
    Err(Failure::new(sentence).quoting(&output.stderr))
}
