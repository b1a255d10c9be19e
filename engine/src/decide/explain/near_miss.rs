//! Denied checks: the statements that came nearest to allowing, and which part of them failed.

use super::{grants, remedy, statement_of};
use crate::{
    bundle::Layer,
    decide::{CheckAnswer, NearMiss, Part, PolicyRef, StatementTrace, Truth, World},
    policy::{Condition, Effect, Principal, Statement},
    request::{Binding, CallerKind, Check, CheckTarget, Plan, UnknownEnd},
    text::escape,
};

/// How many near misses of one layer are told.
const TOLD: usize = 2;

/// The near misses of an implicit denial, layer by layer.
pub(super) fn find(
    world: &World<'_>,
    plan: &Plan<'_>,
    check: &Check<'_>,
    answer: &CheckAnswer,
) -> Vec<NearMiss> {
    let scene = Scene { world, plan, check, answer };
    answer.because.iter().flat_map(|layer| scene.of_layer(*layer)).collect()
}

/// What to say of the statements that deny.
pub(super) fn denials(
    world: &World<'_>,
    plan: &Plan<'_>,
    check: &Check<'_>,
    answer: &CheckAnswer,
) -> Vec<NearMiss> {
    let told = |reference: &crate::decide::StatementRef| {
        let statement = statement_of(world, check, *reference)?;
        let held: Vec<String> = statement
            .conditions
            .iter()
            .map(|condition| {
                format!("`{}` is {}", condition.key.value.canonical(), seen(check, condition))
            })
            .collect();
        let names_others = statement.principals.as_ref().is_some_and(|element| element.negated);
        let reason = match held.as_slice() {
            _ if names_others && plan.caller.has_boundary() => {
                "this Deny has a NotPrincipal, which exempts nobody who has a permissions boundary"
                    .to_owned()
            }
            [] => "this Deny has no condition and covers the request".to_owned(),
            held => format!("this Deny covers the request: {}", held.join(" and ")),
        };
        Some(NearMiss {
            statement: Some(*reference),
            layer: reference.layer,
            reason,
            remedy: remedy::for_denial(check, &statement),
            snippet: None,
            part: None,
        })
    };
    answer.statements.iter().filter_map(told).collect()
}

struct Scene<'a> {
    world: &'a World<'a>,
    plan: &'a Plan<'a>,
    check: &'a Check<'a>,
    answer: &'a CheckAnswer,
}

