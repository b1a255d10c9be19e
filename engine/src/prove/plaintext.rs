//! A secret together with its key: can a stranger read the value?

use super::{
    Bounds, Cause, ProveError,
    access::{Access, AccessWitness, Worlds, ways},
    question::Reply,
    trust::Own,
};
use crate::{
    aws::Action,
    bundle::Secret,
    decide::{Truth, World},
};

/// Whether strangers can read a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Plaintext {
    /// Whether they can; unknown where that could not be decided.
    pub readable: Truth,
    /// A call that shows it.
    pub witness: Option<AccessWitness>,
    /// Why it could not be decided.
    pub cause: Option<Cause>,
}

/// Finds out whether somebody of whom no policy says anything can read a secret's value: the check on the secret and that
/// on its key, for one caller, over every policy of the bundle. A stranger's own account is taken to let it.
///
/// # Errors
/// [`ProveError`] if the solver cannot be used.
pub fn strangers_read(
    world: &World<'_>,
    secret: &Secret,
    bounds: Bounds,
) -> Result<Plaintext, ProveError> {
    let mut answer = Plaintext { readable: Truth::False, witness: None, cause: None };
    let Some(action) = Action::new("secretsmanager:GetSecretValue") else { return Ok(answer) };
    let own = Own { accounts: vec![secret.account], organizations: Vec::new() };
    let worlds = Worlds::of(world, bounds);
    for call in ways(worlds, &action, &secret.arn.value) {
        for who in worlds.strangers() {
            let mut access = Access::new(worlds, who, call.clone(), &own)?;
            let anyone = access.senses.anyone;
            match access.ask(anyone, &[]) {
                Reply::No(_) => {}
                Reply::Yes(sample) => {
                    let witness = Some(access.witness(&sample)?);
                    return Ok(Plaintext { readable: Truth::True, witness, cause: None });
                }
                reply => {
                    answer.readable = Truth::Unknown;
                    answer.cause = Cause::of(reply);
                }
            }
        }
    }
    Ok(answer)
}
