//! Makes a case smaller as long as the two evaluators differ in the same way, so that what is left explains why.

use serde_json::{Value, json};

use super::{
    super::scenario::{Kind, OWNER, Scenario, Way},
    cut::{cut, policies},
};

/// The smallest case found for which `differs` still holds.
pub(super) fn shrink(scenario: &Scenario, mut differs: impl FnMut(&Scenario) -> bool) -> Scenario {
    let mut smallest = scenario.clone();
    loop {
        let smaller = steps(&smallest).into_iter().find(|smaller| differs(smaller));
        match smaller {
            Some(smaller) => smallest = smaller,
            None => return smallest,
        }
    }
}

/// Every case that is one step simpler, the largest steps first.
fn steps(scenario: &Scenario) -> Vec<Scenario> {
    let mut steps = Vec::new();
    let mut with = |change: &dyn Fn(&mut Scenario)| {
        let mut changed = scenario.clone();
        change(&mut changed);
        cut(&mut changed);
        if format!("{changed:?}") != format!("{scenario:?}") {
            steps.push(changed);
        }
    };
    with(&|it| it.boundary = None);
    with(&|it| it.session.clear());
    with(&|it| it.scp.clear());
    with(&|it| it.rcp.clear());
    with(&|it| it.endpoint_policy = None);
    with(&|it| it.secret_policy = None);
    with(&|it| it.identity.clear());
    with(&|it| it.scp.truncate(1));
    with(&|it| it.way = Way::Public);
    with(&|it| it.with_path = false);
    with(&|it| it.team = None);
    with(&|it| it.secret_team = None);
    with(&|it| it.key_team = None);
    with(&|it| it.aliases = false);
    with(&|it| it.stage = None);
    with(&|it| it.account = OWNER);
    if scenario.session.is_empty() {
        with(&|it| it.kind = Kind::User);
    }
    for key in scenario.stated.keys() {
        with(&|it| {
            it.stated.remove(key);
        });
    }
    let count = policies(&mut scenario.clone()).len();
    for at in 0..count {
        let mut copy = scenario.clone();
        let policy = policies(&mut copy).swap_remove(at).clone();
        for smaller in smaller_policies(&policy) {
            with(&|it| *policies(it).swap_remove(at) = smaller.clone());
        }
    }
    steps
}

fn smaller_policies(policy: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    if policy["Version"] != "2012-10-17" {
        let mut changed = policy.clone();
        changed["Version"] = json!("2012-10-17");
        all.push(changed);
    }
    let statements = policy["Statement"].as_array().unwrap();
    for at in 0..statements.len() {
        if statements.len() > 1 {
            let mut changed = policy.clone();
            changed["Statement"].as_array_mut().unwrap().remove(at);
            all.push(changed);
        }
        for smaller in smaller_statements(&statements[at]) {
            let mut changed = policy.clone();
            changed["Statement"][at] = smaller;
            all.push(changed);
        }
    }
    all
}

fn smaller_statements(statement: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut changed = statement.clone();
        change(changed.as_object_mut().unwrap());
        if changed != *statement {
            all.push(changed);
        }
    };
    with(&|it| {
        it.remove("Condition");
    });
    for (element, plainest) in [("Action", "*"), ("Resource", "*")] {
        with(&|it| {
            it.remove(&format!("Not{element}"));
            it.insert(element.into(), json!(plainest));
        });
    }
    if statement.get("Principal").is_some() {
        with(&|it| {
            it.insert("Principal".into(), json!("*"));
        });
    }
    for element in ["Action", "NotAction", "Resource", "NotResource"] {
        for shorter in statement.get(element).map(shorter).unwrap_or_default() {
            with(&|it| {
                it.insert(element.into(), shorter.clone());
            });
        }
    }
    for element in ["Principal", "NotPrincipal"] {
        let Some(Value::Object(kinds)) = statement.get(element) else { continue };
        for (kind, entries) in kinds {
            if kinds.len() > 1 {
                with(&|it| {
                    it[element].as_object_mut().unwrap().remove(kind);
                });
            }
            for shorter in shorter(entries) {
                with(&|it| it[element][kind] = shorter.clone());
            }
        }
    }
    for (operator, keys) in
        statement.get("Condition").and_then(Value::as_object).into_iter().flatten()
    {
        with(&|it| {
            it["Condition"].as_object_mut().unwrap().remove(operator);
        });
        for (key, values) in keys.as_object().unwrap() {
            with(&|it| {
                it["Condition"][operator].as_object_mut().unwrap().remove(key);
            });
            for shorter in shorter(values) {
                with(&|it| it["Condition"][operator][key] = shorter.clone());
            }
        }
    }
    all
}

/// Each list without one of its members.
fn shorter(list: &Value) -> Vec<Value> {
    let Value::Array(list) = list else { return Vec::new() };
    if list.len() < 2 {
        return Vec::new();
    }
    let without = |at: usize| {
        let mut shorter = list.clone();
        shorter.remove(at);
        Value::Array(shorter)
    };
    (0..list.len()).map(without).collect()
}
