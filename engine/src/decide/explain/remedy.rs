//! What to change so that a denied check would be allowed: in words, and as the piece of JSON to write.

use serde_json::{Value, json};

use crate::{
    bundle::Layer,
    policy::{Comparison, Condition, Statement},
    request::{Binding, CallerKind, Check, CheckResource, CheckTarget, OtherEnds, Plan},
    text::escape,
};

/// A word with the piece of JSON that it is about.
type Remedy = (String, Option<Value>);

/// What a layer is called in sentences.
pub(super) const fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::ResourcePolicy => "secret's resource policy",
        Layer::KeyPolicy => "key policy",
        Layer::Grant => "key's grants",
        Layer::IdentityPolicy => "caller's identity policies",
        Layer::PermissionsBoundary => "caller's permissions boundary",
        Layer::SessionPolicy => "session policy",
        Layer::ServiceControlPolicy => "service control policies of the caller's account",
        Layer::ResourceControlPolicy => "resource control policies of the owner's account",
        Layer::VpcEndpointPolicy => "VPC endpoint policy",
    }
}

/// The statement that the layer lacks.
pub(super) fn statement(plan: &Plan<'_>, check: &Check<'_>, layer: Layer) -> Option<Value> {
    let action = check.action.as_str();
    Some(match layer {
        Layer::ResourcePolicy => json!({
            "Effect": "Allow", "Principal": principal_value(plan)?, "Action": action, "Resource": "*",
        }),
        Layer::KeyPolicy => {
            let mut statement = json!({
                "Effect": "Allow", "Principal": principal_value(plan)?, "Action": action,
                "Resource": "*",
            });
            if let (Some(via), Some(object)) = (via_service(check), statement.as_object_mut()) {
                object.insert("Condition".into(), via);
            }
            statement
        }
        Layer::Grant => return None,
        _ => json!({ "Effect": "Allow", "Action": action, "Resource": resource_value(check)? }),
    })
}

/// A key's statement is best bound to the path through Secrets Manager.
fn via_service(check: &Check<'_>) -> Option<Value> {
    let Binding::Values(via) = check.context.get(&crate::aws::ContextKey::new("kms:ViaService"))
    else {
        return None;
    };
    let mut condition = json!({ "StringEquals": { "kms:ViaService": via.first()? } });
    let arn = check.encryption_context.as_ref()?.get("SecretARN").cloned().flatten();
    if let (Some(arn), Some(object)) = (arn, condition.as_object_mut()) {
        let pattern = with_open_suffix(&arn);
        object.insert("StringLike".into(), json!({ "kms:EncryptionContext:SecretARN": pattern }));
    }
    Some(condition)
}

fn principal_value(plan: &Plan<'_>) -> Option<Value> {
    let caller = &plan.caller;
    match caller.kind {
        CallerKind::Service => Some(json!({ "Service": caller.service.as_ref()? })),
        CallerKind::Anonymous => None,
        _ => Some(json!({ "AWS": caller.arn.as_ref()?.as_str() })),
    }
}

fn resource_value(check: &Check<'_>) -> Option<String> {
    match &check.resource {
        CheckResource::Any => Some("*".to_owned()),
        CheckResource::Arn(arn) if matches!(check.target, CheckTarget::Secret(_)) => {
            Some(with_open_suffix(arn.as_str()))
        }
        CheckResource::Arn(arn) => Some(arn.to_string()),
        CheckResource::Open { beginning, others: OtherEnds::Random, .. } => {
            Some(format!("{beginning}??????"))
        }
        CheckResource::Open { beginning, .. } => Some(format!("{beginning}*")),
        CheckResource::Unknown => None,
    }
}

/// A secret's ARN with its random end left open: it survives that the secret is deleted and made anew, and matches
/// no other name.
fn with_open_suffix(arn: &str) -> String {
    match arn.rsplit_once('-') {
        Some((name, end)) if crate::bundle::is_suffix(end) => format!("{name}-??????"),
        _ => arn.to_owned(),
    }
}

