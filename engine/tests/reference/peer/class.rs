//! What explains a difference, once the case is as small as it gets.

use crosskey_engine::{
    aws::ASSUMPTIONS,
    bundle::Decision::{self, Allow, ExplicitDeny, ImplicitDeny},
};
use serde_json::{Value, json};

use super::{
    super::{
        engine_checks,
        reading::{Call, Check},
        scenario::{Kind, Scenario},
    },
    Pair,
    cut::policies,
};

/// A difference: the smallest case, which of its checks, and what both say of it.
pub(super) struct Difference {
    pub(super) scenario: Scenario,
    pub(super) at: usize,
    pub(super) check: Check,
    pub(super) pair: Pair,
}

/// A heading of docs/differences.md, and which differences it argues.
type Rule = (&'static str, fn(&Difference) -> bool);

pub(super) const RULES: &[Rule] = &[
    ("A key policy without `Resource`", |it| {
        it.check.call != Call::Secret
            && it.statements().any(|(_, statement)| {
                ["Resource", "NotResource"].iter().all(|element| statement.get(element).is_none())
            })
    }),
    ("Empty lists", |it| {
        let elements = ["Action", "NotAction", "Resource", "NotResource"];
        it.statements().any(|(_, statement)| elements.iter().any(|e| statement[e] == json!([])))
            || it.conditions().any(|(_, _, values)| values == json!([]))
    }),
    ("Variables in a policy of the old version", |it| {
        it.statements().any(|(version, statement)| {
            version == "2008-10-17" && statement.to_string().contains("${")
        })
    }),
    ("Variables without a value in `NotResource`", |it| {
        it.statements().any(|(_, statement)| statement["NotResource"].to_string().contains("${"))
            && matches!(it.pair.ours, ExplicitDeny | Allow)
    }),
    ("Variables with ARN operators", |it| {
        it.conditions().any(|(operator, _, values)| {
            operator.contains("Arn") && values.to_string().contains("${")
        })
    }),
    ("Variables without a value under `StringNotLike`", |it| {
        it.conditions().any(|(operator, _, values)| {
            operator.contains("StringNotLike") && values.to_string().contains("${")
        })
    }),
    ("`ForAllValues:Null`", |it| {
        it.conditions().any(|(operator, _, _)| operator == "ForAllValues:Null")
    }),
    ("Operators of another type than the key", |it| {
        it.conditions().any(|(operator, key, _)| {
            let of_numbers = ["Numeric", "Date"].iter().any(|family| operator.contains(family));
            of_numbers && !["aws:CurrentTime", "aws:MultiFactorAuthAge"].contains(&key.as_str())
        })
    }),
    ("The encryption context", |it| {
        it.conditions().any(|(_, key, _)| key.starts_with("kms:EncryptionContext:"))
    }),
    ("Paths of users and roles", |it| {
        let with_path = |statement: &Value| {
            ["Principal", "NotPrincipal"].iter().any(|e| statement[e].to_string().contains("/app/"))
        };
        matches!(it.scenario.kind, Kind::NamedSession | Kind::FederatedUser)
            && (it.scenario.with_path || it.statements().any(|(_, it)| with_path(&it)))
    }),
    ("The root user", |it| it.scenario.kind == Kind::Root && it.is(Allow, ImplicitDeny)),
    ("Unsigned requests", |it| it.scenario.kind == Kind::Anonymous && it.is(ImplicitDeny, Allow)),
    ("Federated users without a session policy", |it| {
        it.scenario.kind == Kind::FederatedUser
            && it.scenario.session.is_empty()
            && it.is(ImplicitDeny, Allow)
    }),
];

/// What these assume of the context of a request is told to the other with the request.
const OF_THE_CONTEXT: &[&str] = &["called_via", "fas_source_ip", "fas_transport"];

impl Difference {
    /// The heading of docs/differences.md, or the assumption, that argues it.
    pub(super) fn explanation(&self) -> Option<&'static str> {
        let by_rule = || RULES.iter().find(|(_, holds)| holds(self)).map(|(name, _)| *name);
        self.assumption().or_else(by_rule)
    }

    /// The assumption whose other value gives the other's answer.
    fn assumption(&self) -> Option<&'static str> {
        let gives = |name: &'static str, value: &'static str| {
            let mut assuming = self.scenario.clone();
            assuming.assumptions.insert(name, value);
            engine_checks(&assuming)
                .is_ok_and(|checks| checks.get(self.at) == Some(&self.pair.theirs))
        };
        ASSUMPTIONS
            .iter()
            .filter(|known| !OF_THE_CONTEXT.contains(&known.name))
            .find(|known| known.values.iter().any(|(value, _)| gives(known.name, value)))
            .map(|known| known.name)
    }

    fn is(&self, ours: Decision, theirs: Decision) -> bool {
        self.pair == Pair { ours, theirs }
    }

    /// Every statement, with the version of its policy.
    fn statements(&self) -> impl Iterator<Item = (Value, Value)> {
        let mut scenario = self.scenario.clone();
        let of = |policy: &mut Value| {
            let version = policy["Version"].clone();
            let statements = policy["Statement"].as_array().unwrap().clone();
            statements.into_iter().map(move |statement| (version.clone(), statement))
        };
        policies(&mut scenario).into_iter().flat_map(of).collect::<Vec<_>>().into_iter()
    }

    /// Every condition: its operator, its key and its values.
    fn conditions(&self) -> impl Iterator<Item = (String, String, Value)> {
        self.statements().flat_map(|(_, statement)| {
            let block = statement["Condition"].as_object().cloned().unwrap_or_default();
            block.into_iter().flat_map(|(operator, keys)| {
                let keys = keys.as_object().cloned().unwrap_or_default();
                keys.into_iter().map(move |(key, values)| (operator.clone(), key, values))
            })
        })
    }
}
