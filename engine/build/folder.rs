//! Z3 from a folder that the user names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::library;
use crate::platform::Platform;

/// Names a folder with a libz3 to use instead of the wheel's.
pub(crate) const VARIABLE: &str = "CROSSKEY_Z3_LIB_DIR";

/// Makes a folder below `out` with the libz3 of the folder `given`, and returns it.
pub(crate) fn provide(given: &Path, out: &Path, platform: &Platform) -> Result<PathBuf, Failure> {
    let shown = given.display();
    if !given.is_absolute() {
        return Err(Failure::new(format!("{VARIABLE} must be an absolute path, not `{shown}`")));
    }
    let files = libraries(given, platform)
        .map_err(Failure::io(&format!("cannot read the folder that {VARIABLE} names,"), given))?;
    let Some(first) = files.first() else {
        return Err(Failure::new(format!(
            "{VARIABLE} names `{shown}`, which holds no {}",
            platform.library
        )));
    };

    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    let folder = out.join("z3-given");
    fill(&folder, &files, &folder.join(platform.library), first)
        .map_err(Failure::io("cannot fill", &folder))?;
    library::settle(&folder, platform)?;
    Ok(folder)
}

/// Makes the folder anew with those files. A library packaged without its development files has no
/// name for the linker; then the first file gets it.
fn fill(folder: &Path, files: &[PathBuf], linked: &Path, first: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for file in files {
        library::alias(file, &folder.join(file.file_name().unwrap_or_default()))?;
    }
    if linked.exists() { Ok(()) } else { library::alias(first, linked) }
}

/// The files of a folder that are Z3 as a shared library, or what is linked for one, in order.
fn libraries(folder: &Path, platform: &Platform) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_library = name.contains(platform.shared) || name == platform.library;
        if name.starts_with("libz3.") && is_library && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
