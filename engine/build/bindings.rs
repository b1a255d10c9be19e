//! Makes sure that the bindings were told which Z3 they will be linked with.
//!
//! Left alone, z3-sys takes whatever libz3 the system offers, however old. `.cargo/config.toml`
//! keeps it from looking and tells it the version instead; cargo reads that file only when it is
//! started inside the repository. z3-sys hands the version that it settled on to this script.

use crate::failure::Failure;
use crate::variable;
use crate::wheel;

/// The variable that keeps z3-sys from asking pkg-config.
const NO_PKG_CONFIG: &str = "Z3_NO_PKG_CONFIG";
/// The variable that tells z3-sys the version of Z3.
const VERSION: &str = "Z3_SYS_Z3_VERSION";

pub(crate) fn check() -> Result<(), Failure> {
    println!("cargo::rerun-if-env-changed={NO_PKG_CONFIG}");
    println!("cargo::rerun-if-env-changed={VERSION}");

    let wanted = wheel::version()?;
    let bound = ["MAJOR", "MINOR", "PATCH"]
        .map(|part| variable(&format!("DEP_Z3_VERSION_{part}")).unwrap_or_else(|_| "?".into()))
        .join(".");
    if bound == wanted && std::env::var_os(NO_PKG_CONFIG).is_some() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the bindings z3-sys were set up for Z3 {bound} instead of {wanted}: cargo did not read \
         .cargo/config.toml of the Crosskey repository, probably because it was started outside \
         it. Start it inside, or set {NO_PKG_CONFIG}=1 and {VERSION}={wanted} yourself"
    )))
}