impl Scene<'_> {
    fn of_layer(&self, layer: Layer) -> Vec<NearMiss> {
        if let Some(only) = self.beyond_statements(layer) {
            return vec![only];
        }
        let mut scored: Vec<(usize, &StatementTrace)> = self
            .answer
            .trace
            .iter()
            .filter(|trace| trace.statement.layer == layer)
            .filter(|trace| trace.statement.effect == Effect::Allow)
            .map(|trace| (failures(trace), trace))
            .filter(|(failures, _)| *failures > 0)
            // To let another caller into a statement that gives everything would be bad advice.
            .filter(|(_, trace)| !(fails_principal(trace) && self.gives_everything(trace)))
            .collect();
        scored.sort_by_key(|(failures, trace)| (*failures, trace.parts.action.is_false()));
        let best = scored.first().map(|(failures, _)| *failures);
        let mut near: Vec<NearMiss> = scored
            .iter()
            .filter(|(failures, _)| Some(*failures) == best)
            .take(TOLD)
            // A statement about other actions altogether is no near miss, unless that is all that is wrong with it.
            .filter(|(failures, trace)| !trace.parts.action.is_false() || *failures == 1)
            .flat_map(|(_, trace)| self.of_statement(trace))
            .collect();
        if near.is_empty() {
            near.push(self.nothing_near(layer));
        }
        near
    }

    /// Denials that no statement of the layer is to blame for.
    fn beyond_statements(&self, layer: Layer) -> Option<NearMiss> {
        // The call itself, of which this check may be one part.
        let called = self.plan.checks.first().map_or(&self.check.action, |check| &check.action);
        let (reason, remedy) = match layer {
            Layer::ResourcePolicy | Layer::KeyPolicy if self.plan.caller.kind == CallerKind::Anonymous => (
                "the request is not signed, and the service refuses unsigned requests".to_owned(),
                "sign the request with the credentials of a user or role".to_owned(),
            ),
            Layer::ResourcePolicy | Layer::KeyPolicy
                if self.answer.same_account == Some(false) && !self.check.works_across_accounts =>
            {
                (
                    format!("{called} has no effect across accounts, whatever the policies say"),
                    "make the call as a principal of the account that owns the resource".to_owned(),
                )
            }
            Layer::KeyPolicy if matches!(self.check.target, CheckTarget::ManagedKey { .. }) => (
                "the value is under the AWS managed key `aws/secretsmanager`, which serves its own account only, \
                 through Secrets Manager only, and whose policy nobody can edit"
                    .to_owned(),
                "give the secret a customer managed key that allows the caller, and write a new version under it"
                    .to_owned(),
            ),
            Layer::SessionPolicy if self.plan.caller.session.policies.is_empty() => (
                "a federated-user session has no permissions beyond the session policy that was passed, and none \
                 was"
                    .to_owned(),
                "pass a session policy to GetFederationToken".to_owned(),
            ),
            _ => return None,
        };
        let (statement, part, snippet) = (None, None, None);
        Some(NearMiss { statement, layer, reason, remedy, snippet, part })
    }

    fn nothing_near(&self, layer: Layer) -> NearMiss {
        let action = &self.check.action;
        let reason = match layer {
            Layer::Grant => grants::why_not(&self.check.target, self.check),
            _ => {
                let policy = remedy::layer_name(layer);
                let has_any = self.answer.trace.iter().any(|t| t.statement.layer == layer);
                if has_any {
                    format!("no statement of the {policy} allows `{action}` here")
                } else {
                    let has_policy =
                        matches!(self.check.target, CheckTarget::Secret(it) if it.policy.is_some());
                    match layer {
                        Layer::ResourcePolicy if has_policy => {
                            "the secret's resource policy has no statements".to_owned()
                        }
                        Layer::ResourcePolicy => "the secret has no resource policy".to_owned(),
                        Layer::IdentityPolicy => "the caller has no identity policies".to_owned(),
                        _ => format!("there is no {policy}"),
                    }
                }
            }
        };
        NearMiss {
            statement: None,
            layer,
            reason,
            remedy: match layer {
                Layer::Grant => {
                    "make a grant that fits, or allow the caller in the key policy".to_owned()
                }
                _ => format!("add a statement to the {}", remedy::layer_name(layer)),
            },
            snippet: remedy::statement(self.plan, self.check, layer),
            part: None,
        }
    }

    fn gives_everything(&self, trace: &StatementTrace) -> bool {
        let statement = statement_of(self.world, self.check, trace.statement);
        statement.is_some_and(|statement| {
            let all = |text: &str| text == "*" || text.ends_with(":*");
            statement.actions.negated || statement.actions.list.iter().any(|a| all(&a.value))
        })
    }

    /// What failed of one statement.
    fn of_statement(&self, trace: &StatementTrace) -> Vec<NearMiss> {
        let Some(statement) = statement_of(self.world, self.check, trace.statement) else {
            return Vec::new();
        };
        let layer = trace.statement.layer;
        let mut found = Vec::new();
        let mut tell = |part: Part, reason: String, remedy: String, snippet| {
            found.push(NearMiss {
                statement: Some(trace.statement),
                layer,
                reason,
                remedy,
                snippet,
                part: Some(part),
            });
        };
        if fails_principal(trace) {
            let reason = self.principal_reason(&statement);
            let (remedy, snippet) = remedy::principal(self.plan, self.check, layer, &statement);
            tell(Part::Principal, reason, remedy, snippet);
        }
        if trace.parts.action.is_false() {
            let reason = format!("its actions do not cover `{}`", self.check.action);
            let (remedy, snippet) = remedy::action(self.plan, self.check, layer, &statement);
            tell(Part::Action, reason, remedy, snippet);
        }
        if trace.parts.resource.is_false() {
            let (remedy, snippet) = remedy::resource(self.plan, self.check, layer, &statement);
            tell(Part::Resource, self.resource_reason(&statement), remedy, snippet);
        }
        for (number, value) in trace.parts.conditions.iter().enumerate() {
            let Some(condition) = statement.conditions.get(number).filter(|_| value.is_false())
            else {
                continue;
            };
            let (remedy, snippet) = remedy::condition(self.plan, self.check, layer, condition);
            tell(Part::Condition(number), condition_reason(self.check, condition), remedy, snippet);
        }
        // The key policy of the managed key cannot be edited, so no edit of it is offered.
        if trace.statement.policy == PolicyRef::ManagedKey {
            for near in &mut found {
                near.snippet = None;
            }
        }
        found
    }

    fn principal_reason(&self, statement: &Statement) -> String {
        let caller = &self.plan.caller;
        let who = caller
            .session_arn
            .as_ref()
            .or(caller.arn.as_ref())
            .map(ToString::to_string)
            .or_else(|| caller.service.clone())
            .unwrap_or_else(|| "an anonymous caller".to_owned());
        let Some(element) = &statement.principals else {
            return "it says nobody whom it is about".to_owned();
        };
        let dangling = element.list.iter().find_map(|entry| match &entry.value {
            Principal::UniqueId(id) => Some(id),
            _ => None,
        });
        match dangling {
            Some(id) => format!(
                "its principal `{}` is the unique id of another user or role, or of one that was deleted",
                escape(id)
            ),
            None => format!("its principals do not cover `{}`", escape(&who)),
        }
    }

    fn resource_reason(&self, statement: &Statement) -> String {
        let asked = self.check.resource.display();
        let Some(element) = &statement.resources else {
            return "it names no resource, and so applies to nothing".to_owned();
        };
        let listed: Vec<String> = element
            .list
            .iter()
            .take(3)
            .map(|entry| format!("`{}`", escape(entry.value.as_str())))
            .collect();
        match (element.negated, listed.as_slice()) {
            (_, []) => "its list of resources is empty, and so applies to nothing".to_owned(),
            (true, listed) => format!("its NotResource {} covers `{asked}`", listed.join(", ")),
            (false, listed) => {
                format!("its resource {} does not match `{asked}`", listed.join(", "))
            }
        }
    }
}

