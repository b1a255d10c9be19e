//! ARNs that differ from those of the bundle by case alone.

use super::shared::{secrets, words::quote};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "resource-case",
    severity: Severity::Error,
    summary: "the ARN of a secret in another case than the secret's",
    why: "Resources are compared letter for letter: `devsecret` is not `DevSecret`. Only actions and the names of \
          condition keys may be written in any case.",
    bad: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:devsecret-??????""#,
    good: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????""#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for mention in secrets::mentions(subject) {
        let secrets = || subject.bundle.secrets.iter().map(|secret| &secret.arn.value);
        let folds = mention.condition.is_some_and(|condition| {
            condition.operator.value.comparison.name().ends_with("IgnoreCase")
        });
        if folds || secrets().any(|arn| mention.covers(arn, false)) {
            continue;
        }
        let Some(meant) = secrets().find(|arn| mention.covers(arn, true)) else { continue };
        let message = format!(
            "{} does not match {}: resources are compared letter for letter",
            quote(mention.text()),
            quote(meant.as_str())
        );
        let (base, _) = meant.as_str().rsplit_once('-').unwrap_or((meant.as_str(), ""));
        let help = format!("write {}", quote(&format!("{base}-??????")));
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
    fn another_case_is_another_secret() {
        let wrong = format!("{ARN}devsecret-??????");
        only(&identity(&format!(r#""Resource": "{wrong}""#)), "resource-case", &[&wrong]);
    }

    #[test]
    fn the_right_case_and_other_names_are_let_pass() {
        for name in ["DevSecret-??????", "other-??????", "*"] {
            let found = identity(&format!(r#""Resource": "{ARN}{name}""#));
            assert!(found.found("resource-case").is_empty(), "{name}");
        }
    }
}
