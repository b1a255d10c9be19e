use annotate_snippets::{Group, Level, Origin};
use crosskey_engine::{
    finding::{Finding, Place, Severity},
    text::{Sources, escape},
};

use super::{
    diagnostic::remark,
    snippet::{Mark, pictures, renderer},
};
use crate::render::words::for_example;

/// A finding as compilers write theirs.
pub(crate) fn finding(sources: &Sources, finding: &Finding) -> String {
    let mut marks = Vec::new();
    let mut file = None;
    match &finding.place {
        Place::Source(location) => marks.push(Mark { location: *location, label: String::new() }),
        Place::File(name) => file = Some(escape(name)),
    }
    marks.extend(
        finding
            .related
            .iter()
            .map(|(location, label)| Mark { location: *location, label: label.clone() }),
    );
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(escape(&finding.message)).id(finding.rule.id);
    let mut group = Group::with_title(title);
    if let Some(file) = file {
        group = group.element(Origin::path(file));
    }
    let mut group = group.elements(pictures(sources, &marks));
    if let Some(witness) = &finding.witness {
        group = group.element(remark(Level::NOTE, &for_example(witness)));
    }
    if !finding.help.is_empty() {
        group = group.element(remark(Level::HELP, &finding.help));
    }
    format!("{}\n", renderer().render(&[group]))
}
