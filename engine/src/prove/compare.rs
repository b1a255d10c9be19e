//! Does a policy allow what another did not?

use super::{
    Bounds, Cause, Mode, ProveError, Undecided, Witness,
    formula::Formula,
    question::{Alternatives, Applies, Question, Reply},
    symbolic::Surroundings,
};
use crate::{
    aws::{AccountId, Arn, Assumptions},
    compile::{CompiledPolicy, CompiledStatement},
    decide::Truth,
    policy::{Effect, Policy},
    text::{Location, Span},
};

/// What is known beside the two policies.
#[derive(Clone, Debug, Default)]
pub struct CompareOptions {
    /// The account that owns the resource; see [`PublicOptions::owner`](super::PublicOptions::owner).
    pub owner: Option<AccountId>,
    /// The resource itself.
    pub resource: Option<Arn>,
    /// How freely the keys of a request are combined.
    pub mode: Mode,
    /// What is taken for true where AWS's documents leave room.
    pub assumptions: Assumptions,
    /// How far proofs go.
    pub bounds: Bounds,
}

/// What a policy allows beyond another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccess {
    /// Whether there is anything; unknown where that could not be decided.
    pub new_access: Truth,
    /// What is new, by the statement that allows it.
    pub grants: Vec<NewGrant>,
    /// Whether there are more than those.
    pub more: bool,
    /// What could not be decided; exposures are not asked about here.
    pub undecided: Vec<Undecided>,
}

/// Something that a policy allows and another does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The number of the statement that allows it.
    pub statement: usize,
    /// The entry of `Principal` that covers the caller, by its number; none in policies without principals and under
    /// `NotPrincipal`.
    pub principal: Option<usize>,
    /// The entry of `Action` that covers the action, by its number; none under `NotAction`.
    pub action: Option<usize>,
    /// A request that shows it: the evaluator has confirmed that the one policy allows it and the other does not.
    pub witness: Witness,
}

impl NewGrant {
    /// Where the entries of `Principal` and of `Action` stand in the new policy.
    pub fn entries(&self, new: &Policy) -> (Option<Location>, Option<Location>) {
        let statement = new.statements.iter().find(|statement| statement.index == self.statement);
        let entry = |span: Option<Span>| span.map(|span| new.location(span));
        let principals = statement.and_then(|statement| statement.principals.as_ref());
        let principal = self.principal.and_then(|number| principals?.list.get(number));
        let action = self.action.and_then(|number| statement?.actions.list.get(number));
        (entry(principal.map(|entry| entry.span)), entry(action.map(|entry| entry.span)))
    }
}

/// Finds out whether `new` allows any request that `old` does not. All statements of both count, Deny statements too;
/// how a policy is written does not.
///
/// What the actions of Secrets Manager and KMS are, and on what resources, is taken from the catalogue, so that
/// `secretsmanager:*` and the list of all its actions are equal.
///
/// # Errors
/// [`ProveError`] if the solver cannot be used, or if the two are not attached to the same kind of thing.
///
/// ```
/// use crosskey_engine::{
///     aws::Assumptions,
///     decide::Truth,
///     policy::{PolicyKind, parse_policy},
///     prove::{CompareOptions, new_access},
///     text::{Limits, SourceId, parse_json},
/// };
/// let policy = |actions: &str| {
///     let text = format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Resource": "*",
///         "Action": {actions}}}}}"#);
///     let node = parse_json(&text, &Limits::default())?;
///     let read = parse_policy(&node, PolicyKind::Identity, SourceId::default(), &Assumptions::default());
///     Ok::<_, Box<dyn std::error::Error>>(read.policy)
/// };
/// let old = policy(r#"["kms:GenerateDataKey*", "kms:Decrypt"]"#)?;
/// let new = policy(r#"["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair"]"#)?;
/// let options = CompareOptions::default();
/// assert_eq!(new_access(&old, &new, &options)?.new_access, Truth::False);
/// let back = new_access(&new, &old, &options)?;
/// assert_eq!(back.grants[0].witness.action.as_str(), "kms:GenerateDataKeyPairWithoutPlaintext");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn new_access(
    old: &Policy,
    new: &Policy,
    options: &CompareOptions,
) -> Result<NewAccess, ProveError> {
    if old.kind != new.kind {
        return Err(ProveError::KindsDiffer { old: old.kind, new: new.kind });
    }
    let compiled_old = CompiledPolicy::new(old, &options.assumptions);
    let compiled = CompiledPolicy::new(new, &options.assumptions);
    let around = Surroundings {
        mode: options.mode,
        kind: new.kind,
        owner: options.owner.or_else(|| super::public::owner_of(&[old, new])),
        trusted: &[],
        organization: None,
        resource: options.resource.as_ref(),
        assumptions: &options.assumptions,
        bounds: options.bounds,
    };
    let question = Question::comparing(&compiled, &compiled_old, around)?;
    let mut comparison = Comparison { question, old: &compiled_old, found: NewAccess::default() };
    for statement in comparison.question.allows() {
        comparison.statement(statement)?;
    }
    comparison.untried(&compiled);
    Ok(comparison.answer())
}

