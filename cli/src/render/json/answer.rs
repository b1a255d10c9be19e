use crosskey_engine::{
    bundle::{Decision, Document, DocumentError, Layer, PolicyId, Request},
    check::RequestAnswer,
    decide::{CheckAnswer, NearMiss, StatementRef, Truth},
    ingest::IngestError,
    text::{Location, Sources},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Diagnostic, SCHEMA_VERSION};
use crate::place::Known;

/// What `crosskey simulate` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Crosskey simulate report")]
pub(crate) struct SimulateReport {
    /// The version of this format: 1.
    pub(crate) schema_version: u32,
    /// The answer to each request.
    pub(crate) results: Vec<RequestReport>,
    /// What could not be read.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl SimulateReport {
    /// A report of these answers.
    pub(crate) const fn new(results: Vec<RequestReport>, diagnostics: Vec<Diagnostic>) -> Self {
        Self { schema_version: SCHEMA_VERSION, results, diagnostics }
    }
}

/// The answer to one request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Result")]
pub(crate) struct RequestReport {
    /// The request's name.
    pub(crate) request: String,
    /// The bundle that it is in: its path under the one that was given.
    pub(crate) bundle: String,
    /// The answer: that of the first check that does not allow.
    pub(crate) decision: Decision,
    /// Every check, in the order in which AWS makes them.
    pub(crate) checks: Vec<Check>,
    /// Why the call fails although it is authorized.
    pub(crate) operation_failure: Option<String>,
    /// What the bundle expects, where it does.
    pub(crate) expectation: Option<Expectation>,
    /// What `operation_failure` means here.
    pub(crate) operation_failure_reason: Option<String>,
    /// How the request was understood.
    pub(crate) notes: Vec<String>,
    /// Assumptions whose other values would change the decision.
    pub(crate) assumptions: Vec<Assumption>,
    /// Why the answer is `invalid`.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The answer to one check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Check {
    /// What is asked for.
    action: String,
    /// On what.
    resource: String,
    /// The answer.
    decision: Decision,
    /// For an allow the layers that gave it, for a denial those that denied or lacked an allow, otherwise those
    /// that are open.
    because: Vec<Layer>,
    /// The statements that carried the answer.
    statements: Vec<Statement>,
    /// The unknown context keys that an indeterminate answer hangs on.
    needs: Vec<String>,
    /// The statements that come nearest to allowing, and what fails.
    near_misses: Vec<Miss>,
    /// What each layer says.
    layers: Vec<LayerReport>,
    /// Why the answer is open, where no key is to blame.
    reasons: Vec<String>,
    /// What an indeterminate answer becomes for values of the unknown keys.
    outcomes: Vec<Outcome>,
    /// Whether the operation goes on without this check.
    optional: bool,
    /// Policies that cannot be evaluated, as the manifest names them.
    invalid_policies: Vec<String>,
}

/// A statement that carried an answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Statement {
    /// Its policy, as the manifest names it.
    policy: String,
    /// Its number, from 0.
    index: usize,
    /// Its Sid.
    sid: Option<String>,
    /// `Allow` or `Deny`.
    effect: &'static str,
    /// Line, from 1.
    line: Option<u32>,
    /// Column in characters, from 1.
    column: Option<u32>,
    /// As what kind of policy it took part.
    layer: Layer,
}

/// A statement that would have allowed, had one part of it been otherwise.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "NearMiss")]
struct Miss {
    /// Its policy, as the manifest names it; null where no statement is near.
    policy: Option<String>,
    /// Its number, from 0.
    index: Option<usize>,
    /// Which part failed and why.
    reason: String,
    /// Its Sid.
    sid: Option<String>,
    /// `Allow` or `Deny`.
    effect: Option<&'static str>,
    /// Line of the part that failed, from 1.
    line: Option<u32>,
    /// Column of the part that failed, in characters, from 1.
    column: Option<u32>,
    /// As what kind of policy it took part.
    layer: Layer,
    /// What to change.
    remedy: String,
    /// The element or statement to write instead.
    snippet: Option<serde_json::Value>,
}

