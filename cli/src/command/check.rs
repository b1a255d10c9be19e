use std::{collections::BTreeSet, path::PathBuf};

use crosskey_engine::{
    bundle::Bundle,
    check::{Judged, Report, RequestAnswer, Sifting, check, sift},
    finding::{Finding, Severity},
    report::{Known, ReadReport},
    text::escape,
};
use jiff::{Timestamp, tz::TimeZone};
use rayon::prelude::*;

use super::{Failure, configured};
use crate::{
    args::{Check, ReportFormat},
    config::Config,
    exit::Exit,
    progress::Progress,
    read::{self, Input, Unit, UnitKind},
    render::{Checked, CheckedUnit, github, html, human, json, junit, markdown, sarif},
    write::Output,
};

/// Reads everything under the paths, judges it and reports.
pub(super) fn run(
    arguments: &Check,
    format: ReportFormat,
    output: &Output,
) -> Result<Exit, Failure> {
    let config = configured(&arguments.config, &arguments.paths, output)?;
    let input = read::everything(&arguments.paths, &arguments.input, &config);
    tell_what_policies_were_taken_for(&input, output);
    tell_of_unused_parameters(&input, output);
    let (reports, judged) = judge(&input, &config, &arguments.paths, output);
    let findings: Vec<&Finding> = judged.findings.iter().collect();
    let threshold = arguments.fail_on.map(Severity::from).or(config.fail_on);
    let nothing = input.units.is_empty() && input.errors.is_empty();
    let threshold = threshold.unwrap_or(Severity::Warning);
    let exit = exit(&findings, &reports, threshold, nothing);
    let read = count(&input, &reports);
    let units = input.units.iter().zip(&reports).map(|(unit, report)| CheckedUnit {
        name: &unit.name,
        known: Known { bundle: &unit.loaded.bundle, sources: &input.sources },
        answers: &report.answers,
    });
    let sources = &input.sources;
    let checked = Checked {
        sources,
        units: units.collect(),
        findings,
        ignored: &judged.ignored,
        read,
        threshold,
        exit,
    };
    let text = match format {
        ReportFormat::Human => human::check(&checked, output.quiet),
        ReportFormat::Json => json::check(&checked)?,
        ReportFormat::Sarif => sarif::check(&checked)?,
        ReportFormat::Junit => junit::check(&checked)?,
        ReportFormat::Github => github::check(&checked),
        ReportFormat::Markdown => markdown::check(&checked),
        ReportFormat::Html => html::check(&checked),
    };
    output.report(&text)?;
    if nothing {
        return Err(nothing_to_judge(&arguments.paths));
    }
    Ok(exit)
}

/// A parameter that no template has changes nothing, and nobody would know.
pub(super) fn tell_of_unused_parameters(input: &Input, output: &Output) {
    for parameter in &input.unused {
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

/// Judges what was read: a report a unit, and what is left of the findings once the accepted ones are taken out.
pub(super) fn judge(
    input: &Input,
    config: &Config,
    paths: &[PathBuf],
    output: &Output,
) -> (Vec<Report>, Judged) {
    let progress = Progress::new("judging", input.units.len(), output);
    // Units know nothing of each other; what comes of them stays in their order.
    let judge = |unit: &Unit| {
        let (bundle, errors) = (&unit.loaded.bundle, &unit.loaded.errors);
        let report = check(bundle, &input.sources, errors, &config.options);
        progress.step();
        report
    };
    let mut reports: Vec<Report> = input.units.par_iter().map(judge).collect();
    drop(progress);
    let stray = check(&Bundle::default(), &input.sources, &input.errors, &config.options);
    let mut findings = Vec::new();
    for report in &mut reports {
        findings.append(&mut report.findings);
    }
    findings.extend(stray.findings);

    let names = config.names();
    let bundles = input.units.iter().filter(|unit| unit.kind == UnitKind::Bundle);
    let read_whole: BTreeSet<String> = bundles
        .flat_map(|unit| unit.loaded.bundle.policies.iter())
        .filter_map(|(_, document)| names.of(input.sources.name(document.location.source)))
        .collect();
    let all = config.is_covered_by(paths);
    let sifting = Sifting {
        sources: &input.sources,
        today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
        file: &|shown| names.of(shown),
        is_judged: &|policy| all || read_whole.contains(policy) || config.is_gone(policy),
        options: &config.options,
    };
    let judged = sift(findings, &config.ignores, &sifting);
    (reports, judged)
}

/// A policy without a manifest does not say what it is attached to; the reader must know what was assumed.
fn tell_what_policies_were_taken_for(input: &Input, output: &Output) {
    for unit in &input.units {
        if let UnitKind::Policy(Some(kind)) = unit.kind {
            let name = escape(&unit.loaded.bundle.name);
            output.note(&human::note(&format!("`{name}` belongs to no bundle; taken for: {kind}")));
        }
    }
}

fn exit(findings: &[&Finding], reports: &[Report], threshold: Severity, nothing: bool) -> Exit {
    let of_finding = |finding: &&Finding| {
        let gap = finding.gap.map_or(Exit::Clean, Exit::from);
        match finding.severity >= threshold {
            true => gap.max(Exit::Findings),
            false => gap,
        }
    };
    let of_answer = |answer: &RequestAnswer| match answer.is_open() {
        true => Exit::Indeterminate,
        false => Exit::Clean,
    };
    let answers = reports.iter().flat_map(|report| &report.answers).map(of_answer);
    let nothing = if nothing { Exit::Unreadable } else { Exit::Clean };
    findings.iter().map(of_finding).chain(answers).max().unwrap_or_default().max(nothing)
}

fn count(input: &Input, reports: &[Report]) -> ReadReport {
    let mut read = ReadReport {
        files: input.files,
        bundles: input.units.iter().filter(|unit| unit.kind == UnitKind::Bundle).count(),
        skipped: input.skipped,
        excluded: input.excluded,
        ..ReadReport::default()
    };
    for (unit, report) in input.units.iter().zip(reports) {
        let found = ReadReport::of_answers(&unit.loaded.bundle, &report.answers);
        read.policies += found.policies;
        read.values_unknown += found.values_unknown;
    }
    read
}
