//! Where the settings and the files that they name are.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The name of the settings.
const NAME: &str = "crosskey.toml";

/// The settings in the folder of `first` or the nearest one above, up to the root of the repository.
pub(super) fn discover(first: &Path) -> Option<PathBuf> {
    let start = match first.as_os_str() == "-" {
        true => Path::new("."),
        false => first,
    };
    let start = fs::canonicalize(start).or_else(|_| fs::canonicalize(".")).ok()?;
    for folder in start.ancestors() {
        let file = folder.join(NAME);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The settings that count in a folder and are in one above it, as messages write them.
pub(crate) fn above(folder: &Path) -> Option<String> {
    let file = discover(folder)?;
    let own = fs::canonicalize(folder).is_ok_and(|folder| file.parent() == Some(&*folder));
    (!own).then(|| shown(&file))
}

/// A file that lies in a folder, as a manifest there names it.
pub(crate) fn within(folder: &Path, file: &Path) -> Option<String> {
    inside(&fs::canonicalize(folder).ok()?, file)
}

/// A path as messages write it: from the current folder where it lies below.
pub(super) fn shown(path: &Path) -> String {
    let here = fs::canonicalize(".").unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_string_lossy().into_owned()
}

/// The folder of a file, with links resolved.
pub(super) fn folder(file: &Path) -> Option<PathBuf> {
    fs::canonicalize(file).ok()?.parent().map(Path::to_owned)
}

/// A path that exists, relative to a folder that it lies in, with slashes.
pub(super) fn inside(folder: &Path, path: &Path) -> Option<String> {
    let real = fs::canonicalize(path).ok()?;
    let parts = real.strip_prefix(folder).ok()?.components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(parts.join("/"))
}

/// Whether `path` is that folder or lies above it.
pub(super) fn contains(path: &Path, folder: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|path| folder.starts_with(path))
}

/// Whether there is certainly no such file.
pub(super) fn is_gone(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}
