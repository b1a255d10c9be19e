//! What to change so that a denied check would be allowed: in words, and as the piece of JSON to write.

mod condition;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub(super) use self::condition::condition;
use crate::{
    aws::ContextKey,
    bundle::Layer,
    policy::{Principal, Statement},
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
    let of_the_resource = matches!(layer, Layer::ResourcePolicy | Layer::KeyPolicy);
    let principal = match layer {
        Layer::ResourcePolicy | Layer::KeyPolicy | Layer::VpcEndpointPolicy => {
            Some(principal_value(plan)?)
        }
        Layer::ResourceControlPolicy => Some(json!("*")),
        Layer::IdentityPolicy
        | Layer::PermissionsBoundary
        | Layer::SessionPolicy
        | Layer::ServiceControlPolicy => None,
        Layer::Grant => return None,
    };
    let mut condition = Map::new();
    if of_the_resource || layer == Layer::VpcEndpointPolicy {
        restrict_caller(plan, check, &mut condition);
    }
    if layer == Layer::KeyPolicy {
        restrict_path(check, &mut condition);
    }
    let resource = if of_the_resource { "*".to_owned() } else { resource_value(check)? };
    let mut statement = Map::new();
    statement.insert("Effect".into(), "Allow".into());
    statement.extend(principal.map(|principal| ("Principal".into(), principal)));
    statement.insert("Action".into(), check.action.as_str().into());
    statement.insert("Resource".into(), resource.into());
    if !condition.is_empty() {
        statement.insert("Condition".into(), condition.into());
    }
    Some(statement.into())
}

/// A statement of its own for what is asked, where a change to the statement at hand would let in more than that.
fn of_its_own(plan: &Plan<'_>, check: &Check<'_>, layer: Layer, why: &str) -> Remedy {
    (format!("{why}: add a statement of its own"), statement(plan, check, layer))
}

/// What an operator compares a key with, in the conditions of a statement.
fn compare(condition: &mut Map<String, Value>, operator: &str, key: &str, value: impl Into<Value>) {
    let keys = condition.entry(operator).or_insert_with(|| json!({}));
    if let Some(keys) = keys.as_object_mut() {
        keys.insert(key.to_owned(), value.into());
    }
}

/// The ARN of a root user stands for its whole account, and a service calls for whoever asks it to.
fn restrict_caller(plan: &Plan<'_>, check: &Check<'_>, condition: &mut Map<String, Value>) {
    let caller = &plan.caller;
    match (caller.kind, &caller.arn) {
        // To name the own account is how its own policies are made to count.
        (CallerKind::Root, _) if caller.account == check.owner => {}
        (CallerKind::Root, Some(arn)) => {
            compare(condition, "ArnEquals", "aws:PrincipalArn", arn.as_str());
        }
        (CallerKind::Service, _) => {
            if let Some(account) = &caller.source_account {
                compare(condition, "StringEquals", "aws:SourceAccount", account.as_str());
            }
            if let Some(arn) = &caller.source_arn {
                compare(condition, "ArnEquals", "aws:SourceArn", arn.as_str());
            }
        }
        _ => {}
    }
}

/// A key's statement is best bound to the path through Secrets Manager.
fn restrict_path(check: &Check<'_>, condition: &mut Map<String, Value>) {
    let via = ContextKey::new("kms:ViaService");
    if let Binding::Values(services) = check.context.get(&via)
        && let Some(service) = services.first()
    {
        compare(condition, "StringEquals", via.as_str(), service.as_str());
        let context = check.encryption_context.as_ref();
        if let Some(arn) = context.and_then(|context| context.get("SecretARN")?.as_deref()) {
            let key = "kms:EncryptionContext:SecretARN";
            compare(condition, "StringLike", key, with_open_suffix(arn));
        }
    }
}

fn principal_value(plan: &Plan<'_>) -> Option<Value> {
    let (kind, text) = written_caller(plan)?;
    Some(json!({ kind: text }))
}

