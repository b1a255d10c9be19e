//! Alias ARNs where the ARN of a key belongs.

use super::shared::{actions, arns, words::quote};
use crate::{
    aws::Arn,
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "key-alias-resource",
    severity: Severity::Error,
    summary: "the ARN of an alias as the resource of a permission to use a key",
    why: "An alias ARN in `Resource` is about the alias itself, for the calls that make, change and delete aliases. \
          It never stands for the key behind it: a permission to decrypt names the key's ARN.",
    bad: r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:alias/DevSecretKMS"}"#,
    good: r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}"#,
    reference: "https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let covered = actions::covered(&statement.actions);
        let on_keys = |known: &&&_| -> bool {
            let known: &crate::aws::catalog::KnownAction = known;
            known.resources.contains(&"key") && !known.resources.contains(&"alias")
        };
        let on_aliases = covered.iter().any(|known| known.resources.contains(&"alias"));
        let Some(action) = covered.iter().find(on_keys) else { continue };
        let entries = arns::entries(view, statement);
        let is_alias = |text: &str| {
            arns::fields(text).is_some_and(|[_, _, service, _, _, resource]| {
                service == "kms" && resource.starts_with("alias/")
            })
        };
        let only_aliases = entries.iter().all(|entry| {
            let text = entry.template.as_str();
            is_alias(text) || arns::fields(text).is_some_and(|[_, _, service, ..]| service != "kms")
        });
        for entry in entries.iter().filter(|entry| is_alias(entry.template.as_str())) {
            // Beside its key an alias belongs to a statement about aliases.
            if on_aliases && !only_aliases {
                continue;
            }
            let text = entry.template.as_str();
            let decrypts = covered.iter().find(|known| known.full_name == "kms:Decrypt");
            let action = decrypts.unwrap_or(action).full_name;
            let message = format!(
                "{} is an alias, and `{action}` is asked for on the key behind it: the entry does not cover it",
                quote(text)
            );
            let help = match key_behind(subject, text) {
                Some(key) => format!("write the ARN of the key: {}", quote(&key)),
                None => {
                    "write the ARN of the key, or `*` with a condition on `kms:ResourceAliases`"
                        .to_owned()
                }
            };
            let finding = view.finding(&RULE, Some(statement), entry.span, message, help);
            let severity =
                if only_aliases && !on_aliases { Severity::Error } else { Severity::Warning };
            findings.push(Finding { severity, ..finding });
        }
    }
}

/// The key of the bundle that has this alias.
fn key_behind(subject: &Subject<'_>, alias: &str) -> Option<String> {
    let arn: Arn = alias.parse().ok()?;
    let key = subject.bundle.keys.iter().find(|key| {
        Some(key.account) == arn.account()
            && key.arn.value.region() == arn.region()
            && key.aliases.iter().any(|own| own == arn.resource())
    });
    key.map(|key| key.arn.value.to_string())
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{KEY, identity, only},
        *,
    };

    const ALIAS: &str = "arn:aws:kms:us-east-1:111122223333:alias/DevSecretKMS";

    #[test]
    fn an_alias_does_not_stand_for_its_key() {
        let found = identity(&format!(r#""Action": "kms:Decrypt", "Resource": "{ALIAS}""#));
        only(&found, "key-alias-resource", &[ALIAS]);
        assert_eq!(found.said(RULE.id)[0].2, format!("write the ARN of the key: `{KEY}`"));
        let found = identity(&format!(r#""Action": "kms:*", "Resource": "{ALIAS}""#));
        assert_eq!(found.severities(RULE.id), [Severity::Warning]);
    }

    #[test]
    fn calls_on_aliases_are_let_pass() {
        for right in [
            format!(r#""Action": "kms:UpdateAlias", "Resource": ["{ALIAS}", "{KEY}"]"#),
            format!(r#""Action": "kms:*", "Resource": ["{ALIAS}", "{KEY}"]"#),
            format!(r#""Action": "kms:Decrypt", "Resource": "{KEY}""#),
        ] {
            assert!(identity(&right).found(RULE.id).is_empty(), "{right}");
        }
    }
}
