//! What a policy or bundle allows that another did not.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    Diagnostic, SCHEMA_VERSION,
    access::ClassReport,
    public::{UndecidedReport, WitnessReport},
};
use crate::{
    decide::Truth,
    policy::Policy,
    prove::{Before, NewAccess, NewCall, NewCaller, NewCalls, NewGrant, UndecidedCall},
    text::Sources,
};

/// What `crosskey diff` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Crosskey diff report")]
pub struct DiffReport {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// Whether the new one allows anything that the old one does not; null where that could not be decided.
    pub new_access: Option<bool>,
    /// A request that shows it; null where there is none. Between bundles it has the form of a bundle's `requests`.
    pub witness: Option<AnyWitness>,
    /// What is new between two policies.
    pub grants: Vec<GrantReport>,
    /// What is new between two bundles.
    pub calls: Vec<CallReport>,
    /// Whether more is new than is listed.
    pub more: bool,
    /// What could not be decided between two policies.
    pub undecided: Vec<UndecidedReport>,
    /// What could not be decided between two bundles.
    pub undecided_calls: Vec<UndecidedCallReport>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// A request, for a policy or for a bundle.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum AnyWitness {
    /// For a policy.
    Policy(WitnessReport),
    /// For a bundle.
    Bundle(Value),
}

/// A call that the new bundle allows and the old one does not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "NewCall")]
pub struct CallReport {
    /// The ARN of the user or role that makes it; null for callers whom neither bundle lists.
    pub principal: Option<String>,
    /// Those callers, provided that their own accounts let them.
    pub grantee: Option<ClassReport>,
    /// The action.
    pub action: String,
    /// The ARN of the secret or key.
    pub resource: String,
    /// What the old bundle said to the same call; null where it did not have the secret or key.
    pub before: Option<String>,
    /// A request that shows it, in the form of a bundle's `requests`, with the organization of an unlisted caller.
    pub witness: Value,
}

/// A call of which it could not be decided whether it is new.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "UndecidedCall")]
pub struct UndecidedCallReport {
    /// The user or role; null for callers whom neither bundle lists.
    pub principal: Option<String>,
    /// The action.
    pub action: String,
    /// The ARN of the secret or key.
    pub resource: String,
    /// Why.
    pub reason: String,
}

/// Something that the new policy allows and the old one does not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "NewGrant")]
pub struct GrantReport {
    /// The statement of the new policy that allows it, from 0.
    pub statement: usize,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column in characters, from 1.
    pub column: Option<u32>,
    /// The entry of `Principal` that covers the caller, as written; null where there is none.
    pub principal: Option<String>,
    /// The entry of `Action` that covers the action, as written; null where there is none.
    pub action: Option<String>,
    /// A request that shows it.
    pub witness: WitnessReport,
}

impl DiffReport {
    /// What is found between two policies; nothing where they could not be read.
    pub fn new(
        sources: &Sources,
        found: Option<(&Policy, &NewAccess)>,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        let Some((policy, found)) = found else { return Self::of(Truth::Unknown, diagnostics) };
        let first = found.grants.first();
        Self {
            witness: first.map(|grant| AnyWitness::Policy(WitnessReport::new(&grant.witness))),
            grants: found.grants.iter().map(|new| grant(sources, policy, new)).collect(),
            more: found.more,
            undecided: found.undecided.iter().map(UndecidedReport::new).collect(),
            ..Self::of(found.new_access, diagnostics)
        }
    }

    /// What is found between two bundles.
    pub fn of_bundles(found: &NewCalls, diagnostics: Vec<Diagnostic>) -> Self {
        let first = found.calls.first();
        Self {
            witness: first.map(|call| AnyWitness::Bundle(call.witness.as_json())),
            calls: found.calls.iter().map(call).collect(),
            more: found.more,
            undecided_calls: found.undecided.iter().map(undecided).collect(),
            ..Self::of(found.new_access, diagnostics)
        }
    }

    fn of(new_access: Truth, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            new_access: match new_access {
                Truth::True => Some(true),
                Truth::False => Some(false),
                Truth::Unknown => None,
            },
            witness: None,
            grants: Vec::new(),
            calls: Vec::new(),
            more: false,
            undecided: Vec::new(),
            undecided_calls: Vec::new(),
            diagnostics,
        }
    }
}

fn call(new: &NewCall) -> CallReport {
    let (principal, grantee) = match &new.caller {
        NewCaller::Listed(arn) => (Some(arn.to_string()), None),
        NewCaller::Beside(who) => (None, Some(ClassReport::new(who))),
    };
    CallReport {
        principal,
        grantee,
        action: new.action.to_string(),
        resource: new.resource.to_string(),
        before: new.witness.before.as_ref().map(|before| match before {
            Before::Denied(decision) => decision.to_string(),
            Before::Failed(failure) => failure.code.to_owned(),
        }),
        witness: new.witness.as_json(),
    }
}

fn undecided(open: &UndecidedCall) -> UndecidedCallReport {
    UndecidedCallReport {
        principal: open.caller.as_ref().map(ToString::to_string),
        action: open.action.to_string(),
        resource: open.resource.to_string(),
        reason: open.cause.to_string(),
    }
}

fn grant(sources: &Sources, policy: &Policy, new: &NewGrant) -> GrantReport {
    let (principal, action) = new.entries(policy);
    let statement = policy.statements.iter().find(|statement| statement.index == new.statement);
    let place = statement.and_then(|statement| sources.positions(policy.location(statement.span)));
    GrantReport {
        statement: new.statement,
        line: place.map(|(start, _)| start.line),
        column: place.map(|(start, _)| start.column),
        principal: principal.map(|location| sources.slice(location).trim_matches('"').to_owned()),
        action: action.map(|location| sources.slice(location).trim_matches('"').to_owned()),
        witness: WitnessReport::new(&new.witness),
    }
}
