//! Who can make a call.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Diagnostic, SCHEMA_VERSION};
use crate::{
    aws::{Action, ContextKey},
    decide::Truth,
    prove::{AccessWitness, GranteeClass, ListedPrincipal, SymbolicGrantee, WhoCan},
};

/// What `crosskey who-can` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Crosskey who-can report")]
pub struct WhoCanReport {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// What is called.
    pub action: String,
    /// Who can call it, by resource.
    pub results: Vec<WhoCanResult>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Who can make a call on one resource.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhoCanResult {
    /// The bundle.
    pub bundle: String,
    /// The ARN of the secret or key.
    pub resource: String,
    /// The users and roles of the bundle.
    pub principals: Vec<PrincipalReport>,
    /// Whom the policies let in beside them, provided that their own accounts let them.
    pub grantees: Vec<GranteeReport>,
    /// What could not be decided about others than those of the bundle.
    pub undecided: Vec<String>,
}

/// A user or role of the bundle.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PrincipalReport {
    /// Its ARN.
    pub arn: String,
    /// Whether it can, in some context; null where that could not be decided.
    pub can: Option<bool>,
    /// Whether it can in every context that nothing is said of.
    pub always: bool,
    /// If not, the condition keys that the request below hangs on.
    pub conditions: Vec<String>,
    /// A request that shows it, in the form of a bundle's `requests`.
    pub witness: Option<Value>,
    /// Why it could not be decided.
    pub undecided: Option<String>,
}

/// Callers whom the bundle does not list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GranteeReport {
    /// Who they are.
    #[serde(flatten)]
    pub class: ClassReport,
    /// The condition keys that the request below hangs on, beside who makes it; none if they can in any circumstances.
    pub conditions: Vec<String>,
    /// A request of one of them, in the form of a bundle's `requests`, with the organization of its account.
    pub witness: Value,
}

/// A class of callers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "GranteeClass")]
pub struct ClassReport {
    /// What they are.
    pub kind: GranteeKind,
    /// Which: an id of an organization or account, an ARN, the name of a service; null for everyone and for others.
    pub value: Option<String>,
}

/// What callers are.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GranteeKind {
    /// Everyone with an AWS account.
    Everyone,
    /// The accounts of an organization.
    Organization,
    /// The principals of an account.
    Account,
    /// A user, role or session.
    Principal,
    /// An AWS service.
    Service,
    /// Callers of whom a pattern leaves a part open.
    Others,
}

impl WhoCanReport {
    /// A report of these results.
    pub fn new(action: &Action, results: Vec<WhoCanResult>, diagnostics: Vec<Diagnostic>) -> Self {
        Self { schema_version: SCHEMA_VERSION, action: action.to_string(), results, diagnostics }
    }
}

impl WhoCanResult {
    /// Who can call something on one resource.
    pub fn new(bundle: &str, resource: &str, answer: &WhoCan) -> Self {
        Self {
            bundle: bundle.to_owned(),
            resource: resource.to_owned(),
            principals: answer.listed.iter().map(principal).collect(),
            grantees: answer.grantees.iter().map(grantee).collect(),
            undecided: answer.undecided.iter().map(ToString::to_string).collect(),
        }
    }
}

fn principal(found: &ListedPrincipal) -> PrincipalReport {
    PrincipalReport {
        arn: found.arn.to_string(),
        can: match found.can {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown => None,
        },
        always: found.always,
        conditions: names(&found.conditions),
        witness: found.witness.as_ref().map(AccessWitness::as_json),
        undecided: found.cause.as_ref().map(ToString::to_string),
    }
}

fn grantee(found: &SymbolicGrantee) -> GranteeReport {
    GranteeReport {
        class: ClassReport::new(&found.who),
        conditions: names(&found.conditions),
        witness: found.witness.as_json(),
    }
}

fn names(keys: &[ContextKey]) -> Vec<String> {
    keys.iter().map(|key| key.canonical().into_owned()).collect()
}

impl ClassReport {
    /// What callers are, and which.
    pub(super) fn new(who: &GranteeClass) -> Self {
        let (kind, value) = match who {
            GranteeClass::Everyone => (GranteeKind::Everyone, None),
            GranteeClass::Organization(id) => (GranteeKind::Organization, Some(id.clone())),
            GranteeClass::Account(id) => (GranteeKind::Account, Some(id.to_string())),
            GranteeClass::Principal(arn) => (GranteeKind::Principal, Some(arn.to_string())),
            GranteeClass::Service(name) => (GranteeKind::Service, Some(name.clone())),
            GranteeClass::Others => (GranteeKind::Others, None),
        };
        Self { kind, value }
    }
}
