//! A policy as formulas, part by part and entry by entry.

use super::candidates;
use crate::{
    aws::ContextKey,
    compile::{Clause, CompiledPolicy, CompiledStatement},
    decide::{Class, Logic, Part, Target, condition_holds, statement_applies},
    policy::{Effect, Policy, PolicyKind, Principal, Statement},
    prove::{
        ProveError,
        formula::{FALSE, Formula, NodeId, TRUE},
        glob::Alternative,
        search::Prover,
        symbolic::{Surroundings, Symbolic, text_domain},
        test::Test,
    },
};

/// A policy, ready to be asked about.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) statements: Vec<Element>,
    /// Whether the policy names principals.
    pub(super) has_principal: bool,
    /// The caller is certainly from another account than the resource's.
    pub(super) foreign: NodeId,
    /// What every call satisfies that Secrets Manager makes of KMS.
    pub(super) service_path: NodeId,
}

/// A statement.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) index: usize,
    pub(super) effect: Effect,
    /// Whether it hangs on what is not known, so that nothing is said of it.
    pub(super) is_open: bool,
    /// When it applies.
    pub(super) ever: Formula,
    /// The same by the way in which it names the caller.
    pub(super) by_class: Vec<(Class, Formula)>,
    /// When each of its parts may hold.
    parts: Vec<(Part, NodeId)>,
    pub(super) lists: Vec<ListOf>,
}

/// A list of a statement of which entries may do nothing.
#[derive(Debug)]
pub(super) struct ListOf {
    pub(super) part: Part,
    /// When each entry holds.
    pub(super) entries: Vec<(Class, Formula)>,
    /// The numbers of those to ask about.
    pub(super) worth_asking: Vec<usize>,
}

impl Element {
    /// The parts, but for one.
    pub(super) fn wishes(&self, without: Option<Part>) -> Vec<(Part, NodeId)> {
        self.parts.iter().copied().filter(|(part, _)| Some(*part) != without).collect()
    }
}

impl Reading {
    pub(super) fn new(
        policy: &Policy,
        compiled: &CompiledPolicy,
        around: Surroundings<'_>,
    ) -> Result<(Self, Prover), ProveError> {
        let mut symbolic = Symbolic::new(&[compiled], around);
        // AWS adds actions: one that the catalogue lacks may be what a pattern is for.
        let any_action = text_domain(&["&&*:&&*".to_owned()], &[]);
        symbolic.space.replace(symbolic.parts.action, any_action);
        let statements = policy
            .statements
            .iter()
            .zip(&compiled.statements)
            .map(|(written, compiled)| element(&mut symbolic, written, compiled, policy.kind))
            .collect();
        symbolic.tie_keys();
        let foreign = match around.owner {
            Some(owner) => {
                let (own, service) = (symbolic.in_account(owner.as_str()), symbolic.flags.service);
                let either = symbolic.arena.or(own, service);
                symbolic.arena.not(either)
            }
            None => FALSE,
        };
        let service_path = service_path(&mut symbolic);
        let has_principal = policy.kind.has_principal();
        let Symbolic { arena, space, constraints, .. } = symbolic;
        let prover = Prover::new(arena, space, constraints, around.bounds)?;
        Ok((Self { statements, has_principal, foreign, service_path }, prover))
    }
}

