//! Shares that one side grants and the other does not.

use std::collections::{BTreeSet, HashMap};

use super::shared::words::{listed, quote};
use crate::{
    bundle::{Decision, KeyReference, Layer, PolicyId, Request, RequestPrincipal, Secret},
    check::subject::{Findings, PolicyView, Subject},
    decide::{Answer, CheckAnswer, PolicyRef, Truth},
    finding::{Finding, Rule, Severity},
    policy::{Effect, Principal, Statement},
    text::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "half-open-share",
    severity: Severity::Warning,
    summary: "a secret that one side shares with a user or role by name, and that cannot be read all the same",
    why: "Access from another account needs the secret's policy, the key's policy and the caller's own policies. \
          Where one of them is missing every read fails, and nothing says so before the first one does.",
    bad: r#""Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, with no kms:Decrypt for Reader"#,
    good: "the secret's policy, the key's policy and the role's own policies name each other",
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html",
};

/// Looks at the reads that nobody stated: what a bundle asks for itself it expects to know the answer to.
pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    let shared = under_shared_keys(&subject.bundle.secrets);
    for found in subject.answers {
        let Some(request) = subject.bundle.requests.get(found.request) else { continue };
        let Ok(answer) = &found.answer else { continue };
        if request.stated || answer.decision != Decision::ImplicitDeny {
            continue;
        }
        let Some(deciding) = answer.deciding() else { continue };
        // `default-key-cross-account` tells of the AWS managed key, which can be shared with nobody.
        let mut refs = deciding.near_misses.iter().filter_map(|miss| miss.statement);
        if refs.any(|statement| statement.policy == PolicyRef::ManagedKey) {
            continue;
        }
        let meant = meant(subject, &shared, request, answer);
        let Some((view, statement, span)) = meant else { continue };
        let message = format!(
            "{} is meant to read {}, but {} is not allowed by {}",
            quote(caller(request)),
            quote(request.resource.as_ref().map_or("", |typed| typed.value.as_str())),
            deciding.action,
            lacking(deciding),
        );
        let help = deciding.near_misses.first().map(|miss| miss.remedy.clone());
        let help = help.filter(|remedy| !remedy.is_empty());
        let help =
            help.unwrap_or_else(|| "add what is missing, or take this grant away".to_owned());
        let nearest = deciding.near_misses.iter().find_map(|miss| {
            let reference = miss.statement?;
            let PolicyRef::Document(id) = reference.policy else { return None };
            let (view, statement) = self::statement(subject, id, reference.index)?;
            Some((
                view.policy.location(statement.span),
                "the statement that comes nearest".to_owned(),
            ))
        });
        let finding = view.finding(&RULE, Some(statement), span, message, help);
        findings.push(Finding { related: nearest.into_iter().collect(), ..finding });
    }
}

fn caller(request: &Request) -> &str {
    match &request.principal.value {
        RequestPrincipal::User(arn) | RequestPrincipal::Session { written: arn, .. } => {
            arn.as_str()
        }
        _ => "",
    }
}

/// The layers that lack an allow.
fn lacking(check: &CheckAnswer) -> String {
    let layers: Vec<_> = check.because.iter().map(|layer| called(*layer)).collect();
    listed(&layers)
}

const fn called(layer: Layer) -> &'static str {
    match layer {
        Layer::IdentityPolicy => "its own policies",
        Layer::ResourcePolicy => "the secret's policy",
        Layer::KeyPolicy => "the key's policy",
        other => other.as_str(),
    }
}

/// The statement that shows that access is meant: one that grants and names the user or role, or that is the user's or
/// role's own and names the secret. A wide one, such as an administrator's, means nothing in particular.
fn meant<'a>(
    subject: &Subject<'a>,
    shared: &BTreeSet<&str>,
    request: &Request,
    answer: &Answer,
) -> Option<(PolicyView<'a>, &'a Statement, Span)> {
    let shares_key = request.resource.as_ref().is_some_and(|it| shared.contains(it.value.as_str()));
    let traced = answer.checks.iter().flat_map(|check| &check.trace);
    let granting = traced
        .filter(|trace| trace.statement.effect == Effect::Allow && trace.applies() == Truth::True);
    let meant = granting.filter_map(|trace| {
        let PolicyRef::Document(id) = trace.statement.policy else { return None };
        let (view, statement) = statement(subject, id, trace.statement.index)?;
        let (rank, span) = match trace.statement.layer {
            Layer::ResourcePolicy => (0, names_caller(statement, request)?),
            Layer::KeyPolicy if !shares_key => (1, names_caller(statement, request)?),
            Layer::IdentityPolicy => (2, names_secret(statement, request)?),
            _ => return None,
        };
        Some((rank, (view, statement, span)))
    });
    // What the owner grants says most of what is meant.
    meant.min_by_key(|(rank, _)| *rank).map(|(_, meant)| meant)
}

fn statement<'a>(
    subject: &Subject<'a>,
    id: PolicyId,
    index: usize,
) -> Option<(PolicyView<'a>, &'a Statement)> {
    let view = subject.policy(id)?;
    let statement = view.policy.statements.iter().find(|statement| statement.index == index)?;
    Some((view, statement))
}

