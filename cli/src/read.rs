//! Reading: the only file that opens files.

mod candidates;
mod gather;
mod reader;
mod room;
mod templates;

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crosskey_engine::{
    ingest::{
        IngestError,
        manifest::{Files, Loaded},
    },
    policy::PolicyKind,
    text::{Limits, Source, SourceError, Sources},
};

use self::{
    gather::Gathered,
    reader::{Found, Reader},
    room::Room,
};
use crate::{
    args::{InputArguments, Parameter},
    config::Config,
    in_order::{Turn, in_order},
    progress::Progress,
};

/// What stands for standard input.
const STDIN: &str = "-";
/// Settings and baselines are written by people or by us, and are far smaller.
const SETTINGS_BYTES: usize = 4 * 1024 * 1024;

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// All texts.
    pub(crate) sources: Sources,
    /// The bundles, then the policies that no bundle names.
    pub(crate) units: Vec<Unit>,
    /// Why files that belong to no bundle could not be read.
    pub(crate) errors: Vec<IngestError>,
    /// Files read.
    pub(crate) files: usize,
    /// JSON files that are none of ours.
    pub(crate) skipped: usize,
    /// Files that the settings leave out.
    pub(crate) excluded: usize,
    /// Parameters that no template has.
    pub(crate) unused: Vec<Parameter>,
}

/// A bundle, or a policy by itself.
#[derive(Debug)]
pub(crate) struct Unit {
    /// How answers call it: its path under the one that was given.
    pub(crate) name: String,
    /// What was read.
    pub(crate) loaded: Loaded,
    /// Which of the two it is.
    pub(crate) kind: UnitKind,
}

/// A bundle, or a policy by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    /// A bundle.
    Bundle,
    /// What the other files tell, joined.
    World,
    /// A policy, and what it was taken for; `None` where it cannot be read.
    Policy(Option<PolicyKind>),
}

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Bundles and policies.
    Everything,
    /// Bundles alone.
    Bundles,
    /// Policies alone, one a path, of the kind given or else of the kind that they look like.
    Policies(Option<PolicyKind>),
}

/// Reads everything under `paths`. What cannot be read is reported in the result, and the rest is still read.
pub(crate) fn read(paths: &[PathBuf], wanted: Wanted, config: &Config) -> Input {
    let reader = Reader::new(paths, wanted, &InputArguments::default(), config);
    let mut gathered = Gathered::new(config);
    let mut units = Vec::new();
    for list in reader.list(paths, &mut gathered) {
        for file in gathered.unread(list) {
            if gathered.is_full {
                break;
            }
            let reading = reader.read(&file, &mut gathered.input.sources);
            units.extend(gathered.take(&reader, &file, reading, None));
        }
    }
    let mut input = gathered.join(&reader, paths, &[]);
    units.append(&mut input.units);
    Input { units, ..input }
}

/// Reads everything under `paths`, or everything of one format. Each bundle and each policy by itself goes to `judge`, with
/// its own texts and beside others, then with what came of it to `take`, in order, and is forgotten. The result
/// has what is known only once all files are read.
pub(crate) fn each<T: Send>(
    paths: &[PathBuf],
    how: &InputArguments,
    config: &Config,
    progress: &Progress,
    judge: impl Fn(&Unit, &Sources) -> T + Sync,
    mut take: impl FnMut(Unit, &Sources, T) + Send,
) -> Input {
    let reader = Reader::new(paths, Wanted::Everything, how, config);
    let beside = reader.within(Room::share(&reader.limits));
    let (mut gathered, room) = (Gathered::new(config), Room::default());
    for list in reader.list(paths, &mut gathered) {
        let work = |file: &candidates::Unread, turn| {
            // Findings can point into the settings.
            let mut sources = config.sources.clone();
            let (reading, size) = match turn {
                Turn::Alone => (reader.read(file, &mut sources), 0),
                Turn::Beside if file.candidate.is_stream() => return None,
                Turn::Beside => {
                    let reading = beside.read(file, &mut sources);
                    if reading.is_past_limit {
                        return None;
                    }
                    let size = room.enter(&reading, &sources)?;
                    (reading, size)
                }
            };
            let judged = match &reading.found {
                Found::Unit(unit) => Some(judge(unit, &sources)),
                _ => None,
            };
            progress.step();
            Some((reading, sources, judged, size))
        };
        let list = gathered.unread(list);
        progress.expect(list.len());
        in_order(list, work, |file, (reading, sources, judged, size)| {
            let unit = gathered.take(&reader, &file, reading, Some(&sources));
            if let Some((unit, judged)) = unit.zip(judged) {
                take(unit, &sources, judged);
            }
            room.leave(size);
        });
    }
    gathered.join(&reader, paths, &how.parameter)
}