struct Comparison<'a> {
    question: Question<'a>,
    old: &'a CompiledPolicy,
    found: NewAccess,
}

impl Comparison<'_> {
    fn statement(&mut self, statement: Applies) -> Result<(), ProveError> {
        let granted = Formula { certain: statement.ever.certain, possible: statement.settled };
        let witness = match self.question.ask_anew(granted) {
            Reply::No(_) => return Ok(()),
            Reply::Yes(sample) => self.question.witness(&sample, statement.index, false)?,
            reply @ (Reply::Open | Reply::Bounded(_)) => {
                let cause = Cause::of(reply);
                let statement = Some(statement.index);
                self.found.undecided.extend(cause.map(|cause| Undecided {
                    exposure: None,
                    statement,
                    cause,
                }));
                return Ok(());
            }
        };
        self.replay(&witness)?;
        self.found.new_access = Truth::True;
        let Alternatives { principals, actions } = self.question.alternatives(statement.index);
        let mut told = false;
        for (principal, of_principal) in &principals {
            for (action, of_action) in &actions {
                // One beyond the bound shows that there are more.
                if self.found.grants.len() > self.question.around.bounds.grants {
                    return Ok(());
                }
                let both = self.question.prover.arena.both(*of_principal, *of_action);
                let Reply::Yes(sample) = self.question.ask_anew(both) else { continue };
                let witness = self.question.witness(&sample, statement.index, false)?;
                self.replay(&witness)?;
                told = true;
                self.found.grants.push(NewGrant {
                    statement: statement.index,
                    principal: *principal,
                    action: *action,
                    witness,
                });
            }
        }
        if !told {
            let (statement, principal, action) = (statement.index, None, None);
            self.found.grants.push(NewGrant { statement, principal, action, witness });
        }
        Ok(())
    }

    /// The witness is confirmed against the new policy when it is made; the old one must not allow it.
    fn replay(&self, witness: &Witness) -> Result<(), ProveError> {
        match witness.allowed_by(self.old, self.question.around.assumptions) {
            Truth::False => Ok(()),
            other => Err(ProveError::Replay {
                statement: witness.statement,
                reason: format!("the old policy allows it too: {other:?}"),
            }),
        }
    }

    /// What the new policy may grant to callers that are not tried: all that the old one did not grant in the same words,
    /// or that a Deny of its own may have held back which is gone.
    fn untried(&mut self, new: &CompiledPolicy) {
        let says = |policy: &CompiledPolicy, said: &CompiledStatement| {
            policy.statements.iter().any(|statement| statement.says_the_same(said))
        };
        let mut denies = self.old.statements.iter().filter(|s| s.effect == Effect::Deny);
        let guarded = denies.all(|deny| says(new, deny));
        let granted = new.grants_untried().filter(|s| !(guarded && says(self.old, s)));
        self.found.undecided.extend(granted.map(|s| Undecided::untried(s.index, None)));
    }

    fn answer(mut self) -> NewAccess {
        if self.found.new_access == Truth::False && !self.found.undecided.is_empty() {
            self.found.new_access = Truth::Unknown;
        }
        let most = self.question.around.bounds.grants;
        self.found.more = self.found.grants.len() > most;
        self.found.grants.truncate(most);
        self.found
    }
}

impl Default for NewAccess {
    fn default() -> Self {
        Self { new_access: Truth::False, grants: Vec::new(), more: false, undecided: Vec::new() }
    }
}

#[cfg(test)]
mod tests;
