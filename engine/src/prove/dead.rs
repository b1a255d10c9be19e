//! What of a policy does nothing?

mod candidates;
mod reading;

use std::collections::BTreeSet;

use self::reading::{Element, ListOf, Reading};
use super::{
    Bounds, Mode, ProveError,
    formula::{FALSE, Formula, NodeId},
    search::{Prover, Search},
    symbolic::Surroundings,
};
use crate::{
    aws::{AccountId, Arn, Assumptions},
    compile::CompiledPolicy,
    decide::{Class, Part},
    policy::{Effect, Policy},
};

/// What is known beside the policy.
#[derive(Clone, Debug, Default)]
pub struct DeadOptions {
    /// The account that owns the resource that the policy is attached to.
    pub owner: Option<AccountId>,
    /// The organization of that account.
    pub owner_organization: Option<String>,
    /// That resource.
    pub resource: Option<Arn>,
    /// What is taken for true where AWS's documents leave room.
    pub assumptions: Assumptions,
    /// How far proofs go.
    pub bounds: Bounds,
}

/// Something in a policy that does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// The number of the statement.
    pub statement: usize,
    /// What of it.
    pub what: DeadPart,
    /// Why it does nothing.
    pub why: WhyDead,
}

/// The part of a statement that does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeadPart {
    /// All of it.
    Statement,
    /// An entry of `Principal`, by its number.
    Principal(usize),
    /// An entry of `Action`, by its number.
    Action(usize),
    /// An entry of `Resource`, by its number.
    Resource(usize),
    /// A value of a condition.
    Value {
        /// The number of the condition.
        condition: usize,
        /// The number of the value.
        value: usize,
    },
}

/// Why a statement or an entry does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyDead {
    /// No request meets it together with the rest of its statement.
    Never {
        /// The parts of the statement that cannot hold together, or with the entry.
        parts: Vec<Part>,
        /// Whether a direct call could meet them, and only those that Secrets Manager makes cannot.
        on_service_path: bool,
    },
    /// Whatever it allows these Deny statements forbid.
    Denied {
        /// Their numbers.
        by: Vec<usize>,
    },
    /// Others say all that it says.
    Covered {
        /// For a statement the numbers of statements; for an entry those of other entries of its list.
        by: Vec<usize>,
    },
}

/// Finds the statements of a policy, and the entries of their lists, that no request can use, that the policy's Deny
/// statements cancel whole, or that others make needless.
///
/// Requests are those that can be made ([`Mode::Strict`]). What could not be decided, or was not asked about within
/// the bounds, is not in the answer. What a statement says through the account of a caller, that caller's own policies
/// must repeat; it does not make a statement needless that names the caller.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
///
/// # Errors
/// [`ProveError`] if the solver cannot be used.
///
/// ```
/// use crosskey_engine::{
///     aws::Assumptions,
///     policy::{PolicyKind, parse_policy},
///     prove::{DeadOptions, DeadPart, WhyDead, dead_weight},
///     text::{Limits, SourceId, parse_json},
/// };
/// let text = r#"{"Version": "2012-10-17", "Statement": [
///     {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
///     {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}"#;
/// let node = parse_json(text, &Limits::default())?;
/// let policy = parse_policy(&node, PolicyKind::Identity, SourceId::default(), &Assumptions::default()).policy;
/// let found = dead_weight(&policy, &DeadOptions::default())?;
/// assert_eq!((found[0].statement, found[0].what), (1, DeadPart::Statement));
/// assert_eq!(found[0].why, WhyDead::Covered { by: vec![0] });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn dead_weight(policy: &Policy, options: &DeadOptions) -> Result<Vec<Dead>, ProveError> {
    if !candidates::any(policy) {
        return Ok(Vec::new());
    }
    let compiled = CompiledPolicy::new(policy, &options.assumptions);
    let around = Surroundings {
        mode: Mode::Strict,
        kind: policy.kind,
        owner: options.owner,
        trusted: &[],
        organization: options.owner_organization.as_deref(),
        resource: options.resource.as_ref(),
        assumptions: &options.assumptions,
        bounds: options.bounds,
    };
    let (reading, prover) = Reading::new(policy, &compiled, around)?;
    let mut inquiry = Inquiry { reading: &reading, prover, left: options.bounds.questions };
    let mut found = Vec::new();
    let mut dropped = BTreeSet::new();
    // Of two statements that say the same the later one is needless.
    for statement in reading.statements.iter().rev().filter(|statement| !statement.is_open) {
        if let Some(why) = inquiry.statement(statement, &dropped) {
            dropped.insert(statement.index);
            found.push(Dead { statement: statement.index, what: DeadPart::Statement, why });
        }
    }
    for statement in &reading.statements {
        if statement.is_open || dropped.contains(&statement.index) {
            continue;
        }
        for list in &statement.lists {
            inquiry.list(statement, list, &mut found);
        }
    }
    found.sort_by_key(|dead| dead.statement);
    Ok(found)
}

