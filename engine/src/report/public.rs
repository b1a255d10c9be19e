//! Whether a policy is public.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Diagnostic, SCHEMA_VERSION};
use crate::{
    decide::{Part, Truth},
    policy::{Policy, PolicyKind},
    prove::{
        Exposure, PublicAnswer, PublicStatement, Reach, Undecided, Verdict, Witness, WitnessCaller,
    },
    text::Sources,
};

/// What `crosskey public` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Crosskey public report")]
pub struct PublicReport {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// What is found of each policy.
    pub results: Vec<PublicResult>,
    /// What could not be read or judged.
    pub diagnostics: Vec<Diagnostic>,
}

/// What is found of one policy.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PublicResult {
    /// The file.
    pub policy: String,
    /// What it is attached to.
    pub kind: Kind,
    /// How far access certainly reaches.
    pub exposure: ExposureName,
    /// Whether it is public, by published definitions.
    pub definitions: Definitions,
    /// A request that shows how far access reaches; null where nothing is granted.
    pub witness: Option<WitnessReport>,
    /// The account that was taken for the owner.
    pub owner: Option<String>,
    /// The Allow statements.
    pub statements: Vec<StatementReport>,
    /// What could not be decided; access may then reach farther.
    pub undecided: Vec<UndecidedReport>,
}

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A secret.
    Secret,
    /// A KMS key.
    Key,
    /// Anything else.
    Other,
}

/// How far access reaches; each includes those before it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Exposure")]
pub enum ExposureName {
    /// Nothing is granted.
    None,
    /// To the owner's account.
    Internal,
    /// To an organization that a condition fixes.
    Organization,
    /// To accounts, principals or networks that the policy names.
    NamedExternal,
    /// To more callers than anybody can name.
    Broad,
    /// To everyone with an AWS account.
    Public,
}

/// Whether a policy is public, by published definitions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Definitions {
    /// By that of the Secrets Manager console.
    pub secrets_manager: VerdictReport,
    /// By that of Amazon S3.
    pub s3: VerdictReport,
}

/// Whether a policy is public by one definition.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Verdict")]
pub struct VerdictReport {
    /// Whether it is; null where that could not be decided.
    pub public: Option<bool>,
    /// The statements that make it so.
    pub statements: Vec<usize>,
    /// The statements that would make it so if no Deny held them back.
    pub held_back: Vec<usize>,
}

/// A request that the policy allows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Witness")]
pub struct WitnessReport {
    /// Who asks: an ARN or a service.
    pub principal: String,
    /// For what.
    pub action: String,
    /// The condition keys: a value, a list, or null for a key that is absent.
    pub context: BTreeMap<String, serde_json::Value>,
    /// On what.
    pub resource: String,
    /// For a role: the ARN of its session.
    pub session: Option<String>,
    /// The statement that allows it.
    pub statement: usize,
}

/// An Allow statement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "PublicStatement")]
pub struct StatementReport {
    /// Its number, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column in characters, from 1.
    pub column: Option<u32>,
    /// How far it reaches within the policy.
    pub reach: ReachName,
    /// How far it reaches by itself.
    pub alone: ReachName,
    /// Why its elements do not keep strangers out.
    pub reasons: Vec<ReasonReport>,
    /// Deny statements that hold it back.
    pub held_back_by: Vec<usize>,
}

/// How far one statement reaches.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Reach")]
pub enum ReachName {
    /// To those whom the policy names, or to nobody.
    Named,
    /// To more callers than anybody can name.
    Broad,
    /// To everyone with an AWS account.
    Public,
}

/// Why an element of a statement does not keep strangers out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Reason")]
pub struct ReasonReport {
    /// `Principal`, or the condition's key.
    pub element: String,
    /// Why.
    pub reason: String,
}

/// A question that could not be decided.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Undecided")]
pub struct UndecidedReport {
    /// Up to where access might reach.
    pub exposure: Option<ExposureName>,
    /// The statement in question; null for the policy as a whole.
    pub statement: Option<usize>,
    /// Why.
    pub reason: String,
}

