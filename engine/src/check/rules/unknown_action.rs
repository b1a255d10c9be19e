//! Actions that do not exist.

use super::shared::{actions, words::quote};
use crate::{
    aws::{Service, catalog},
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    text::nearest,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "unknown-action",
    severity: Severity::Warning,
    summary: "an action that Secrets Manager or KMS does not have",
    why: "An entry of `Action` is one pattern, compared character by character: blanks are not trimmed and commas do \
          not divide. One that matches no action has no effect.",
    bad: r#""Action": "secretsmanager:GetSecretValue,kms:Decrypt""#,
    good: r#""Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"]"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for entry in &statement.actions.list {
            let Some((severity, message, help)) = judge(&entry.value) else { continue };
            let finding = view.finding(&RULE, Some(statement), entry.span, message, help);
            findings.push(Finding { severity, ..finding });
        }
    }
}

fn judge(text: &str) -> Option<(Severity, String, String)> {
    if text.chars().all(|c| c == '*') && !text.is_empty() {
        return None;
    }
    let shown = quote(text);
    if text.contains([',', ';']) {
        let parts: Vec<String> =
            text.split([',', ';']).map(|part| format!("\"{}\"", part.trim())).collect();
        let help = format!("write a list: {}", quote(&format!("[{}]", parts.join(", "))));
        return Some((
            Severity::Error,
            format!("{shown} is one name to IAM and matches no action"),
            help,
        ));
    }
    if text.contains(char::is_whitespace) {
        let plain: String = text.split_whitespace().collect();
        let message = format!(
            "{shown} holds a blank, which is compared like any character: it matches no action"
        );
        return Some((Severity::Error, message, format!("write {}", quote(&plain))));
    }
    let Some((service, name)) = text.split_once(':') else {
        let mut full = catalog::actions().map(|known| known.full_name);
        let help = match full
            .find(|full| full.split_once(':').is_some_and(|(_, n)| n.eq_ignore_ascii_case(text)))
        {
            Some(full) => format!("write `{full}`"),
            None => "write `service:Name`, such as `secretsmanager:GetSecretValue`".to_owned(),
        };
        return Some((
            Severity::Error,
            format!("{shown} names no service, and IAM refuses it"),
            help,
        ));
    };
    let service_name = service.to_ascii_lowercase();
    let known = match service_name.as_str() {
        "secretsmanager" => Service::SecretsManager,
        "kms" => Service::Kms,
        other => return misspelt(other, name, &shown),
    };
    if !actions::covered_by(text).is_empty() {
        return None;
    }
    let names = catalog::actions_of(known).iter().map(|known| known.full_name);
    let wider = format!("{text}*");
    let help = if !text.contains(['*', '?']) && !actions::covered_by(&wider).is_empty() {
        let covered = actions::covered_by(&wider);
        let names: Vec<String> =
            covered.iter().map(|known| format!("`{}`", known.full_name)).collect();
        format!("write {}, which covers {}", quote(&wider), names.join(", "))
    } else {
        match nearest(text, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("look it up among the actions of `{service_name}`"),
        }
    };
    let message = format!(
        "{shown} matches no action of `{service_name}` that is known as of {}",
        catalog::DATE
    );
    Some((Severity::Warning, message, help))
}

/// A service that is most likely a misspelt one of ours.
fn misspelt(service: &str, name: &str, shown: &str) -> Option<(Severity, String, String)> {
    let near = nearest(service, ["secretsmanager"]).or(match service {
        "secrets-manager" | "secrets" | "secret" | "asm" => Some("secretsmanager"),
        _ => None,
    })?;
    let message = format!("{shown} is of no service that AWS has");
    Some((
        Severity::Warning,
        message,
        format!("did you mean {}?", quote(&format!("{near}:{name}"))),
    ))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{identity, only, secret},
        *,
    };

    #[test]
    fn entries_that_match_nothing_are_found() {
        let help = |action: &str| {
            let found = secret(&format!(r#""Action": "{action}""#));
            only(&found, "unknown-action", &[action]);
            found.said("unknown-action")[0].2.to_owned()
        };
        assert_eq!(
            help("secretsmanager:GetSecretValue,kms:Decrypt"),
            "write a list: `[\"secretsmanager:GetSecretValue\", \"kms:Decrypt\"]`"
        );
        assert_eq!(help("secretsmanager:GetSecretValue "), "write `secretsmanager:GetSecretValue`");
        assert_eq!(
            help("secretsmanager:GetSecretValues"),
            "did you mean `secretsmanager:GetSecretValue`?"
        );
        assert_eq!(help("GetSecretValue"), "write `secretsmanager:GetSecretValue`");
        assert_eq!(
            help("secretmanager:GetSecretValue"),
            "did you mean `secretsmanager:GetSecretValue`?"
        );
        let found = identity(r#""Action": "kms:ReEncrypt", "Resource": "*""#);
        let help = "write `kms:ReEncrypt*`, which covers `kms:ReEncryptFrom`, `kms:ReEncryptTo`";
        assert_eq!(found.said(RULE.id)[0].2, help);
    }

    #[test]
    fn patterns_and_other_services_are_let_pass() {
        for right in [
            "*",
            "secretsmanager:*",
            "SecretsManager:getsecretvalue",
            "secretsmanager:Get*",
            "s3:GetObject",
        ] {
            assert_eq!(judge(right), None, "{right}");
        }
    }
}
