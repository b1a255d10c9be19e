//! Is a resource-based policy public, or too broad?

mod answer;
mod inquiry;
mod reason;

pub(super) use self::answer::owner_of;
use inquiry::Inquiry;

pub use self::{
    answer::{
        Cause, Exposure, PublicAnswer, PublicOptions, PublicStatement, Reach, Undecided, Verdict,
    },
    reason::{DenyConsidered, Reason, Why},
};
use super::ProveError;
use crate::{compile::CompiledPolicy, policy::Policy};

/// Finds out who can be let in by the policy of a secret, a key or another resource.
///
/// Two published definitions of "public" are judged, Amazon S3's and that of the console of Secrets Manager, and
/// beside them how far access reaches in fact. All statements, actions and keys count, Deny statements too. What is
/// said to be possible comes with a request that shows it and that the evaluator has confirmed.
///
/// # Errors
/// [`ProveError`] if the solver cannot be used, or the policy is not attached to a resource.
///
/// ```
/// use crosskey_engine::{
///     aws::Assumptions,
///     policy::{PolicyKind, parse_policy},
///     prove::{Exposure, PublicOptions, public},
///     text::{Limits, SourceId, parse_json},
/// };
/// let text = r#"{"Version": "2012-10-17", "Statement": {
///     "Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
///     "Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}}"#;
/// let node = parse_json(text, &Limits::default())?;
/// let policy = parse_policy(&node, PolicyKind::Secret, SourceId::default(), &Assumptions::default()).policy;
/// let answer = public(&policy, &PublicOptions::default())?;
/// assert_eq!(answer.exposure, Exposure::Public);
/// let witness = answer.witness.ok_or("no witness")?;
/// assert_eq!(witness.caller.as_str(), "arn:aws:iam::999988887777:role/stranger");
/// // The key is absent, and so the condition holds.
/// assert!(witness.context.iter().any(|(key, value)| key.as_str() == "aws:SourceVpce" && value.is_none()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn public(policy: &Policy, options: &PublicOptions) -> Result<PublicAnswer, ProveError> {
    if !policy.kind.has_principal() {
        return Err(ProveError::NotResourceBased { kind: policy.kind });
    }
    let compiled = CompiledPolicy::new(policy, &options.assumptions);
    let owner = options.owner.or_else(|| answer::owner_of(&[policy]));
    Inquiry::new(policy, &compiled, options, owner)?.answer()
}

#[cfg(test)]
pub(in crate::prove) mod tests;
