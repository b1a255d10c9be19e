use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use crosskey_engine::{
    check::Ignore,
    finding::{Finding, Place},
    text::{Sources, Span, escape, is_command, is_unsafe},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Failure, check};
use crate::{
    args::BaselineArguments,
    config::{self, Baseline, Config},
    exit::Exit,
    render::human,
    write::Output,
};

/// A finding to accept, by what an ignore knows of it.
type Key = (String, &'static str, String);

/// What is written of it.
#[derive(Default)]
struct Entry {
    places: usize,
    message: String,
    reason: String,
    until: Option<Date>,
}

/// Writes today's findings as ignores. Those of the baseline in force that are still needed keep their reasons; ignores
/// in the settings themselves stay where they are.
pub(super) fn run(arguments: &BaselineArguments, output: &Output) -> Result<Exit, Failure> {
    let first = arguments.paths.first().map_or(Path::new("."), |path| path.as_path());
    let mut config = config::load(&arguments.config, first, Baseline::Optional, output)
        .map_err(|shown| Failure::Config { shown })?;
    let is_old = |ignore: &Ignore| Some(ignore.location.source) == config.baseline;
    let (old, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut config.ignores).into_iter().partition(is_old);
    config.ignores = kept;
    let mut entries = Entries::new(arguments, &config, &old);
    let mut unjudged = String::new();
    let mut exit = Exit::Clean;
    let judged = check::judge(&arguments.paths, &arguments.input, &config, output, |part, _| {
        for finding in part.findings {
            if finding.is_unjudged() {
                unjudged.push_str(&human::finding(part.sources, finding));
                exit = exit.max(finding.gap.map_or(Exit::Clean, Exit::from));
            } else {
                entries.add(part.sources, finding);
            }
        }
    });
    check::tell_of_unused_parameters(&judged.unused, output);
    if judged.nothing {
        return Err(check::nothing_to_judge(&arguments.paths));
    }
    output.message(&entries.notes);
    output.report(&text(&entries.map))?;
    output.message(&unjudged);
    Ok(exit)
}

/// The entries of a baseline, as findings come.
struct Entries<'a> {
    arguments: &'a BaselineArguments,
    config: &'a Config,
    old: &'a [Ignore],
    today: Date,
    /// The places that have been counted.
    seen: BTreeSet<(&'static str, String, String, Option<Span>)>,
    map: BTreeMap<Key, Entry>,
    /// What is left out.
    notes: String,
}

impl<'a> Entries<'a> {
    fn new(arguments: &'a BaselineArguments, config: &'a Config, old: &'a [Ignore]) -> Self {
        Self {
            arguments,
            config,
            old,
            today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
            seen: BTreeSet::new(),
            map: BTreeMap::new(),
            notes: String::new(),
        }
    }

    fn add(&mut self, sources: &Sources, finding: &Finding) {
        let id = finding.rule.id;
        if matches!(id, "stale-ignore" | "ended-ignore") {
            return;
        }
        let shown = finding.file(sources);
        // Without settings, paths count from the current folder, which is where they would be written.
        let Some(policy) = self.config.names().of(shown).or_else(|| {
            let relative = Path::new(shown).is_relative() && !shown.starts_with(['.', '<']);
            (relative && !self.config.is_found()).then(|| shown.to_owned())
        }) else {
            let what = format!("`{id}` in `{}`", escape(shown));
            let note = format!("{what} lies outside of the settings' folder and is left out");
            self.notes.push_str(&human::note(&note));
            return;
        };
        let place = match &finding.place {
            Place::Source(location) => Some(location.span),
            Place::File(_) => None,
        };
        if !self.seen.insert((id, policy.clone(), finding.fingerprint.clone(), place)) {
            return;
        }
        let known = self.old.iter().find(|ignore| {
            ignore.rule.id == id
                && ignore.policy == policy
                && ignore.fingerprint == finding.fingerprint
                && ignore.until.is_none_or(|last| last >= self.today)
        });
        let entry = self.map.entry((policy, id, finding.fingerprint.clone())).or_default();
        entry.places += 1;
        entry.message.clone_from(&finding.message);
        match known {
            Some(ignore) => {
                entry.reason.clone_from(&ignore.reason);
                entry.until = ignore.until;
            }
            None => {
                let reason = self.arguments.reason.clone();
                entry.reason = reason.unwrap_or_else(|| format!("there on {}", self.today));
                entry.until = self.arguments.until;
            }
        }
    }
}

fn text(entries: &BTreeMap<Key, Entry>) -> String {
    let mut out =
        "# Findings that are accepted, each with its reason. Written by `crosskey baseline`.\n"
            .to_owned();
    for ((policy, rule, fingerprint), entry) in entries {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n# {}\n[[ignore]]\nrule = {}\npolicy = {}\nfingerprint = {}\n",
            escape(&entry.message),
            quoted(rule),
            quoted(policy),
            quoted(fingerprint)
        );
        if entry.places > 1 {
            let _ = writeln!(out, "count = {}", entry.places);
        }
        let _ = writeln!(out, "reason = {}", quoted(&entry.reason));
        if let Some(day) = entry.until {
            let _ = writeln!(out, "until = {day}");
        }
    }
    out
}

/// A string of TOML. What a terminal or a build server would obey is written by its number, which means the same.
fn quoted(text: &str) -> String {
    if escape(text) == text {
        return toml::Value::from(text).to_string();
    }
    let mut out = String::from('"');
    for (at, character) in text.char_indices() {
        if matches!(character, '"' | '\\') || is_unsafe(character) || is_command(text, at) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\U{:08X}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_string_reads_back_and_is_not_obeyed() {
        for text in
            ["a/b.json", "it's \"so\"", "##[error]\u{1b}[31m\\ \u{202e} \"é\"", "::error::x"]
        {
            let table: toml::Table = format!("a = {}", quoted(text)).parse().unwrap();
            assert_eq!(table["a"].as_str(), Some(text));
        }
        assert_eq!(quoted("##[error]\u{202e}"), "\"\\U00000023#[error]\\U0000202E\"");
    }
}
