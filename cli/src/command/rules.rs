use crosskey_engine::{
    check::{RULES, rule},
    report::RulesReport,
    text::{escape, nearest},
};

use super::Failure;
use crate::{
    args::{Format, Rules},
    exit::Exit,
    render::{human, json},
    write::Output,
};

/// Lists the rules, or explains one.
pub(super) fn run(arguments: &Rules, format: Format, output: &Output) -> Result<Exit, Failure> {
    let chosen = match &arguments.id {
        None => None,
        Some(id) => Some(rule(id).ok_or_else(|| unknown(id))?),
    };
    let text = match (format, chosen) {
        (Format::Human, None) => human::list(&RULES),
        (Format::Human, Some(rule)) => human::explain(rule),
        (Format::Json, None) => json::document(&RulesReport::new(&RULES))?,
        (Format::Json, Some(rule)) => json::document(&RulesReport::new(&[rule]))?,
    };
    output.report(&text)?;
    Ok(Exit::Clean)
}

fn unknown(id: &str) -> Failure {
    let help = match nearest(id, RULES.iter().map(|rule| rule.id)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`crosskey rules` lists all".to_owned(),
    };
    Failure::Usage { message: format!("there is no rule `{}`", escape(id)), help }
}
