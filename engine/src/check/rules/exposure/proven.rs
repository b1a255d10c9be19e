use super::{
    BROAD, PUBLIC_KEY, PUBLIC_PLAINTEXT, PUBLIC_RESOURCE, PUBLIC_SECRET, UNDECIDED,
    fixes::{self, Proven},
};
use crate::{
    check::{
        rules::{
            internal_error,
            shared::{attachment::Attachment, words::listed},
        },
        subject::{Findings, PolicyView, Subject},
    },
    decide::{Part, Truth, World},
    finding::{Finding, Gap, Rule, Severity},
    policy::{PolicyKind, Principal, Statement},
    prove::{
        Cause, Exposure, Plaintext, ProveError, PublicOptions, PublicStatement, Reach, Undecided,
        Witness, WitnessCaller, public, strangers_read,
    },
    text::Span,
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies() {
        let (rule, what) = match view.document.kind {
            PolicyKind::Secret => (&PUBLIC_SECRET, "the secret"),
            PolicyKind::Key => (&PUBLIC_KEY, "the key"),
            PolicyKind::OtherResource => (&PUBLIC_RESOURCE, "the resource"),
            _ => continue,
        };
        let Some(policy) = view.document.policy() else { continue };
        let options = options(subject, view);
        match public(policy, &options) {
            Ok(answer) => {
                let public = answer.statements.iter().any(|found| found.within == Reach::Public);
                let kept = public.then(|| with_key(subject, view, findings)).flatten();
                for found in &answer.statements {
                    let written = policy.statements.iter().find(|s| s.index == found.index);
                    let Some(written) = written else { continue };
                    let rule = match found.within {
                        Reach::Public => rule,
                        Reach::Broad => &BROAD,
                        Reach::Named => continue,
                    };
                    let kept = kept.filter(|_| found.within == Reach::Public);
                    let finding = statement(view, rule, what, written, found, kept);
                    let finding = match fixes::fix(subject, view, written, found, &options) {
                        Ok(Some(Proven { edits, help })) => Finding { help, fix: edits, ..finding },
                        Ok(None) => finding,
                        Err(error) => {
                            findings.push(unproven(view, &error));
                            finding
                        }
                    };
                    findings.push(finding);
                }
                let mut said = Vec::new();
                let matters = |open: &&Undecided| {
                    // It does where access might reach strangers.
                    open.exposure.is_none_or(|exposure| exposure >= Exposure::Broad)
                };
                for open in answer.undecided.iter().filter(matters) {
                    // Asked of each exposure in turn, one answer a statement is enough.
                    let question = (open.statement, &open.cause);
                    if !said.contains(&question) {
                        said.push(question);
                        undecided(view, open, findings);
                    }
                }
            }
            Err(error) => {
                findings.push(unproven(view, &error));
            }
        }
    }
}

/// Tells of secrets under a public policy whose value strangers can read. Otherwise says what keeps it from them.
fn with_key(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    findings: &mut Findings,
) -> Option<&'static str> {
    let secrets = subject.secrets_of(view);
    if secrets.is_empty() {
        return None;
    }
    let world = World::new(subject.bundle);
    let mut kept = Some("with its key and all other policies counted, they cannot read the value");
    for secret in secrets {
        match strangers_read(&world, secret, subject.options.bounds) {
            Ok(Plaintext { readable: Truth::False, .. }) => {}
            Ok(Plaintext { readable: Truth::True, witness: found, .. }) => {
                kept = None;
                let message = format!(
                    "everyone with an AWS account can read the value of `{}`: its policy and that of its key both let them in",
                    crate::text::escape(secret.arn.value.as_str())
                );
                let help = "name the accounts or roles that share the secret, in both policies";
                let place = secret.arn.location;
                let finding = Findings::at(&PUBLIC_PLAINTEXT, place, message, help.to_owned());
                let witness = found.map(|found| found.as_json());
                findings.push(Finding { witness, ..finding });
            }
            Ok(Plaintext { readable: Truth::Unknown, .. }) => {
                kept = Some("whether they can read the value could not be decided");
            }
            Err(error) => {
                kept = None;
                findings.push(unproven(view, &error));
            }
        }
    }
    kept
}