/// How a `Principal` names the caller.
fn written_caller(plan: &Plan<'_>) -> Option<(&'static str, String)> {
    let caller = &plan.caller;
    match caller.kind {
        CallerKind::Service => Some(("Service", caller.service.clone()?)),
        CallerKind::Anonymous => None,
        _ => Some(("AWS", caller.arn.as_ref()?.to_string())),
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
/// no other name. Ends of other ARNs are not random.
fn with_open_suffix(arn: &str) -> String {
    match arn.rsplit_once('-') {
        Some((name, end)) if arn.contains(":secretsmanager:") && crate::bundle::is_suffix(end) => {
            format!("{name}-??????")
        }
        _ => arn.to_owned(),
    }
}

pub(super) fn principal(
    plan: &Plan<'_>,
    check: &Check<'_>,
    layer: Layer,
    statement: &Statement,
) -> Remedy {
    let Some((kind, name)) = written_caller(plan) else {
        return ("sign the request".to_owned(), None);
    };
    let Some(element) = &statement.principals else {
        return of_its_own(plan, check, layer, "it names nobody");
    };
    if element.negated {
        let advice =
            "name those whom it is for in Principal: NotPrincipal with Allow lets in everyone else";
        return (advice.to_owned(), None);
    }
    match plan.caller.kind {
        CallerKind::Root => {
            let why = "the ARN of a root user in a Principal is its whole account";
            of_its_own(plan, check, layer, why)
        }
        CallerKind::Service => {
            of_its_own(plan, check, layer, "a service acts for whoever it is told to serve")
        }
        _ => {
            let mut all: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            let listed = element.list.iter().filter_map(|entry| written(&entry.value));
            for (kind, name) in listed.chain([(kind, name)]) {
                all.entry(kind).or_default().push(name);
            }
            let snippet = json!({ "Principal": all });
            ("name the caller in the statement".to_owned(), Some(snippet))
        }
    }
}

/// How an entry of a `Principal` is written, by its kind.
fn written(entry: &Principal) -> Option<(&'static str, String)> {
    Some(match entry {
        // Whoever stands beside everyone needs no entry.
        Principal::Everyone { .. } => return None,
        Principal::Account { partition: None, account } => ("AWS", account.to_string()),
        Principal::Account { partition: Some(partition), account } => {
            ("AWS", format!("arn:{partition}:iam::{account}:root"))
        }
        Principal::User(arn)
        | Principal::Role(arn)
        | Principal::RoleSession(arn)
        | Principal::FederatedUser(arn) => ("AWS", arn.to_string()),
        Principal::UniqueId(id) => ("AWS", id.to_string()),
        Principal::Service(name) => ("Service", name.to_string()),
        Principal::Federated(name) => ("Federated", name.to_string()),
        Principal::CanonicalUser(id) => ("CanonicalUser", id.to_string()),
    })
}

pub(super) fn action(
    plan: &Plan<'_>,
    check: &Check<'_>,
    layer: Layer,
    statement: &Statement,
) -> Remedy {
    let action = check.action.as_str();
    let listed = &statement.actions.list;
    if statement.actions.negated {
        let advice = if listed.is_empty() {
            "name the actions in Action: an empty NotAction applies to nothing".to_owned()
        } else {
            format!("take the pattern that covers `{action}` out of NotAction")
        };
        return (advice, None);
    }
    let grants = matches!(layer, Layer::IdentityPolicy | Layer::SessionPolicy);
    let is_wide = statement.resources.as_ref().is_some_and(|element| {
        element.negated || element.list.iter().any(|entry| entry.value.as_str() == "*")
    });
    if grants && is_wide && check.resource != CheckResource::Any {
        let why = format!("with `{action}` it would reach more than this resource");
        return of_its_own(plan, check, layer, &why);
    }
    let all: Vec<&str> = listed.iter().map(|it| it.value.as_str()).chain([action]).collect();
    (format!("add `{action}` to the statement's actions"), Some(json!({ "Action": all })))
}

pub(super) fn resource(
    plan: &Plan<'_>,
    check: &Check<'_>,
    layer: Layer,
    statement: &Statement,
) -> Remedy {
    if matches!(layer, Layer::ResourcePolicy | Layer::KeyPolicy) {
        return (
            "write `*`: in this policy it means the resource that the policy is attached to"
                .to_owned(),
            Some(json!({ "Resource": "*" })),
        );
    }
    if check.resource == CheckResource::Any {
        let why = format!("`{}` is granted on `*` only", check.action);
        return of_its_own(plan, check, layer, &why);
    }
    let element = statement.resources.as_ref();
    let listed = || element.iter().flat_map(|element| &element.list);
    if element.is_some_and(|element| element.negated) {
        let advice = if listed().next().is_none() {
            "name the resources in Resource: an empty NotResource applies to nothing"
        } else {
            "take the pattern that covers the resource out of NotResource"
        };
        return (advice.to_owned(), None);
    }
    let Some(value) = resource_value(check) else {
        return ("name the resource".to_owned(), None);
    };
    let advice = format!("add `{}` to the statement's resources", escape(&value));
    let all = with(listed().map(|entry| entry.value.as_str()), &value);
    (advice, Some(json!({ "Resource": all })))
}

/// Texts with one more. It takes the place of one that is the same ARN without its end, which names nothing.
fn with<'t>(listed: impl Iterator<Item = &'t str>, added: &'t str) -> Value {
    let stem = added.strip_suffix("-??????");
    let kept = listed.filter(|text| *text != added && Some(*text) != stem);
    let all: Vec<&str> = kept.chain([added]).collect();
    match all.as_slice() {
        [one] => json!(one),
        all => json!(all),
    }
}

/// Keys that stay behind when a service calls KMS for the caller.
const LEFT_BEHIND: &[&str] =
    &["aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:sourcevpcarn"];

/// Whether a service makes the call for the caller.
fn is_forwarded(check: &Check<'_>) -> bool {
    *check.context.named("aws:ViaAWSService") == Binding::value("true")
}

pub(super) fn for_denial(check: &Check<'_>, statement: &Statement) -> String {
    let absent = statement.conditions.iter().map(|condition| &condition.key.value).find(|key| {
        *check.context.get(key) == Binding::Absent && LEFT_BEHIND.contains(&key.lower())
    });
    match absent {
        Some(key) if is_forwarded(check) => format!(
            "`{}` is never on the call that a service makes for its caller, so the Deny always holds there: \
             add `\"BoolIfExists\": {{\"aws:ViaAWSService\": \"false\"}}` to its conditions",
            key.canonical()
        ),
        _ => "narrow the statement so that it no longer covers this request".to_owned(),
    }
}
