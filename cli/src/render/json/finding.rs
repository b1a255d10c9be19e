use crosskey_engine::{
    check::Ignored,
    finding::{Finding, Severity},
    text::Sources,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{RequestReport, SCHEMA_VERSION, document, result};
use crate::render::Checked;

/// What `crosskey check` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Crosskey check report")]
pub(crate) struct CheckReport {
    /// The version of this format: 1.
    pub(crate) schema_version: u32,
    /// What the rules found.
    pub(crate) findings: Vec<FindingReport>,
    /// The answer to each request, as `crosskey simulate` gives it.
    pub(crate) results: Vec<RequestReport>,
    /// What was read.
    pub(crate) read: ReadReport,
    /// Findings that the settings accept.
    pub(crate) ignored: Vec<IgnoredReport>,
}

/// A finding that the settings accept.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Ignored")]
pub(crate) struct IgnoredReport {
    /// Why it is accepted.
    reason: String,
    /// The last day on which it is.
    until: Option<String>,
    /// The finding.
    finding: FindingReport,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Read")]
pub(crate) struct ReadReport {
    /// Files, manifests and policies alike.
    pub(crate) files: usize,
    /// Policy documents, those inside manifests included.
    pub(crate) policies: usize,
    /// Context keys without a value that an answer hangs on, counted once a request.
    pub(crate) values_unknown: usize,
    /// Bundles.
    pub(crate) bundles: usize,
    /// JSON files that are neither.
    pub(crate) skipped: usize,
    /// Files that the settings leave out.
    pub(crate) excluded: usize,
}

/// Something that a rule found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub(crate) struct FindingReport {
    /// The rule; `crosskey rules ID` explains it.
    rule: &'static str,
    /// How bad it is.
    severity: Severity,
    /// What is wrong.
    message: String,
    /// What to do about it.
    help: String,
    /// The file.
    file: String,
    /// First line, from 1.
    line: Option<u32>,
    /// First column in characters, from 1.
    column: Option<u32>,
    /// Last line.
    end_line: Option<u32>,
    /// The column behind the last character.
    end_column: Option<u32>,
    /// The statement at fault.
    statement: Option<FindingStatement>,
    /// A request that shows it.
    witness: Option<serde_json::Value>,
    /// The same for the same mistake, whatever the formatting and the order of statements.
    fingerprint: String,
    /// Other places that belong to it.
    related: Vec<Related>,
    /// Whether it is about input that could not be read, rather than about what the input says.
    unreadable: bool,
}

/// The statement that a finding is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct FindingStatement {
    /// Its policy, as the manifest names it.
    policy: String,
    /// Its number, from 0.
    index: usize,
    /// Its Sid.
    sid: Option<String>,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Related {
    /// What stands there.
    message: String,
    /// The file.
    file: String,
    /// First line, from 1.
    line: Option<u32>,
    /// First column in characters, from 1.
    column: Option<u32>,
    /// Last line.
    end_line: Option<u32>,
    /// The column behind the last character.
    end_column: Option<u32>,
}

/// A finding that is accepted, for programs.
fn ignored(sources: &Sources, ignored: &Ignored) -> IgnoredReport {
    IgnoredReport {
        reason: ignored.reason.clone(),
        until: ignored.until.map(|day| day.to_string()),
        finding: finding(sources, &ignored.finding),
    }
}

/// What a check came to, for programs.
pub(crate) fn check(checked: &Checked<'_>) -> Result<String, serde_json::Error> {
    let findings = checked.findings.iter().map(|found| finding(checked.sources, found));
    let results = checked.units.iter().flat_map(|unit| {
        let requests = unit.requests();
        requests.map(|(request, answer)| result(unit.known, unit.name, request, answer))
    });
    document(&CheckReport {
        schema_version: SCHEMA_VERSION,
        findings: findings.collect(),
        results: results.collect(),
        read: checked.read,
        ignored: checked.ignored.iter().map(|found| ignored(checked.sources, found)).collect(),
    })
}

fn finding(sources: &Sources, finding: &Finding) -> FindingReport {
    let (start, end) = finding.positions(sources).unzip();
    let related = finding.related.iter().map(|(location, message)| {
        let (start, end) = sources.positions(*location).unzip();
        Related {
            message: message.clone(),
            file: sources.name(location.source).to_owned(),
            line: start.map(|start| start.line),
            column: start.map(|start| start.column),
            end_line: end.map(|end| end.line),
            end_column: end.map(|end| end.column),
        }
    });
    FindingReport {
        rule: finding.rule.id,
        severity: finding.severity,
        message: finding.message.clone(),
        help: finding.help.clone(),
        file: finding.file(sources).to_owned(),
        line: start.map(|start| start.line),
        column: start.map(|start| start.column),
        end_line: end.map(|end| end.line),
        end_column: end.map(|end| end.column),
        statement: finding.statement.as_ref().map(|statement| FindingStatement {
            policy: statement.policy.clone(),
            index: statement.index,
            sid: statement.sid.clone(),
        }),
        witness: finding.witness.clone(),
        fingerprint: finding.fingerprint.clone(),
        related: related.collect(),
        unreadable: finding.unreadable,
    }
}
