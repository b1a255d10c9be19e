use super::{Class, Parts, Truth};
use crate::{
    aws::{Action, ContextKey},
    bundle::{Decision, Layer, PolicyId},
    policy::Effect,
    request::{CallerKind, Failure},
};

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// That of the first check that does not allow.
    pub decision: Decision,
    /// Every check, in the order in which AWS makes them.
    pub checks: Vec<CheckAnswer>,
    /// Why the call fails although it is authorized.
    pub failure: Option<Failure>,
    /// What the reader should know of how the request was understood.
    pub notes: Vec<String>,
    /// Assumptions whose other values would change the decision.
    pub assumptions: Vec<Hinge>,
}

/// An assumption on which a decision hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hinge {
    /// Its name.
    pub name: &'static str,
    /// The value in force.
    pub value: &'static str,
    /// Another value and the decision that it would give.
    pub others: Vec<(&'static str, Decision)>,
}

/// The answer to one check.
#[derive(Clone, Debug)]
pub struct CheckAnswer {
    /// What is asked for.
    pub action: Action,
    /// On what, as answers write it.
    pub resource: String,
    /// What kind of caller asks.
    pub caller: CallerKind,
    /// Whether caller and owner are of one account, where that is known.
    pub same_account: Option<bool>,
    /// The answer.
    pub decision: Decision,
    /// For an allow the layers that gave it, for a denial those that denied or lacked an allow, otherwise those that
    /// are open.
    pub because: Vec<Layer>,
    /// The statements that carried the answer.
    pub statements: Vec<StatementRef>,
    /// For an implicit denial: the statements that come nearest to allowing, and what fails.
    pub near_misses: Vec<NearMiss>,
    /// Unknown keys that the answer hangs on.
    pub needs: Vec<ContextKey>,
    /// What the answer would be for values of those keys that matter.
    pub outcomes: Vec<Outcome>,
    /// Every layer that took part and what it says.
    pub layers: Vec<LayerAnswer>,
    /// Policies that cannot be evaluated.
    pub invalid: Vec<PolicyId>,
    /// Why the answer is open, where no key is to blame.
    pub reasons: Vec<String>,
    /// Whether the operation goes on without this check.
    pub optional: bool,
    /// Every statement that was tested.
    pub trace: Vec<StatementTrace>,
}

/// What a layer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerAnswer {
    /// Which.
    pub layer: Layer,
    /// Whether it allows.
    pub allows: Truth,
    /// Whether it denies explicitly.
    pub denies: Truth,
}

/// A statement, a grant, or a statement of the AWS managed key's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementRef {
    /// Where.
    pub policy: PolicyRef,
    /// Which, from 0.
    pub index: usize,
    /// As what kind of policy it took part.
    pub layer: Layer,
    /// Whether it grants or forbids.
    pub effect: Effect,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyRef {
    /// In a policy of the bundle.
    Document(PolicyId),
    /// In the policy of the AWS managed key, which nobody can edit.
    ManagedKey,
    /// Among the grants of the key with this number.
    Grants(usize),
}

/// A statement that would have allowed, had one part of it been otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The statement; `None` where the layer has none at all.
    pub statement: Option<StatementRef>,
    /// As what kind of policy it took part.
    pub layer: Layer,
    /// Which part failed and why, for people.
    pub reason: String,
    /// What to change, for people.
    pub remedy: String,
    /// The element or statement to write instead, where one can be said.
    pub snippet: Option<serde_json::Value>,
    /// The part at fault, to be pointed at.
    pub part: Option<Part>,
}

/// A part of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// The condition with this number.
    Condition(usize),
}

/// What the answer would be if a key were known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The key.
    pub key: ContextKey,
    /// Its value; `None`: the key is absent.
    pub value: Option<String>,
    /// The answer then.
    pub decision: Decision,
}

/// One statement that was tested.
#[derive(Clone, Debug)]
pub struct StatementTrace {
    /// Which.
    pub statement: StatementRef,
    /// What became of its parts.
    pub parts: Parts<Truth>,
    /// Whether it applies, by class.
    pub by_class: Vec<(Class, Truth)>,
}

impl StatementTrace {
    /// Whether it applies at all.
    pub fn applies(&self) -> Truth {
        self.by_class.iter().map(|(_, truth)| *truth).max().unwrap_or(Truth::False)
    }
}

impl Answer {
    /// Whether an expectation is met: the decision, and where given the deciding check and its reasons.
    pub fn meets(&self, expectation: &crate::bundle::Expectation) -> bool {
        if !expectation.decisions.contains(&self.decision) {
            return false;
        }
        let deciding = self.deciding();
        let check = expectation.check.as_ref();
        let because = &expectation.because;
        // An allow is the answer of every check; the reasons are then those of the check that is named.
        let named = match check {
            Some(action) if self.decision == Decision::Allow => {
                self.checks.iter().find(|answer| answer.action == *action)
            }
            _ => deciding,
        };
        if self.decision == Decision::Allow && check.is_none() {
            let checks = || self.checks.iter().filter(|check| !check.optional);
            return because.iter().all(|layer| checks().any(|c| c.because.contains(layer)));
        }
        match named {
            Some(answer) => {
                check.is_none_or(|action| answer.action == *action)
                    && because.iter().all(|layer| answer.because.contains(layer))
            }
            None => check.is_none() && because.is_empty(),
        }
    }

