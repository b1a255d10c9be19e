//! What is worth a question: a look at the text that costs nothing.

use crate::{
    aws::{ContextKey, Pattern, catalog},
    decide::Part,
    policy::{
        Actions, Condition, Effect, Family, Policy, PolicyKind, Principal, Quantifier, Resource,
        Statement,
    },
    prove::{keys::SOURCE_KEYS, symbolic::Surroundings},
};

/// The longest list of which the entries are asked about.
const LONGEST_LIST: usize = 16;

/// Whether a policy has anything that could do nothing: statements without conditions that speak of different actions,
/// and say each thing once, all do something.
pub(super) fn any(policy: &Policy) -> bool {
    let asks = |statement: &Statement| {
        !statement.conditions.is_empty() || !lists(statement, policy.kind).is_empty()
    };
    let statements = &policy.statements;
    let meets = |(number, statement): (usize, &Statement)| {
        statements.iter().skip(number + 1).any(|other| may_meet(&statement.actions, &other.actions))
    };
    statements.iter().any(asks) || statements.iter().enumerate().any(meets)
}

/// Whether two statements seem to speak of an action in common.
fn may_meet(a: &Actions, b: &Actions) -> bool {
    let is_open = |text: &str| text.contains(['*', '?']);
    let same = |a: &str, b: &str| {
        (is_open(a) && is_open(b)) || seems_to_include(a, b) || seems_to_include(b, a)
    };
    a.negated || b.negated || a.list.iter().any(|a| b.list.iter().any(|b| same(&a.value, &b.value)))
}

/// Whether a statement hangs on what is made up where it is not known, or forbids what no call of today can do all
/// the same, as a guard.
pub(super) fn is_open(statement: &Statement, kind: PolicyKind, around: Surroundings<'_>) -> bool {
    let made_up = |key: &ContextKey| match key.lower() {
        "aws:resourceaccount" => around.owner.is_none() || !kind.has_principal(),
        "aws:resourceorgid" | "aws:resourceorgpaths" => {
            around.organization.is_none() || !kind.has_principal()
        }
        // What the catalogue lacks may be of another service, or new.
        _ => catalog::context_key(key).is_none(),
    };
    let guards = |key: &ContextKey| {
        statement.effect.value == Effect::Deny && key.lower() == "aws:securetransport"
    };
    let keys = || statement.conditions.iter().map(|condition| &condition.key.value);
    let any = |names: &[&str]| keys().any(|key| names.contains(&key.lower()));
    // Whether what a service calls for is passed on is not documented.
    let passed_on = any(&["kms:viaservice", "aws:viaawsservice", "aws:calledvia"])
        && keys().any(|key| {
            SOURCE_KEYS.contains(&key.lower())
                || key.lower().starts_with("aws:principalservice")
                || key.lower() == "aws:principalisawsservice"
        });
    let resources = statement.resources.iter().flat_map(|element| &element.list);
    let templates = resources.filter_map(|entry| match &entry.value {
        Resource::Any => None,
        Resource::Arn(template) => Some(template),
    });
    let values = statement.conditions.iter().flat_map(|condition| &condition.values);
    let mut variables =
        templates.chain(values.map(|value| &value.value)).flat_map(|text| text.variables());
    keys().any(|key| made_up(key) || guards(key)) || variables.any(made_up) || passed_on
}

/// Whether the prover does not know all callers whom an entry names.
pub(super) const fn is_opaque(entry: &Principal) -> bool {
    matches!(
        entry,
        Principal::UniqueId(_)
            | Principal::Service(_)
            | Principal::Federated(_)
            | Principal::CanonicalUser(_)
    )
}

/// The lists of a statement with the entries that may do nothing.
pub(super) fn lists(statement: &Statement, kind: PolicyKind) -> Vec<(Part, Vec<usize>)> {
    let mut lists = vec![
        (Part::Principal, principals(statement)),
        (Part::Action, actions(statement)),
        (Part::Resource, resources(statement)),
    ];
    for (number, condition) in statement.conditions.iter().enumerate() {
        lists.push((Part::Condition(number), values(statement, kind, condition)));
    }
    lists.retain(|(_, worth_asking)| !worth_asking.is_empty());
    lists
}

