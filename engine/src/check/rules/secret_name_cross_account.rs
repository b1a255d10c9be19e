//! Requests that call another account's secret by its name.

use super::shared::{principals, words::quote};
use crate::{
    aws::{Arn, Service},
    bundle::{Secret, is_suffix},
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    text::Location,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "secret-name-cross-account",
    severity: Severity::Error,
    summary: "a call for another account's secret by its name",
    why: "Secrets Manager looks a name up in the caller's own account. A secret of another account is called by its \
          ARN; the whole ARN is best, since a partial one is misread if the name itself ends in a hyphen and six \
          characters.",
    bad: r#""resource": "DevSecret""#,
    good: r#""resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3""#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for request in &subject.bundle.requests {
        let Some(resource) = &request.resource else { continue };
        let text = resource.value.as_str();
        let Some(account) = principals::caller_account(&request.principal.value) else { continue };
        if request.action.value.service() != Service::SecretsManager
            || request.action.value.as_str() == "secretsmanager:CreateSecret"
        {
            continue;
        }
        let secrets = || subject.bundle.secrets.iter();
        let named = |secret: &&Secret| secret.name() == text || secret.name_and_suffix() == text;
        let judged = if !text.starts_with("arn:") {
            if secrets().any(|secret| secret.account == account && named(&secret)) {
                continue;
            }
            let Some(secret) = secrets().find(named) else { continue };
            let message = format!(
                "{} is looked up in the caller's account {account}, and the secret of that name is in {}",
                quote(text),
                secret.account
            );
            Some((Severity::Error, message, secret))
        } else {
            partial(subject, text)
        };
        let Some((severity, message, secret)) = judged else { continue };
        let help = format!("call it by its ARN: {}", quote(secret.arn.value.as_str()));
        let location = Location::new(request.location.source, resource.span);
        findings.push(Finding { severity, ..Findings::at(&RULE, location, message, help) });
    }
}

/// An ARN without the random end: found by name, unless the name itself looks complete.
fn partial<'a>(subject: &Subject<'a>, text: &str) -> Option<(Severity, String, &'a Secret)> {
    let arn: Arn = text.parse().ok()?;
    let name = arn.resource().strip_prefix("secret:")?;
    let mut secrets = subject.bundle.secrets.iter();
    let here = |secret: &&Secret| {
        let own = &secret.arn.value;
        (own.region(), own.account_field()) == (arn.region(), arn.account_field())
    };
    if subject.bundle.secret(&arn).is_some() {
        return None;
    }
    let secret = secrets.find(|secret| here(secret) && secret.name() == name)?;
    let looks_complete = name.rsplit_once('-').is_some_and(|(_, end)| is_suffix(end));
    Some(match looks_complete {
        true => {
            let message =
                format!("{} looks like a complete ARN, and no secret has it", quote(text));
            (Severity::Error, message, secret)
        }
        false => {
            let message = format!(
                "{} is a partial ARN: it works as long as no name looks like a complete one",
                quote(text)
            );
            (Severity::Info, message, secret)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{SECRET, changed},
        *,
    };
    use serde_json::json;

    #[test]
    fn a_name_is_of_the_callers_account() {
        let found = changed(&[("/requests/0/resource", json!("DevSecret"))]);
        assert_eq!(found.rules(), ["secret-name-cross-account"]);
        assert_eq!(found.found(RULE.id), ["DevSecret"]);
        assert_eq!(found.said(RULE.id)[0].2, format!("call it by its ARN: `{SECRET}`"));
    }

    #[test]
    fn a_partial_arn_works_but_for_its_name() {
        let partial = SECRET.trim_end_matches("-a1B2c3");
        let found = changed(&[("/requests/0/resource", json!(partial))]);
        assert_eq!(found.severities(RULE.id), [Severity::Info]);
        let named = SECRET.replace("DevSecret", "my-secret");
        let found = changed(&[
            ("/secrets/0/arn", json!(named)),
            ("/requests/0/resource", json!(named.trim_end_matches("-a1B2c3"))),
        ]);
        assert_eq!(found.severities(RULE.id), [Severity::Error]);
    }

    #[test]
    fn names_in_the_own_account_are_let_pass() {
        let found = changed(&[
            ("/requests/0/resource", json!("DevSecret")),
            ("/requests/0/principal", json!("arn:aws:iam::111122223333:root")),
        ]);
        assert!(found.found(RULE.id).is_empty());
    }
}
