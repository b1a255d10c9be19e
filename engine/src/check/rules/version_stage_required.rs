//! Conditions on the version stage, which a default call does not carry.

use super::shared::{actions, conditions};
use crate::{
    bundle::{Bundle, ContextValue, Request},
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::Comparison,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "version-stage-required",
    severity: Severity::Warning,
    summary: "a condition on secretsmanager:VersionStage, which callers must then pass",
    why: "The key holds the parameter of the call and is missing where the caller leaves it out: Secrets Manager \
          returns AWSCURRENT then, and does not fill in the key. A call without VersionStage, or with VersionId \
          alone, is denied.",
    bad: r#""StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}, and a call of `get-secret-value --secret-id …`"#,
    good: r#"`get-secret-value --secret-id … --version-stage AWSCURRENT`"#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements().filter(|(_, statement)| statement.allows()) {
        if !actions::covers(statement, "secretsmanager:GetSecretValue") {
            continue;
        }
        for condition in conditions::on(statement, &["secretsmanager:versionstage"]) {
            let null = condition.operator.value.comparison == Comparison::Null;
            if null || !conditions::needs_key(condition) {
                continue;
            }
            let stage = condition.values.first().map_or("AWSCURRENT", |value| value.value.as_str());
            let stage = if stage.contains(['*', '?']) { "AWSCURRENT" } else { stage };
            let stage = crate::text::escape(stage);
            let (severity, calls) = match lacking(subject.bundle) {
                Some(Some(request)) => (
                    Severity::Warning,
                    format!("; `{}` does not", crate::text::escape(&request.name)),
                ),
                Some(None) => (Severity::Info, ", as the requests here do".to_owned()),
                None => (Severity::Warning, ": a default call is denied".to_owned()),
            };
            let message =
                format!("callers must pass VersionStage for this condition to hold{calls}");
            let help = format!(
                "call with `--version-stage {stage}`; a condition with `IfExists` would let default calls pass, and \
                 with them every call by VersionId"
            );
            let finding = view.finding(&RULE, Some(statement), condition.key.span, message, help);
            findings.push(Finding { severity, ..finding });
        }
    }
}

/// A request that reads a secret without naming the stage, if there are requests that read one at all.
fn lacking(bundle: &Bundle) -> Option<Option<&Request>> {
    let mut reads = bundle
        .stated_requests()
        .filter(|request| request.action.value.as_str() == "secretsmanager:GetSecretValue");
    let names_stage = |request: &&Request| {
        let stated = request.context.iter().any(|(key, value)| {
            key.lower() == "secretsmanager:versionstage" && *value != ContextValue::Absent
        });
        request.parameters.contains_key("VersionStage") || stated
    };
    reads.clone().next()?;
    Some(reads.find(|request| !names_stage(request)))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{bare, changed, secret, sound},
        *,
    };
    use crate::policy::PolicyKind;
    use serde_json::json;

    const STAGE: &str =
        r#""Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}"#;

    #[test]
    fn a_call_that_leaves_the_stage_out_is_denied() {
        let condition = json!({"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}});
        let mut request = sound()["requests"][0].clone();
        request["parameters"] = json!({});
        request["name"] = json!("the default call");
        let found = changed(&[
            ("/secrets/0/policy/Statement/0/Condition", condition),
            ("/requests/-", request),
        ]);
        assert_eq!(found.rules(), ["version-stage-required"]);
        let message = "callers must pass VersionStage for this condition to hold; `the default call` does not";
        assert_eq!(found.said(RULE.id)[0].1, message);
        assert_eq!(bare(PolicyKind::Secret, STAGE).severities(RULE.id), [Severity::Warning]);
    }

    #[test]
    fn calls_that_name_the_stage_are_fine() {
        assert_eq!(secret(STAGE).severities(RULE.id), [Severity::Info]);
    }

    #[test]
    fn other_conditions_and_denials_are_let_pass() {
        for right in [
            r#""Condition": {"StringEqualsIfExists": {"secretsmanager:VersionStage": "AWSCURRENT"}}"#,
            r#""Effect": "Deny", "Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}}"#,
        ] {
            assert!(secret(right).found(RULE.id).is_empty(), "{right}");
        }
    }
}
