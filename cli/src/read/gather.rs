//! What is known only of all files together: which were read, and what those tell that are neither bundles nor
//! policies.

use std::{collections::BTreeSet, path::PathBuf};

use crosskey_engine::{
    check::ask_who_reads,
    ingest::{IngestError, IngestErrorKind, Tool, pieces::Pieces, read_output, read_pieces},
    text::{LimitKind, Location, SourceId, Sources},
};
use rayon::prelude::*;

use super::{
    Input, Unit, UnitKind, Wanted,
    candidates::{Candidate, Unread},
    reader::{Found, Reader, Reading, error},
    shown,
    templates::Templates,
};
use crate::{
    args::{InputFormat, Parameter},
    config::Config,
    defect,
};

/// Fewer files than this are looked up one by one.
const FEW: usize = 64;

/// What has been gathered.
pub(super) struct Gathered {
    pub(super) input: Input,
    /// Files that have been read, by their real path.
    named: BTreeSet<PathBuf>,
    /// What files tell that are neither bundles nor policies.
    pub(super) pieces: Pieces,
    pub(super) templates: Templates,
    /// Whether the texts that are kept are more than may be judged as one. From then on none is kept.
    pub(super) is_full: bool,
    /// Bytes of the settings, which are no input.
    settings: usize,
}

