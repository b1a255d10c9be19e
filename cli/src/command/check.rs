use std::{collections::BTreeSet, path::PathBuf};

use crosskey_engine::{
    bundle::Bundle,
    check::{Judged, Report as CheckReport, Sieve, Tally, check},
    finding::Severity,
    report::{Known, ReadReport},
    text::{Sources, escape},
};
use jiff::{Timestamp, tz::TimeZone};

use super::{Failure, configured};
use crate::{
    args::{Check, InputArguments, Parameter, ReportFormat},
    config::Config,
    exit::Exit,
    progress::Progress,
    read::{self, Unit, UnitKind},
    render::{
        CheckedUnit, Part, Report, Totals,
        github::Github,
        html::Html,
        human::{self, Human},
        json::Json,
        junit::Junit,
        markdown::Markdown,
        sarif::Sarif,
    },
    write::Output,
};

/// Reads everything under the paths, judges it and reports.
pub(super) fn run(
    arguments: &Check,
    format: ReportFormat,
    output: &Output,
) -> Result<Exit, Failure> {
    let config = configured(&arguments.config, &arguments.paths, output)?;
    let threshold = arguments.fail_on.map(Severity::from).or(config.fail_on);
    let threshold = threshold.unwrap_or(Severity::Warning);
    let mut report: Box<dyn Report> = match format {
        ReportFormat::Human => Box::new(Human::new(output.quiet)),
        ReportFormat::Json => Box::new(Json::new()),
        ReportFormat::Sarif => Box::new(Sarif::new()),
        ReportFormat::Junit => Box::new(Junit::new(threshold)),
        ReportFormat::Github => Box::new(Github::default()),
        ReportFormat::Markdown => Box::new(Markdown::default()),
        ReportFormat::Html => Box::new(Html::default()),
    };
    let mut totals = Totals::new();
    let mut rendered = Ok(());
    let mut notes = String::new();
    let judged = judge(&arguments.paths, &arguments.input, &config, output, |part, kind| {
        totals.add(part, threshold);
        notes.extend(part.unit.and_then(|unit| taken_for(unit, kind?)));
        if rendered.is_ok() {
            rendered = report.add(part);
        }
    });
    output.note(&notes);
    tell_of_unused_parameters(&judged.unused, output);
    rendered?;
    totals.read = judged.read;
    if judged.nothing {
        totals.exit = totals.exit.max(Exit::Unreadable);
    }
    output.report(&report.finish(&totals)?)?;
    if judged.nothing {
        return Err(nothing_to_judge(&arguments.paths));
    }
    Ok(totals.exit)
}

/// A parameter that no template has changes nothing, and nobody would know.
pub(super) fn tell_of_unused_parameters(unused: &[Parameter], output: &Output) {
    for parameter in unused {
        let name = escape(&parameter.name);
        let message = match &parameter.file {
            Some(file) => {
                format!("no template `{}` with a parameter `{name}` was read", escape(file))
            }
            None => format!("no template with a parameter `{name}` was read"),
        };
        output.note(&human::note(&message));
    }
}

/// Nothing was read: to say that nothing was found would mislead.
pub(super) fn nothing_to_judge(paths: &[PathBuf]) -> Failure {
    let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    let message = format!("nothing to judge in {}", escape(&paths.join(", ")));
    let help = "name a bundle, a policy file, or a folder that has some".to_owned();
    Failure::Usage { message, help }
}

/// What is known of a run once everything is judged.
#[derive(Debug)]
pub(super) struct Run {
    /// What was read.
    pub(super) read: ReadReport,
    /// Parameters that no template has.
    pub(super) unused: Vec<Parameter>,
    /// Whether there was nothing to judge, nor anything that could not be read.
    pub(super) nothing: bool,
}

