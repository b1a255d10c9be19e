use crate::{
    aws::{Assumptions, ContextKey, Pattern, catalog},
    compile::{Clause, CompiledPolicy, CompiledStatement, ValueSet},
    decide::{Part, Parts, Truth, statement_applies},
    policy::{Condition, Effect, Operator, Policy, Principal, Quantifier, Statement},
    prove::{Witness, WitnessCaller, trust},
};

/// Why an element of a statement does not keep strangers out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The element: the principal or a condition.
    pub part: Part,
    /// The condition's key.
    pub key: Option<ContextKey>,
    /// Why.
    pub why: Why,
}

/// Why an element of a statement does not keep strangers out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// `*` is a principal.
    Everyone,
    /// `NotPrincipal` leaves everybody else in.
    EveryoneElse,
    /// A service calls for anybody who asks it to.
    AnyService,
    /// The key is absent, and the operator ends in `IfExists`.
    AbsentIfExists,
    /// The key is absent, and `ForAllValues` is true of no values.
    AbsentForAllValues,
    /// The key is absent, and a negated operator is true of that.
    AbsentNegated,
    /// The operator shuts out the listed values only.
    Negated,
    /// A wildcard leaves open whose value it is.
    Wildcard {
        /// The value as written.
        value: String,
    },
    /// The networks hold more addresses than can be somebody's own.
    WideNetwork,
    /// A policy variable takes what the caller brings.
    Variable {
        /// The value as written.
        value: String,
    },
    /// `Null` asks only whether the key is there.
    PresenceOnly,
    /// The key says through which service a call comes, not for whom.
    ThroughService,
    /// The key describes the resource, not the caller.
    DescribesResource,
    /// The key holds what the caller, or the caller's account, likes.
    AnyoneCanSet,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::Everyone => "`*` names everybody, in every account",
            Self::EveryoneElse => "`NotPrincipal` names everybody who is not listed",
            Self::AnyService => "a service calls for anybody who asks it to",
            Self::AbsentIfExists => "a request without the key passes, because of `IfExists`",
            Self::AbsentForAllValues => {
                "a request without the key passes: `ForAllValues` is true of no values"
            }
            Self::AbsentNegated => {
                "a request without the key passes: a negated operator is true of that"
            }
            Self::Negated => "a negated operator keeps out the listed values only",
            Self::Wildcard { value } => {
                return write!(f, "`{}` leaves open whose it is", crate::text::escape(value));
            }
            Self::WideNetwork => "the networks are too wide to be anybody's own",
            Self::Variable { value } => {
                return write!(f, "`{}` takes what the caller brings", crate::text::escape(value));
            }
            Self::PresenceOnly => "`Null` asks only whether the key is there",
            Self::ThroughService => "it says through which service a call comes, not for whom",
            Self::DescribesResource => "it describes the resource, not the caller",
            Self::AnyoneCanSet => "anybody can have this value in an account of their own",
        };
        f.write_str(text)
    }
}

impl Reason {
    /// For a condition that a request without the key passes: the condition, and the operator under which such a
    /// request no longer passes.
    pub fn mended<'s>(&self, statement: &'s Statement) -> Option<(&'s Condition, Operator)> {
        let Part::Condition(number) = self.part else { return None };
        let condition = statement.conditions.get(number)?;
        let mut operator = condition.operator.value;
        match self.why {
            Why::AbsentIfExists => operator.if_exists = false,
            Why::AbsentForAllValues => {
                let known = catalog::context_key(&condition.key.value);
                let many = known.is_some_and(|known| known.many);
                operator.quantifier = many.then_some(Quantifier::ForAnyValue);
            }
            _ => return None,
        }
        Some((condition, operator))
    }
}

/// Why a Deny statement does not stop a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenyConsidered {
    /// Its number.
    pub index: usize,
    /// The first part that does not cover the request.
    pub fails: Part,
}

/// Why each element of a statement that one might expect to narrow lets the witness in.
pub(super) fn reasons(
    statement: &Statement,
    compiled: &CompiledStatement,
    witness: &Witness,
) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = principal(compiled, witness)
        .map(|why| Reason { part: Part::Principal, key: None, why })
        .into_iter()
        .collect();
    for (number, clause) in compiled.clauses.iter().enumerate() {
        let written = statement.conditions.get(number);
        let texts: Vec<&str> = written
            .map(|condition| condition.values.iter().map(|value| value.value.as_str()).collect())
            .unwrap_or_default();
        if let Some(why) = condition(clause, &texts, witness) {
            let key = Some(clause.key.clone());
            reasons.push(Reason { part: Part::Condition(number), key, why });
        }
    }
    reasons
}

