//! What one file is, by itself.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crosskey_engine::{
    check::ask_who_reads,
    ingest::{
        IngestError, IngestErrorKind,
        bare::{Bare, read_policy},
        cloudformation::{Parsed, parse},
        manifest::read_manifest_assuming,
    },
    policy::PolicyKind,
    text::{Limits, Location, Source, SourceError, SourceId, Sources, Span},
};

use super::{
    Folder, Refused, Unit, UnitKind, Wanted,
    candidates::{Candidate, Unread},
    from_file, from_stream,
    templates::is_template_name,
};
use crate::{
    args::{InputArguments, InputFormat},
    config::Config,
    defect,
};

/// How files are read: what was asked for on the command line and in the settings.
pub(super) struct Reader<'a> {
    pub(super) wanted: Wanted,
    pub(super) format: InputFormat,
    kind: Option<PolicyKind>,
    pub(super) config: &'a Config,
    pub(super) limits: Limits,
    one_path: bool,
}

/// What came of reading a file.
#[derive(Debug)]
pub(super) struct Reading {
    /// What it is.
    pub(super) found: Found,
    /// Whether there is a text at all.
    pub(super) is_opened: bool,
    /// The real paths of the files that it names and that were read with it.
    pub(super) named: Vec<PathBuf>,
    /// Whether it, or what it names, has more bytes than a limit allows.
    pub(super) is_past_limit: bool,
}

/// What a file is.
#[derive(Debug)]
pub(super) enum Found {
    /// A bundle, or a policy by itself.
    Unit(Box<Unit>),
    /// A text that may tell something together with others.
    Text(SourceId),
    /// Nothing that is judged.
    Other,
    /// Why it is not known.
    Error(Box<IngestError>),
}

impl Found {
    /// A file that cannot be read.
    pub(super) fn unreadable(path: &str, reason: String) -> Self {
        Self::error(IngestErrorKind::Unreadable { path: path.to_owned(), reason }, None)
    }

    fn error(kind: IngestErrorKind, location: Option<Location>) -> Self {
        Self::Error(Box::new(error(kind, location)))
    }
}

/// An error about a whole file.
pub(super) fn error(kind: IngestErrorKind, location: Option<Location>) -> IngestError {
    let file = match &kind {
        IngestErrorKind::Source { path, .. }
        | IngestErrorKind::Unreadable { path, .. }
        | IngestErrorKind::Defect { path } => path.clone(),
        _ => String::new(),
    };
    IngestError { kind, field: String::new(), location, file }
}

/// Whether it says that there are more bytes than a limit allows.
const fn is_past_limit(error: &IngestError) -> bool {
    matches!(
        error.kind,
        IngestErrorKind::Source { error: SourceError::TooLarge { .. }, .. }
            | IngestErrorKind::Together { .. }
    )
}

impl<'a> Reader<'a> {
    /// Reads what is wanted under these paths.
    pub(super) fn new(
        paths: &[PathBuf],
        wanted: Wanted,
        how: &InputArguments,
        config: &'a Config,
    ) -> Self {
        Self {
            wanted,
            format: how.input_format,
            kind: how.kind.map(Into::into),
            config,
            limits: config.limits,
            one_path: paths.len() == 1,
        }
    }

    /// Reads the same in the same way, within other limits.
    pub(super) const fn within(&self, limits: Limits) -> Self {
        Self { limits, ..*self }
    }

    /// Reads a file, and those that it names. If that makes the program fail, the others are read all the same.
    pub(super) fn read(&self, file: &Unread, sources: &mut Sources) -> Reading {
        let candidate = &file.candidate;
        let mut reading = Reading {
            found: Found::Other,
            is_opened: false,
            named: Vec::new(),
            is_past_limit: false,
        };
        let found = defect::attempt(|| match self.open(candidate, sources) {
            Ok(source) => {
                reading.is_opened = true;
                self.found(candidate, source, sources, &mut reading)
            }
            Err(error) => {
                reading.is_past_limit = is_past_limit(&error);
                Found::Error(error)
            }
        });
        let defect = || Found::error(IngestErrorKind::Defect { path: candidate.shown() }, None);
        reading.found = found.unwrap_or_else(defect);
        reading
    }