struct Inquiry<'a> {
    reading: &'a Reading,
    prover: Prover,
    /// How many questions may still be asked.
    left: usize,
}

impl Inquiry<'_> {
    /// The wishes that no request satisfies together, if there is none that satisfies all. `None` where there is one,
    /// where it could not be decided, and when enough was asked.
    fn impossible(&mut self, wishes: &[NodeId]) -> Option<Vec<NodeId>> {
        let path = self.reading.service_path;
        self.clash(&[wishes, &[path]].concat())
    }

    /// The same of all calls that can be written down, whether or not Secrets Manager makes them so.
    fn clash(&mut self, wishes: &[NodeId]) -> Option<Vec<NodeId>> {
        if let Some(never) = wishes.iter().find(|wish| **wish == FALSE) {
            return Some(vec![*never]);
        }
        self.left = self.left.checked_sub(1)?;
        match self.prover.search(wishes) {
            Search::Nothing(core) => Some(core).filter(|core| !core.is_empty()),
            Search::Found(_) | Search::Undecided(_) => None,
        }
    }

    fn statement(&mut self, statement: &Element, dropped: &BTreeSet<usize>) -> Option<WhyDead> {
        let wishes = statement.wishes(None);
        if let Some(why) = self.never(&wishes) {
            return Some(why);
        }
        if statement.effect == Effect::Allow
            && let Some(by) = self.denied(statement)
        {
            return Some(WhyDead::Denied { by });
        }
        self.covered(statement, dropped).map(|by| WhyDead::Covered { by })
    }

    /// That no request satisfies all of these parts, and which of them clash.
    fn never(&mut self, wishes: &[(Part, NodeId)]) -> Option<WhyDead> {
        let nodes =
            |parts: &[(Part, NodeId)]| parts.iter().map(|(_, node)| *node).collect::<Vec<_>>();
        let core = self.impossible(&nodes(wishes))?;
        let mut parts: Vec<(Part, NodeId)> =
            wishes.iter().copied().filter(|(_, node)| core.contains(node)).collect();
        // The solver may name more than it takes.
        for part in parts.clone() {
            let fewer: Vec<_> = parts.iter().copied().filter(|other| *other != part).collect();
            if self.impossible(&nodes(&fewer)).is_some() {
                parts = fewer;
            }
        }
        let on_service_path =
            core.contains(&self.reading.service_path) && self.clash(&nodes(&parts)).is_none();
        let parts = parts.into_iter().map(|(part, _)| part).collect();
        Some(WhyDead::Never { parts, on_service_path })
    }

    /// The Deny statements that together take an Allow back whole.
    fn denied(&mut self, allow: &Element) -> Option<Vec<usize>> {
        let denies = self.reading.statements.iter().filter(|s| s.effect == Effect::Deny);
        let denies: Vec<(usize, NodeId)> = denies
            .filter(|deny| deny.ever.certain != FALSE)
            .map(|deny| (deny.index, self.prover.arena.not(deny.ever.certain)))
            .collect();
        if denies.is_empty() {
            return None;
        }
        let wishes = allow.wishes(None).into_iter().map(|(_, node)| node);
        let wishes: Vec<_> = wishes.chain(denies.iter().map(|(_, node)| *node)).collect();
        let core = self.impossible(&wishes)?;
        named(&denies, &core)
    }

    /// The other statements of its effect that together say all that a statement says, to each caller in as direct a
    /// way.
    fn covered(&mut self, statement: &Element, dropped: &BTreeSet<usize>) -> Option<Vec<usize>> {
        let others: Vec<&Element> = self
            .reading
            .statements
            .iter()
            .filter(|other| other.effect == statement.effect && other.index != statement.index)
            .filter(|other| !other.is_open && !dropped.contains(&other.index))
            .collect();
        if others.is_empty() {
            return None;
        }
        let mut by = BTreeSet::new();
        for (class, applies) in &statement.by_class {
            let mut wishes = vec![applies.possible];
            let mut not = Vec::new();
            for other in &others {
                let covers = self.as_directly(*class, statement.effect, &other.by_class);
                if covers != FALSE {
                    let node = self.prover.arena.not(covers);
                    not.push((other.index, node));
                    wishes.push(node);
                }
            }
            let core = self.impossible(&wishes)?;
            by.extend(named(&not, &core).unwrap_or_default());
        }
        (!by.is_empty()).then(|| by.into_iter().collect())
    }

    /// When something certainly reaches the caller in a way that counts for as much as being named as one of `class`.
    fn as_directly(&mut self, class: Class, effect: Effect, list: &[(Class, Formula)]) -> NodeId {
        let arena = &mut self.prover.arena;
        let any = arena.any(list.iter().map(|(_, applies)| applies.certain));
        if effect == Effect::Deny || !self.reading.has_principal {
            return any;
        }
        let classes = counts_as(class);
        let direct = list.iter().filter(|(other, _)| classes.contains(other));
        let direct = arena.any(direct.map(|(_, applies)| applies.certain));
        let abroad = arena.and(self.reading.foreign, any);
        arena.or(direct, abroad)
    }

    /// The entries of a list that do nothing.
    fn list(&mut self, statement: &Element, list: &ListOf, found: &mut Vec<Dead>) {
        let mut dropped = BTreeSet::new();
        for &number in list.worth_asking.iter().rev() {
            // Without any value a condition means something else.
            if dropped.len() + 1 == list.entries.len() {
                return;
            }
            let Some((class, entry)) = list.entries.get(number) else { continue };
            let rest = statement.wishes(Some(list.part));
            let mut not = Vec::new();
            for (other, formula) in list.entries.iter().enumerate() {
                if other == number || dropped.contains(&other) {
                    continue;
                }
                let covers = self.as_directly(*class, statement.effect, &[*formula]);
                if covers != FALSE {
                    not.push((other, self.prover.arena.not(covers)));
                }
            }
            let wishes = rest.iter().map(|(_, node)| *node).chain([entry.possible]);
            let wishes = wishes.chain(not.iter().map(|(_, node)| *node));
            let Some(core) = self.impossible(&wishes.collect::<Vec<_>>()) else { continue };
            let mut alone = vec![(list.part, entry.possible)];
            alone.extend(rest);
            let why = match (self.never(&alone), named(&not, &core)) {
                (Some(WhyDead::Never { mut parts, on_service_path }), _) => {
                    parts.retain(|part| *part != list.part);
                    WhyDead::Never { parts, on_service_path }
                }
                (_, Some(by)) => WhyDead::Covered { by },
                (_, None) => continue,
            };
            dropped.insert(number);
            let what = match list.part {
                Part::Principal => DeadPart::Principal(number),
                Part::Action => DeadPart::Action(number),
                Part::Resource => DeadPart::Resource(number),
                Part::Condition(condition) => DeadPart::Value { condition, value: number },
            };
            found.push(Dead { statement: statement.index, what, why });
        }
    }
}

/// Those whose absence is among the wishes that clash.
fn named(list: &[(usize, NodeId)], core: &[NodeId]) -> Option<Vec<usize>> {
    let found: Vec<usize> =
        list.iter().filter(|(_, node)| core.contains(node)).map(|(number, _)| *number).collect();
    (!found.is_empty()).then_some(found)
}

/// Being named as one of which classes gives a caller of the owner's account all that being named as one of `class`
/// gives: with as few of the caller's own limits, and without an identity policy where it takes none.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
const fn counts_as(class: Class) -> &'static [Class] {
    match class {
        Class::Session => &[Class::Session],
        Class::Wildcard => &[Class::Wildcard],
        Class::Role => &[Class::Role, Class::Session, Class::Wildcard],
        Class::FederatedParent => &[Class::FederatedParent, Class::Session, Class::Wildcard],
        Class::Account => {
            &[Class::Account, Class::Role, Class::FederatedParent, Class::Session, Class::Wildcard]
        }
        Class::Service => &[Class::Service, Class::Wildcard],
    }
}

#[cfg(test)]
mod tests;
