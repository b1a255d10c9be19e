//! Network keys in permissions for the call that Secrets Manager forwards to KMS.

use super::shared::{
    actions::{self, CRYPTOGRAPHIC},
    conditions, keys,
};
use crate::{
    check::subject::{Findings, PolicyView, Subject},
    finding::{Finding, Rule, Severity},
    policy::{Family, PolicyKind, Statement},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "unreachable-network-key",
    severity: Severity::Error,
    summary: "a condition on the caller's network where the call comes from Secrets Manager",
    why: "To read a secret, Secrets Manager calls KMS for the caller, in a forward access session. That call carries \
          the caller's identity and not aws:SourceVpc, aws:SourceVpce or aws:VpcSourceIp, even if the caller came \
          through an endpoint: an Allow that needs them never applies, a Deny unless they match always does.",
    bad: r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}"#,
    good: r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html",
};

const HELP_ALLOW: &str = "put the condition on the secret, in its policy or where secretsmanager:GetSecretValue is allowed; here write \
     `\"StringLike\": {\"kms:ViaService\": \"secretsmanager.*.amazonaws.com\"}`";
const HELP_DENY: &str = "add `\"Bool\": {\"aws:ViaAWSService\": \"false\"}`, so that the Deny is about direct calls only";

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let of_caller = matches!(
            view.document.kind,
            PolicyKind::Key
                | PolicyKind::Identity
                | PolicyKind::PermissionsBoundary
                | PolicyKind::Session
                | PolicyKind::ServiceControl
                | PolicyKind::ResourceControl
        );
        let decrypts = CRYPTOGRAPHIC.iter().any(|name| actions::covers(statement, name));
        if !of_caller || !decrypts || is_about_direct_calls(statement) {
            continue;
        }
        // Another condition may keep a Deny from applying.
        let others = statement.conditions.iter().any(|condition| {
            !keys::NETWORK.contains(&condition.key.value.lower())
                && condition.key.value.lower() != "kms:viaservice"
        });
        for condition in conditions::on(statement, keys::NETWORK) {
            let key = condition.key.value.canonical();
            let never = statement.allows() && conditions::needs_key(condition);
            let always = !statement.allows() && conditions::holds_without_key(condition);
            let outcome = match (never, always) {
                (true, _) => "this Allow does not cover it",
                (_, true) if others => "this Deny takes every caller for one from elsewhere",
                (_, true) => "this Deny always covers it",
                (false, false) => continue,
            };
            let message = format!(
                "`{key}` is never in the call that Secrets Manager makes to KMS for its caller: {outcome}"
            );
            let help = if never { HELP_ALLOW } else { HELP_DENY }.to_owned();
            let finding = view.finding(&RULE, Some(statement), condition.key.span, message, help);
            let severity = match always && others {
                true => Severity::Warning,
                false => severity(subject, view, statement),
            };
            findings.push(Finding { severity, ..finding });
        }
    }
}

/// Whether the statement says itself that it is not about forwarded calls.
fn is_about_direct_calls(statement: &Statement) -> bool {
    conditions::on(statement, keys::THROUGH_SERVICE).any(|condition| {
        let comparison = condition.operator.value.comparison;
        let all = |text: &str| {
            condition.values.iter().all(|value| value.value.as_str().eq_ignore_ascii_case(text))
        };
        match comparison.family() {
            Family::Null => all("true"),
            Family::Bool => all("false"),
            _ => comparison.is_negated(),
        }
    })
}

/// A key or a statement that may have nothing to do with secrets is a lesser matter.
fn severity(subject: &Subject<'_>, view: PolicyView<'_>, statement: &Statement) -> Severity {
    let by_service = conditions::on(statement, &["kms:viaservice"]).next().is_some();
    let names_kms = statement
        .actions
        .list
        .iter()
        .any(|entry| actions::service(&entry.value).eq_ignore_ascii_case("kms"));
    let names_both = names_kms
        && statement
            .actions
            .list
            .iter()
            .any(|entry| actions::service(&entry.value).eq_ignore_ascii_case("secretsmanager"));
    let has_secrets = !subject.bundle.secrets.is_empty();
    let of_secret = view.document.kind == PolicyKind::Key && !subject.keys_of(view).is_empty();
    let about_secrets = has_secrets && (of_secret || names_kms);
    match by_service || names_both || about_secrets {
        true => Severity::Error,
        false => Severity::Warning,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{KEY, bare, identity, key, only, secret},
        *,
    };

    #[test]
    fn an_allow_that_needs_the_network_never_applies() {
        let found = key(r#""Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d",
            "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#);
        only(&found, "unreachable-network-key", &["aws:SourceVpce"]);
        let found = identity(&format!(
            r#""Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"], "Resource": ["{KEY}",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"],
            "Condition": {{"StringEquals": {{"aws:SourceVpc": "vpc-1a2b3c4d"}}}}"#
        ));
        only(&found, "unreachable-network-key", &["aws:SourceVpc"]);
        let alone = bare(
            PolicyKind::Identity,
            &format!(
                r#""Action": "kms:Decrypt", "Resource": "{KEY}",
            "Condition": {{"StringEquals": {{"aws:SourceVpc": "vpc-1a2b3c4d"}}}}"#
            ),
        );
        assert_eq!(alone.severities(RULE.id), [Severity::Warning]);
    }

    #[test]
    fn a_deny_unless_the_network_matches_always_applies() {
        let found = key(r#""Effect": "Deny", "Principal": "*", "Condition": {
            "StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#);
        only(&found, "unreachable-network-key", &["aws:SourceVpce"]);
        assert!(found.said(RULE.id)[0].2.contains("aws:ViaAWSService"));
    }

    #[test]
    fn secrets_and_statements_about_direct_calls_are_let_pass() {
        let vpce = r#""aws:SourceVpce": "vpce-1a2b3c4d""#;
        let found = secret(&format!(r#""Condition": {{"StringEquals": {{{vpce}}}}}"#));
        assert_eq!(found.rules(), [""; 0]);
        for guard in [
            r#""BoolIfExists": {"aws:ViaAWSService": "false"}"#,
            r#""Null": {"kms:ViaService": "true"}"#,
        ] {
            let found = key(&format!(
                r#""Effect": "Deny", "Principal": "*", "Condition": {{"StringNotEquals": {{{vpce}}}, {guard}}}"#
            ));
            assert!(found.found(RULE.id).is_empty(), "{guard}");
        }
    }
}
