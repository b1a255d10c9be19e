//! Keys that other accounts can use without Secrets Manager between.

use super::shared::{actions, conditions, keys, principals};
use crate::{
    check::subject::{Findings, PolicyView, Subject},
    finding::{Rule, Severity},
    policy::{PolicyKind, Principal},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "direct-decrypt",
    severity: Severity::Warning,
    summary: "a key policy that lets other accounts decrypt without Secrets Manager between",
    why: "Without kms:ViaService a caller may use the key in calls of its own, past the secret's policy and its log: \
          whoever gets hold of a ciphertext can decrypt it. For reading a secret the call by way of Secrets Manager \
          is enough.",
    bad: r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
    good: r#"{"…": "…", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}}"#,
    reference: "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let is_key = view.document.kind == PolicyKind::Key && statement.resources.is_some();
        if !is_key
            || !actions::covers(statement, "kms:Decrypt")
            || conditions::narrowed_by(statement, keys::THROUGH_SERVICE)
            || forbids_direct_calls(view)
        {
            continue;
        }
        let bound = statement.conditions.iter().any(|condition| {
            condition.key.value.lower().starts_with("kms:encryptioncontext:")
                && conditions::narrows(condition)
        });
        for outsider in principals::outsiders(subject, view, statement) {
            let name = outsider.name();
            let message = match bound {
                true => format!(
                    "{name} may call kms:Decrypt directly, with the encryption context of the secret"
                ),
                false => format!(
                    "{name} may call kms:Decrypt directly, on whatever is encrypted under the key"
                ),
            };
            let keys = subject.keys_of(view);
            let region = keys.first().map_or("us-east-1", |key| key.arn.value.region());
            let help = format!(
                "add `\"StringEquals\": {{\"kms:ViaService\": \"secretsmanager.{region}.amazonaws.com\"}}`"
            );
            findings.push(view.finding(&RULE, Some(statement), outsider.span, message, help));
        }
    }
}

/// Whether a Deny of the policy already stops everyone whose call does not come through a service.
fn forbids_direct_calls(view: PolicyView<'_>) -> bool {
    view.policy.statements.iter().filter(|s| !s.allows() && s.resources.is_some()).any(
        |statement| {
            let everyone = statement.principals.as_ref().is_some_and(|element| {
                !element.negated
                    && element
                        .list
                        .iter()
                        .any(|entry| matches!(entry.value, Principal::Everyone { .. }))
            });
            let [condition] = statement.conditions.as_slice() else { return false };
            let says_false =
                condition.values.iter().all(|v| v.value.as_str().eq_ignore_ascii_case("false"));
            let guards = match condition.key.value.lower() {
                "aws:viaawsservice" => says_false,
                key => {
                    keys::THROUGH_SERVICE.contains(&key) && conditions::holds_without_key(condition)
                }
            };
            everyone && guards && actions::covers(statement, "kms:Decrypt")
        },
    )
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{bare, changed, key, only},
        *,
    };
    use serde_json::json;

    const ROLE: &str = "arn:aws:iam::444455556666:role/R_B";

    #[test]
    fn other_accounts_should_come_by_way_of_the_service() {
        only(&key(""), "direct-decrypt", &[ROLE]);
        let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";
        let bound = key(&format!(
            r#""Condition": {{"StringLike": {{"kms:EncryptionContext:SecretARN": "{arn}"}}}}"#
        ));
        only(&bound, "direct-decrypt", &[ROLE]);
        assert_eq!(
            bound.said(RULE.id)[0].2,
            "add `\"StringEquals\": {\"kms:ViaService\": \"secretsmanager.us-east-1.amazonaws.com\"}`"
        );
        assert_eq!(key(r#""Principal": "*""#).found(RULE.id), ["*"]);
    }

    #[test]
    fn the_owner_and_calls_by_way_of_a_service_are_let_pass() {
        for right in [
            r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/Admin"}, "Action": "kms:*""#,
            r#""Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#,
            r#""Principal": "*", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}"#,
            r#""Condition": {"Bool": {"aws:ViaAWSService": "true"}}"#,
        ] {
            assert!(key(right).found(RULE.id).is_empty(), "{right}");
        }
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"StringNotEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}});
        let allow = json!({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:Decrypt", "Resource": "*"});
        let found =
            changed(&[("/keys/0/policy/Statement/1", allow), ("/keys/0/policy/Statement/-", deny)]);
        assert!(found.found(RULE.id).is_empty());
    }

    #[test]
    fn without_an_owner_only_everyone_is_an_outsider() {
        assert!(bare(PolicyKind::Key, "").found(RULE.id).is_empty());
        assert_eq!(bare(PolicyKind::Key, r#""Principal": "*""#).found(RULE.id), ["*"]);
    }
}