    /// The check that decides: the first that does not allow, or the last.
    pub fn deciding(&self) -> Option<&CheckAnswer> {
        let required = || self.checks.iter().filter(|check| !check.optional);
        required()
            .find(|check| check.decision != Decision::Allow)
            .or_else(|| required().next_back())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bundle::Expectation,
        text::{Location, Source, Sources, Span},
    };

    const READ: &str = "secretsmanager:GetSecretValue";
    const DECRYPT: &str = "kms:Decrypt";

    fn check(action: &str, decision: Decision, because: &[Layer]) -> CheckAnswer {
        CheckAnswer {
            action: Action::new(action).unwrap(),
            resource: String::new(),
            caller: CallerKind::RoleSession,
            same_account: None,
            decision,
            because: because.to_vec(),
            statements: Vec::new(),
            near_misses: Vec::new(),
            needs: Vec::new(),
            outcomes: Vec::new(),
            layers: Vec::new(),
            invalid: Vec::new(),
            reasons: Vec::new(),
            optional: false,
            trace: Vec::new(),
        }
    }

    fn answer(decision: Decision, checks: &[CheckAnswer]) -> Answer {
        let (notes, assumptions) = (Vec::new(), Vec::new());
        Answer { decision, checks: checks.to_vec(), failure: None, notes, assumptions }
    }

    fn meets(answer: &Answer, decision: Decision, check: Option<&str>, because: &[Layer]) -> bool {
        let source = Sources::default().add(Source::new("test", ""));
        answer.meets(&Expectation {
            location: Location::new(source, Span::new(0, 0)),
            written: String::new(),
            decisions: vec![decision],
            check: check.map(|action| Action::new(action).unwrap()),
            because: because.to_vec(),
        })
    }

    #[test]
    fn an_expected_allow_may_name_a_check_and_layers() {
        use Decision::{Allow, ExplicitDeny};
        use Layer::{Grant, IdentityPolicy, KeyPolicy, ResourcePolicy};
        let both = [
            check(READ, Allow, &[ResourcePolicy, IdentityPolicy]),
            check(DECRYPT, Allow, &[KeyPolicy, IdentityPolicy]),
        ];
        let allow = answer(Allow, &both);
        assert!(meets(&allow, Allow, None, &[]));
        assert!(!meets(&allow, ExplicitDeny, None, &[]));
        // Layers of any check, unless one is named.
        assert!(meets(&allow, Allow, None, &[ResourcePolicy, KeyPolicy]));
        assert!(!meets(&allow, Allow, None, &[ResourcePolicy, Grant]));
        assert!(meets(&allow, Allow, Some(READ), &[ResourcePolicy, IdentityPolicy]));
        assert!(!meets(&allow, Allow, Some(READ), &[ResourcePolicy, KeyPolicy]));
        assert!(meets(&allow, Allow, Some(DECRYPT), &[KeyPolicy]));
        // A check that was not made.
        assert!(!meets(&allow, Allow, Some("kms:Encrypt"), &[]));
        // What a check says without which the operation goes on counts where it is named.
        let mut optional = both;
        optional[1].optional = true;
        let allow = answer(Allow, &optional);
        assert!(!meets(&allow, Allow, None, &[KeyPolicy]));
        assert!(meets(&allow, Allow, Some(DECRYPT), &[KeyPolicy]));
    }

    #[test]
    fn an_expected_denial_is_that_of_the_check_that_decides() {
        use Decision::{Allow, ExplicitDeny, Indeterminate};
        use Layer::{KeyPolicy, ResourcePolicy, ServiceControlPolicy};
        let denied = answer(
            ExplicitDeny,
            &[
                check(READ, Allow, &[ResourcePolicy]),
                check(DECRYPT, ExplicitDeny, &[KeyPolicy, ServiceControlPolicy]),
            ],
        );
        assert!(meets(&denied, ExplicitDeny, None, &[]));
        assert!(meets(&denied, ExplicitDeny, Some(DECRYPT), &[KeyPolicy]));
        assert!(!meets(&denied, ExplicitDeny, Some(READ), &[]));
        assert!(!meets(&denied, ExplicitDeny, Some(DECRYPT), &[ResourcePolicy]));
        assert!(!meets(&denied, ExplicitDeny, None, &[KeyPolicy, ResourcePolicy]));
        assert!(!meets(&denied, Allow, Some(DECRYPT), &[KeyPolicy]));
        // Where no check was made, none can be meant.
        let nothing = answer(Indeterminate, &[]);
        assert!(meets(&nothing, Indeterminate, None, &[]));
        assert!(!meets(&nothing, Indeterminate, Some(READ), &[]));
        assert!(!meets(&nothing, Indeterminate, None, &[KeyPolicy]));
    }
}
