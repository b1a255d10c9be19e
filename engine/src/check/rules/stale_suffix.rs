//! Secret ARNs with the random end of another secret of the same name.

use super::shared::{secrets, words::quote};
use crate::{
    aws::Arn,
    bundle::{ArnEnd, is_suffix},
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "stale-suffix",
    severity: Severity::Error,
    summary: "a secret's ARN with six other characters at its end than the secret has",
    why: "A secret that is deleted and made again under its name gets another random end. Policies with the old ARN \
          no longer match it; a pattern with `-??????` does.",
    bad: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-x9Y8z7""#,
    good: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????""#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for mention in secrets::mentions(subject) {
        let text = mention.text();
        let Some((name, end)) = mention.name().rsplit_once('-') else { continue };
        let Ok(arn) = text.parse::<Arn>() else { continue };
        if !is_suffix(end) || name.contains(['*', '?', '$']) {
            continue;
        }
        let here = |own: &Arn| {
            (own.partition(), own.region(), own.account_field())
                == (arn.partition(), arn.region(), arn.account_field())
        };
        let secrets = || subject.bundle.secrets.iter().filter(|secret| here(&secret.arn.value));
        // A name is unique in its account and Region.
        let exists =
            secrets().any(|secret| secret.arn.value == arn || secret.name() == mention.name());
        let Some(secret) = secrets().find(|secret| secret.name() == name && !exists) else {
            continue;
        };
        if secret.end == ArnEnd::StandIn {
            // What is written may well be the real end.
            continue;
        }
        let own = secret.arn.value.as_str();
        let message = format!(
            "the secret {} is {}: {} is an ARN of another one, most likely deleted",
            quote(name),
            quote(own),
            quote(text)
        );
        let pattern =
            format!("{}-??????", text.strip_suffix(end).unwrap_or(text).trim_end_matches('-'));
        let help = match secret.end {
            ArnEnd::Known => format!("write {} or {}", quote(&pattern), quote(own)),
            // The end of a secret that is still to be made is a stand-in, and of use to nobody.
            ArnEnd::Random | ArnEnd::StandIn => format!("write {}", quote(&pattern)),
        };
        findings.push(mention.view.finding(
            &RULE,
            Some(mention.statement),
            mention.span,
            message,
            help,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{identity, only};

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:";

    #[test]
    fn the_end_of_an_older_secret_is_found() {
        let old = format!("{ARN}DevSecret-x9Y8z7");
        only(&identity(&format!(r#""Resource": "{old}""#)), "stale-suffix", &[&old]);
    }

    #[test]
    fn the_secret_itself_and_others_are_let_pass() {
        for name in ["DevSecret-a1B2c3", "DevSecret-??????", "Other-x9Y8z7"] {
            let found = identity(&format!(r#""Resource": "{ARN}{name}""#));
            assert!(found.found("stale-suffix").is_empty(), "{name}");
        }
        let elsewhere = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:DevSecret-x9Y8z7";
        assert!(
            identity(&format!(r#""Resource": "{elsewhere}""#)).found("stale-suffix").is_empty()
        );
    }
}