fn principal(statement: &CompiledStatement, witness: &Witness) -> Option<Why> {
    let element = statement.principals.as_ref()?;
    let everyone = |entry: &Principal| matches!(entry, Principal::Everyone { .. });
    match &witness.caller {
        _ if element.negated => Some(Why::EveryoneElse),
        _ if element.list.iter().any(everyone) => Some(Why::Everyone),
        WitnessCaller::Service { .. } => Some(Why::AnyService),
        WitnessCaller::Principal { .. } => None,
    }
}

/// `None` for a condition that does narrow, or where nobody would expect it.
fn condition(clause: &Clause, texts: &[&str], witness: &Witness) -> Option<Why> {
    let values = witness.context.get(&clause.key).and_then(Option::as_ref);
    if matches!(clause.values, ValueSet::Null(_)) {
        return Some(Why::PresenceOnly);
    }
    let Some(values) = values else {
        return Some(match clause.operator.quantifier {
            _ if clause.operator.if_exists => Why::AbsentIfExists,
            Some(Quantifier::ForAllValues) => Why::AbsentForAllValues,
            _ => Why::AbsentNegated,
        });
    };
    if clause.operator.comparison.is_negated() {
        return Some(Why::Negated);
    }
    match clause.key.lower() {
        "aws:principalisawsservice" => return Some(Why::AnyService),
        "kms:viaservice" | "aws:viaawsservice" | "aws:calledvia" | "aws:calledviafirst"
        | "aws:calledvialast" => return Some(Why::ThroughService),
        _ => {}
    }
    if let Some(text) = texts.iter().find(|text| is_variable(clause, text)) {
        return Some(Why::Variable { value: (*text).to_owned() });
    }
    if describes_resource(&clause.key) {
        return Some(Why::DescribesResource);
    }
    if !trust::tells_callers(&clause.key) {
        return Some(Why::AnyoneCanSet);
    }
    if let ValueSet::Ip(networks) = &clause.values {
        let networks: Vec<_> = networks.iter().flatten().copied().collect();
        return trust::is_wide(&networks).then_some(Why::WideNetwork);
    }
    let matched = texts.iter().find(|text| {
        let pattern = Pattern::new(text);
        pattern.as_literal().is_none() && values.iter().any(|value| pattern.matches(value))
    });
    matched.map(|text| Why::Wildcard { value: (*text).to_owned() })
}

fn is_variable(clause: &Clause, text: &str) -> bool {
    use crate::compile::{ArnTest, TextTest};
    let variable = match &clause.values {
        ValueSet::Text { list, .. } => {
            list.iter().any(|test| matches!(test, TextTest::Variable { .. }))
        }
        ValueSet::Arn(list) => list.iter().any(|test| matches!(test, ArnTest::Variable(_))),
        _ => false,
    };
    variable && text.contains("${")
}

fn describes_resource(key: &ContextKey) -> bool {
    const BEGINNINGS: [&str; 12] = [
        "aws:resource",
        "secretsmanager:resource",
        "secretsmanager:secretid",
        "secretsmanager:secretprimaryregion",
        "kms:encryptioncontext",
        "kms:resourcealiases",
        "kms:requestalias",
        "kms:key",
        "kms:multiregion",
        "kms:customermasterkey",
        "kms:encryptionalgorithm",
        "s3:existingobjecttag",
    ];
    BEGINNINGS.iter().any(|beginning| key.lower().starts_with(beginning))
}

/// The first part of each Deny statement that does not cover the witness.
pub(super) fn denies_considered(
    policy: &CompiledPolicy,
    witness: &Witness,
    assumptions: &Assumptions,
) -> Vec<DenyConsidered> {
    let mut considered = Vec::new();
    for statement in policy.statements.iter().filter(|s| s.effect == Effect::Deny) {
        let parts = witness.with_evaluator(assumptions, |evaluator| {
            statement_applies(evaluator, statement, policy.kind)
        });
        if let Some(fails) = first_false(&parts) {
            considered.push(DenyConsidered { index: statement.index, fails });
        }
    }
    considered
}

fn first_false(parts: &Parts<Truth>) -> Option<Part> {
    if !parts.principals.iter().any(|(_, covered)| !covered.is_false()) {
        return Some(Part::Principal);
    }
    if parts.action.is_false() {
        return Some(Part::Action);
    }
    if parts.resource.is_false() {
        return Some(Part::Resource);
    }
    parts.conditions.iter().position(|condition| condition.is_false()).map(Part::Condition)
}

/// The statement of that number as written.
pub(super) fn written(policy: &Policy, index: usize) -> Option<&Statement> {
    policy.statements.iter().find(|statement| statement.index == index)
}
