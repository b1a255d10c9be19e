use super::{ByClass, Facts, Truth, condition_holds};
use crate::{
    aws::{ActionPattern, Assumptions, assumption::MissingResource},
    compile::{CompiledStatement, ResourceTest},
    policy::{Effect, PolicyKind, Principal},
};

/// By what an entry of `Principal` covers the caller, from the most direct to none. Which of the caller's own
/// limits still count hangs on it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The user or the session itself.
    Session,
    /// Everyone.
    Wildcard,
    /// The role of the session.
    Role,
    /// The IAM user behind a federated-user session.
    FederatedParent,
    /// The caller's account, which may then delegate.
    Account,
    /// An AWS service.
    Service,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 6] = [
        Self::Session,
        Self::Wildcard,
        Self::Role,
        Self::FederatedParent,
        Self::Account,
        Self::Service,
    ];
}

/// What a statement asks about a request besides its conditions.
pub trait Target: Facts {
    /// Whether an entry of `Principal` covers the caller, and by what.
    fn principal(&mut self, entry: &Principal, effect: Effect) -> (Class, Self::Value);

    /// Whether `NotPrincipal` with this list leaves the caller covered.
    fn not_principal(&mut self, list: &[Principal], effect: Effect) -> Self::Value;

    /// Whether a pattern covers the action.
    fn action(&mut self, pattern: &ActionPattern) -> Self::Value;

    /// Whether a pattern covers the resource.
    fn resource(&mut self, pattern: &ResourceTest) -> Self::Value;

    /// What a resource-based statement without `Resource` covers.
    fn missing_resource(&mut self, kind: PolicyKind) -> Self::Value;
}

/// What became of each part of a statement.
#[derive(Clone, Debug)]
pub struct Parts<V> {
    /// By class, whether the principal element covers the caller; in policies without principals, the one entry is
    /// [`Class::Session`].
    pub principals: Vec<(Class, V)>,
    /// Whether the action element covers the action.
    pub action: V,
    /// Whether the resource element covers the resource.
    pub resource: V,
    /// Whether each condition holds.
    pub conditions: Vec<V>,
}

/// Tests a statement of a policy of some kind. All parts must hold for it to apply.
pub fn statement_applies<T: Target>(
    target: &mut T,
    statement: &CompiledStatement,
    kind: PolicyKind,
) -> Parts<T::Value> {
    let mut covered = Vec::new();
    principals(target, statement, kind, |_, class, value| covered.push((class, value)));
    Parts {
        principals: covered,
        action: action(target, statement),
        resource: resource(target, statement, kind),
        conditions: statement
            .clauses
            .iter()
            .map(|clause| condition_holds(target, clause, statement.effect))
            .collect(),
    }
}

/// Adds to `said` by which classes a statement applies, as [`statement_applies`] has it, for those who want no reasons: what
/// costs least is tested first, and nothing more once it cannot apply.
pub(super) fn add_votes<T: Target<Value = Truth>>(
    target: &mut T,
    statement: &CompiledStatement,
    kind: PolicyKind,
    said: &mut ByClass<Truth>,
) {
    let mut rest = action(target, statement);
    if rest.is_false() {
        return;
    }
    rest = rest & resource(target, statement, kind);
    if rest.is_false() {
        return;
    }
    let mut covered = ByClass::all(&Truth::False);
    principals(target, statement, kind, |target, class, value| covered.add(target, class, value));
    if covered.any(target).is_false() {
        return;
    }
    for clause in &statement.clauses {
        rest = rest & condition_holds(target, clause, statement.effect);
        if rest.is_false() {
            return;
        }
    }
    for class in Class::ALL {
        said.add(target, class, covered.of(class) & rest);
    }
}

/// Tells `each` entry of the principal element, in order, whether it covers the caller.
fn principals<T: Target>(
    target: &mut T,
    statement: &CompiledStatement,
    kind: PolicyKind,
    mut each: impl FnMut(&mut T, Class, T::Value),
) {
    match &statement.principals {
        // A resource-based statement about nobody applies to nobody.
        None => {
            let covered = target.constant(!kind.has_principal());
            each(target, Class::Session, covered);
        }
        Some(element) if element.negated => {
            let covered = target.not_principal(&element.list, statement.effect);
            each(target, Class::Wildcard, covered);
        }
        Some(element) => {
            for entry in &element.list {
                let (class, covered) = target.principal(entry, statement.effect);
                each(target, class, covered);
            }
        }
    }
}

/// `Action` covers what one of its patterns matches, `NotAction` what none does. An empty list covers nothing.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html>
fn action<T: Target>(target: &mut T, statement: &CompiledStatement) -> T::Value {
    let element = &statement.actions;
    let mut any = target.constant(false);
    for pattern in &element.list {
        let matches = target.action(pattern);
        any = target.or(any, matches);
    }
    match element.negated {
        true if element.list.is_empty() => target.constant(false),
        true => target.not(any),
        false => any,
    }
}

/// `Resource` covers what one of its patterns matches, `NotResource` what none does. An empty list covers nothing.
fn resource<T: Target>(
    target: &mut T,
    statement: &CompiledStatement,
    kind: PolicyKind,
) -> T::Value {
    let Some(element) = &statement.resources else {
        return target.missing_resource(kind);
    };
    let mut any = target.constant(false);
    for pattern in &element.list {
        let matches = target.resource(pattern);
        any = target.or(any, matches);
    }
    match element.negated {
        true if element.list.is_empty() => target.constant(false),
        true => target.not(any),
        false => any,
    }
}

/// Whether a statement of a policy without `Resource` covers what the policy is attached to.
///
/// In general it does, and the policies of roles and of container repositories never have the element:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#access_policies-json>. KMS saves such a
/// statement and applies it to no key: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>.
/// What Secrets Manager does is not documented. The other kinds are not saved.
pub(crate) fn covers_without_resource(kind: PolicyKind, assumptions: &Assumptions) -> bool {
    match kind {
        PolicyKind::OtherResource => true,
        PolicyKind::Secret => assumptions.missing_resource == MissingResource::Any,
        _ => false,
    }
}

impl<V: Clone> Parts<V> {
    /// Whether the statement applies, by the class of the principal entry.
    pub fn by_class<L: super::Logic<Value = V>>(&self, logic: &mut L) -> Vec<(Class, V)> {
        let mut rest = logic.and(self.action.clone(), self.resource.clone());
        for condition in &self.conditions {
            rest = logic.and(rest, condition.clone());
        }
        self.principals
            .iter()
            .map(|(class, covered)| (*class, logic.and(covered.clone(), rest.clone())))
            .collect()
    }

    /// Whether the statement applies at all.
    pub fn applies<L: super::Logic<Value = V>>(&self, logic: &mut L) -> V {
        let mut any = logic.constant(false);
        for (_, applies) in self.by_class(logic) {
            any = logic.or(any, applies);
        }
        any
    }
}
