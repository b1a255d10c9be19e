//! What three policies tell of the share that they are for.

use std::fmt;

use crosskey_engine::{
    aws::{AccountId, Action, Arn},
    policy::{Policy, PolicyKind, Principal, Resource, Statement},
    text::{Location, Sources, escape},
};

use crate::command::Failure;

/// Stands for the end of a secret's ARN that no policy tells; readers of plans use the same.
const UNKNOWN_END: &str = "TBDTBD";

/// What a policy says, or the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// The ARN.
    pub(super) arn: Arn,
    /// Where it comes from: a flag, or the file and line.
    pub(super) from: String,
    /// Whether its end is made up.
    pub(super) open_end: bool,
}

impl Fact {
    /// What the user stated.
    pub(super) fn stated(arn: &Arn, flag: &str) -> Self {
        Self { arn: arn.clone(), from: flag.to_owned(), open_end: false }
    }
}

/// A policy, and where its text is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// The policy, as far as it can be read.
    pub(super) policy: &'a Policy,
    /// The texts.
    pub(super) sources: &'a Sources,
}

/// The secret that the policies name: by its whole ARN, or by a pattern that leaves its end open.
pub(super) fn secret(policies: &[Told<'_>]) -> Result<Fact, Failure> {
    let mut found: Vec<Fact> = Vec::new();
    let mut patterns: Vec<Fact> = Vec::new();
    for (arn, from) in arns(policies).filter(|(arn, _)| arn.service() == "secretsmanager") {
        let Some(name) = arn.resource().strip_prefix("secret:") else { continue };
        let open = name.strip_suffix("-??????").or_else(|| name.strip_suffix("-*"));
        if name.is_empty() || open.unwrap_or(name).contains(['*', '?', '$']) {
            continue;
        }
        if open.is_none() && ends_at_random(name) {
            push(&mut found, Fact { arn, from, open_end: false });
        } else {
            let whole = format!("secret:{}-{UNKNOWN_END}", open.unwrap_or(name));
            let arn = arn.with_resource(&whole);
            push(&mut patterns, Fact { arn, from, open_end: true });
        }
    }
    // A pattern for a secret that another policy names in full tells nothing more.
    for pattern in patterns {
        let name = pattern.arn.as_str().trim_end_matches(UNKNOWN_END);
        if !found.iter().any(|fact| fact.arn.as_str().starts_with(name)) {
            found.push(pattern);
        }
    }
    only(found, "secret", "--secret ARN", "the ARN of the secret stands in no policy")
}

/// The key that the policies name; `None` where they name none.
pub(super) fn key(policies: &[Told<'_>]) -> Result<Option<Fact>, Failure> {
    let mut found = Vec::new();
    for (arn, from) in arns(policies).filter(|(arn, _)| arn.service() == "kms") {
        let id = arn.resource().strip_prefix("key/");
        if id.is_some_and(|id| !id.is_empty() && !id.contains(['*', '?', '$'])) {
            push(&mut found, Fact { arn, from, open_end: false });
        }
    }
    let has_policy = policies.iter().any(|told| told.policy.kind == PolicyKind::Key);
    match found.is_empty() && !has_policy {
        true => Ok(None),
        false => {
            only(found, "key", "--key ARN", "the ARN of the key stands in no policy").map(Some)
        }
    }
}

/// The user or role that the policies let in: that of the secret, else that of the key.
pub(super) fn caller(policies: &[Told<'_>]) -> Result<Fact, Failure> {
    let let_in = |kind, action| {
        let mut found = Vec::new();
        let Some(action) = Action::new(action) else { return found };
        let of_kind = policies.iter().filter(|told| told.policy.kind == kind);
        for told in of_kind {
            let statements = told.policy.statements.iter();
            for statement in statements.filter(|s| s.allows() && s.covers_action(&action)) {
                for entry in
                    statement.principals.iter().filter(|p| !p.negated).flat_map(|p| &p.list)
                {
                    if let Principal::User(arn)
                    | Principal::Role(arn)
                    | Principal::RoleSession(arn) = &entry.value
                    {
                        let from = place(*told, told.policy.location(entry.span));
                        push(&mut found, Fact { arn: arn.clone(), from, open_end: false });
                    }
                }
            }
        }
        found
    };
    let mut found = let_in(PolicyKind::Secret, "secretsmanager:GetSecretValue");
    if found.is_empty() {
        found = let_in(PolicyKind::Key, "kms:Decrypt");
    }
    only(found, "caller", "--principal ARN", "no policy lets in a user or role by name")
}

/// Whether a condition asks for the organization of somebody, which no policy tells.
pub(super) fn asks_for_organization(policies: &[Told<'_>]) -> bool {
    let conditions = policies.iter().flat_map(|told| &told.policy.statements);
    let mut keys = conditions.flat_map(|s| &s.conditions).map(|c| c.key.value.lower());
    keys.any(|key| key.contains("orgid") || key.contains("orgpaths"))
}

/// The ARNs with an account and a Region in `Resource` and in conditions, and where they stand.
fn arns<'a>(policies: &'a [Told<'a>]) -> impl Iterator<Item = (Arn, String)> + 'a {
    policies.iter().flat_map(|told| {
        let texts = told.policy.statements.iter().flat_map(texts);
        texts.filter_map(|(text, span)| {
            let arn: Arn = text.parse().ok()?;
            let placed = arn.account_field().parse::<AccountId>().is_ok()
                && !arn.region().is_empty()
                && !arn.region().contains(['*', '?', '$']);
            placed.then(|| (arn, place(*told, told.policy.location(span))))
        })
    })
}

/// What stands in `Resource` and in conditions.
fn texts(statement: &Statement) -> impl Iterator<Item = (&str, crosskey_engine::text::Span)> {
    let resources = statement.resources.iter().flat_map(|element| &element.list);
    let resources = resources.filter_map(|entry| match &entry.value {
        Resource::Arn(template) => Some((template.as_str(), entry.span)),
        Resource::Any => None,
    });
    let values = statement.conditions.iter().flat_map(|condition| &condition.values);
    resources.chain(values.map(|value| (value.value.as_str(), value.span)))
}

/// Whether a name ends as Secrets Manager ends it: in a hyphen and six letters or digits, not all of them lower case.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html>
fn ends_at_random(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, end)| {
        end.len() == 6
            && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !end.bytes().all(|byte| byte.is_ascii_lowercase())
    })
}

fn push(found: &mut Vec<Fact>, fact: Fact) {
    if !found.iter().any(|known| known.arn == fact.arn) {
        found.push(fact);
    }
}

/// The only one of these; nobody but the user can choose.
fn only(found: Vec<Fact>, what: &str, flag: &str, none: &str) -> Result<Fact, Failure> {
    let mut facts = found.into_iter();
    match (facts.next(), facts.len()) {
        (Some(fact), 0) => Ok(fact),
        (Some(first), _) => {
            let all = std::iter::once(first).chain(facts);
            let list: Vec<_> = all.map(|fact| format!("\n  {fact}")).collect();
            Err(Failure::Usage {
                message: format!("the policies name more than one {what}:{}", list.concat()),
                help: format!("say which by `{flag}`"),
            })
        }
        (None, _) => {
            Err(Failure::Usage { message: none.to_owned(), help: format!("state it by `{flag}`") })
        }
    }
}

fn place(told: Told<'_>, location: Location) -> String {
    let name = told.sources.name(location.source);
    match told.sources.positions(location) {
        Some((start, _)) => format!("{name}:{}", start.line),
        None => name.to_owned(),
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", escape(self.arn.as_str()), escape(&self.from))
    }
}
