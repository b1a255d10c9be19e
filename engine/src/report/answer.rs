//! Answers to requests.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Diagnostic, Known, SCHEMA_VERSION};
use crate::{
    bundle::{Decision, Layer, Request},
    check::RequestAnswer,
    decide::{CheckAnswer, Hinge, NearMiss, StatementRef, Truth},
    text::Location,
};

/// What `crosskey simulate` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Crosskey simulate report")]
pub struct SimulateReport {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// The answer to each request.
    pub results: Vec<RequestReport>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

impl RequestReport {
    /// The answer to a request of `known`, whose bundle answers call `bundle`.
    pub fn new(known: Known<'_>, bundle: &str, request: &Request, answer: &RequestAnswer) -> Self {
        let mut report = Self {
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
                report.diagnostics =
                    invalid.iter().flat_map(|id| Diagnostic::of_policy(known, *id)).collect();
            }
            Err(error) => {
                let span = error.span.unwrap_or(request.location.span);
                let location = Location::new(request.location.source, span);
                report.diagnostics = vec![Diagnostic {
                    field: error.field.to_owned(),
                    ..Diagnostic::at(known.sources, error.message.clone(), &error.help, location)
                }];
            }
        }
        report
    }
}

impl SimulateReport {
    /// A report of these answers.
    pub const fn new(results: Vec<RequestReport>, diagnostics: Vec<Diagnostic>) -> Self {
        Self { schema_version: SCHEMA_VERSION, results, diagnostics }
    }
}

/// The answer to one request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Result")]
pub struct RequestReport {
    /// The request's name.
    pub request: String,
    /// The bundle that it is in: its path under the one that was given.
    pub bundle: String,
    /// The answer: that of the first check that does not allow.
    pub decision: Decision,
    /// Every check, in the order in which AWS makes them.
    pub checks: Vec<Check>,
    /// Why the call fails although it is authorized.
    pub operation_failure: Option<String>,
    /// What the bundle expects, where it does.
    pub expectation: Option<Expectation>,
    /// What `operation_failure` means here.
    pub operation_failure_reason: Option<String>,
    /// How the request was understood.
    pub notes: Vec<String>,
    /// Assumptions whose other values would change the decision.
    pub assumptions: Vec<Assumption>,
    /// Why the answer is `invalid`.
    pub diagnostics: Vec<Diagnostic>,
}

/// The answer to one check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// What is asked for.
    pub action: String,
    /// On what.
    pub resource: String,
    /// The answer.
    pub decision: Decision,
    /// For an allow the layers that gave it, for a denial those that denied or lacked an allow, otherwise those
    /// that are open.
    pub because: Vec<Layer>,
    /// The statements that carried the answer.
    pub statements: Vec<Statement>,
    /// The unknown context keys that an indeterminate answer hangs on.
    pub needs: Vec<String>,
    /// The statements that come nearest to allowing, and what fails.
    pub near_misses: Vec<Miss>,
    /// What each layer says.
    pub layers: Vec<LayerReport>,
    /// Why the answer is open, where no key is to blame.
    pub reasons: Vec<String>,
    /// What an indeterminate answer becomes for values of the unknown keys.
    pub outcomes: Vec<Outcome>,
    /// Whether the operation goes on without this check.
    pub optional: bool,
    /// Policies that cannot be evaluated, as the manifest names them.
    pub invalid_policies: Vec<String>,
}

/// A statement that carried an answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Statement {
    /// Its policy, as the manifest names it.
    pub policy: String,
    /// Its number, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column in characters, from 1.
    pub column: Option<u32>,
    /// As what kind of policy it took part.
    pub layer: Layer,
}

/// A statement that would have allowed, had one part of it been otherwise.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "NearMiss")]
pub struct Miss {
    /// Its policy, as the manifest names it; null where no statement is near.
    pub policy: Option<String>,
    /// Its number, from 0.
    pub index: Option<usize>,
    /// Which part failed and why.
    pub reason: String,
    /// Its Sid.
    pub sid: Option<String>,
    /// `Allow` or `Deny`.
    pub effect: Option<&'static str>,
    /// Line of the part that failed, from 1.
    pub line: Option<u32>,
    /// Column of the part that failed, in characters, from 1.
    pub column: Option<u32>,
    /// As what kind of policy it took part.
    pub layer: Layer,
    /// What to change.
    pub remedy: String,
    /// The element or statement to write instead.
    pub snippet: Option<serde_json::Value>,
}

/// What a layer says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "LayerAnswer")]
pub struct LayerReport {
    /// Which.
    pub layer: Layer,
    /// Whether it allows.
    pub allows: Tristate,
    /// Whether it denies explicitly.
    pub denies: Tristate,
}

/// Yes, no, or not known.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tristate {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That hangs on something unknown.
    Unknown,
}

/// What the answer would be if a key were known.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Outcome {
    /// The key.
    pub key: String,
    /// Its value; null: the key is absent.
    pub value: Option<String>,
    /// The answer then.
    pub decision: Decision,
}

/// What the bundle expects of an answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Expectation {
    /// Whether that is what came out.
    pub met: bool,
    /// The decision.
    pub expected: String,
    /// The check that decides.
    pub check: Option<String>,
    /// Layers that are among the reasons.
    pub because: Vec<Layer>,
}

/// An assumption on which a decision hangs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Assumption {
    /// Its name, as `--assume` takes it.
    pub name: &'static str,
    /// The value in force.
    pub value: &'static str,
    /// What the decision would be otherwise.
    pub others: Vec<OtherAssumption>,
}

/// Another value of an assumption.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OtherAssumption {
    /// The value.
    pub value: &'static str,
    /// The decision then.
    pub decision: Decision,
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

fn assumption(hinge: &Hinge) -> Assumption {
    let others = hinge.others.iter();
    Assumption {
        name: hinge.name,
        value: hinge.value,
        others: others.map(|&(value, decision)| OtherAssumption { value, decision }).collect(),
    }
}
