//! What a policy allows that another did not.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Diagnostic, SCHEMA_VERSION,
    public::{UndecidedReport, WitnessReport},
};
use crate::{
    decide::Truth,
    policy::Policy,
    prove::{NewAccess, NewGrant},
    text::Sources,
};

/// What `crosskey diff` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Crosskey diff report")]
pub struct DiffReport {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// Whether the new policy allows anything that the old one does not; null where that could not be decided.
    pub new_access: Option<bool>,
    /// A request that shows it; null where there is none.
    pub witness: Option<WitnessReport>,
    /// What is new.
    pub grants: Vec<GrantReport>,
    /// Whether more is new than is listed.
    pub more: bool,
    /// What could not be decided.
    pub undecided: Vec<UndecidedReport>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
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
    /// What is found; nothing where the policies could not be read.
    pub fn new(
        sources: &Sources,
        found: Option<(&Policy, &NewAccess)>,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        let Some((policy, found)) = found else {
            return Self {
                schema_version: SCHEMA_VERSION,
                new_access: None,
                witness: None,
                grants: Vec::new(),
                more: false,
                undecided: Vec::new(),
                diagnostics,
            };
        };
        Self {
            schema_version: SCHEMA_VERSION,
            new_access: match found.new_access {
                Truth::True => Some(true),
                Truth::False => Some(false),
                Truth::Unknown => None,
            },
            witness: found.grants.first().map(|grant| WitnessReport::new(&grant.witness)),
            grants: found.grants.iter().map(|new| grant(sources, policy, new)).collect(),
            more: found.more,
            undecided: found.undecided.iter().map(UndecidedReport::new).collect(),
            diagnostics,
        }
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
