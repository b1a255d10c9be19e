//! What the rules found.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::{RequestReport, SCHEMA_VERSION};
use crate::{
    aws::ContextKey,
    bundle::{Bundle, DocumentError},
    check::{Ignored, RequestAnswer},
    finding::{Edit, Finding, Severity},
    text::Sources,
};

/// What `crosskey check` prints.
// Whoever writes the lists down part by part has types of their own for them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Crosskey check report")]
pub struct CheckReport<F = Vec<FindingReport>, R = Vec<RequestReport>, I = Vec<IgnoredReport>> {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// What the rules found.
    pub findings: F,
    /// The answer to each request, as `crosskey simulate` gives it.
    pub results: R,
    /// What was read.
    pub read: ReadReport,
    /// Findings that the settings accept.
    pub ignored: I,
}

/// A finding that the settings accept.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Ignored")]
pub struct IgnoredReport {
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is.
    pub until: Option<String>,
    /// The finding.
    pub finding: FindingReport,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Read")]
pub struct ReadReport {
    /// Files, manifests and policies alike.
    pub files: usize,
    /// Policy documents, those inside manifests included.
    pub policies: usize,
    /// Context keys without a value that an answer hangs on, counted once a request.
    pub values_unknown: usize,
    /// Bundles.
    pub bundles: usize,
    /// JSON files that are neither.
    pub skipped: usize,
    /// Files that the settings leave out.
    pub excluded: usize,
}

/// Something that a rule found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct FindingReport {
    /// The rule; `crosskey rules ID` explains it.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The file.
    pub file: String,
    /// First line, from 1.
    pub line: Option<u32>,
    /// First column in characters, from 1.
    pub column: Option<u32>,
    /// Last line.
    pub end_line: Option<u32>,
    /// The column behind the last character.
    pub end_column: Option<u32>,
    /// The statement at fault.
    pub statement: Option<FindingStatement>,
    /// A request that shows it.
    pub witness: Option<serde_json::Value>,
    /// Edits of the statement that were proved to mend it and to allow nothing new; all of them together. Left out where
    /// there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fix: Vec<Edit>,
    /// The same for the same mistake, whatever the formatting and the order of statements.
    pub fingerprint: String,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// Whether it is about input that could not be read, rather than about what the input says.
    pub unreadable: bool,
}

/// The statement that a finding is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingStatement {
    /// Its policy, as the manifest names it.
    pub policy: String,
    /// Its number, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<String>,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Related {
    /// What stands there.
    pub message: String,
    /// The file.
    pub file: String,
    /// First line, from 1.
    pub line: Option<u32>,
    /// First column in characters, from 1.
    pub column: Option<u32>,
    /// Last line.
    pub end_line: Option<u32>,
    /// The column behind the last character.
    pub end_column: Option<u32>,
}

impl<F, R, I> CheckReport<F, R, I> {
    /// A report of these findings and answers.
    pub const fn new(findings: F, results: R, read: ReadReport, ignored: I) -> Self {
        Self { schema_version: SCHEMA_VERSION, findings, results, read, ignored }
    }
}

impl IgnoredReport {
    /// An accepted finding, with its places as lines and columns.
    pub fn new(sources: &Sources, ignored: &Ignored) -> Self {
        Self {
            reason: ignored.reason.clone(),
            until: ignored.until.map(|day| day.to_string()),
            finding: FindingReport::new(sources, &ignored.finding),
        }
    }
}

impl ReadReport {
    /// The policies of a bundle, and the values that the answers to its requests lack.
    pub fn of_answers(bundle: &Bundle, answers: &[RequestAnswer]) -> Self {
        // What no file tells was not read.
        let told = bundle.policies.iter().filter(|(_, document)| {
            !matches!(document.content, Err(DocumentError::NotKnown { .. }))
        });
        let policies: BTreeSet<_> = told.map(|(_, document)| document.location).collect();
        let unknown = answers.iter().map(|answer| {
            let checks = answer.answer.as_ref().map(|answer| answer.checks.as_slice());
            let keys = checks.unwrap_or_default().iter().flat_map(|check| &check.needs);
            keys.map(ContextKey::lower).collect::<BTreeSet<_>>().len()
        });
        Self { policies: policies.len(), values_unknown: unknown.sum(), ..Self::default() }
    }
}

impl FindingReport {
    /// A finding, with its places as lines and columns.
    pub fn new(sources: &Sources, finding: &Finding) -> Self {
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
        Self {
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
            fix: finding.fix.clone(),
            fingerprint: finding.fingerprint.clone(),
            related: related.collect(),
            unreadable: finding.is_unreadable(),
        }
    }
}
