//! Which files to read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;

use super::{
    STDIN, Wanted, gather::Gathered, reader::Reader, reason, shown, templates::is_template_name,
};
use crate::args::InputFormat;

/// The name of a manifest.
const MANIFEST: &str = "bundle.json";
/// Folders that hold the work of tools, not that of people.
const SKIPPED_FOLDERS: &[&str] = &[".git", "target", "node_modules"];

/// A file to read. There may be many, so that there is nothing in it that can be worked out later.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    /// How much of the path is that of the folder that was given; `None` for a file that was given by itself, so that it
    /// may not be passed over.
    folder: Option<u32>,
}

/// A candidate that was not read before.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) candidate: Candidate,
    /// Its path without links.
    pub(super) real: PathBuf,
}

impl Candidate {
    /// A file that is named itself.
    pub(super) fn explicit(path: &Path) -> Self {
        Self { path: path.to_owned(), folder: None }
    }

    /// A file that was come upon in a folder.
    pub(super) fn within(folder: &Path, path: &Path) -> Self {
        let parts = folder.components().count();
        Self { path: path.to_owned(), folder: u32::try_from(parts).ok() }
    }

    /// Whether it was given by itself.
    pub(super) const fn is_explicit(&self) -> bool {
        self.folder.is_none()
    }

    /// Whether it is standard input.
    pub(super) fn is_stdin(&self) -> bool {
        self.path.as_os_str() == STDIN
    }

    /// Whether it can be read only once: standard input, or a pipe that is given by itself.
    pub(super) fn is_stream(&self) -> bool {
        self.is_stdin()
            || (self.is_explicit() && !fs::metadata(&self.path).is_ok_and(|data| data.is_file()))
    }

    /// Its path as messages write it.
    pub(super) fn shown(&self) -> String {
        if self.is_stdin() { "<stdin>".to_owned() } else { shown(&self.path) }
    }

    /// Its path under the one that was given.
    pub(super) fn under(&self) -> String {
        match self.folder {
            _ if self.is_stdin() => self.shown(),
            None => shown(self.path.file_name().map_or(self.path.as_path(), Path::new)),
            Some(parts) => {
                shown(self.path.components().skip(parts as usize).collect::<PathBuf>().as_path())
            }
        }
    }

    /// Its path without links.
    pub(super) fn real(&self) -> PathBuf {
        if self.is_stdin() {
            return PathBuf::from(STDIN);
        }
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }
}

impl Reader<'_> {
    /// The manifests under the paths, then the other files: only once the manifests are read is it known which of these
    /// belong to a bundle.
    pub(super) fn list(&self, paths: &[PathBuf], gathered: &mut Gathered) -> [Vec<Candidate>; 2] {
        let mut candidates = Vec::new();
        for path in paths {
            if path.as_os_str() == STDIN {
                candidates.push(Candidate::explicit(path));
                continue;
            }
            match fs::metadata(path) {
                Ok(data) if data.is_dir() && !matches!(self.wanted, Wanted::Policies(_)) => {
                    self.walk(path, &mut candidates, gathered);
                }
                Ok(_) => candidates.push(Candidate::explicit(path)),
                Err(error) => gathered.unreadable(&shown(path), reason(&error)),
            }
        }
        let (manifests, others) =
            candidates.into_iter().partition(|candidate| self.is_manifest(candidate));
        [manifests, others]
    }

    /// Whether a file is read as a bundle whatever is in it.
    pub(super) fn is_manifest(&self, candidate: &Candidate) -> bool {
        let is_named_so = || candidate.path.file_name().is_some_and(|name| name == MANIFEST);
        match (self.wanted, self.format) {
            (Wanted::Everything, InputFormat::Auto) => is_named_so(),
            (Wanted::Everything, InputFormat::Bundle) | (Wanted::Bundles, _) => {
                candidate.is_explicit() || is_named_so()
            }
            (Wanted::Everything | Wanted::Policies(_), _) => false,
        }
    }

    /// Every file in question below a folder, by name. Links are followed only if asked.
    fn walk(&self, root: &Path, candidates: &mut Vec<Candidate>, gathered: &mut Gathered) {
        let mut walk = WalkBuilder::new(root);
        walk.standard_filters(false)
            .follow_links(self.config.follow_links)
            .sort_by_file_name(Ord::cmp);
        walk.filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            let skipped = name.starts_with('.') || SKIPPED_FOLDERS.contains(&&*name);
            entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) || !skipped
        });
        for entry in walk.build() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let reason = error.io_error().map_or_else(|| error.to_string(), super::reason);
                    gathered.unreadable(&error_path(&error).unwrap_or_else(|| shown(root)), reason);
                    continue;
                }
            };
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let path = entry.path();
            let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
            let candidate = Candidate::within(root, path);
            let is_other = is_json || is_template_name(path);
            if self.is_manifest(&candidate) || (is_other && self.wanted == Wanted::Everything) {
                if self.config.excludes(path) {
                    gathered.input.excluded += 1;
                    continue;
                }
                candidates.push(candidate);
            }
        }
    }
}

fn error_path(error: &ignore::Error) -> Option<String> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(shown(path)),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        _ => None,
    }
}
