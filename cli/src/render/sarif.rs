//! SARIF 2.1.0, which code scanning services read.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

mod log;
mod uri;

use std::collections::BTreeMap;

use crosskey_engine::{
    check::RULES,
    finding::{Finding, Rule, Severity},
    text::{Location, Position, Sources, escape},
};

use self::log::{
    ArtifactLocation, BaseUri, Driver, Invocation, Level, Log, Notification, PhysicalLocation,
    Region, ReportingConfiguration, ReportingDescriptor, Result as Found, RuleReference, Run, Text,
    Tool,
};
use super::{
    Part, RenderError, Report, Totals,
    json::document,
    list::List,
    words::{self, for_example},
};
use crate::exit::Exit;

/// What relative paths are relative to: the folder in which the program ran.
const ROOT: &str = "%SRCROOT%";

/// What a check came to.
#[derive(Debug)]
pub(crate) struct Sarif {
    results: List,
    /// What could not be judged.
    unjudged: List,
    /// Answers that are left open.
    open: List,
}

impl Sarif {
    /// An empty report.
    pub(crate) const fn new() -> Self {
        // Results are a member of the run, notifications of its invocation; both stand in a list of their own.
        Self { results: List::new(3), unjudged: List::new(5), open: List::new(5) }
    }
}

impl Report for Sarif {
    fn add(&mut self, part: Part<'_>) -> std::result::Result<(), RenderError> {
        for finding in part.findings {
            self.results.push(&result(part.sources, finding))?;
            if finding.is_unjudged() {
                self.unjudged.push(&Notification {
                    level: Level::Error,
                    message: Text::plain(&finding.message),
                    locations: vec![place(part.sources, finding)],
                    associated_rule: Some(reference(finding.rule)),
                })?;
            }
        }
        for (request, answer) in part.requests().filter(|(_, answer)| answer.is_open()) {
            self.open.push(&Notification {
                level: Level::Warning,
                message: Text::plain(&words::open(request, answer)),
                locations: vec![location(part.sources, request.location)],
                associated_rule: None,
            })?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, totals: &Totals) -> std::result::Result<String, RenderError> {
        let Self { results, mut unjudged, open } = *self;
        unjudged.append(open);
        let description = Text::plain("the folder in which crosskey ran");
        let log = Log {
            schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "Crosskey",
                        version: env!("CARGO_PKG_VERSION"),
                        information_uri: env!("CARGO_PKG_REPOSITORY"),
                        rules: RULES.iter().map(|rule| descriptor(rule)).collect(),
                    },
                },
                invocations: [Invocation {
                    execution_successful: totals.exit < Exit::Unreadable,
                    exit_code: totals.exit.code(),
                    tool_execution_notifications: unjudged,
                }],
                column_kind: "unicodeCodePoints",
                original_uri_base_ids: BTreeMap::from([(ROOT, BaseUri { description })]),
                results,
            }],
        };
        document(&log)
    }
}

fn result(sources: &Sources, finding: &Finding) -> Found {
    let mut properties = BTreeMap::new();
    if !finding.help.is_empty() {
        properties.insert("help", escape(&finding.help).into());
    }
    if let Some(witness) = &finding.witness {
        properties.insert("witness", witness.clone());
    }
    let related = finding.related.iter().map(|(at, message)| log::Location {
        message: Some(Text::plain(message)),
        ..location(sources, *at)
    });
    let RuleReference { id, index } = reference(finding.rule);
    Found {
        rule_id: id,
        rule_index: index,
        level: finding.severity.into(),
        message: Text::plain(&message(finding)),
        locations: [place(sources, finding)],
        related_locations: related.collect(),
        partial_fingerprints: BTreeMap::from([("crosskey/v1", finding.fingerprint.clone())]),
        properties,
    }
}

/// What viewers show: the sentence of the finding, what to do, and a request that shows it.
fn message(finding: &Finding) -> String {
    let mut paragraphs = vec![finding.message.clone()];
    if let Some(witness) = &finding.witness {
        paragraphs.push(for_example(witness));
    }
    if !finding.help.is_empty() {
        paragraphs.push(format!("Help: {}", finding.help));
    }
    paragraphs.join("\n\n")
}

fn place(sources: &Sources, finding: &Finding) -> log::Location {
    region(finding.file(sources), finding.positions(sources))
}

fn location(sources: &Sources, at: Location) -> log::Location {
    region(sources.name(at.source), sources.positions(at))
}

fn region(file: &str, place: Option<(Position, Position)>) -> log::Location {
    let uri = uri::of_file(file);
    let artifact_location =
        ArtifactLocation { uri_base_id: uri.is_relative.then_some(ROOT), uri: uri.text };
    let region = place.map(|(start, end)| Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    });
    log::Location {
        physical_location: PhysicalLocation { artifact_location, region },
        message: None,
    }
}

/// The number of a rule in the list that goes with the report is its number in the catalogue.
fn reference(rule: &Rule) -> RuleReference {
    let index = RULES.iter().position(|known| known.id == rule.id);
    RuleReference { id: rule.id, index }
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let &Rule { id, severity, summary, why, bad, good, reference } = rule;
    let is_page = reference.starts_with("https://");
    ReportingDescriptor {
        id,
        short_description: Text::plain(summary),
        full_description: Text::plain(why),
        help_uri: is_page.then_some(reference),
        help: Text {
            text: format!("{why}\n\nInstead of\n{bad}\n\nwrite\n{good}\n\nSee {reference}"),
            markdown: Some(format!(
                "{why}\n\nInstead of\n\n```json\n{bad}\n```\n\nwrite\n\n```json\n{good}\n```\n\nSee {}",
                if is_page { format!("<{reference}>") } else { reference.to_owned() }
            )),
        },
        default_configuration: ReportingConfiguration { level: severity.into() },
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Note,
        }
    }
}

impl Text {
    /// A plain message. Line breaks are ours; what else a viewer would obey is made visible, and what it would turn
    /// into a link is broken up: `[text](target)` is a link in plain messages too.
    fn plain(text: &str) -> Self {
        let lines: Vec<_> = text.split('\n').map(escape).collect();
        Self { text: lines.join("\n").replace("](", "] ("), markdown: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_no_links() {
        let text = Text::plain("a [here](https://example.com)\u{202e}");
        assert_eq!(text.text, "a [here] (https://example.com)\\u{202e}");
    }

    #[test]
    fn no_example_ends_its_fence() {
        for rule in RULES.iter() {
            assert!(!rule.bad.contains("```") && !rule.good.contains("```"), "{}", rule.id);
        }
    }
}