/// What a layer says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "LayerAnswer")]
struct LayerReport {
    /// Which.
    layer: Layer,
    /// Whether it allows.
    allows: Tristate,
    /// Whether it denies explicitly.
    denies: Tristate,
}

/// Yes, no, or not known.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Tristate {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That hangs on something unknown.
    Unknown,
}

/// What the answer would be if a key were known.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Outcome {
    /// The key.
    key: String,
    /// Its value; null: the key is absent.
    value: Option<String>,
    /// The answer then.
    decision: Decision,
}

/// What the bundle expects of an answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Expectation {
    /// Whether that is what came out.
    met: bool,
    /// The decision.
    expected: String,
    /// The check that decides.
    check: Option<String>,
    /// Layers that are among the reasons.
    because: Vec<Layer>,
}

/// An assumption on which a decision hangs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Assumption {
    /// Its name, as `--assume` takes it.
    name: &'static str,
    /// The value in force.
    value: &'static str,
    /// What the decision would be otherwise.
    others: Vec<OtherAssumption>,
}

/// Another value of an assumption.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct OtherAssumption {
    /// The value.
    value: &'static str,
    /// The decision then.
    decision: Decision,
}

/// The answer to a request of `known`, called `bundle`.
pub(crate) fn result(
    known: Known<'_>,
    bundle: &str,
    request: &Request,
    answer: &RequestAnswer,
) -> RequestReport {
    let mut report = RequestReport {
        request: request.name.clone(),
        bundle: bundle.to_owned(),
        decision: answer.decision(),
        checks: Vec::new(),
        operation_failure: None,
        expectation: request.expectation.as_ref().map(|expectation| Expectation {
            met: answer.expectation_met.unwrap_or_default(),
            expected: expectation.written.clone(),
            check: expectation.check.as_ref().map(ToString::to_string),
            because: expectation.because.clone(),
        }),
        operation_failure_reason: None,
        notes: Vec::new(),
        assumptions: Vec::new(),
        diagnostics: Vec::new(),
    };
    match &answer.answer {
        Ok(answer) => {
            report.checks = answer.checks.iter().map(|answer| check(known, answer)).collect();
            if let Some(failure) = &answer.failure {
                report.operation_failure = Some(failure.code.to_owned());
                report.operation_failure_reason = Some(failure.reason.clone());
            }
            report.notes = answer.notes.clone();
            report.assumptions = answer.assumptions.iter().map(assumption).collect();
            let mut invalid: Vec<_> =
                answer.checks.iter().flat_map(|check| check.invalid.iter().copied()).collect();
            invalid.sort_unstable();
            invalid.dedup();
            report.diagnostics = invalid.iter().flat_map(|id| unusable(known, *id)).collect();
        }
        Err(error) => {
            let span = error.span.unwrap_or(request.location.span);
            let location = Location::new(request.location.source, span);
            report.diagnostics = vec![diagnostic(
                known.sources,
                error.field,
                error.message.clone(),
                error.help.clone(),
                location,
            )];
        }
    }
    report
}

/// What could not be read, for programs.
pub(crate) fn diagnostics(sources: &Sources, errors: &[IngestError]) -> Vec<Diagnostic> {
    let diagnostics = errors.iter().map(|error| {
        let position = error.location.and_then(|location| sources.positions(location));
        let position = position.map(|(start, _)| start);
        let located = error.location.map(|location| sources.name(location.source).to_owned());
        Diagnostic {
            field: error.field.clone(),
            message: error.to_string(),
            help: error.kind.help(),
            file: located.unwrap_or_else(|| error.file.clone()),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
        }
    });
    diagnostics.collect()
}

