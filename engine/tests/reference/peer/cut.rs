//! Cuts random cases to what both evaluators model: the other knows no grants, no AWS managed keys, no unique ids, and
//! takes a request as it is told, with every key known.

use serde_json::{Value, json};

use super::super::{
    choices::Choices,
    scenario::{KeyIs, Kind, Membership, OWNER, REGION, Scenario, THIRD, UNIQUE_ID, Way},
};

/// Leaves few of the cases that differ whatever the policies say.
pub(super) fn favour(choices: &mut Choices<'_>, scenario: &mut Scenario) {
    let seldom = match scenario.kind {
        Kind::Root | Kind::Anonymous => true,
        Kind::FederatedUser => scenario.session.is_empty(),
        _ => false,
    };
    if seldom && !choices.one_in(8) {
        scenario.kind = Kind::User;
    }
}

pub(super) fn cut(scenario: &mut Scenario) {
    scenario.kind = match scenario.kind {
        Kind::UnnamedSession => Kind::NamedSession,
        Kind::Service { .. } => Kind::User,
        kind => kind,
    };
    // Nobody has no account to list.
    if scenario.kind == Kind::Anonymous && scenario.resource().is_none() {
        scenario.action = "secretsmanager:DescribeSecret";
    }
    scenario.with_unique_id = true;
    scenario.service_linked = false;
    for membership in scenario.members.values_mut() {
        if *membership == Membership::Unknown {
            *membership = Membership::Alone;
        }
    }
    scenario.mfa.get_or_insert(false);
    if scenario.way == Way::Unknown {
        scenario.way = Way::Public;
    }
    scenario.key = match scenario.key {
        KeyIs::Listed(owner) => KeyIs::Listed(owner),
        KeyIs::Managed => KeyIs::Listed(OWNER),
        KeyIs::Unlisted => KeyIs::Listed(THIRD),
    };
    let owner = scenario.key_owner();
    scenario.key_policy.get_or_insert_with(|| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": owner}, "Action": "kms:*", "Resource": "*"},
        ]})
    });
    scenario.grants.clear();
    // The forwarded call is told to the other like any call.
    scenario.assumptions = [("fas_transport", "same")].into();
    state(scenario);
    for policy in policies(scenario) {
        for statement in policy["Statement"].as_array_mut().unwrap() {
            cut_statement(statement);
        }
    }
    for policy in scenario.rcp.iter_mut().flatten() {
        // The other takes no other version here.
        policy["Version"] = json!("2012-10-17");
        for statement in policy["Statement"].as_array_mut().unwrap() {
            if let Some(actions) = statement.as_object_mut().unwrap().remove("NotAction") {
                statement["Action"] = actions;
            }
            replace(statement, "*", "secretsmanager:*");
        }
    }
    if let Some(policy) = &mut scenario.endpoint_policy {
        for statement in policy["Statement"].as_array_mut().unwrap() {
            let statement = statement.as_object_mut().unwrap();
            statement.remove("NotPrincipal");
            statement.insert("Principal".into(), json!("*"));
        }
    }
}

/// States what would be there with a value that nobody said.
fn state(scenario: &mut Scenario) {
    // Not a key of any service here, and no address.
    scenario.stated.remove("s3:prefix");
    if scenario.stated.get("aws:SourceIp") == Some(&Some(vec!["no address"])) {
        scenario.stated.remove("aws:SourceIp");
    }
    let mut always = vec![("aws:UserAgent", "curl/8"), ("aws:CurrentTime", "2026-01-01T00:00:00Z")];
    if scenario.mfa == Some(true) {
        always.push(("aws:MultiFactorAuthAge", "300"));
    }
    if scenario.resource().is_none() {
        always.push(("aws:RequestedRegion", REGION));
    }
    for (key, value) in always {
        scenario.stated.entry(key).or_insert_with(|| Some(vec![value]));
    }
}

pub(super) fn policies(scenario: &mut Scenario) -> Vec<&mut Value> {
    let mut all: Vec<&mut Value> = Vec::new();
    all.extend(&mut scenario.identity);
    all.extend(&mut scenario.session);
    all.extend(scenario.scp.iter_mut().flatten());
    all.extend(scenario.rcp.iter_mut().flatten());
    all.extend(&mut scenario.boundary);
    all.extend(&mut scenario.secret_policy);
    all.extend(&mut scenario.key_policy);
    all.extend(&mut scenario.endpoint_policy);
    all
}

fn cut_statement(statement: &mut Value) {
    for element in ["Principal", "NotPrincipal"] {
        if let Some(Value::Array(entries)) =
            statement.get_mut(element).and_then(|e| e.get_mut("AWS"))
        {
            entries.retain(|entry| entry != UNIQUE_ID);
            if entries.is_empty() {
                entries.push(json!(THIRD));
            }
        }
    }
    // The other refuses a wildcard for the service.
    replace(statement, "*:Get*", "secretsmanager:Get*");
    // It has no such key.
    for (_, keys) in
        statement.get_mut("Condition").and_then(Value::as_object_mut).into_iter().flatten()
    {
        let keys = keys.as_object_mut().unwrap();
        if let Some(values) = keys.remove("secretsmanager:ResourceTag/team") {
            keys.insert("aws:ResourceTag/team".into(), values);
        }
    }
}

/// Replaces an action.
fn replace(statement: &mut Value, action: &str, by: &str) {
    for element in ["Action", "NotAction"] {
        match statement.get_mut(element) {
            Some(Value::Array(list)) => {
                for entry in list.iter_mut().filter(|entry| *entry == action) {
                    *entry = json!(by);
                }
                let mut seen = Vec::new();
                list.retain(|entry| {
                    !seen.contains(entry) && {
                        seen.push(entry.clone());
                        true
                    }
                });
            }
            Some(one) if one == action => *one = json!(by),
            _ => {}
        }
    }
}