/// The entries, by their numbers, of which something holds.
fn numbers<T>(list: &[T], of: impl Fn(usize, &T) -> bool) -> Vec<usize> {
    if !(2..=LONGEST_LIST).contains(&list.len()) {
        return Vec::new();
    }
    list.iter().enumerate().filter(|(number, entry)| of(*number, entry)).map(|(n, _)| n).collect()
}

fn others<T>(list: &[T], number: usize) -> impl Iterator<Item = &T> {
    list.iter().enumerate().filter(move |(other, _)| *other != number).map(|(_, entry)| entry)
}

/// Entries that another one seems to include, and callers of whom a condition may be false.
fn principals(statement: &Statement) -> Vec<usize> {
    let Some(element) = statement.principals.as_ref().filter(|element| !element.negated) else {
        return Vec::new();
    };
    let tells = statement.conditions.iter().any(|c| describes_caller(&c.key.value));
    numbers(&element.list, |number, entry| {
        let includes = |other: &Principal| match other {
            Principal::Everyone { .. } => true,
            Principal::Account { account, .. } => entry.value.account() == Some(*account),
            _ => *other == entry.value,
        };
        let included = others(&element.list, number).any(|other| includes(&other.value));
        !is_opaque(&entry.value) && (tells || included)
    })
}

fn actions(statement: &Statement) -> Vec<usize> {
    if statement.actions.negated {
        return Vec::new();
    }
    let list: Vec<String> =
        statement.actions.list.iter().map(|entry| entry.value.to_ascii_lowercase()).collect();
    numbers(&list, |number, text| others(&list, number).any(|other| seems_to_include(other, text)))
}

fn resources(statement: &Statement) -> Vec<usize> {
    let Some(element) = statement.resources.as_ref().filter(|element| !element.negated) else {
        return Vec::new();
    };
    let list: Vec<&str> = element.list.iter().map(|entry| entry.value.as_str()).collect();
    numbers(&list, |number, text| others(&list, number).any(|other| seems_to_include(other, text)))
}

/// Values that another one seems to include, and those that other parts of the statement may rule out.
fn values(statement: &Statement, kind: PolicyKind, condition: &Condition) -> Vec<usize> {
    let operator = condition.operator.value;
    let (family, key) = (operator.comparison.family(), &condition.key.value);
    let many = catalog::context_key(key).is_some_and(|known| known.many);
    // Elsewhere the values of a list do not count one by one.
    let one_by_one = !operator.comparison.is_negated()
        && (operator.quantifier == Some(Quantifier::ForAnyValue)
            || (operator.quantifier.is_none() && !many))
        && !matches!(family, Family::Null | Family::Bool | Family::Binary);
    if !one_by_one {
        return Vec::new();
    }
    let text = matches!(family, Family::String | Family::Arn);
    let rivals = || statement.conditions.iter().filter(|other| other.span != condition.span);
    let tied = |other: &Condition| {
        other.key.value == *key
            || (describes_caller(key) && describes_caller(&other.key.value))
            || (kind == PolicyKind::Key
                && key.prefix() == "kms"
                && other.key.value.prefix() == "kms")
    };
    let named = describes_caller(key)
        && statement.principals.as_ref().is_some_and(|element| {
            !element.negated
                && element.list.iter().all(|entry| {
                    !is_opaque(&entry.value) && !matches!(entry.value, Principal::Everyone { .. })
                })
        });
    let tied = named || rivals().any(tied);
    let list: Vec<&str> = condition.values.iter().map(|value| value.value.as_str()).collect();
    numbers(&list, |number, value| {
        let mut others = others(&list, number);
        tied || !text || others.any(|other| seems_to_include(other, value))
    })
}

/// Whether a pattern matches another one taken for a plain text, in whatever case.
fn seems_to_include(pattern: &str, text: &str) -> bool {
    Pattern::new(&pattern.to_lowercase()).matches(&text.to_lowercase())
}

/// Whether a key says something of the caller, as the principal does.
fn describes_caller(key: &ContextKey) -> bool {
    const BEGINNINGS: [&str; 4] = ["aws:principal", "aws:user", "aws:source", "kms:calleraccount"];
    let lower = key.lower();
    BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning)) && lower != "aws:useragent"
}