/// Judges everything under the paths, and hands over what came of it once the accepted findings are taken out, part by
/// part in the order of what is judged: bundles, policies, what the other files tell together, files that cannot be
/// read, and the ignores.
pub(super) fn judge(
    paths: &[PathBuf],
    how: &InputArguments,
    config: &Config,
    output: &Output,
    take: impl FnMut(Part<'_>, Option<UnitKind>) + Send,
) -> Run {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let mut parts = Parts {
        config,
        sieve: Sieve::new(&config.ignores, today),
        tally: Tally::new(config.limits.findings),
        whole: BTreeSet::new(),
        read: ReadReport::default(),
        units: 0,
        take,
    };
    let options = &config.options;
    let judge = |unit: &Unit, sources: &Sources| {
        check(&unit.loaded.bundle, sources, &unit.loaded.errors, options)
    };
    let progress = Progress::new("judging", output);
    let rest = read::each(paths, how, config, &progress, judge, |unit, sources, report| {
        parts.unit(&unit, sources, report);
    });
    for unit in &rest.units {
        parts.unit(unit, &rest.sources, judge(unit, &rest.sources));
    }
    drop(progress);
    let stray = check(&Bundle::default(), &rest.sources, &rest.errors, options);
    parts.add(None, &rest.sources, stray);
    let nothing = parts.units == 0 && rest.errors.is_empty();
    let read = ReadReport {
        files: rest.files,
        skipped: rest.skipped,
        excluded: rest.excluded,
        ..parts.read
    };
    parts.upkeep(paths, &rest.sources);
    Run { read, unused: rest.unused, nothing }
}

/// What the parts of a run are sifted with, and what is counted of them.
struct Parts<'a, F> {
    config: &'a Config,
    sieve: Sieve<'a>,
    /// Of each rule as many findings are told in the whole run as in each of its parts.
    tally: Tally,
    /// Files that ignores name and that were judged with all that belongs to them.
    whole: BTreeSet<String>,
    read: ReadReport,
    units: usize,
    take: F,
}

impl<F: FnMut(Part<'_>, Option<UnitKind>)> Parts<'_, F> {
    fn unit(&mut self, unit: &Unit, sources: &Sources, report: CheckReport) {
        let bundle = &unit.loaded.bundle;
        let found = ReadReport::of_answers(bundle, &report.answers);
        self.read.policies += found.policies;
        self.read.values_unknown += found.values_unknown;
        self.units += 1;
        if unit.kind == UnitKind::Bundle {
            self.read.bundles += 1;
            if !self.config.ignores.is_empty() {
                let names = self.config.names();
                let documents = bundle.policies.iter();
                self.whole.extend(documents.filter_map(|(_, document)| {
                    let name = names.of(sources.name(document.location.source))?;
                    self.config.ignores.iter().any(|it| it.policy == name).then_some(name)
                }));
            }
        }
        self.add(Some(unit), sources, report);
    }

    fn add(&mut self, unit: Option<&Unit>, sources: &Sources, report: CheckReport) {
        let names = self.config.names();
        let Judged { findings, ignored } =
            self.sieve.sift(report.findings, sources, &|shown| names.of(shown));
        let findings: Vec<_> =
            findings.into_iter().filter_map(|finding| self.tally.take(finding)).collect();
        let checked = unit.map(|unit| CheckedUnit {
            name: &unit.name,
            known: Known { bundle: &unit.loaded.bundle, sources },
            answers: &report.answers,
        });
        let part = Part { sources, unit: checked, findings: &findings, ignored: &ignored };
        (self.take)(part, unit.map(|unit| unit.kind));
    }

    /// Tells of ignores that are not needed any more.
    fn upkeep(mut self, paths: &[PathBuf], sources: &Sources) {
        let (config, whole) = (self.config, &self.whole);
        let all = config.is_covered_by(paths);
        let is_judged = |policy: &str| all || whole.contains(policy) || config.is_gone(policy);
        let findings = self.sieve.upkeep(&is_judged, &config.options);
        (self.take)(Part { sources, unit: None, findings: &findings, ignored: &[] }, None);
    }
}

/// A policy without a manifest does not say what it is attached to; the reader must know what was assumed.
fn taken_for(unit: CheckedUnit<'_>, kind: UnitKind) -> Option<String> {
    let UnitKind::Policy(Some(kind)) = kind else { return None };
    let name = escape(&unit.known.bundle.name);
    Some(human::note(&format!("`{name}` belongs to no bundle; taken for: {kind}")))
}
