//! Secret ARN patterns whose star covers other names too.

use super::shared::{secrets, words::quote};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::PolicyKind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "broad-suffix",
    severity: Severity::Info,
    summary: "a `*` for the random end of a secret's ARN, which covers other names too",
    why: "The end of a secret's ARN is a hyphen and six characters. `-??????` stands for just that; `-*` also covers \
          every secret whose name goes on behind the hyphen.",
    bad: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-*""#,
    good: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????""#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for mention in secrets::mentions(subject) {
        // A secret's own policy can reach no other secret.
        let confined = mention.view.document.kind == PolicyKind::Secret;
        let literal =
            mention.condition.is_some_and(|c| !c.operator.value.comparison.has_wildcards());
        let Some(stem) = mention.name().strip_suffix('*') else { continue };
        let is_folder = stem.is_empty() || stem.ends_with('/') || stem.contains(['*', '?', '$']);
        if confined || literal || is_folder || !mention.statement.allows() {
            continue;
        }
        let name = stem.strip_suffix('-').unwrap_or(stem);
        let covered = subject.bundle.secrets.iter().filter(|s| mention.covers(&s.arn.value, false));
        let (own, others): (Vec<_>, Vec<_>) = covered.partition(|secret| secret.name() == name);
        let text = mention.text();
        let (severity, message) = match others.as_slice() {
            [] => (
                Severity::Info,
                format!("{} covers every name that begins with {}", quote(text), quote(stem)),
            ),
            [other, rest @ ..] => {
                let message =
                    format!("{} covers the secret {} too", quote(text), quote(other.name()));
                // Several secrets and none of that very name: a group that was meant.
                let group = own.is_empty() && !rest.is_empty();
                (if group { Severity::Info } else { Severity::Warning }, message)
            }
        };
        let base = text.strip_suffix('*').unwrap_or(text);
        let base = base.strip_suffix('-').unwrap_or(base);
        let help = format!("for the one secret write {}", quote(&format!("{base}-??????")));
        let finding =
            mention.view.finding(&RULE, Some(mention.statement), mention.span, message, help);
        findings.push(Finding { severity, ..finding });
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{SECRET, changed, identity},
        *,
    };
    use serde_json::json;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:";

    #[test]
    fn a_star_is_worth_knowing() {
        let found = identity(&format!(r#""Resource": "{ARN}DevSecret-*""#));
        assert_eq!(found.severities(RULE.id), [Severity::Info]);
        assert_eq!(
            found.said(RULE.id)[0].2,
            format!("for the one secret write `{ARN}DevSecret-??????`")
        );
    }

    #[test]
    fn a_secret_that_it_covers_by_accident_is_a_warning() {
        let found = changed(&[
            ("/secrets/-", json!({"arn": SECRET.replace("DevSecret", "DevSecret-prod")})),
            (
                "/principals/0/identity_policies/0/Statement/0/Resource",
                json!(format!("{ARN}DevSecret-*")),
            ),
        ]);
        assert_eq!(found.severities(RULE.id), [Severity::Warning]);
        assert!(found.said(RULE.id)[0].1.ends_with("covers the secret `DevSecret-prod` too"));
    }

    #[test]
    fn exact_ends_and_folders_are_let_pass() {
        for name in ["DevSecret-??????", "*", "prod/*", "DevSecret-a1B2c3"] {
            let found = identity(&format!(r#""Resource": "{ARN}{name}""#));
            assert!(found.found(RULE.id).is_empty(), "{name}");
        }
    }
}