fn element(
    symbolic: &mut Symbolic<'_>,
    written: &Statement,
    compiled: &CompiledStatement,
    kind: PolicyKind,
) -> Element {
    let is_open = candidates::is_open(written, kind, symbolic.around);
    let mut all = statement_applies(symbolic, compiled, kind);
    let ever = match is_open {
        true => Formula { certain: FALSE, possible: TRUE },
        false => all.applies(symbolic),
    };
    // Whom an id stands for is not known, and little of what AWS's services send.
    let element = compiled.principals.as_ref().filter(|element| !element.negated);
    let entries = element.map_or(&[][..], |element| &element.list);
    for (entry, (_, covered)) in entries.iter().zip(&mut all.principals) {
        if candidates::is_opaque(entry) && !matches!(entry, Principal::Service(_)) {
            covered.possible = TRUE;
        }
    }
    let by_class = all.by_class(symbolic);
    let by_class = merged(symbolic, by_class);
    let services = entries.iter().any(|entry| matches!(entry, Principal::Service(_)));
    let principal = match services {
        true => TRUE,
        false => symbolic.arena.any(all.principals.iter().map(|(_, covered)| covered.possible)),
    };
    let mut parts = vec![
        (Part::Principal, principal),
        (Part::Action, all.action.possible),
        (Part::Resource, all.resource.possible),
    ];
    let conditions = all.conditions.iter().enumerate();
    parts.extend(conditions.map(|(number, holds)| (Part::Condition(number), holds.possible)));
    let lists = if is_open { Vec::new() } else { candidates::lists(written, kind) };
    let lists = lists
        .into_iter()
        .map(|(part, worth_asking)| ListOf {
            part,
            entries: match part {
                Part::Principal => all.principals.clone(),
                _ => list_entries(symbolic, written, compiled, part),
            },
            worth_asking,
        })
        .collect();
    Element {
        index: compiled.index,
        effect: compiled.effect,
        is_open,
        ever,
        by_class,
        parts,
        lists,
    }
}

/// When each entry of a list holds; how it names the caller does not matter there.
fn list_entries(
    symbolic: &mut Symbolic<'_>,
    written: &Statement,
    compiled: &CompiledStatement,
    part: Part,
) -> Vec<(Class, Formula)> {
    let formulas: Vec<Formula> = match part {
        Part::Principal => Vec::new(),
        Part::Action => compiled.actions.list.iter().map(|entry| symbolic.action(entry)).collect(),
        Part::Resource => {
            let list = compiled.resources.as_ref().map_or(&[][..], |element| &element.list);
            list.iter().map(|entry| symbolic.resource(entry)).collect()
        }
        Part::Condition(number) => {
            let Some(condition) = written.conditions.get(number) else { return Vec::new() };
            let alone = condition.values.iter().map(|value| {
                let mut alone = condition.clone();
                // A request without the key meets every value of the list alike.
                alone.operator.value.if_exists = false;
                alone.values = vec![value.clone()];
                condition_holds(symbolic, &Clause::new(&alone), compiled.effect)
            });
            alone.collect()
        }
    };
    formulas.into_iter().map(|formula| (Class::Session, formula)).collect()
}

/// One formula a class.
fn merged(symbolic: &mut Symbolic<'_>, list: Vec<(Class, Formula)>) -> Vec<(Class, Formula)> {
    let mut merged: Vec<(Class, Formula)> = Vec::new();
    for (class, formula) in list {
        match merged.iter_mut().find(|(known, _)| *known == class) {
            Some((_, known)) => *known = symbolic.or(*known, formula),
            None => merged.push((class, formula)),
        }
    }
    merged
}

/// A call that Secrets Manager makes of KMS carries the ARN of the secret, if it carries an encryption context. Who
/// calls KMS directly can send what they like.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
fn service_path(symbolic: &mut Symbolic<'_>) -> NodeId {
    let (via, secret) =
        (ContextKey::new("kms:ViaService"), ContextKey::new("kms:EncryptionContext:SecretARN"));
    let asked = [&via, &secret].iter().all(|key| symbolic.keys.contains_key(*key));
    if symbolic.around.kind != PolicyKind::Key || !asked {
        return TRUE;
    }
    let (via, secret) = (symbolic.holds(&via), symbolic.holds(&secret));
    let service = Test::text([Alternative::shape("secretsmanager.%%*")]);
    let arn = Test::text([Alternative::shape(
        "arn:^^*:secretsmanager:^^*:############:secret:%%*-%%%%%%",
    )]);
    let nodes =
        [symbolic.is_present(&via), symbolic.inside(&via, &service), symbolic.is_present(&secret)];
    let comes_so = symbolic.arena.all(nodes);
    let has_secret = symbolic.inside(&secret, &arn);
    symbolic.arena.implies(comes_so, has_secret)
}
