//! The sentences that the formats share, without colour and not yet escaped.

use std::fmt::{self, Write as _};

use crosskey_engine::{
    bundle::{Decision, Expectation, Layer, Request, RequestPrincipal},
    check::RequestAnswer,
    decide::{CheckAnswer, LayerAnswer, Truth},
    policy::Effect,
};
use serde_json::Value;

/// `1 error`, `2 errors`.
pub(super) fn count(number: usize, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {what}s"),
    }
}

/// What came out for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome<'a> {
    /// The decision.
    pub(super) decision: Decision,
    /// Where it fell and because of what, with a blank before it; empty for an allow.
    pub(super) reason: String,
    /// Why the call fails all the same.
    pub(super) failure: Option<&'a str>,
}

impl<'a> Outcome<'a> {
    /// What came out for this request.
    pub(super) fn of(found: &'a RequestAnswer) -> Self {
        let decision = found.decision();
        let mut outcome = Self { decision, reason: String::new(), failure: None };
        let Ok(answer) = &found.answer else {
            return outcome;
        };
        if let Some(check) = answer.deciding().filter(|_| decision != Decision::Allow) {
            outcome.reason = format!(" at {}{}", check.action, because(&check.because));
        }
        outcome.failure = answer.failure.as_ref().map(|failure| failure.code);
        outcome
    }
}

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.decision, self.reason)?;
        match self.failure {
            Some(code) => write!(f, ", but the call fails: {code}"),
            None => Ok(()),
        }
    }
}

/// The layers behind a decision, with a blank before them.
pub(super) fn because(layers: &[Layer]) -> String {
    match layers {
        [] => String::new(),
        layers => {
            let names: Vec<_> = layers.iter().map(|layer| layer.as_str()).collect();
            format!(" because of {}", names.join(", "))
        }
    }
}

/// What a bundle expects of an answer.
pub(super) fn expected(expectation: &Expectation) -> String {
    let mut text = expectation.written.clone();
    if let Some(check) = &expectation.check {
        let _ = write!(text, " at {check}");
    }
    text.push_str(&because(&expectation.because));
    text
}

/// An answer that hangs on something unknown, in a sentence.
pub(super) fn open(request: &Request, found: &RequestAnswer) -> String {
    let mut parts = vec![format!("`{}` is {}", request.name, Outcome::of(found))];
    parts.extend(unknowns(found));
    parts.join("; ")
}

/// What an answer hangs on that is not known.
pub(super) fn unknowns(found: &RequestAnswer) -> Vec<String> {
    let check = found.answer.as_ref().ok().and_then(|answer| answer.deciding());
    let Some(check) = check.filter(|check| check.decision == Decision::Indeterminate) else {
        return Vec::new();
    };
    let keys: Vec<_> = check.needs.iter().map(|key| key.canonical()).collect();
    let keys = (!keys.is_empty()).then(|| format!("unknown: {}", keys.join(", ")));
    keys.into_iter().chain(check.reasons.iter().cloned()).collect()
}

/// Who calls.
pub(super) fn principal(principal: &RequestPrincipal) -> String {
    match principal {
        RequestPrincipal::User(arn)
        | RequestPrincipal::FederatedUser(arn)
        | RequestPrincipal::Root(arn)
        | RequestPrincipal::Session { written: arn, .. } => arn.to_string(),
        RequestPrincipal::Anonymous => "anonymous".to_owned(),
        RequestPrincipal::Service { name, source_account, source_arn } => {
            let mut text = name.clone();
            if let Some(account) = source_account {
                let _ = write!(text, " for account {account}");
            }
            if let Some(arn) = source_arn {
                let _ = write!(text, " for {arn}");
            }
            text
        }
    }
}

/// What is called, with its parameters.
pub(super) fn call(request: &Request) -> String {
    let mut call = request.action.value.to_string();
    for (name, value) in &request.parameters {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(call, ", {name} = {value}");
    }
    call
}

/// What a layer says in a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Its policy cannot be evaluated.
    Invalid,
    /// A statement forbids it.
    Denies,
    /// Whether a statement forbids it is not known.
    MayDeny,
    /// A statement permits it.
    Allows,
    /// Whether a statement permits it is not known.
    MayAllow,
    /// Nothing permits it.
    DoesNotAllow,
}

impl Says {
    /// What this layer says in this check.
    pub(super) const fn of(answer: &LayerAnswer, check: &CheckAnswer) -> Self {
        match (answer.denies, answer.allows) {
            (Truth::Unknown, Truth::Unknown) if !check.invalid.is_empty() => Self::Invalid,
            (Truth::True, _) => Self::Denies,
            (Truth::Unknown, _) => Self::MayDeny,
            (Truth::False, Truth::True) => Self::Allows,
            (Truth::False, Truth::Unknown) => Self::MayAllow,
            (Truth::False, Truth::False) => Self::DoesNotAllow,
        }
    }

    /// In words.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Denies => "denies",
            Self::MayDeny => "may deny",
            Self::Allows => "allows",
            Self::MayAllow => "may allow",
            Self::DoesNotAllow => "does not allow",
        }
    }

    /// The effect of the statements by which it says so.
    pub(super) const fn effect(self) -> Option<Effect> {
        match self {
            Self::Denies | Self::MayDeny => Some(Effect::Deny),
            Self::Allows | Self::MayAllow => Some(Effect::Allow),
            Self::Invalid | Self::DoesNotAllow => None,
        }
    }
}

/// A request that shows what a finding says.
pub(super) fn for_example(witness: &Value) -> String {
    let text = |name: &str| witness.get(name).and_then(Value::as_str);
    let (Some(principal), Some(action)) = (text("principal"), text("action")) else {
        return format!("for example {witness}");
    };
    let mut sentence = format!("for example, {principal} can call {action}");
    if let Some(resource) = text("resource") {
        let _ = write!(sentence, " on {resource}");
    }
    let context = witness.get("context").and_then(Value::as_object);
    let pairs: Vec<_> = context
        .into_iter()
        .flatten()
        .map(|(key, value)| match value {
            Value::String(text) => format!("{key} = {text}"),
            Value::Null => format!("no {key}"),
            other => format!("{key} = {other}"),
        })
        .collect();
    if !pairs.is_empty() {
        let _ = write!(sentence, ", with {}", pairs.join(", "));
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_with_their_nouns() {
        assert_eq!(count(1, "policy"), "1 policy");
        assert_eq!(count(0, "policy"), "0 policies");
        assert_eq!(count(2, "error"), "2 errors");
    }

    #[test]
    fn a_witness_is_a_sentence() {
        let witness = serde_json::json!({
            "principal": "arn:aws:iam::999988887777:role/stranger",
            "action": "kms:Decrypt",
            "resource": "*",
            "context": { "aws:SourceVpc": null, "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" },
        });
        assert_eq!(
            for_example(&witness),
            "for example, arn:aws:iam::999988887777:role/stranger can call kms:Decrypt on *, with no aws:SourceVpc, \
             kms:ViaService = secretsmanager.us-east-1.amazonaws.com"
        );
        assert_eq!(for_example(&serde_json::json!({ "a": 1 })), "for example {\"a\":1}");
    }
}
