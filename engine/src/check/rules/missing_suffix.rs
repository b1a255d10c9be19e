//! Secret ARNs without the random end that Secrets Manager adds.

use super::shared::{
    secrets::{self, Mention},
    suffix::{self, Ending},
    words::quote,
};
use crate::{
    aws::Arn,
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "missing-suffix",
    severity: Severity::Error,
    summary: "a secret's ARN without the hyphen and six random characters at its end",
    why: "Secrets Manager adds `-` and six random characters to the name, and authorization compares the whole ARN, \
          so a pattern without them matches no secret.",
    bad: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret""#,
    good: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????""#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for mention in secrets::mentions(subject) {
        let text = mention.text();
        let (severity, message) = match suffix::ending(&mention.tokens()) {
            Ending::Missing => (
                Severity::Error,
                format!(
                    "{} lacks the hyphen and six characters at the end of a secret's ARN",
                    quote(text)
                ),
            ),
            Ending::Full if !mention.name().contains(['*', '?', '$']) => {
                match looks_like_a_name(subject, &mention) {
                    Some(verdict) => verdict,
                    None => continue,
                }
            }
            _ => continue,
        };
        let base = text.trim_end_matches('?').trim_end_matches('-');
        let mut help = format!("write {}", quote(&format!("{base}-??????")));
        let operator = mention.condition.map(|condition| condition.operator.value);
        if operator.is_some_and(|operator| !operator.comparison.has_wildcards()) {
            help = format!("{help} under `StringLike`");
        }
        let finding =
            mention.view.finding(&RULE, Some(mention.statement), mention.span, message, help);
        findings.push(Finding { severity, ..finding });
    }
}

/// A name such as `my-secret` ends like a complete ARN. The bundle says whether it is one; without it, only that it
/// reads like a word.
fn looks_like_a_name(subject: &Subject<'_>, mention: &Mention<'_>) -> Option<(Severity, String)> {
    let text = mention.text();
    let secrets = || subject.bundle.secrets.iter().map(|secret| (secret, &secret.arn.value));
    if secrets().any(|(_, arn)| arn.as_str() == text) {
        return None;
    }
    if let Ok(arn) = text.parse::<Arn>()
        && secrets().any(|(secret, own)| {
            let same = |field: fn(&Arn) -> &str| field(own) == field(&arn);
            secret.name() == mention.name() && same(Arn::region) && same(Arn::account_field)
        })
    {
        let name = quote(mention.name());
        let message = format!(
            "{name} is the whole name of the secret: its ARN goes on with a hyphen and six characters"
        );
        return Some((Severity::Error, message));
    }
    let (_, end) = mention.name().rsplit_once('-')?;
    if !suffix::is_word(end) {
        return None;
    }
    let message = format!(
        "{} reads like the end of a name, not like the six random characters of an ARN",
        quote(end)
    );
    Some((Severity::Info, message))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{SECRET, bare, changed, identity, key, only},
        *,
    };
    use crate::policy::PolicyKind;
    use serde_json::json;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:";

    #[test]
    fn patterns_that_no_arn_can_match_are_found() {
        for name in ["DevSecret", "DevSecret-?????", "prod/DevSecret", "DevSecret-"] {
            let found = identity(&format!(r#""Resource": "{ARN}{name}""#));
            only(&found, "missing-suffix", &[&format!("{ARN}{name}")]);
            let help = format!("write `{ARN}{}-??????`", name.trim_end_matches(['?', '-']));
            assert_eq!(found.said(RULE.id)[0].2, help);
        }
        let context = format!(r#""kms:EncryptionContext:SecretARN": "{ARN}DevSecret""#);
        let found = key(&format!(
            r#""Condition": {{"StringEquals": {{{context},
            "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}}}"#
        ));
        only(&found, "missing-suffix", &[&format!("{ARN}DevSecret")]);
        assert!(found.said(RULE.id)[0].2.ends_with("under `StringLike`"));
    }

    #[test]
    fn a_name_that_ends_like_an_arn_is_known_by_the_bundle() {
        let named = SECRET.replace("DevSecret", "my-secret");
        let found = changed(&[
            ("/secrets/0/arn", json!(named)),
            ("/requests/0/resource", json!(named)),
            (
                "/principals/0/identity_policies/0/Statement/0/Resource",
                json!(format!("{ARN}my-secret")),
            ),
        ]);
        assert_eq!(found.found("missing-suffix"), [format!("{ARN}my-secret")]);
        let alone = bare(PolicyKind::Identity, &format!(r#""Resource": "{ARN}my-secret""#));
        assert_eq!(alone.severities("missing-suffix"), [Severity::Info]);
    }

    #[test]
    fn endings_that_can_match_are_let_pass() {
        for name in [
            "DevSecret-??????",
            "DevSecret-a1B2c3",
            "DevSecret-*",
            "*",
            "${aws:username}-??????",
            "prod/*",
        ] {
            let found = identity(&format!(r#""Resource": "{ARN}{name}""#));
            assert!(found.found("missing-suffix").is_empty(), "{name}");
        }
    }
}