impl PublicReport {
    /// A report of these results.
    pub const fn new(results: Vec<PublicResult>, diagnostics: Vec<Diagnostic>) -> Self {
        Self { schema_version: SCHEMA_VERSION, results, diagnostics }
    }
}

impl PublicResult {
    /// What is found of a policy.
    pub fn new(sources: &Sources, policy: &Policy, answer: &PublicAnswer) -> Self {
        let undecided = answer.undecided.iter().map(UndecidedReport::new);
        let statements = answer.statements.iter().map(|found| statement(sources, policy, found));
        Self {
            policy: sources.name(policy.source).to_owned(),
            kind: match policy.kind {
                PolicyKind::Secret => Kind::Secret,
                PolicyKind::Key => Kind::Key,
                _ => Kind::Other,
            },
            exposure: exposure(answer.exposure),
            definitions: Definitions {
                secrets_manager: verdict(&answer.secrets_manager),
                s3: verdict(&answer.s3),
            },
            witness: answer.witness.as_ref().map(WitnessReport::new),
            owner: answer.owner.map(|owner| owner.to_string()),
            statements: statements.collect(),
            undecided: undecided.collect(),
        }
    }
}

impl UndecidedReport {
    /// A question that could not be decided.
    pub fn new(undecided: &Undecided) -> Self {
        Self {
            exposure: undecided.exposure.map(exposure),
            statement: undecided.statement,
            reason: undecided.cause.to_string(),
        }
    }
}

const fn exposure(exposure: Exposure) -> ExposureName {
    match exposure {
        Exposure::None => ExposureName::None,
        Exposure::Internal => ExposureName::Internal,
        Exposure::Organization => ExposureName::Organization,
        Exposure::NamedExternal => ExposureName::NamedExternal,
        Exposure::Broad => ExposureName::Broad,
        Exposure::Public => ExposureName::Public,
    }
}

const fn reach(reach: Reach) -> ReachName {
    match reach {
        Reach::Named => ReachName::Named,
        Reach::Broad => ReachName::Broad,
        Reach::Public => ReachName::Public,
    }
}

fn verdict(verdict: &Verdict) -> VerdictReport {
    VerdictReport {
        public: match verdict.public {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown => None,
        },
        statements: verdict.statements.clone(),
        held_back: verdict.alone.clone(),
    }
}

impl WitnessReport {
    /// A request that the evaluator has confirmed.
    pub fn new(witness: &Witness) -> Self {
        let context = witness.context.iter().map(|(key, values)| {
            let value = match values.as_deref() {
                None => serde_json::Value::Null,
                Some([value]) => value.as_str().into(),
                Some(values) => values.into(),
            };
            (key.canonical().into_owned(), value)
        });
        let session = match &witness.caller {
            WitnessCaller::Principal { session, .. } => session.as_ref().map(ToString::to_string),
            WitnessCaller::Service { .. } => None,
        };
        Self {
            principal: witness.caller.as_str().to_owned(),
            action: witness.action.to_string(),
            context: context.collect(),
            resource: witness.resource.display(),
            session,
            statement: witness.statement,
        }
    }
}

fn statement(sources: &Sources, policy: &Policy, found: &PublicStatement) -> StatementReport {
    let statement = policy.statements.iter().find(|statement| statement.index == found.index);
    let place = statement.and_then(|statement| sources.positions(policy.location(statement.span)));
    let position = place.map(|(start, _)| start);
    let sid = statement.and_then(|statement| statement.sid.as_ref());
    let reasons = found.reasons.iter().map(|reason| ReasonReport {
        element: match (&reason.key, reason.part) {
            (Some(key), _) => key.canonical().into_owned(),
            (None, Part::Principal) => "Principal".to_owned(),
            (None, Part::Action) => "Action".to_owned(),
            (None, Part::Resource) => "Resource".to_owned(),
            (None, Part::Condition(_)) => "Condition".to_owned(),
        },
        reason: reason.why.to_string(),
    });
    StatementReport {
        index: found.index,
        sid: sid.map(|sid| sid.value.clone()),
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
        reach: reach(found.within),
        alone: reach(found.alone),
        reasons: reasons.collect(),
        held_back_by: found.held_back_by.clone(),
    }
}
