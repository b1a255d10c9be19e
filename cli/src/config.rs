//! Settings of a project: `crosskey.toml`, found above the first path that is judged, and the baseline it names.

mod document;
mod files;
mod toml;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crosskey_engine::{
    check::{CheckOptions, Ignore},
    finding::Severity,
    ingest::manifest::Assumed,
    text::{Limits, Location, SourceId, Sources, escape},
};
use thiserror::Error;

pub(crate) use self::{
    document::Document,
    files::{above, within},
};
use crate::{
    args::{ConfigArguments, set_limit},
    render::human,
    write::Output,
};

/// What a project has set.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The texts of the settings.
    pub(crate) sources: Sources,
    /// The folder of the file, with links resolved: paths in it count from there.
    folder: Option<PathBuf>,
    /// The least severity that makes a run fail.
    pub(crate) fail_on: Option<Severity>,
    /// Whom to trust, and what to make of which rule.
    pub(crate) options: CheckOptions,
    /// What to take for true where AWS's documents leave room.
    pub(crate) assumed: Assumed,
    /// What one input may cost.
    pub(crate) limits: Limits,
    /// Whether symbolic links are followed, wherever they lead.
    pub(crate) follow_links: bool,
    /// Patterns of the paths that are left out.
    exclude: Vec<String>,
    /// Findings that are accepted.
    pub(crate) ignores: Vec<Ignore>,
    /// The text of the baseline.
    pub(crate) baseline: Option<SourceId>,
}

/// Settings that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
struct ConfigError {
    message: String,
    help: String,
    location: Option<Location>,
}

impl ConfigError {
    fn new(message: String, help: impl Into<String>, location: Option<Location>) -> Self {
        Self { message, help: help.into(), location }
    }

    /// The error with the place that it is about.
    fn shown(&self, sources: &Sources) -> String {
        match self.location {
            Some(location) => human::mistake(sources, &self.message, &self.help, location),
            None => human::failure(&escape(&self.message), Some(&self.help)),
        }
    }
}

/// Whether the baseline that the settings name has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Baseline {
    /// It is read.
    Needed,
    /// It is about to be written.
    Optional,
}

/// Finds and reads the settings that count for `first`, the first path of the run. The command line's assumptions win.
///
/// # Errors
/// What is wrong with them, as it is shown.
pub(crate) fn load(
    arguments: &ConfigArguments,
    first: &Path,
    baseline: Baseline,
    output: &Output,
) -> Result<Config, String> {
    let mut config = Config::default();
    config.assumed.overrides = arguments.assume.clone();
    config.follow_links = arguments.follow_links;
    for (name, value) in &arguments.limit {
        // The command line has refused what cannot be set.
        let _ = set_limit(&mut config.limits, &mut config.options.bounds, name, value);
    }
    config.options.findings = config.limits.findings;
    let file = match &arguments.config {
        _ if arguments.no_config => None,
        Some(file) => Some(file.clone()),
        None => files::discover(first),
    };
    let Some(file) = file else {
        return Ok(config);
    };
    let shown = files::shown(&file);
    document::read(&mut config, &file, &shown, baseline)
        .map_err(|error| error.shown(&config.sources))?;
    output.note(&human::note(&format!("settings from `{}`", escape(&shown))));
    Ok(config)
}

impl Config {
    /// Whether there are settings.
    pub(crate) const fn is_found(&self) -> bool {
        self.folder.is_some()
    }

    /// Whether the settings leave a file out.
    pub(crate) fn excludes(&self, path: &Path) -> bool {
        !self.exclude.is_empty()
            && self.inside(path).is_some_and(|path| {
                self.exclude.iter().any(|pattern| glob_match::glob_match(pattern, &path))
            })
    }

    /// A path as the settings write it: relative to their folder, with slashes.
    fn inside(&self, path: &Path) -> Option<String> {
        files::inside(self.folder.as_deref()?, path)
    }

    /// What ignores call the files of a run.
    pub(crate) fn names(&self) -> Names<'_> {
        Names { config: self, known: RefCell::default() }
    }

    /// Whether a run over these paths covers everything that the settings are about.
    pub(crate) fn is_covered_by(&self, paths: &[PathBuf]) -> bool {
        let folder = self.folder.as_deref();
        folder.is_some_and(|folder| paths.iter().any(|path| files::contains(path, folder)))
    }

    /// Whether a file that an ignore names is gone.
    pub(crate) fn is_gone(&self, policy: &str) -> bool {
        self.folder.as_deref().is_some_and(|folder| files::is_gone(&folder.join(policy)))
    }
}

/// What ignores call the files of a run; each is looked up once.
pub(crate) struct Names<'a> {
    config: &'a Config,
    known: RefCell<BTreeMap<String, Option<String>>>,
}

impl Names<'_> {
    /// The name of the source that messages call `shown`.
    pub(crate) fn of(&self, shown: &str) -> Option<String> {
        let mut known = self.known.borrow_mut();
        if let Some(name) = known.get(shown) {
            return name.clone();
        }
        let name = self.config.inside(Path::new(shown));
        known.insert(shown.to_owned(), name.clone());
        name
    }
}
