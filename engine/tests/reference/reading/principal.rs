//! Whom a `Principal` element is about, and how directly it names the caller.

use serde_json::Value;

use super::{
    super::scenario::{Kind, Scenario, UNIQUE_ID},
    truth::{NO, Truth, YES, all, any, not},
};

/// How directly a policy names the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// The user or session itself.
    Itself,
    Everyone,
    Role,
    /// The IAM user behind a federated session.
    Parent,
    Account,
    Service,
}

/// The entries of an element: the kind of each, and its text.
fn entries(element: &Value) -> Vec<(String, String)> {
    match element {
        Value::String(text) => vec![("".to_owned(), text.clone())],
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, texts)| {
                let texts = match texts {
                    Value::Array(list) => list.clone(),
                    one => vec![one.clone()],
                };
                texts.into_iter().map(|text| (kind.clone(), text.as_str().unwrap().to_owned()))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether an entry names the caller as a member of each class.
fn names(scenario: &Scenario, kind: &str, text: &str) -> Option<(Class, Truth)> {
    let identity = scenario.identity_arn();
    let of_account = !matches!(scenario.kind, Kind::Service { .. } | Kind::Anonymous);
    let is_role = matches!(scenario.kind, Kind::NamedSession | Kind::UnnamedSession);
    if text == "*" {
        return Some((Class::Everyone, YES));
    }
    if kind == "Service" {
        let same = matches!(scenario.kind, Kind::Service { .. }) && text == "lambda.amazonaws.com";
        return same.then_some((Class::Service, YES));
    }
    let root = format!("arn:aws:iam::{}:root", scenario.account);
    if of_account && (text == scenario.account || text == root) {
        return Some((Class::Account, YES));
    }
    if identity.as_deref() == Some(text) {
        return Some(match scenario.kind {
            Kind::User => (Class::Itself, YES),
            Kind::FederatedUser => (Class::Parent, YES),
            _ => (Class::Role, YES),
        });
    }
    if text == UNIQUE_ID && scenario.with_unique_id && identity.is_some() {
        return Some(match scenario.kind {
            Kind::User => (Class::Itself, YES),
            Kind::FederatedUser => (Class::Parent, YES),
            _ => (Class::Role, YES),
        });
    }
    if is_role && text == scenario.session_arn() {
        let named = scenario.kind == Kind::NamedSession;
        return Some((Class::Itself, if named { YES } else { None }));
    }
    // Any session of the role could be the one that asks.
    let of_role = format!("arn:aws:sts::{}:assumed-role/Reader/", scenario.account);
    if scenario.kind == Kind::UnnamedSession && text.starts_with(&of_role) {
        return Some((Class::Itself, None));
    }
    let federated = scenario.kind == Kind::FederatedUser && text == scenario.federated_arn();
    federated.then_some((Class::Itself, YES))
}

/// By what a statement covers the caller.
pub(super) fn covers(scenario: &Scenario, statement: &Value) -> Vec<(Class, Truth)> {
    let is_deny = statement["Effect"] == "Deny";
    if let Some(element) = statement.get("NotPrincipal") {
        let entries = entries(element);
        return vec![(Class::Everyone, spared_by(scenario, &entries, is_deny))];
    }
    let mut found = Vec::new();
    for (kind, text) in entries(&statement["Principal"]) {
        let service = matches!(scenario.kind, Kind::Service { .. });
        if kind == "AWS" && text == "*" && service && !is_deny {
            let covered = match scenario.assumes("wildcard_services") {
                "covered" => YES,
                "not-covered" => NO,
                _ => None,
            };
            found.push((Class::Everyone, covered));
        } else if let Some(named) = names(scenario, &kind, &text) {
            found.push(named);
        }
    }
    found
}

/// Whether a statement with `NotPrincipal` covers the caller.
fn spared_by(scenario: &Scenario, entries: &[(String, String)], is_deny: bool) -> Truth {
    if entries.is_empty() {
        return NO;
    }
    let named: Vec<(Class, Truth)> =
        entries.iter().filter_map(|(kind, text)| names(scenario, kind, text)).collect();
    let by = |wanted: Class| {
        any(named.iter().filter(|(class, _)| *class == wanted).map(|(_, truth)| *truth))
    };
    if !is_deny {
        return not(any(named.iter().map(|(_, truth)| *truth)));
    }
    if scenario.boundary.is_some() && scenario.identity_arn().is_some() {
        return YES;
    }
    if by(Class::Everyone) == YES {
        return NO;
    }
    let levels: &[Class] = match scenario.kind {
        Kind::User => &[Class::Itself, Class::Account],
        Kind::NamedSession | Kind::UnnamedSession => &[Class::Itself, Class::Role, Class::Account],
        Kind::FederatedUser => &[Class::Itself, Class::Parent, Class::Account],
        Kind::Root => &[Class::Account],
        Kind::Service { .. } => &[Class::Service],
        Kind::Anonymous => return YES,
    };
    let listed: Vec<Truth> = levels.iter().map(|level| by(*level)).collect();
    if all(listed.clone()) == YES {
        return NO;
    }
    if listed.iter().all(|level| *level == NO) {
        return YES;
    }
    all(listed)?;
    match scenario.assumes("not_principal_partial") {
        "denied" => YES,
        "exempt" => NO,
        _ => None,
    }
}

/// By what a grantee is the caller.
pub(super) fn grantee(scenario: &Scenario, grant: &Value) -> Option<(Class, Truth)> {
    match (&grant["GranteePrincipal"], &grant["GranteeServicePrincipal"]) {
        (Value::String(text), _) => names(scenario, "AWS", text),
        (_, Value::String(text)) => names(scenario, "Service", text),
        _ => None,
    }
}
