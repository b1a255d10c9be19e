use serde_json::json;

use super::{LEFT_BEHIND, Remedy, is_forwarded, of_its_own, with, with_open_suffix};
use crate::{
    aws::{Arn, ContextKey, catalog},
    bundle::Layer,
    policy::{Comparison, Condition, Family},
    request::{Binding, Check, Plan},
    text::escape,
};

/// What to do about a condition that fails. To drop it is never offered: what it guards may be open to everyone else.
pub(in crate::decide::explain) fn condition(
    plan: &Plan<'_>,
    check: &Check<'_>,
    layer: Layer,
    condition: &Condition,
) -> Remedy {
    let change = || ("change the condition so that it covers this request".to_owned(), None);
    let comparison = condition.operator.value.comparison;
    match check.context.get(&condition.key.value) {
        Binding::Absent => absent(plan, check, layer, &condition.key.value),
        Binding::Values(_) if comparison.family() == Family::Null => null(condition),
        Binding::Values(values) if !comparison.is_negated() => match values.as_slice() {
            [one] => positive(condition, one),
            _ => change(),
        },
        _ => change(),
    }
}

/// A key that the request has not.
fn absent(plan: &Plan<'_>, check: &Check<'_>, layer: Layer, key: &ContextKey) -> Remedy {
    let name = key.canonical();
    let shown = escape(&name);
    if is_forwarded(check) && LEFT_BEHIND.contains(&key.lower()) {
        let why = format!("`{shown}` is never on the call that a service makes for its caller");
        return of_its_own(plan, check, layer, &why);
    }
    let known = catalog::action(check.action.as_str());
    if known.is_some_and(|known| !known.can_carry(key)) {
        let why = format!("`{shown}` is never in a request of `{}`", check.action);
        return of_its_own(plan, check, layer, &why);
    }
    let after = |prefix: &str| name.get(prefix.len()..).map(escape).unwrap_or_default();
    let pass = match key.lower() {
        key if key.starts_with("aws:requesttag/") => {
            format!("pass the tag `{}` in the call", after("aws:RequestTag/"))
        }
        key if key.starts_with("aws:resourcetag/") => {
            format!("put the tag `{}` on the resource", after("aws:ResourceTag/"))
        }
        key if key.starts_with("secretsmanager:resourcetag/") => {
            format!("put the tag `{}` on the secret", after("secretsmanager:ResourceTag/"))
        }
        key if key.starts_with("aws:principaltag/") => {
            format!("put the tag `{}` on the caller", after("aws:PrincipalTag/"))
        }
        key if key.starts_with("kms:encryptioncontext:") => {
            format!("pass `{}` in the encryption context", after("kms:EncryptionContext:"))
        }
        "aws:multifactorauthpresent" | "aws:multifactorauthage" => {
            "make the call in a session that used MFA".to_owned()
        }
        "aws:sourcevpc" | "aws:sourcevpce" | "aws:vpcsourceip" | "aws:sourcevpcarn" => {
            "make the call through a VPC endpoint".to_owned()
        }
        "secretsmanager:versionid"
        | "secretsmanager:versionstage"
        | "secretsmanager:recoverywindowindays"
        | "secretsmanager:blockpublicpolicy"
        | "secretsmanager:forcedeletewithoutrecovery" => {
            format!("pass `{}` in the call", after("secretsmanager:"))
        }
        _ => {
            let why = format!("this request has no `{shown}`");
            return of_its_own(plan, check, layer, &why);
        }
    };
    (pass, None)
}

/// A key that is there, and whose `Null` asks for its absence.
fn null(condition: &Condition) -> Remedy {
    let key = condition.key.value.canonical();
    if condition.operator.value.quantifier.is_some() {
        return ("write Null without a set operator".to_owned(), None);
    }
    let advice = format!("write `false`: `{}` is in the request", escape(&key));
    (advice, Some(json!({ "Null": { key: "false" } })))
}

/// A value that matches none of those listed.
fn positive(condition: &Condition, one: &str) -> Remedy {
    let key = condition.key.value.canonical();
    let operator = condition.operator.value;
    let shown = escape(one);
    if condition.values.iter().any(|value| value.value.variables().next().is_some()) {
        let advice =
            format!("the policy variable has no value that makes `{shown}` for this caller");
        return (format!("{advice}: give the caller one, or name the value"), None);
    }
    let is_many = catalog::context_key(&condition.key.value).is_some_and(|known| known.many);
    if is_many && operator.quantifier.is_none() {
        let name = operator.comparison.name();
        return (format!("write `ForAnyValue:{name}`: the key has a list of values"), None);
    }
    match operator.comparison.family() {
        Family::Arn if one.parse::<Arn>().is_err() => {
            return (format!("compare with a string operator: `{shown}` is no ARN"), None);
        }
        Family::Bool => {
            let wanted: Vec<_> =
                condition.values.iter().map(|value| escape(value.value.as_str())).collect();
            let advice =
                format!("make the call so that `{}` is `{}`", escape(&key), wanted.join("` or `"));
            return (advice, None);
        }
        Family::String | Family::Arn | Family::Ip | Family::Binary => {}
        _ => return (format!("change the limit so that it covers `{shown}`"), None),
    }
    if condition.key.value.lower() == "kms:encryptioncontext:secretversionid" {
        let advice = "name the secret by `kms:EncryptionContext:SecretARN` alone: each new version has another id";
        return (advice.to_owned(), None);
    }
    let listed = || condition.values.iter().map(|value| value.value.as_str());
    let open = with_open_suffix(one);
    let written = operator_for(condition, &open);
    // Under another operator a `*` that now means itself would mean anything.
    let keeps_meaning =
        written == operator.to_string() || !listed().filter(|text| *text != open).any(has_wildcard);
    let (written, value) =
        if keeps_meaning { (written, open) } else { (operator.to_string(), one.to_owned()) };
    let advice = format!("if this request is meant, add `{}` to the values", escape(&value));
    (advice, Some(json!({ written: { key: with(listed(), &value) } })))
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// The operator to write a value under: one with wildcards where the value has them.
fn operator_for(condition: &Condition, value: &str) -> String {
    let operator = condition.operator.value;
    match operator.comparison {
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase if has_wildcard(value) => {
            operator.to_string().replace(operator.comparison.name(), "StringLike")
        }
        _ => operator.to_string(),
    }
}