/// The ARNs of the secrets under whose key others are, too: who is named in its policy may be meant to read one of those.
fn under_shared_keys(secrets: &[Secret]) -> BTreeSet<&str> {
    let mut by_key: HashMap<&KeyReference, Vec<&str>> = HashMap::new();
    for secret in secrets {
        by_key.entry(&secret.key).or_default().push(secret.arn.value.as_str());
    }
    by_key.into_values().filter(|secrets| secrets.len() > 1).flatten().collect()
}

fn names_caller(statement: &Statement, request: &Request) -> Option<Span> {
    let element = statement.principals.as_ref().filter(|element| !element.negated)?;
    let named = element.list.iter().find(|entry| match &entry.value {
        Principal::User(arn) | Principal::Role(arn) => arn.as_str() == caller(request),
        _ => false,
    });
    named.map(|entry| entry.span)
}

/// Whether a statement has this secret in view, by the beginning of its name at least.
fn names_secret(statement: &Statement, request: &Request) -> Option<Span> {
    let secret = request.resource.as_ref()?.value.as_str();
    let name_at = secret.find(":secret:")? + ":secret:".len();
    let element = statement.resources.as_ref().filter(|element| !element.negated)?;
    let named = element.list.iter().find(|entry| {
        let text = entry.value.as_str();
        let fixed = text.find(['*', '?']).unwrap_or(text.len());
        fixed > name_at && text.get(..fixed).is_some_and(|fixed| secret.starts_with(fixed))
    });
    named.map(|entry| entry.span)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{asked, sound};

    const READER: &str = r#""arn:aws:iam::444455556666:role/R_B""#;

    fn without(pointer: &str) -> Value {
        let mut bundle = sound();
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        let last: usize = last.parse().unwrap();
        bundle.pointer_mut(parent).unwrap().as_array_mut().unwrap().remove(last);
        bundle
    }

    #[test]
    fn a_whole_share_is_let_pass() {
        assert!(asked(&sound()).found("half-open-share").is_empty());
    }

    #[test]
    fn each_side_is_missed() {
        let decrypt = asked(&without("/principals/0/identity_policies/0/Statement/1"));
        assert_eq!(decrypt.found("half-open-share"), [READER.trim_matches('"')]);
        let key = asked(&without("/keys/0/policy/Statement/1"));
        assert_eq!(key.found("half-open-share"), [READER.trim_matches('"')]);
        let read = asked(&without("/principals/0/identity_policies/0/Statement/0"));
        assert_eq!(read.found("half-open-share"), [READER.trim_matches('"')]);
    }

    #[test]
    fn a_caller_whose_own_policy_names_the_secret_is_missed_in_the_secrets_policy() {
        let mut bundle = sound();
        bundle["secrets"][0]["policy"]["Statement"][0]["Principal"] =
            json!({"AWS": "arn:aws:iam::444455556666:role/Other"});
        bundle["keys"][0]["policy"]["Statement"].as_array_mut().unwrap().truncate(1);
        let found = asked(&bundle);
        let pattern = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";
        assert_eq!(found.found("half-open-share"), [pattern]);
    }

    /// The secret's policy gives the reader what belongs into the key's, which does too; nothing lets it read.
    #[test]
    fn a_caller_who_may_only_decrypt_is_missed() {
        let mut bundle = without("/principals/0/identity_policies/0/Statement/0");
        bundle["secrets"][0]["policy"]["Statement"][0]["Action"] = "kms:Decrypt".into();
        assert_eq!(asked(&bundle).found("half-open-share"), [READER.trim_matches('"')]);
    }

    #[test]
    fn an_administrator_of_another_account_is_no_share() {
        let mut bundle = sound();
        bundle["secrets"][0]["policy"]["Statement"][0]["Principal"] =
            json!({"AWS": "arn:aws:iam::444455556666:role/Other"});
        bundle["keys"][0]["policy"]["Statement"].as_array_mut().unwrap().truncate(1);
        bundle["principals"][0]["identity_policies"][0]["Statement"] =
            json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        assert!(asked(&bundle).found("half-open-share").is_empty());
    }

    /// One key for two secrets with a reader each: nobody is meant to read both.
    #[test]
    fn a_key_of_several_secrets_says_nothing_of_one() {
        let mut bundle = sound();
        let mut other = bundle["secrets"][0].clone();
        other["arn"] = "arn:aws:secretsmanager:us-east-1:111122223333:secret:Other-x9Y8z7".into();
        other["policy"]["Statement"][0]["Principal"] =
            json!({"AWS": "arn:aws:iam::111122223333:role/Own"});
        bundle["secrets"].as_array_mut().unwrap().push(other);
        let reader = &mut bundle["principals"][0]["identity_policies"][0]["Statement"];
        reader[0]["Resource"] = "*".into();
        assert!(asked(&bundle).found("half-open-share").is_empty());
    }

    #[test]
    fn what_a_bundle_asks_itself_is_its_own_business() {
        let bundle = without("/principals/0/identity_policies/0/Statement/1");
        let found = super::super::testing::manifest(&bundle);
        assert!(found.found("half-open-share").is_empty());
    }
}
