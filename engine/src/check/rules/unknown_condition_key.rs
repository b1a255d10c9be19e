//! Condition keys that do not exist.

use super::shared::words::quote;
use crate::{
    aws::{ContextKey, catalog},
    check::subject::{Findings, PolicyView, Subject},
    finding::{Rule, Severity},
    policy::{Resource, Statement},
    text::{Span, nearest},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "unknown-condition-key",
    severity: Severity::Warning,
    summary: "a condition key or policy variable that AWS does not have",
    why: "IAM accepts any name and finds it missing in every request: a condition that needs it never holds, one that \
          a missing key passes always does.",
    bad: r#""StringEquals": {"aws:PrincipalOrganizationID": "o-a1b2c3d4e5"}"#,
    good: r#""StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
};

/// Global keys that are old, or of other services' requests, and in no table of ours.
const ELSEWHERE: &[&str] = &[
    "aws:authtype",
    "aws:principal",
    "aws:sourceinstancearn",
    "aws:isapigatewayrequest",
    "aws:signinregion",
    "aws:tokenage",
    "aws:requestedservice",
    "aws:sourceuserarn",
];

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in &statement.conditions {
            report(view, statement, &condition.key.value, condition.key.span, findings);
            for value in &condition.values {
                for key in value.value.variables() {
                    report(view, statement, key, value.span, findings);
                }
            }
        }
        for entry in statement.resources.iter().flat_map(|element| &element.list) {
            if let Resource::Arn(template) = &entry.value {
                for key in template.variables() {
                    report(view, statement, key, entry.span, findings);
                }
            }
        }
    }
}

fn report(
    view: PolicyView<'_>,
    statement: &Statement,
    key: &ContextKey,
    span: Span,
    findings: &mut Findings,
) {
    if catalog::context_key(key).is_some() || ELSEWHERE.contains(&key.lower()) {
        return;
    }
    let near = near(key);
    // Of other services' keys we know the few that sessions carry; only a likely slip is worth a word.
    let ours = matches!(key.prefix(), "aws" | "kms" | "secretsmanager" | "");
    if !ours && near.is_none() {
        return;
    }
    let message = format!("AWS has no condition key {}: it is in no request", quote(key.as_str()));
    let help = match near {
        Some(near) if near.ends_with(['/', ':']) => {
            format!("did you mean `{near}…`, with a name behind it?")
        }
        Some(near) => format!("did you mean `{near}`?"),
        None => "look it up among the global keys of AWS and those of the service".to_owned(),
    };
    findings.push(view.finding(&RULE, Some(statement), span, message, help));
}

fn near(key: &ContextKey) -> Option<&'static str> {
    let text = key.lower();
    let bare = |name: &str| name.trim_end_matches(['/', ':']).to_ascii_lowercase();
    // The family without its end, such as `aws:PrincipalTag`.
    let family =
        catalog::context_keys().find(|known| bare(known.name) == text.trim_end_matches(['/', ':']));
    // A name of the right kind behind the wrong prefix.
    let (_, own) = text.split_once(':').unwrap_or(("", text));
    let elsewhere = catalog::context_keys().find(|known| {
        known.name.split_once(':').is_some_and(|(_, name)| name.eq_ignore_ascii_case(own))
    });
    let names = || catalog::context_keys().map(|known| known.name);
    family.or(elsewhere).map(|known| known.name).or_else(|| nearest(text, names()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{only, secret};

    fn with(key: &str) -> super::super::testing::Checked {
        secret(&format!(r#""Condition": {{"StringEquals": {{"{key}": "x"}}}}"#))
    }

    #[test]
    fn names_that_nobody_defines_are_found() {
        let help = |key: &str| {
            let found = with(key);
            only(&found, "unknown-condition-key", &[key]);
            found.said("unknown-condition-key")[0].2.to_owned()
        };
        assert_eq!(help("aws:PrincipalOrganizationID"), "did you mean `aws:PrincipalOrgID`?");
        assert_eq!(help("kms:VersionStage"), "did you mean `secretsmanager:VersionStage`?");
        assert_eq!(
            help("secretmanager:VersionStage"),
            "did you mean `secretsmanager:VersionStage`?"
        );
        assert_eq!(
            help("aws:PrincipalTag"),
            "did you mean `aws:PrincipalTag/…`, with a name behind it?"
        );
        let found = secret(
            r#""Condition": {"StringEquals": {"aws:PrincipalTag/t": "${aws:PrincipalTeam}"}}"#,
        );
        only(&found, "unknown-condition-key", &["${aws:PrincipalTeam}"]);
    }

    #[test]
    fn known_names_in_any_case_are_let_pass() {
        for key in ["AWS:PRINCIPALTAG/team", "s3:prefix", "saml:aud", "aws:principaltag/Team"] {
            assert_eq!(with(key).rules(), [""; 0], "{key}");
        }
    }
}
