//! Actions that a statement lists and can never cover.

use std::cell::OnceCell;

use super::shared::{
    actions, arns, conditions, principals,
    words::{listed, quote},
};
use crate::{
    aws::catalog::KnownAction,
    check::subject::{Findings, PolicyView, Subject},
    finding::{Finding, Rule, Severity},
    policy::{PolicyKind, Principal, Resource, Statement},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "inert-action",
    severity: Severity::Warning,
    summary: "an action that the statement lists and can never cover",
    why: "A secret's policy decides calls of Secrets Manager on the secret, a key's policy calls of KMS on the key. \
          Some actions have no resource and are asked for on `*`, some have no effect across accounts, and a \
          condition on the encryption context leaves out DescribeKey, which has none.",
    bad: r#"{"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"], "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}"#,
    good: r#"[{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}, {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}]"#,
    reference: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html",
};

/// Calls that have an effect on another account's key.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
const KMS_ACROSS_ACCOUNTS: &[&str] = &[
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateMac",
    "kms:GetKeyRotationStatus",
    "kms:GetPublicKey",
    "kms:ListGrants",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:Sign",
    "kms:Verify",
    "kms:VerifyMac",
];

/// Calls that have no effect on another account's secret.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html>
const SECRETS_OWN_ACCOUNT: &[&str] = &[
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:CreateSecret",
    "secretsmanager:ListSecrets",
];

type Reason = (Severity, String, String);

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        if statement.actions.negated {
            continue;
        }
        let all = OnceCell::new();
        let all = || all.get_or_init(|| actions::covered(&statement.actions)).as_slice();
        for entry in &statement.actions.list {
            let covered = actions::covered_by(&entry.value);
            // An entry that reaches into other services may cover what we know nothing of.
            if actions::service(&entry.value).contains(['*', '?']) || !entry.value.contains(':') {
                continue;
            }
            let reason = wrong_policy(view.document.kind, &entry.value, &covered)
                .or_else(|| across_accounts(subject, view, statement, &entry.value, &covered))
                .or_else(|| wrong_resource(view, statement, &entry.value, &covered))
                .or_else(|| wrong_condition(statement, &entry.value, &covered, all));
            let Some((severity, message, help)) = reason else { continue };
            let finding = view.finding(&RULE, Some(statement), entry.span, message, help);
            findings.push(Finding { severity, ..finding });
        }
    }
}

/// The action is of another service than what the policy is attached to, or on no resource of it.
fn wrong_policy(kind: PolicyKind, entry: &str, covered: &[&KnownAction]) -> Option<Reason> {
    let (what, own, resource) = match kind {
        PolicyKind::Secret => ("secret", "secretsmanager", "secret"),
        PolicyKind::Key => ("key", "kms", "key"),
        _ => return None,
    };
    let shown = quote(entry);
    let service = actions::service(entry).to_ascii_lowercase();
    if service != own {
        let message =
            format!("{shown} is of another service: the policy of a {what} never covers it");
        let help = match (kind, service.as_str()) {
            (PolicyKind::Secret, "kms") => "allow it in the policy of the key".to_owned(),
            (PolicyKind::Key, "secretsmanager") => {
                "allow it in the policy of the secret".to_owned()
            }
            _ => "remove it".to_owned(),
        };
        return Some((Severity::Warning, message, help));
    }
    if !covered.is_empty() && covered.iter().all(|known| !known.resources.contains(&resource)) {
        let message =
            format!("{shown} is not asked for on a {what}: the policy of a {what} never covers it");
        let help = "allow it in an identity policy, on `*`".to_owned();
        let severity = if kind == PolicyKind::Key { Severity::Info } else { Severity::Warning };
        return Some((severity, message, help));
    }
    if kind == PolicyKind::Secret
        && covered.iter().all(|k| k.full_name == "secretsmanager:CreateSecret")
    {
        let found = !covered.is_empty();
        let message = format!("{shown} is asked for before the secret and its policy exist");
        return found
            .then(|| (Severity::Warning, message, "allow it in an identity policy".to_owned()));
    }
    None
}

/// All whom the statement is about are of other accounts, where the action has no effect.
fn across_accounts(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    statement: &Statement,
    entry: &str,
    covered: &[&KnownAction],
) -> Option<Reason> {
    let [action] = covered else { return None };
    let ineffective = match view.document.kind {
        PolicyKind::Secret => SECRETS_OWN_ACCOUNT.contains(&action.full_name),
        PolicyKind::Key => !KMS_ACROSS_ACCOUNTS.contains(&action.full_name),
        _ => false,
    };
    if !ineffective || entry.contains(['*', '?']) {
        return None;
    }
    let list = statement.principals.iter().flat_map(|element| &element.list);
    let listed_here: Vec<_> =
        list.filter(|entry| !matches!(entry.value, Principal::Service(_))).collect();
    let outsiders = principals::outsiders(subject, view, statement);
    let all = !outsiders.is_empty()
        && outsiders.len() == listed_here.len()
        && outsiders.iter().all(|outsider| outsider.account.is_some());
    let mut names: Vec<String> = outsiders.iter().map(principals::Outsider::name).collect();
    names.dedup();
    let message = format!(
        "{} has no effect across accounts, and the statement is about {}",
        quote(entry),
        listed(&names)
    );
    let help =
        "remove it: a role of the owner's account, assumed from outside, can do it".to_owned();
    all.then_some((Severity::Warning, message, help))
}