fn options(subject: &Subject<'_>, view: PolicyView<'_>) -> PublicOptions {
    let Attachment { owner, organization, resource } = Attachment::of(subject, view);
    PublicOptions {
        owner,
        owner_organization: organization,
        trusted_accounts: subject.options.trusted_accounts.clone(),
        trusted_organizations: subject.options.trusted_organizations.clone(),
        resource,
        assumptions: subject.bundle.assumptions.clone(),
        bounds: subject.options.bounds,
        ..PublicOptions::default()
    }
}

/// That a statement lets strangers in, and why.
fn statement(
    view: PolicyView<'_>,
    rule: &'static Rule,
    what: &str,
    statement: &Statement,
    found: &PublicStatement,
    kept: Option<&str>,
) -> Finding {
    let who = match found.within {
        Reach::Public => "everyone with an AWS account",
        Reach::Broad | Reach::Named => "more callers than the policy names",
    };
    let action = found.witness.as_ref().map_or("actions", |witness| witness.action.as_str());
    let condition_reasons: Vec<(Span, String, String)> = found
        .reasons
        .iter()
        .filter_map(|reason| {
            let Part::Condition(number) = reason.part else { return None };
            let condition = statement.conditions.get(number)?;
            let key = condition.key.value.canonical().into_owned();
            Some((condition.span, format!("`{key}`"), reason.why.to_string()))
        })
        .collect();
    let may = format!("{who} may call `{action}` on {what}");
    let mut message = may.clone();
    let mut keys: Vec<String> = condition_reasons.iter().map(|(_, key, _)| key.clone()).collect();
    keys.dedup();
    if let [(_, key, why), rest @ ..] = condition_reasons.as_slice() {
        let verb = if keys.len() == 1 { "is" } else { "are" };
        let others: String = rest.iter().map(|(_, key, why)| format!("; {key}: {why}")).collect();
        let first = if rest.is_empty() { why.clone() } else { format!("{key}: {why}") };
        message = format!("{message}, although {} {verb} tested: {first}{others}", listed(&keys));
    }
    let service = found
        .witness
        .as_ref()
        .is_some_and(|witness| matches!(witness.caller, WitnessCaller::Service { .. }));
    let mut mended = found.reasons.iter().filter_map(|reason| reason.mended(statement));
    let help = match mended.next() {
        Some((condition, operator)) => format!(
            "write `{operator}` for `{}`, or name the accounts or roles under `Principal`",
            condition.key.value.canonical()
        ),
        None if service => {
            "say in `aws:SourceAccount` or `aws:SourceArn` for whom the service may call".to_owned()
        }
        None => {
            let key = match view.document.kind {
                PolicyKind::Key => "kms:CallerAccount",
                _ => "aws:PrincipalOrgID",
            };
            format!(
                "name the accounts or roles under `Principal`, or ask for them in a condition on `{key}`"
            )
        }
    };
    if let Some(kept) = kept {
        message = format!("{message}; {kept}");
    }
    // The fingerprint has the statement in it. The order of its conditions, and what else stands between strangers and
    // the value, is no part of what is wrong.
    let finding = view.finding(rule, Some(statement), principal(statement), may, help);
    let related = condition_reasons
        .into_iter()
        .map(|(span, _, why)| (view.policy.location(span), why))
        .collect();
    let witness = found.witness.as_ref().map(witness);
    Finding { message, related, witness, ..finding }
}

/// The entry that names everyone, or the whole element.
fn principal(statement: &Statement) -> Span {
    let Some(element) = &statement.principals else { return statement.span };
    let mut everyone = element
        .list
        .iter()
        .filter(|entry| matches!(entry.value, Principal::Everyone { .. }) && !element.negated);
    match (everyone.next(), element.list.as_slice()) {
        (Some(entry), _) => entry.span,
        (None, [entry]) if !element.negated => entry.span,
        _ => element.span,
    }
}