pub(super) fn principal(plan: &Plan<'_>) -> Remedy {
    match principal_value(plan) {
        Some(value) => {
            ("name the caller in the statement".to_owned(), Some(json!({ "Principal": value })))
        }
        None => ("sign the request".to_owned(), None),
    }
}

pub(super) fn action(check: &Check<'_>, statement: &Statement) -> Remedy {
    let action = check.action.as_str();
    if statement.actions.negated {
        return (format!("take the pattern that covers `{action}` out of NotAction"), None);
    }
    let mut list: Vec<Value> =
        statement.actions.list.iter().map(|action| json!(action.value)).collect();
    list.push(json!(action));
    (format!("add `{action}` to the statement's actions"), Some(json!({ "Action": list })))
}

pub(super) fn resource(check: &Check<'_>, layer: Layer) -> Remedy {
    let own = matches!(layer, Layer::ResourcePolicy | Layer::KeyPolicy);
    let value = if own { Some("*".to_owned()) } else { resource_value(check) };
    match value {
        Some(value) if own => (
            "write `*`: in this policy it means the resource that the policy is attached to"
                .to_owned(),
            Some(json!({ "Resource": value })),
        ),
        Some(value) => (format!("write `{}`", escape(&value)), Some(json!({ "Resource": value }))),
        None => ("name the resource".to_owned(), None),
    }
}

pub(super) fn condition(check: &Check<'_>, condition: &Condition) -> Remedy {
    let key = condition.key.value.canonical().into_owned();
    let negated = condition.operator.value.comparison.is_negated();
    match check.context.get(&condition.key.value) {
        Binding::Absent if key.starts_with("secretsmanager:Version") => {
            let parameter = key.trim_start_matches("secretsmanager:");
            (format!("pass `{parameter}` in the call, or remove the condition"), None)
        }
        Binding::Absent => {
            (format!("remove the condition: `{key}` is not in requests of this kind"), None)
        }
        Binding::Values(values) if !negated => match values.as_slice() {
            [one] => {
                let value =
                    if one.starts_with("arn:") { with_open_suffix(one) } else { one.clone() };
                let operator = operator_for(condition, &value);
                let snippet = json!({ operator.as_str(): { key.as_str(): value } });
                (format!("make the condition match: `{}`", escape(&value)), Some(snippet))
            }
            _ => ("make the condition match these values, or remove it".to_owned(), None),
        },
        _ => ("change the condition so that it covers this request, or remove it".to_owned(), None),
    }
}

/// The operator to write a value under: one with wildcards where the value has them.
fn operator_for(condition: &Condition, value: &str) -> String {
    let operator = condition.operator.value;
    let has_wildcard = value.contains(['*', '?']);
    match operator.comparison {
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase if has_wildcard => {
            operator.to_string().replace(operator.comparison.name(), "StringLike")
        }
        _ => operator.to_string(),
    }
}

/// Keys that stay behind when a service calls KMS for the caller.
const LEFT_BEHIND: &[&str] =
    &["aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:sourceip", "aws:sourcevpcarn"];

pub(super) fn for_denial(check: &Check<'_>, statement: &Statement) -> String {
    let absent = statement.conditions.iter().map(|condition| &condition.key.value).find(|key| {
        *check.context.get(key) == Binding::Absent && LEFT_BEHIND.contains(&key.lower())
    });
    let forwarded = check.context.get(&crate::aws::ContextKey::new("aws:ViaAWSService"))
        == &Binding::value("true");
    match absent {
        Some(key) if forwarded => format!(
            "`{}` is never on the call that a service makes for its caller, so the Deny always holds there: \
             add `\"BoolIfExists\": {{\"aws:ViaAWSService\": \"false\"}}` to its conditions",
            key.canonical()
        ),
        _ => "narrow the statement so that it no longer covers this request".to_owned(),
    }
}