fn check(known: Known<'_>, answer: &CheckAnswer) -> Check {
    let layers = answer.layers.iter().map(|layer| LayerReport {
        layer: layer.layer,
        allows: tristate(layer.allows),
        denies: tristate(layer.denies),
    });
    let outcomes = answer.outcomes.iter().map(|outcome| Outcome {
        key: outcome.key.canonical().into_owned(),
        value: outcome.value.clone(),
        decision: outcome.decision,
    });
    Check {
        action: answer.action.to_string(),
        resource: answer.resource.clone(),
        decision: answer.decision,
        because: answer.because.clone(),
        statements: answer.statements.iter().map(|found| statement(known, *found)).collect(),
        needs: answer.needs.iter().map(|key| key.canonical().into_owned()).collect(),
        near_misses: answer.near_misses.iter().map(|found| miss(known, found)).collect(),
        layers: layers.collect(),
        reasons: answer.reasons.clone(),
        outcomes: outcomes.collect(),
        optional: answer.optional,
        invalid_policies: answer.invalid.iter().map(|id| known.label(*id)).collect(),
    }
}

fn statement(known: Known<'_>, statement: StatementRef) -> Statement {
    let place = known.statement(statement);
    let position = known.position(place.location);
    Statement {
        index: place.index,
        sid: place.sid.map(str::to_owned),
        effect: place.effect.as_str(),
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
        layer: place.layer,
        policy: place.policy,
    }
}

fn miss(known: Known<'_>, miss: &NearMiss) -> Miss {
    let place = miss.statement.map(|statement| known.statement(statement));
    let mark = place.as_ref().and_then(|place| match miss.part {
        Some(part) => place.mark(Some(part)),
        None => place.location,
    });
    let position = known.position(mark);
    Miss {
        policy: place.as_ref().map(|place| place.policy.clone()),
        index: place.as_ref().map(|place| place.index),
        reason: miss.reason.clone(),
        sid: place.as_ref().and_then(|place| place.sid.map(str::to_owned)),
        effect: place.as_ref().map(|place| place.effect.as_str()),
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
        layer: miss.layer,
        remedy: miss.remedy.clone(),
        snippet: miss.snippet.clone(),
    }
}

const fn tristate(truth: Truth) -> Tristate {
    match truth {
        Truth::True => Tristate::Yes,
        Truth::False => Tristate::No,
        Truth::Unknown => Tristate::Unknown,
    }
}

fn assumption(hinge: &crosskey_engine::decide::Hinge) -> Assumption {
    let others = hinge.others.iter();
    Assumption {
        name: hinge.name,
        value: hinge.value,
        others: others.map(|&(value, decision)| OtherAssumption { value, decision }).collect(),
    }
}

/// Why a policy cannot be evaluated.
pub(crate) fn unusable(known: Known<'_>, id: PolicyId) -> Vec<Diagnostic> {
    let Some(Document { location, content, .. }) = known.bundle.policies.get(id) else {
        return Vec::new();
    };
    match content {
        Err(DocumentError::Unreadable | DocumentError::NotKnown { .. }) => Vec::new(),
        Err(DocumentError::Json(error)) => {
            let location = Location::new(location.source, error.span);
            vec![diagnostic(
                known.sources,
                "policy",
                error.to_string(),
                error.kind.help(),
                location,
            )]
        }
        Ok(parsed) => {
            let errors = parsed.errors.iter().map(|error| {
                let location = parsed.policy.location(error.span);
                diagnostic(known.sources, "policy", error.to_string(), error.kind.help(), location)
            });
            errors.collect()
        }
    }
}

/// A mistake in the input, for programs.
pub(crate) fn mistake(
    sources: &Sources,
    message: String,
    help: &str,
    place: Location,
) -> Diagnostic {
    diagnostic(sources, "", message, help.to_owned(), place)
}

fn diagnostic(
    sources: &Sources,
    field: &str,
    message: String,
    help: String,
    location: Location,
) -> Diagnostic {
    let position = sources.positions(location).map(|(start, _)| start);
    Diagnostic {
        field: field.to_owned(),
        message,
        help,
        file: sources.name(location.source).to_owned(),
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
    }
}
