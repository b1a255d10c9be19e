//! Reading: the only file that opens files.

mod format;
mod templates;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crosskey_engine::{
    check::ask_who_reads,
    ingest::{
        IngestError, IngestErrorKind,
        bare::{Bare, read_policy},
        manifest::{Files, Loaded, read_manifest_assuming},
        pieces::Pieces,
        read_pieces,
    },
    policy::PolicyKind,
    text::{Limits, Location, Source, SourceError, SourceId, Sources, Span},
};
use ignore::WalkBuilder;

use self::templates::{Templates, is_template_name};
use crate::{
    args::{InputArguments, InputFormat, Parameter},
    config::Config,
    defect,
};

/// The name of a manifest.
const MANIFEST: &str = "bundle.json";
/// What stands for standard input.
const STDIN: &str = "-";
/// Settings and baselines are written by people or by us, and are far smaller.
const SETTINGS_BYTES: usize = 4 * 1024 * 1024;
/// Folders that hold the work of tools, not that of people.
const SKIPPED_FOLDERS: &[&str] = &[".git", "target", "node_modules"];

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
    read_as(paths, wanted, &InputArguments::default(), config)
}

/// Reads everything under `paths`, or everything of one format.
pub(crate) fn everything(paths: &[PathBuf], how: &InputArguments, config: &Config) -> Input {
    read_as(paths, Wanted::Everything, how, config)
}

fn read_as(paths: &[PathBuf], wanted: Wanted, how: &InputArguments, config: &Config) -> Input {
    let mut reader = Reader {
        wanted,
        format: how.input_format,
        kind: how.kind.map(Into::into),
        config,
        limits: config.limits,
        one_path: paths.len() == 1,
        named: BTreeSet::new(),
        pieces: Pieces::default(),
        templates: Templates::default(),
        // Findings can point into the settings.
        input: Input { sources: config.sources.clone(), ..Input::default() },
    };
    let candidates = reader.candidates(paths);
    let (manifests, others): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| candidate.is_manifest);
    for candidate in manifests {
        reader.attempt(&candidate, Reader::manifest);
    }
    // Only now is it known which of the other files belong to a bundle.
    for candidate in others {
        match reader.format {
            InputFormat::Auto if reader.is_for_template(&candidate) => {
                reader.attempt(&candidate, Reader::template);
            }
            InputFormat::Auto => reader.attempt(&candidate, Reader::policy),
            _ => reader.attempt(&candidate, Reader::of_format),
        }
    }
    reader.stacks(&how.parameter);
    reader.join(paths);
    reader.input
}

/// A file to read.
#[derive(Debug)]
struct Candidate {
    path: PathBuf,
    /// Its path as messages write it.
    shown: String,
    /// Its path under the one that was given.
    name: String,
    is_manifest: bool,
    /// Whether it was given by itself, so that it may not be passed over.
    explicit: bool,
}

struct Reader<'a> {
    wanted: Wanted,
    format: InputFormat,
    kind: Option<PolicyKind>,
    config: &'a Config,
    limits: Limits,
    one_path: bool,
    /// Files that have been read, by their real path.
    named: BTreeSet<PathBuf>,
    /// What files tell that are neither bundles nor policies.
    pieces: Pieces,
    templates: Templates,
    input: Input,
}

