//! The names of the Z3 library: the one that the linker looks for, and the one the loader does.

use std::fs;
use std::io;
use std::path::Path;

use crate::failure::Failure;
use crate::platform::Platform;

/// The oldest Z3 that the prover accepts.
const OLDEST: (u32, u32) = (5, 3);

/// Makes sure that the library of a folder is there under both names, and that it is not too old.
pub(crate) fn settle(folder: &Path, platform: &Platform) -> Result<(), Failure> {
    // Elsewhere than with ELF, both names are the same, or the second one is found in `PATH`.
    if platform.library != "libz3.so" {
        return Ok(());
    }
    let linked = folder.join(platform.library);
    let bytes = fs::read(&linked).map_err(Failure::io("cannot read", &linked))?;
    let Some(name) = soname(&bytes) else {
        return Ok(());
    };
    if too_old(&name) {
        let (major, minor) = OLDEST;
        return Err(Failure::new(format!(
            "the Z3 library given, {name}, is too old: {major}.{minor} or later is needed"
        )));
    }
    let loaded = folder.join(&name);
    if !loaded.exists() {
        fs::rename(&linked, &loaded).map_err(Failure::io("cannot rename", &linked))?;
        alias(Path::new(&name), &linked).map_err(Failure::io("cannot link", &linked))?;
    }
    Ok(())
}

/// Lets a second path name the same file.
pub(crate) fn alias(file: &Path, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(file, path);
    #[cfg(not(unix))]
    return fs::copy(file, path).map(drop);
}

/// The name by which an ELF libz3 wants to be loaded, such as `libz3.so.5.4`. It is the string of
/// that form in the file.
fn soname(bytes: &[u8]) -> Option<String> {
    bytes.split(|byte| *byte == 0).find_map(|text| {
        let version = text.strip_prefix(b"libz3.so.")?;
        let plain = version.iter().all(|byte| *byte == b'.' || byte.is_ascii_digit());
        plain.then(|| String::from_utf8_lossy(text).into_owned())
    })
}

/// Whether a name such as `libz3.so.4.8` tells of a version that is too old. One that does not
/// tell is left to the check that the prover makes when it starts.
fn too_old(name: &str) -> bool {
    let mut numbers = name.split('.').skip(2).map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor) < OLDEST,
        (Some(major), None) => major < OLDEST.0,
        (None, _) => false,
    }
}