fn fails_principal(trace: &StatementTrace) -> bool {
    trace.parts.principals.iter().all(|(_, truth)| truth.is_false())
}

fn failures(trace: &StatementTrace) -> usize {
    let conditions = trace.parts.conditions.iter().filter(|truth| truth.is_false()).count();
    usize::from(fails_principal(trace))
        + usize::from(trace.parts.action == Truth::False)
        + usize::from(trace.parts.resource == Truth::False)
        + conditions
}

fn condition_reason(check: &Check<'_>, condition: &Condition) -> String {
    let key = condition.key.value.canonical().into_owned();
    let wanted: Vec<String> = condition
        .values
        .iter()
        .take(3)
        .map(|value| format!("`{}`", escape(value.value.as_str())))
        .collect();
    let wanted = match wanted.as_slice() {
        [] => "with an empty list of values".to_owned(),
        wanted => wanted.join(" or "),
    };
    format!(
        "`{key}` is {}, and {} {wanted} fails",
        seen(check, condition),
        condition.operator.value
    )
}

/// What a request holds of a condition's key, for people.
fn seen(check: &Check<'_>, condition: &Condition) -> String {
    match check.context.get(&condition.key.value) {
        Binding::Values(values) if values.is_empty() => "empty".to_owned(),
        Binding::Values(values) => {
            let shown: Vec<String> = values.iter().map(|v| format!("`{}`", escape(v))).collect();
            shown.join(", ")
        }
        Binding::Samples { end: UnknownEnd::Random, .. } => "a value with a random end".to_owned(),
        Binding::Samples { end: UnknownEnd::Chosen, .. } => {
            "a value whose end is not known".to_owned()
        }
        Binding::Present => "there, with a value that is not known".to_owned(),
        Binding::Absent => "not in this request".to_owned(),
        Binding::Unknown => "not known".to_owned(),
    }
}