fn witness(witness: &Witness) -> serde_json::Value {
    let context: serde_json::Map<String, serde_json::Value> = witness
        .context
        .iter()
        .map(|(key, values)| {
            let value = match values.as_deref() {
                None => serde_json::Value::Null,
                Some([value]) => value.as_str().into(),
                Some(values) => values.into(),
            };
            (key.canonical().into_owned(), value)
        })
        .collect();
    let session = match &witness.caller {
        WitnessCaller::Principal { session, .. } => session.as_ref().map(ToString::to_string),
        WitnessCaller::Service { .. } => None,
    };
    serde_json::json!({
        "principal": witness.caller.as_str(),
        "action": witness.action.as_str(),
        "resource": witness.resource.display(),
        "context": context,
        "session": session,
    })
}

/// A question that could not be put, or whose answer is not to be believed.
fn unproven(view: PolicyView<'_>, error: &ProveError) -> Finding {
    if error.is_defect() {
        return internal_error::of_proof(view, error);
    }
    let (message, help) = (error.to_string(), error.help().to_owned());
    let finding = view.finding(&UNDECIDED, None, view.policy.span, message, help);
    Finding { severity: Severity::Error, gap: Some(Gap::Undecided), ..finding }
}

fn undecided(view: PolicyView<'_>, open: &Undecided, findings: &mut Findings) {
    let statement =
        open.statement.and_then(|index| view.policy.statements.iter().find(|s| s.index == index));
    let span = statement.map_or(view.policy.span, |statement| statement.span);
    let message = format!("whether strangers are let in could not be decided: {}", open.cause);
    let (severity, help) = match &open.cause {
        Cause::Bound(bound) => {
            let raise = bound.raise().map(|raise| format!(", or {raise}")).unwrap_or_default();
            (Severity::Warning, format!("write fewer or simpler patterns{raise}"))
        }
        Cause::Open => {
            (Severity::Info, "write fixed values, so that nothing hangs on it".to_owned())
        }
        Cause::Untried => {
            (Severity::Info, "review by hand whom the provider or id stands for".to_owned())
        }
    };
    let finding = view.finding(&UNDECIDED, statement, span, message, help);
    findings.push(Finding { severity, gap: Some(Gap::Undecided), ..finding });
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::testing::{bare, changed, key, manifest, secret, sound},
        *,
    };
    use crate::{
        aws::Assumptions,
        bundle::Document,
        finding::{Edit, Fingerprints},
        policy::parse_policy,
        text::{Limits, Location, SourceId, parse_json},
    };
    use serde_json::json;

    #[test]
    fn strangers_are_let_in_by_what_does_not_narrow() {
        let found = secret(r#""Principal": "*""#);
        assert_eq!(found.found("public-secret"), ["*"]);
        assert_eq!(
            found.said("public-secret")[0].1,
            "everyone with an AWS account may call `secretsmanager:GetSecretValue` on the secret; with its key and all \
             other policies counted, they cannot read the value"
        );
        let via = r#""Principal": "*", "Condition": {"StringEquals": {
            "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;
        let found = key(via);
        assert_eq!(found.rules(), ["public-key"]);
        let message = found.said("public-key")[0].1;
        assert!(message.ends_with("which service a call comes, not for whom"), "{message}");
        let open = r#""Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#;
        let found_open = secret(open);
        let help = found_open.said("public-secret")[0].2;
        assert!(help.starts_with("write `StringEquals` for `aws:SourceVpce`"), "{help}");
        assert_eq!(
            bare(PolicyKind::OtherResource, r#""Principal": "*", "Action": "*""#).rules(),
            ["public-resource"]
        );
        let arn = r#""Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::4444*:role/R"}}"#;
        assert_eq!(secret(arn).rules(), ["broad-access"]);
    }

    /// A witness that the evaluator does not confirm is a defect of this program, never an open question.
    #[test]
    fn a_mismatch_is_a_defect() {
        let node = parse_json(r#"{"Statement": []}"#, &Limits::default()).unwrap();
        let kind = PolicyKind::Secret;
        let parsed = parse_policy(&node, kind, SourceId::default(), &Assumptions::default());
        let document = Document {
            label: "policy.json".to_owned(),
            kind,
            location: Location::new(SourceId::default(), node.span),
            content: Ok(parsed),
        };
        let (policy, fingerprints) = (document.readable().unwrap(), &Fingerprints::default());
        let view = PolicyView { document: &document, policy, fingerprints };
        let of = |error: ProveError| {
            let finding = unproven(view, &error);
            (finding.rule.id, finding.severity, finding.gap)
        };
        let replay = ProveError::Replay { statement: 0, reason: "it denies".to_owned() };
        let call = ProveError::ReplayAccess { reason: "it denies".to_owned() };
        let internal = ("internal-error", Severity::Error, Some(Gap::Internal));
        let old = ProveError::SolverTooOld { found: "4.8.12".to_owned(), needed: "5.3" };
        for error in [replay, call, old] {
            assert_eq!(of(error), internal);
        }
        let kind = PolicyKind::Identity;
        assert_eq!(
            of(ProveError::NotResourceBased { kind }),
            ("undecided-exposure", Severity::Error, Some(Gap::Undecided))
        );
    }

    #[test]
    fn an_edit_is_said_where_it_is_proved_and_keeps_what_is_meant() {
        // The role of the sound bundle reads the secret through this statement.
        let found = secret(r#""Principal": "*""#);
        let everyone = found.fixes("public-secret");
        let role = "arn:aws:iam::444455556666:role/R_B".to_owned();
        assert_eq!(everyone, [Edit::ReplaceEveryone { principals: vec![role] }]);
        assert_eq!(
            found.said("public-secret")[0].2,
            "write `{\"AWS\": \"arn:aws:iam::444455556666:role/R_B\"}` in the place of everyone: this is proved to \
             keep out all whom the policy does not name and to allow nothing new, and what the bundle's requests may \
             do they still may"
        );
        // Nothing but this statement lets the caller in: that may well be the mistake.
        let mut bundle = sound();
        bundle["keys"][0]["policy"]["Statement"][1]["Principal"] = json!("*");
        bundle["secrets"][0]["policy"]["Statement"][0]["Principal"] = json!("*");
        let found = manifest(&bundle);
        assert_eq!(found.fixes("public-secret"), []);
        assert_eq!(found.fixes("public-key"), []);
        // Its account is in no organization, so that the operator as it should be would shut it out.
        let organization = r#""Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#;
        let found = secret(organization);
        assert_eq!(found.fixes("public-secret"), []);
        let help = found.said("public-secret")[0].2;
        assert!(
            help.starts_with("write `StringEquals` for `aws:PrincipalOrgID`, or name"),
            "{help}"
        );
        // Nobody is there to be kept.
        let found = bare(PolicyKind::Secret, organization);
        assert_eq!(
            found.fixes("public-secret"),
            [Edit::ReplaceOperator {
                key: "aws:PrincipalOrgID".to_owned(),
                old: "StringEqualsIfExists".to_owned(),
                new: "StringEquals".to_owned(),
            }]
        );
        let found = bare(PolicyKind::OtherResource, r#""Principal": "*", "Action": "*""#);
        assert_eq!(found.fixes("public-resource"), []);
        assert_eq!(
            found.said("public-resource")[0].2,
            "name the accounts or roles under `Principal`, or ask for them in a condition on `aws:PrincipalOrgID`"
        );
    }

    #[test]
    fn fixed_values_and_denials_keep_them_out() {
        let org = r#""Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#;
        assert_eq!(secret(org).rules(), [""; 0]);
        let allow = json!({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue",
            "Resource": "*"});
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}});
        let found = changed(&[("/secrets/0/policy/Statement", json!([allow, deny]))]);
        assert!(found.found("public-secret").is_empty());
    }
}