    fn found(
        &self,
        candidate: &Candidate,
        source: SourceId,
        sources: &mut Sources,
        reading: &mut Reading,
    ) -> Found {
        if self.is_manifest(candidate) {
            return self.bundle(candidate, source, sources, reading);
        }
        let is_policy = match self.format {
            InputFormat::Policy => true,
            InputFormat::Auto => !self.is_for_template(candidate),
            _ => false,
        };
        // On standard input a template has no name by which it could be known.
        if !is_policy || (candidate.is_stdin() && self.is_template(source, sources)) {
            return Found::Text(source);
        }
        match self.bare(source, sources) {
            Bare::Policy { loaded, kind } => Found::Unit(Box::new(Unit {
                name: self.name(candidate),
                loaded: *loaded,
                kind: UnitKind::Policy(kind),
            })),
            Bare::Manifest | Bare::Other if self.format == InputFormat::Policy => {
                self.refused(candidate, "a policy")
            }
            Bare::Manifest if matches!(self.wanted, Wanted::Policies(_)) => {
                let reason = "it is a bundle, not a policy".to_owned();
                Found::unreadable(&candidate.shown(), reason)
            }
            Bare::Manifest if candidate.is_explicit() => {
                self.bundle(candidate, source, sources, reading)
            }
            Bare::Manifest => Found::Other,
            Bare::Other => Found::Text(source),
        }
    }

    /// A file of another format than the user says: passed over, unless it was given by itself.
    pub(super) fn refused(&self, candidate: &Candidate, called: &str) -> Found {
        if !candidate.is_explicit() {
            return Found::Other;
        }
        let reason = format!("`--input-format` says that it is {called}, but it is not");
        Found::unreadable(&candidate.shown(), reason)
    }

    /// Whether a file is read as nothing but a template.
    pub(super) fn is_for_template(&self, candidate: &Candidate) -> bool {
        self.wanted == Wanted::Everything && is_template_name(&candidate.path)
    }

    fn is_template(&self, source: SourceId, sources: &Sources) -> bool {
        self.wanted == Wanted::Everything
            && self.format == InputFormat::Auto
            && matches!(parse(source, sources, &self.limits), Parsed::Template(_))
    }

    fn bundle(
        &self,
        candidate: &Candidate,
        source: SourceId,
        sources: &mut Sources,
        reading: &mut Reading,
    ) -> Found {
        let folder = match candidate.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut files = Folder {
            root: fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()),
            limits: self.limits,
            follow_links: self.config.follow_links,
            read: Vec::new(),
            is_past_limit: false,
        };
        let assumed = &self.config.assumed;
        let mut loaded = read_manifest_assuming(source, sources, &mut files, &self.limits, assumed);
        if self.wanted == Wanted::Everything {
            ask_who_reads(&mut loaded.bundle);
        }
        reading.named.append(&mut files.read);
        reading.is_past_limit |= files.is_past_limit || loaded.errors.iter().any(is_past_limit);
        Found::Unit(Box::new(Unit { name: self.name(candidate), loaded, kind: UnitKind::Bundle }))
    }

    /// How answers call what is in a file.
    fn name(&self, candidate: &Candidate) -> String {
        if self.one_path { candidate.under() } else { candidate.shown() }
    }

    /// What a file is that may be a policy by itself. Where everything is looked for, the kind that the user says is that
    /// of files that look like policies; where policies are, every file is one.
    fn bare(&self, source: SourceId, sources: &Sources) -> Bare {
        let assumptions = self.config.assumed.assumptions();
        let read = |kind| read_policy(source, kind, sources, &assumptions, &self.limits);
        match (self.wanted, self.kind) {
            (Wanted::Policies(kind), _) => read(kind),
            (_, None) => read(None),
            (_, kind) => match read(None) {
                Bare::Policy { kind: Some(_), .. } => read(kind),
                other => other,
            },
        }
    }

    /// The text of a file.
    pub(super) fn open(
        &self,
        candidate: &Candidate,
        sources: &mut Sources,
    ) -> Result<SourceId, Box<IngestError>> {
        let bytes = match candidate.is_stdin() {
            true => from_stream(io::stdin().lock(), &self.limits),
            false => from_file(&candidate.path, &self.limits),
        };
        let path = candidate.shown();
        let bytes = bytes.map_err(|refused| {
            let path = path.clone();
            let kind = match refused {
                Refused::TooLarge => {
                    let error = SourceError::TooLarge { limit: self.limits.bytes };
                    IngestErrorKind::Source { path, error }
                }
                Refused::Io(reason) => IngestErrorKind::Unreadable { path, reason },
            };
            Box::new(self::error(kind, None))
        })?;
        match Source::from_bytes(path.clone(), bytes.clone(), &self.limits) {
            Ok(source) => Ok(sources.add(source)),
            Err(error) => {
                // The place can be shown all the same: up to it, the text is sound.
                let location = match error {
                    SourceError::NotUtf8 { offset, .. } => {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        let source = sources.add(Source::new(path.clone(), text));
                        let end = offset + char::REPLACEMENT_CHARACTER.len_utf8();
                        Some(Location::new(source, Span::from_offsets(offset, end)))
                    }
                    SourceError::TooLarge { .. } => None,
                };
                Err(Box::new(self::error(IngestErrorKind::Source { path, error }, location)))
            }
        }
    }
}
