//! What a statement is about.

use serde_json::Value;

use super::{
    super::scenario::{KeyIs, OWNER, REGION, Scenario, key_arn},
    condition::Asked,
    context::Call,
    principal::{Class, covers},
    text::{Symbol, arn_matches, can_begin, fields, filled, matches, wild},
    truth::{NO, Truth, YES, all, any, not},
};

/// What is asked for, on what.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) call: Call,
    pub(crate) action: &'static str,
    pub(crate) on: On,
}

#[derive(Clone, Debug)]
pub(crate) enum On {
    /// The action has no resource.
    Everything,
    Arn(String),
    /// The AWS managed key, whose id is not known.
    ManagedKey,
}

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Secret,
    Key,
    Endpoint,
    /// A principal or an account.
    Caller,
    /// An RCP, which names everyone.
    Account,
}

fn list(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

/// The statement's word, by class of the principal entry.
pub(super) fn applies(
    scenario: &Scenario,
    check: &Check,
    of: Of,
    policy: &Value,
    statement: &Value,
) -> Vec<(Class, Truth)> {
    let asked = Asked {
        scenario,
        call: check.call,
        is_deny: statement["Effect"] == "Deny",
        with_variables: policy["Version"] == "2012-10-17",
    };
    let action = listed(statement, "Action", &|pattern| {
        Some(matches(&wild(&pattern.to_lowercase()), &check.action.to_lowercase()))
    });
    let resource = match statement.get("Resource").or(statement.get("NotResource")) {
        Some(_) => listed(statement, "Resource", &|pattern| on(asked, check, pattern)),
        None if of == Of::Secret && scenario.assumes("missing_resource") == "any" => YES,
        None => NO,
    };
    let mut rest = vec![action, resource];
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().unwrap() {
            rest.push(asked.holds(operator, key, &list(values)));
        }
    }
    let rest = all(rest);
    if of == Of::Caller {
        return vec![(Class::Itself, rest)];
    }
    let covered = covers(scenario, statement);
    covered.into_iter().map(|(class, covered)| (class, all([covered, rest]))).collect()
}

/// The element covers what one entry matches; its `Not` form what none does. Of an empty list neither covers anything.
fn listed(statement: &Value, element: &str, test: &dyn Fn(&str) -> Truth) -> Truth {
    let opposite = format!("Not{element}");
    let (negated, value) = match statement.get(&opposite) {
        Some(value) => (true, value),
        None => (false, &statement[element]),
    };
    let entries = list(value);
    if entries.is_empty() {
        return NO;
    }
    let some = any(entries.iter().map(|entry| test(entry)));
    if negated { not(some) } else { some }
}

fn on(asked: Asked<'_>, check: &Check, pattern: &str) -> Truth {
    if pattern == "*" {
        return YES;
    }
    if matches!(check.on, On::Everything) {
        return NO;
    }
    let across = asked.scenario.assumes("resource_star") == "across-fields";
    let filled = match asked.with_variables {
        true => filled(pattern, true, |key| asked.variable(key)),
        false => Ok(Some(wild(pattern))),
    };
    let pattern = match filled {
        Err(()) => return None,
        Ok(None) => return NO,
        Ok(Some(pattern)) => pattern,
    };
    let test = |arn: &str| match across {
        true => matches(&pattern, arn),
        false => arn_matches(&pattern, arn).unwrap_or(false),
    };
    match &check.on {
        On::Everything => NO,
        On::Arn(arn) => Some(test(arn)),
        On::ManagedKey => managed(asked.scenario, &pattern, across, &test),
    }
}

/// A pattern covers the managed key for certain if it covers any id, and perhaps if some id fits that is no other key's.
fn managed(
    scenario: &Scenario,
    pattern: &[Symbol],
    across: bool,
    test: &dyn Fn(&str) -> bool,
) -> Truth {
    let start = format!("arn:aws:kms:{REGION}:{OWNER}:key/");
    let ids = ["01234567-0123-0123-0123-012345678901", "fedcbafe-dcba-fedc-bafe-dcbafedcbafe"];
    if ids.iter().all(|id| test(&format!("{start}{id}"))) {
        return YES;
    }
    let literal = pattern.iter().all(|symbol| matches!(symbol, Symbol::Is(_)));
    let listed = matches!(scenario.key, KeyIs::Listed(OWNER)) && test(&key_arn(OWNER));
    if literal && listed {
        return NO;
    }
    let could = match across {
        true => can_begin(pattern, &start),
        false => match fields(pattern) {
            None => false,
            Some(fields) => {
                let starts: Vec<&str> = start.splitn(6, ':').collect();
                (0..5).all(|at| matches(&fields[at], starts[at]))
                    && can_begin(&fields[5], starts[5])
            }
        },
    };
    if could { None } else { NO }
}
