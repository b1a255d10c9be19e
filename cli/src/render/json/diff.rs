use crosskey_engine::{
    decide::Truth,
    policy::Policy,
    prove::{NewAccess, NewGrant},
    text::Sources,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Diagnostic, SCHEMA_VERSION,
    public::{UndecidedReport, WitnessReport, open, witness},
};

/// What `crosskey diff` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Crosskey diff report")]
pub(crate) struct DiffReport {
    /// The version of this format: 1.
    schema_version: u32,
    /// Whether the new policy allows anything that the old one does not; null where that could not be decided.
    new_access: Option<bool>,
    /// A request that shows it; null where there is none.
    witness: Option<WitnessReport>,
    /// What is new.
    grants: Vec<GrantReport>,
    /// Whether more is new than is listed.
    more: bool,
    /// What could not be decided.
    undecided: Vec<UndecidedReport>,
    /// What could not be read.
    diagnostics: Vec<Diagnostic>,
}

/// Something that the new policy allows and the old one does not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "NewGrant")]
struct GrantReport {
    /// The statement of the new policy that allows it, from 0.
    statement: usize,
    /// Line, from 1.
    line: Option<u32>,
    /// Column in characters, from 1.
    column: Option<u32>,
    /// The entry of `Principal` that covers the caller, as written; null where there is none.
    principal: Option<String>,
    /// The entry of `Action` that covers the action, as written; null where there is none.
    action: Option<String>,
    /// A request that shows it.
    witness: WitnessReport,
}

/// What is found, for programs; nothing where the policies could not be read.
pub(crate) fn diff(
    sources: &Sources,
    found: Option<(&Policy, &NewAccess)>,
    diagnostics: Vec<Diagnostic>,
) -> DiffReport {
    let Some((policy, found)) = found else {
        return DiffReport {
            schema_version: SCHEMA_VERSION,
            new_access: None,
            witness: None,
            grants: Vec::new(),
            more: false,
            undecided: Vec::new(),
            diagnostics,
        };
    };
    DiffReport {
        schema_version: SCHEMA_VERSION,
        new_access: match found.new_access {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown => None,
        },
        witness: found.grants.first().map(|grant| witness(&grant.witness)),
        grants: found.grants.iter().map(|new| grant(sources, policy, new)).collect(),
        more: found.more,
        undecided: found.undecided.iter().map(open).collect(),
        diagnostics,
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
        witness: witness(&new.witness),
    }
}