/// The files of a manifest's folder.
struct Folder {
    root: PathBuf,
    limits: Limits,
    /// Whether links may leave it.
    follow_links: bool,
    /// The real paths of the files that were read.
    read: Vec<PathBuf>,
    /// Whether a file is larger than the limit.
    is_past_limit: bool,
}

impl Files for Folder {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let path = fs::canonicalize(self.root.join(path)).map_err(|error| reason(&error))?;
        if !self.follow_links && !path.starts_with(&self.root) {
            let reason =
                "it is a link that leaves the folder of the manifest; --follow-links allows that";
            return Err(reason.to_owned());
        }
        // A pipe or device would be waited for without end; a bundle has no business naming one.
        if fs::metadata(&path).is_ok_and(|data| !data.is_file() && !data.is_dir()) {
            return Err("it is not a regular file".to_owned());
        }
        let bytes = from_file(&path, &self.limits).map_err(|refused| match refused {
            Refused::Io(reason) => reason,
            Refused::TooLarge => {
                self.is_past_limit = true;
                format!("it is larger than {} bytes", self.limits.bytes)
            }
        })?;
        self.read.push(path);
        Ok(bytes)
    }
}

/// Files that the user named one by one, in any folder.
pub(crate) struct NamedFiles {
    files: Vec<(String, PathBuf)>,
    limits: Limits,
    /// How many were read.
    pub(crate) read: usize,
}

impl NamedFiles {
    /// No files yet.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { files: Vec::new(), limits, read: 0 }
    }

    /// Adds a file and says by which name a manifest can refer to it: its path, or where a manifest cannot have such
    /// a path, what is left of it without the folders.
    pub(crate) fn add(&mut self, path: &Path) -> String {
        let last = || path.file_name().map_or_else(|| shown(path), |name| shown(Path::new(name)));
        let leaves = |path: &str| path.split(['/', '\\']).any(|part| part == "..");
        let mut name = match shown(path) {
            stdin if stdin == STDIN => "<stdin>".to_owned(),
            plain if path.is_relative() && !leaves(&plain) => plain,
            _ => last(),
        };
        while self.files.iter().any(|(known, other)| *known == name && other != path) {
            name.push('\'');
        }
        self.files.push((name.clone(), path.to_owned()));
        name
    }
}

impl Files for NamedFiles {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let known = self.files.iter().find(|(name, _)| name == path);
        let (_, path) = known.ok_or("no such file")?;
        let bytes = match path.as_os_str() == STDIN {
            true => from_stream(io::stdin().lock(), &self.limits),
            false => from_file(path, &self.limits),
        };
        self.read += 1;
        bytes.map_err(|refused| match refused {
            Refused::Io(reason) => reason,
            Refused::TooLarge => format!("it is larger than {} bytes", self.limits.bytes),
        })
    }
}

/// The text of settings; else what is wrong and what to do about it.
pub(crate) fn settings(path: &Path, shown: &str) -> Result<Source, (String, String)> {
    let limits = Limits { bytes: SETTINGS_BYTES, ..Limits::default() };
    let too_large = || SourceError::TooLarge { limit: limits.bytes };
    let refused = |error: SourceError| (format!("it is {error}"), error.help());
    let bytes = from_file(path, &limits).map_err(|error| match error {
        Refused::TooLarge => refused(too_large()),
        Refused::Io(reason) => (reason, "check the name and the rights of the file".to_owned()),
    })?;
    Source::from_bytes(shown, bytes, &limits).map_err(refused)
}

enum Refused {
    TooLarge,
    Io(String),
}

/// The bytes of a file, refused by its size before any of it is read.
fn from_file(path: &Path, limits: &Limits) -> Result<Vec<u8>, Refused> {
    let failed = |error: io::Error| Refused::Io(reason(&error));
    let data = fs::metadata(path).map_err(failed)?;
    if data.is_dir() {
        return Err(Refused::Io("it is a folder".to_owned()));
    }
    if data.len() > limits.bytes as u64 {
        return Err(Refused::TooLarge);
    }
    from_stream(File::open(path).map_err(failed)?, limits)
}

/// What a stream holds, up to the limit: a pipe has no size, and a file may grow.
fn from_stream(stream: impl io::Read, limits: &Limits) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let read = stream.take(limits.bytes as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Refused::Io(reason(&error)))?;
    if bytes.len() > limits.bytes {
        return Err(Refused::TooLarge);
    }
    Ok(bytes)
}

/// A path as messages write it.
fn shown(path: &Path) -> String {
    let text = path.strip_prefix(".").ok().filter(|rest| !rest.as_os_str().is_empty());
    let text = text.unwrap_or(path).to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
