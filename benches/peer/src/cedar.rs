//! `cedar-policy`: another language, whose authorizer looks at as many policies of the same shape. A statement becomes a
//! permit on principal, action and resource, its conditions and patterns a `when` over the context. It knows no accounts and
//! no layers, so each of the four policies is a set of its own. `?` is no wildcard there and is written as `*`; a pattern of
//! actions is left out, which allows any.

use cedar_policy::{Authorizer, Context, Decision, Entities, PolicySet, Request};
use serde_json::Value;

use crate::{
    Row,
    case::{Case, forwarded},
    timing::{Timing, time},
};

pub fn row(cases: &[Case]) -> Result<Row, String> {
    let timings = cases.iter().map(timing).collect::<Result<_, String>>()?;
    Ok(Row { who: "cedar-policy 4.14.1, four authorizations".to_owned(), timings })
}

fn timing(case: &Case) -> Result<Timing, String> {
    let read = request(case, "secretsmanager:GetSecretValue", case.secret()?)?;
    let decrypt = request(case, "kms:Decrypt", case.key()?)?;
    let asked = [
        (set(case.secret_policy()?)?, &read),
        (set(case.identity_policy()?)?, &read),
        (set(case.key_policy()?)?, &decrypt),
        (set(case.identity_policy()?)?, &decrypt),
    ];
    let authorizer = Authorizer::new();
    let entities = Entities::empty();
    // An error skips a policy: fast, and no decision.
    for (policies, request) in &asked {
        let answer = authorizer.is_authorized(request, policies, &entities);
        if let Some(error) = answer.diagnostics().errors().next() {
            return Err(error.to_string());
        }
    }
    Ok(time(|| {
        asked.iter().all(|(policies, request)| {
            authorizer.is_authorized(request, policies, &entities).decision() == Decision::Allow
        })
    }))
}

fn request(case: &Case, action: &str, resource: &str) -> Result<Request, String> {
    let uid = |kind: &str, id: &str| {
        format!("{kind}::{}", quoted(id)).parse().map_err(|error| format!("{error}"))
    };
    let mut context = serde_json::json!({ "resource": resource });
    for (key, value) in forwarded(case)? {
        context[key] = value.into();
    }
    let context = Context::from_json_value(context, None).map_err(|error| error.to_string())?;
    let (principal, resource) = (uid("Principal", case.role()?)?, uid("Resource", resource)?);
    Request::new(principal, uid("Action", action)?, resource, context, None)
        .map_err(|error| error.to_string())
}

fn set(policy: &Value) -> Result<PolicySet, String> {
    let statements = policy["Statement"].as_array().ok_or("a policy without statements")?;
    let texts: Vec<String> = statements.iter().map(permit).collect();
    texts.join("\n").parse().map_err(|error| format!("{error}"))
}

/// One Allow statement of the shapes that the cases have.
fn permit(statement: &Value) -> String {
    let mut when = Vec::new();
    let principal = match statement.pointer("/Principal/AWS").and_then(Value::as_str) {
        // An account's root would cover the account; no caller of the cases is of that one.
        Some(arn) => format!("principal == Principal::{}", quoted(arn)),
        None => "principal".to_owned(),
    };
    let action = match statement["Action"].as_str() {
        Some(action) if !action.contains('*') => format!("action == Action::{}", quoted(action)),
        _ => "action".to_owned(),
    };
    let resource = match statement["Resource"].as_str() {
        Some("*") | None => "resource".to_owned(),
        Some(text) if text.contains('?') => {
            when.push(format!("context.resource like {}", starred(text)));
            "resource".to_owned()
        }
        Some(text) => format!("resource == Resource::{}", quoted(text)),
    };
    let conditions = statement["Condition"].as_object().into_iter().flatten();
    for (operator, block) in conditions {
        for (key, value) in block.as_object().into_iter().flatten() {
            let key = quoted(key);
            let value = value.as_str().unwrap_or_default();
            when.push(match operator.as_str() {
                "StringLike" => {
                    format!("context has {key} && context[{key}] like {}", starred(value))
                }
                _ => format!("context has {key} && context[{key}] == {}", quoted(value)),
            });
        }
    }
    let when = match when.is_empty() {
        true => String::new(),
        false => format!(" when {{ {} }}", when.join(" && ")),
    };
    format!("permit({principal}, {action}, {resource}){when};")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

fn starred(text: &str) -> String {
    let mut pattern = text.replace('?', "*");
    while pattern.contains("**") {
        pattern = pattern.replace("**", "*");
    }
    quoted(&pattern)
}