impl Reader<'_> {
    fn candidates(&mut self, paths: &[PathBuf]) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for path in paths {
            if path.as_os_str() == STDIN {
                candidates.push(self.candidate(path, Path::new("<stdin>"), true));
                continue;
            }
            match fs::metadata(path) {
                Ok(data) if data.is_dir() && !matches!(self.wanted, Wanted::Policies(_)) => {
                    self.walk(path, &mut candidates);
                }
                Ok(_) => {
                    let name = path.file_name().map_or(path.as_path(), Path::new);
                    candidates.push(self.candidate(path, name, true));
                }
                Err(error) => self.unreadable(&shown(path), reason(&error)),
            }
        }
        candidates
    }

    fn candidate(&self, path: &Path, name: &Path, explicit: bool) -> Candidate {
        let is_stdin = path.as_os_str() == STDIN;
        let shown = if is_stdin { "<stdin>".to_owned() } else { shown(path) };
        Candidate {
            name: if self.one_path { self::shown(name) } else { shown.clone() },
            is_manifest: match self.wanted {
                Wanted::Everything => match self.format {
                    InputFormat::Auto => path.file_name().is_some_and(|name| name == MANIFEST),
                    InputFormat::Bundle => {
                        explicit || path.file_name().is_some_and(|name| name == MANIFEST)
                    }
                    _ => false,
                },
                Wanted::Bundles => {
                    explicit || path.file_name().is_some_and(|name| name == MANIFEST)
                }
                Wanted::Policies(_) => false,
            },
            path: path.to_owned(),
            shown,
            explicit,
        }
    }

    /// Every file in question below a folder, by name. Links are not followed.
    fn walk(&mut self, root: &Path, candidates: &mut Vec<Candidate>) {
        let mut walk = WalkBuilder::new(root);
        walk.standard_filters(false).follow_links(false).sort_by_file_name(Ord::cmp);
        walk.filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            let skipped = name.starts_with('.') || SKIPPED_FOLDERS.contains(&&*name);
            entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) || !skipped
        });
        for entry in walk.build() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let reason = error.io_error().map_or_else(|| error.to_string(), self::reason);
                    self.unreadable(&error_path(&error).unwrap_or_else(|| shown(root)), reason);
                    continue;
                }
            };
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let path = entry.path();
            let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
            let name = path.strip_prefix(root).unwrap_or(path);
            let candidate = self.candidate(path, name, false);
            let is_other = is_json || is_template_name(path);
            if candidate.is_manifest || (is_other && self.wanted == Wanted::Everything) {
                if self.config.excludes(path) {
                    self.input.excluded += 1;
                    continue;
                }
                candidates.push(candidate);
            }
        }
    }

    /// Reads a file. If that makes the program fail, the others are read all the same.
    fn attempt(&mut self, candidate: &Candidate, read: fn(&mut Self, &Candidate)) {
        if defect::attempt(|| read(self, candidate)).is_none() {
            let path = candidate.shown.clone();
            self.error(IngestErrorKind::Defect { path }, None);
        }
    }

    fn manifest(&mut self, candidate: &Candidate) {
        if let Some(source) = self.open(candidate) {
            self.load(candidate, source);
        }
    }

    fn load(&mut self, candidate: &Candidate, source: SourceId) {
        let folder = match candidate.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut files = Folder {
            root: fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()),
            limits: self.limits,
            read: Vec::new(),
        };
        let sources = &mut self.input.sources;
        let mut loaded =
            read_manifest_assuming(source, sources, &mut files, &self.limits, &self.config.assumed);
        if self.wanted == Wanted::Everything {
            ask_who_reads(&mut loaded.bundle);
        }
        self.input.files += files.read.len();
        self.named.extend(files.read);
        let name = candidate.name.clone();
        self.input.units.push(Unit { name, loaded, kind: UnitKind::Bundle });
    }

    /// What a file is that may be a policy by itself. Where everything is looked for, the kind that the user says is that
    /// of files that look like policies; where policies are, every file is one.
    fn bare(&self, source: SourceId) -> Bare {
        let assumptions = self.config.assumed.assumptions();
        let read =
            |kind| read_policy(source, kind, &self.input.sources, &assumptions, &self.limits);
        match (self.wanted, self.kind) {
            (Wanted::Policies(kind), _) => read(kind),
            (_, None) => read(None),
            (_, kind) => match read(None) {
                Bare::Policy { kind: Some(_), .. } => read(kind),
                other => other,
            },
        }
    }

    fn policy(&mut self, candidate: &Candidate) {
        let Some(source) = self.open(candidate) else {
            return;
        };
        if candidate.path.as_os_str() == STDIN && self.is_template(source, &candidate.path) {
            return;
        }
        match self.bare(source) {
            Bare::Policy { loaded, kind } => {
                let name = candidate.name.clone();
                self.input.units.push(Unit { name, loaded: *loaded, kind: UnitKind::Policy(kind) });
            }
            Bare::Manifest if matches!(self.wanted, Wanted::Policies(_)) => {
                let reason = "it is a bundle, not a policy".to_owned();
                self.unreadable(&candidate.shown, reason);
            }
            Bare::Manifest if candidate.explicit => self.load(candidate, source),
            Bare::Other if self.tells(source) => {}
            Bare::Other if self.is_template(source, &candidate.path) => {}
            Bare::Other if candidate.explicit => {
                let reason =
                    "it is JSON, but neither a bundle nor a policy nor a template".to_owned();
                self.unreadable(&candidate.shown, reason);
            }
            Bare::Manifest | Bare::Other => {
                self.input.files -= 1;
                self.input.skipped += 1;
            }
        }
    }

    /// Whether a file is a plan or state of Terraform or output of the AWS CLI; what it tells is kept.
    fn tells(&mut self, source: SourceId) -> bool {
        let (sources, limits, pieces) = (&self.input.sources, &self.limits, &mut self.pieces);
        self.wanted == Wanted::Everything && read_pieces(source, sources, limits, pieces)
    }

    /// Makes one world of what all files tell.
    fn join(&mut self, paths: &[PathBuf]) {
        let pieces = std::mem::take(&mut self.pieces);
        if pieces.is_empty() {
            return;
        }
        let names: Vec<_> = paths.iter().map(|path| shown(path)).collect();
        let name = names.join(", ");
        let mut loaded =
            pieces.join(&name, &self.input.sources, &self.config.assumed.assumptions());
        ask_who_reads(&mut loaded.bundle);
        self.input.units.push(Unit { name, loaded, kind: UnitKind::World });
    }

    /// The text of a file, unless it has been read before.
    fn open(&mut self, candidate: &Candidate) -> Option<SourceId> {
        let is_stdin = candidate.path.as_os_str() == STDIN;
        let real = match is_stdin {
            true => PathBuf::from(STDIN),
            false => fs::canonicalize(&candidate.path).unwrap_or_else(|_| candidate.path.clone()),
        };
        if !self.named.insert(real) {
            return None;
        }
        let bytes = match is_stdin {
            true => from_stream(io::stdin().lock(), &self.limits),
            false => from_file(&candidate.path, &self.limits),
        };
        let path = candidate.shown.clone();
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(Refused::TooLarge) => {
                let error = SourceError::TooLarge { limit: self.limits.bytes };
                self.error(IngestErrorKind::Source { path, error }, None);
                return None;
            }
            Err(Refused::Io(reason)) => {
                self.unreadable(&path, reason);
                return None;
            }
        };
        match Source::from_bytes(path.clone(), bytes.clone(), &self.limits) {
            Ok(source) => {
                self.input.files += 1;
                Some(self.input.sources.add(source))
            }
            Err(error) => {
                // The place can be shown all the same: up to it, the text is sound.
                let location = match error {
                    SourceError::NotUtf8 { offset, .. } => {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        let source = self.input.sources.add(Source::new(path.clone(), text));
                        let end = offset + char::REPLACEMENT_CHARACTER.len_utf8();
                        Some(Location::new(source, Span::from_offsets(offset, end)))
                    }
                    SourceError::TooLarge { .. } => None,
                };
                self.error(IngestErrorKind::Source { path, error }, location);
                None
            }
        }
    }

    fn unreadable(&mut self, path: &str, reason: String) {
        let path = path.to_owned();
        self.error(IngestErrorKind::Unreadable { path, reason }, None);
    }

    fn error(&mut self, kind: IngestErrorKind, location: Option<Location>) {
        let file = match &kind {
            IngestErrorKind::Source { path, .. }
            | IngestErrorKind::Unreadable { path, .. }
            | IngestErrorKind::Defect { path } => path.clone(),
            _ => String::new(),
        };
        self.input.errors.push(IngestError { kind, field: String::new(), location, file });
    }
}

/// The files of a manifest's folder.
struct Folder {
    root: PathBuf,
    limits: Limits,
    /// The real paths of the files that were read.
    read: Vec<PathBuf>,
}

impl Files for Folder {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let path = fs::canonicalize(self.root.join(path)).map_err(|error| reason(&error))?;
        if !path.starts_with(&self.root) {
            return Err("it is a link that leaves the folder of the manifest".to_owned());
        }
        // A pipe or device would be waited for without end; a bundle has no business naming one.
        if fs::metadata(&path).is_ok_and(|data| !data.is_file() && !data.is_dir()) {
            return Err("it is not a regular file".to_owned());
        }
        let bytes = from_file(&path, &self.limits).map_err(|refused| match refused {
            Refused::Io(reason) => reason,
            Refused::TooLarge => format!("it is larger than {} bytes", self.limits.bytes),
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

fn error_path(error: &ignore::Error) -> Option<String> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(shown(path)),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        _ => None,
    }
}
