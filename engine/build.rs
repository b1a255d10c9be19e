//! Provides the Z3 library when the feature `prove` is on, and tells the linker and the packages
//! that depend on this one where it is.
//!
//! The library comes from the first of these that applies:
//!
//! 1. the feature `vendored-z3`: z3-sys builds and links Z3 itself, nothing is left to do here;
//! 2. the folder that `CROSSKEY_Z3_LIB_DIR` names;
//! 3. the official wheel of Z3, pinned by hash in `build/z3-wheel.txt`.
//!
//! Whichever it is, the library ends up in a folder below `OUT_DIR`: cargo puts linker folders that
//! lie inside `target` on the library path of the tests, doctests, benches and binaries that it
//! runs. A run path serves those that are started by hand.

#![expect(clippy::disallowed_methods, reason = "the engine is pure, its build script cannot be")]

#[path = "build/bindings.rs"]
mod bindings;
#[path = "build/failure.rs"]
mod failure;
#[path = "build/folder.rs"]
mod folder;
#[path = "build/library.rs"]
mod library;
#[path = "build/platform.rs"]
mod platform;
#[path = "build/wheel.rs"]
mod wheel;

use std::env;
use std::path::{Path, PathBuf};

use failure::Failure;
use platform::Platform;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed={}", folder::VARIABLE);

    if !feature("PROVE") || feature("VENDORED_Z3") {
        return;
    }
    match provide() {
        Ok(libraries) => link(&libraries),
        Err(failure) => failure.report(),
    }
}

/// Finds or fetches Z3 and returns the folder below `OUT_DIR` that holds it.
fn provide() -> Result<PathBuf, Failure> {
    bindings::check()?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    let platform = Platform::of_target()?;
    let libraries = match env::var_os(folder::VARIABLE).filter(|dir| !dir.is_empty()) {
        Some(dir) => folder::provide(Path::new(&dir), &out, &platform)?,
        None => wheel::provide(&out, &platform)?,
    };
    platform.provide_cxx(&libraries)?;
    Ok(libraries)
}

/// Tells cargo where the library is. z3-sys itself says that it is called `z3`.
fn link(libraries: &Path) {
    let libraries = libraries.display();
    println!("cargo::rustc-link-search=native={libraries}");
    println!("cargo::metadata=libdir={libraries}");
    if env::var_os("CARGO_CFG_UNIX").is_some() {
        for argument in ["-rpath", &libraries.to_string()] {
            println!("cargo::rustc-link-arg=-Xlinker");
            println!("cargo::rustc-link-arg={argument}");
        }
    }
}

fn feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{name}")).is_some()
}

/// A variable that cargo sets for every build script.
fn variable(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|error| Failure::new(format!("cargo did not set {name}: {error}")))
}