impl Gathered {
    /// Nothing yet. Findings can point into the settings.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            input: Input { sources: config.sources.clone(), ..Input::default() },
            named: BTreeSet::new(),
            pieces: Pieces::default(),
            templates: Templates::default(),
            is_full: false,
            settings: config.sources.bytes(),
        }
    }

    /// The files that have not been read.
    pub(super) fn unread(&self, candidates: Vec<Candidate>) -> Vec<Unread> {
        let look = |candidate: Candidate| {
            let real = candidate.real();
            (!self.named.contains(&real)).then_some(Unread { candidate, real })
        };
        match candidates.len() < FEW {
            true => candidates.into_iter().filter_map(look).collect(),
            false => candidates.into_par_iter().filter_map(look).collect(),
        }
    }

    /// Whether a file has not been read before; from now on it has.
    pub(super) fn is_new(&mut self, real: PathBuf) -> bool {
        self.named.insert(real)
    }

    /// Takes what came of a file, in the order of the files: the bundle or policy that it is. What is kept of the others
    /// is moved from `own`, the texts of this file alone, to the texts of all.
    pub(super) fn take(
        &mut self,
        reader: &Reader<'_>,
        file: &Unread,
        reading: Reading,
        own: Option<&Sources>,
    ) -> Option<Unit> {
        // One that was read before may have been named by a file that was read beside it.
        if !self.is_new(file.real.clone()) {
            return None;
        }
        self.input.files += usize::from(reading.is_opened) + reading.named.len();
        self.named.extend(reading.named);
        let mut found = reading.found;
        let place = match &mut found {
            Found::Text(source) => Some(source),
            Found::Error(error) => error.location.as_mut().map(|location| &mut location.source),
            Found::Unit(_) | Found::Other => None,
        };
        if let (Some(place), Some(own)) = (place, own) {
            *place = self.input.sources.adopt(own, *place)?;
        }
        if let Found::Text(source) = found
            && !self.is_full
        {
            let told = defect::attempt(|| self.told(reader, &file.candidate, source));
            found = told.unwrap_or_else(|| {
                let path = file.candidate.shown();
                Found::Error(Box::new(error(IngestErrorKind::Defect { path }, None)))
            });
            if !matches!(found, Found::Text(_)) {
                self.input.sources.forget(source);
            }
        }
        self.room(reader, &file.candidate, &mut found);
        match found {
            Found::Unit(unit) => return (own.is_some() || !self.is_full).then_some(*unit),
            // What it tells is kept.
            Found::Text(_) => {}
            Found::Other => {
                self.input.files -= 1;
                self.input.skipped += 1;
            }
            Found::Error(error) => self.input.errors.push(*error),
        }
        None
    }

    /// Sees that the texts that are kept are not more than may be judged as one. Else nothing of what they tell is: half of a
    /// world would be a guess.
    fn room(&mut self, reader: &Reader<'_>, candidate: &Candidate, found: &mut Found) {
        let limit = reader.limits.together;
        if self.input.sources.bytes() - self.settings <= limit {
            return;
        }
        if !std::mem::replace(&mut self.is_full, true) {
            (self.pieces, self.templates) = (Pieces::default(), Templates::default());
            let kind = IngestErrorKind::Together { kind: LimitKind::Together, limit };
            let file = candidate.shown();
            self.input.errors.push(IngestError { file, ..error(kind, None) });
        }
        match found {
            Found::Text(source) => self.input.sources.forget(*source),
            Found::Error(error) => {
                if let Some(location) = error.location.take() {
                    error.file = candidate.shown();
                    self.input.sources.forget(location.source);
                }
            }
            Found::Unit(_) | Found::Other => {}
        }
    }

    /// Keeps what a text tells, if it is of a format that tells something.
    fn told(&mut self, reader: &Reader<'_>, candidate: &Candidate, source: SourceId) -> Found {
        let (is_one, called) = match reader.format {
            InputFormat::Auto if reader.is_for_template(candidate) => {
                return match self.is_stack(reader, source, candidate) {
                    true => Found::Text(source),
                    false => other(candidate, "it is no template of CloudFormation"),
                };
            }
            InputFormat::Auto => {
                return match self.tells(reader, source)
                    || self.is_template(reader, source, &candidate.path)
                {
                    true => Found::Text(source),
                    false => other(
                        candidate,
                        "it is JSON, but neither a bundle nor a policy nor a template",
                    ),
                };
            }
            InputFormat::Bundle => (false, "a bundle"),
            InputFormat::Policy => (false, "a policy"),
            InputFormat::Aws => {
                (self.is_output(reader, Tool::Aws, source), "output of the AWS CLI")
            }
            InputFormat::Terraform => {
                (self.is_output(reader, Tool::Terraform, source), "a plan or state of Terraform")
            }
            InputFormat::Cloudformation => {
                (self.is_stack(reader, source, candidate), "a template of CloudFormation")
            }
        };
        if is_one { Found::Text(source) } else { reader.refused(candidate, called) }
    }

    /// Whether a file is a plan or state of Terraform or output of the AWS CLI; what it tells is kept.
    fn tells(&mut self, reader: &Reader<'_>, source: SourceId) -> bool {
        reader.wanted == Wanted::Everything
            && read_pieces(source, &self.input.sources, &reader.limits, &mut self.pieces)
    }

    fn is_output(&mut self, reader: &Reader<'_>, tool: Tool, source: SourceId) -> bool {
        let sources = &self.input.sources;
        match read_output(tool, source, sources, &reader.limits, &mut self.pieces) {
            Ok(is_one) => is_one,
            Err(error) => {
                let location = Location::new(source, error.span);
                let error = self::error(IngestErrorKind::Json(error), Some(location));
                self.input.errors.push(error);
                true
            }
        }
    }

    /// Notes a file that cannot be read.
    pub(super) fn unreadable(&mut self, path: &str, reason: String) {
        let kind = IngestErrorKind::Unreadable { path: path.to_owned(), reason };
        self.input.errors.push(error(kind, None));
    }

    /// Makes one world of what all files tell.
    pub(super) fn join(
        mut self,
        reader: &Reader<'_>,
        paths: &[PathBuf],
        given: &[Parameter],
    ) -> Input {
        if self.is_full {
            return self.input;
        }
        self.stacks(reader, given);
        if self.pieces.is_empty() {
            return self.input;
        }
        let names: Vec<_> = paths.iter().map(|path| shown(path)).collect();
        let (name, assumptions) = (names.join(", "), reader.config.assumed.assumptions());
        let mut loaded = self.pieces.join(&name, &self.input.sources, &assumptions, &reader.limits);
        ask_who_reads(&mut loaded.bundle);
        self.input.units.push(Unit { name, loaded, kind: UnitKind::World });
        self.input
    }
}

/// A file that tells nothing: passed over, unless it was given by itself.
fn other(candidate: &Candidate, reason: &str) -> Found {
    match candidate.is_explicit() {
        true => Found::unreadable(&candidate.shown(), reason.to_owned()),
        false => Found::Other,
    }
}