/// The action is asked for on another kind of resource than the statement lists.
fn wrong_resource(
    view: PolicyView<'_>,
    statement: &Statement,
    entry: &str,
    covered: &[&KnownAction],
) -> Option<Reason> {
    if view.document.kind.has_principal() && view.document.kind != PolicyKind::VpcEndpoint {
        return None;
    }
    let element = statement.resources.as_ref().filter(|element| !element.negated)?;
    let any = element.list.iter().any(|entry| entry.value == Resource::Any);
    let entries = arns::entries(view, statement);
    if any || entries.is_empty() || covered.is_empty() {
        return None;
    }
    let shown = quote(entry);
    if covered.iter().all(|known| known.resources.is_empty()) {
        let message =
            format!("{shown} has no resource type: it is asked for on `*`, which no ARN covers");
        let help = "allow it in a statement with `\"Resource\": \"*\"`".to_owned();
        return Some((Severity::Warning, message, help));
    }
    let of = |service: &str| {
        entries.iter().any(|entry| {
            arns::fields(entry.template.as_str())
                .is_none_or(|[_, _, of, ..]| of.eq_ignore_ascii_case(service) || arns::is_open(of))
        })
    };
    let services: Vec<&str> =
        covered.iter().map(|known| actions::service(known.full_name)).collect();
    if !services.iter().any(|service| of(service)) {
        let (what, pattern) = match services.first() {
            Some(&"kms") => ("a key", "arn:aws:kms:REGION:ACCOUNT:key/ID"),
            _ => ("a secret", "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-??????"),
        };
        let message = format!("{shown} is asked for on {what}, and no entry of `Resource` is one");
        let help = format!("allow it in a statement of its own, on `{pattern}`");
        return Some((Severity::Warning, message, help));
    }
    let creates = covered.iter().all(|known| known.full_name == "secretsmanager:CreateSecret");
    let full = |entry: &arns::Entry| {
        arns::secret_name(entry.template.as_str()).is_some_and(|name| {
            let end = name.rsplit_once('-').map_or("", |(_, end)| end);
            !name.contains(['*', '?', '$']) && crate::bundle::is_suffix(end)
        })
    };
    let message =
        format!("{shown} is asked for before the secret has the six random characters of its ARN");
    let help = "write `-??????` in their place".to_owned();
    (creates && entries.iter().all(full)).then_some((Severity::Warning, message, help))
}

/// A condition demands a key that calls of the action never carry, though others of the statement do.
fn wrong_condition<'a>(
    statement: &Statement,
    entry: &str,
    covered: &[&KnownAction],
    all: impl Fn() -> &'a [&'static KnownAction],
) -> Option<Reason> {
    let condition = statement.conditions.iter().find(|condition| {
        let carries = |known: &&KnownAction| known.can_carry(&condition.key.value);
        conditions::needs_key(condition)
            && !covered.iter().any(carries)
            && all().iter().any(carries)
    })?;
    let key = condition.key.value.canonical();
    let message = format!(
        "{} never carries `{key}`: with this condition the statement does not cover it",
        quote(entry)
    );
    let help = "allow it in a statement without that condition, or remove it".to_owned();
    (!covered.is_empty()).then_some((Severity::Warning, message, help))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{KEY, identity, key, only, secret},
        *,
    };

    const VIA: &str = r#""Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;

    #[test]
    fn actions_of_another_policy_are_found() {
        let found = secret(r#""Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"]"#);
        only(&found, "inert-action", &["kms:Decrypt"]);
        let found =
            key(&format!(r#""Action": ["kms:Decrypt", "secretsmanager:GetSecretValue"], {VIA}"#));
        only(&found, "inert-action", &["secretsmanager:GetSecretValue"]);
        only(
            &secret(r#""Action": ["secretsmanager:GetSecretValue", "secretsmanager:ListSecrets"]"#),
            RULE.id,
            &["secretsmanager:ListSecrets"],
        );
        let found = key(&format!(r#""Action": ["kms:Decrypt", "kms:DisableKey"], {VIA}"#));
        assert!(found.said(RULE.id)[0].1.contains("has no effect across accounts"));
    }

    #[test]
    fn actions_on_another_resource_are_found() {
        let found = identity(r#""Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"]"#);
        only(&found, "inert-action", &["kms:Decrypt"]);
        let found = identity(
            r#""Action": ["secretsmanager:GetSecretValue", "secretsmanager:ListSecrets"]"#,
        );
        only(&found, "inert-action", &["secretsmanager:ListSecrets"]);
        let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
        let found =
            identity(&format!(r#""Action": "secretsmanager:CreateSecret", "Resource": "{arn}""#));
        only(&found, "inert-action", &["secretsmanager:CreateSecret"]);
    }

    #[test]
    fn actions_without_the_conditions_key_are_found() {
        let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";
        let found = key(&format!(
            r#""Action": ["kms:Decrypt", "kms:DescribeKey"], "Condition": {{
            "StringEquals": {{"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}},
            "StringLike": {{"kms:EncryptionContext:SecretARN": "{arn}"}}}}"#
        ));
        only(&found, "inert-action", &["kms:DescribeKey"]);
    }

    #[test]
    fn actions_that_are_covered_are_let_pass() {
        for right in [
            format!(r#""Action": ["kms:Decrypt", "kms:DescribeKey"], {VIA}"#),
            format!(r#""Action": "kms:GenerateDataKey*", {VIA}"#),
        ] {
            assert_eq!(key(&right).rules(), [""; 0], "{right}");
        }
        for right in [
            r#""Action": "*", "Resource": "*""#.to_owned(),
            r#""Action": ["secretsmanager:GetSecretValue", "secretsmanager:ListSecrets"], "Resource": "*""#.to_owned(),
            format!(r#""Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"], "Resource": ["{KEY}",
                "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"]"#),
            r#""Action": "secretsmanager:List*""#.to_owned(),
            r#""Action": "*", "Resource": "arn:aws:s3:::bucket/*""#.to_owned(),
        ] {
            assert_eq!(identity(&right).rules(), [""; 0], "{right}");
        }
    }
}
