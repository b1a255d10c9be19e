//! Values of aws:PrincipalArn that do not mean what they seem to.

use super::shared::{arns, conditions, words::quote};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::Comparison,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "wrong-principal-arn",
    severity: Severity::Error,
    summary: "a session's or an account's root ARN in aws:PrincipalArn",
    why: "For a role's session aws:PrincipalArn is the ARN of the role, path included, and never that of the session. \
          The ARN of an account's root, which as a principal means the whole account, is here the root user alone.",
    bad: r#""ArnLike": {"aws:PrincipalArn": "arn:aws:sts::444455556666:assumed-role/Reader/*"}"#,
    good: r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Reader"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for condition in conditions::on(statement, &["aws:principalarn"]) {
            let operator = condition.operator.value;
            if operator.comparison == Comparison::Null {
                continue;
            }
            for value in &condition.values {
                let text = value.value.as_str();
                let Some([_, partition, service, _, account, resource]) = arns::fields(text) else {
                    continue;
                };
                let (severity, message, help) = match (service, resource.split_once('/')) {
                    ("sts", Some(("assumed-role", session))) => {
                        let role = session.split('/').next().unwrap_or_default();
                        (
                            Severity::Error,
                            format!(
                                "{} is the ARN of a session, and `aws:PrincipalArn` is that of its role: they \
                                 never match",
                                quote(text)
                            ),
                            format!(
                                "write {}, with the role's path where it has one",
                                quote(&format!("arn:{partition}:iam::{account}:role/{role}"))
                            ),
                        )
                    }
                    ("iam", None)
                        if resource == "root"
                            && statement.allows()
                            && conditions::narrows(condition) =>
                    {
                        (
                            Severity::Warning,
                            format!(
                                "{} is here the root user alone, not the whole account",
                                quote(text)
                            ),
                            match arns::is_open(account) {
                                true => "list the accounts under `aws:PrincipalAccount`".to_owned(),
                                false => format!(
                                    "for the account write `aws:PrincipalAccount` with {}",
                                    quote(account)
                                ),
                            },
                        )
                    }
                    _ => continue,
                };
                let finding = view.finding(&RULE, Some(statement), value.span, message, help);
                findings.push(Finding { severity, ..finding });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{only, secret},
        *,
    };

    #[test]
    fn sessions_and_roots_are_found() {
        let session = "arn:aws:sts::444455556666:assumed-role/R_B/s1";
        let found = secret(&format!(
            r#""Condition": {{"ArnEquals": {{"aws:PrincipalArn": "{session}"}}}}"#
        ));
        only(&found, "wrong-principal-arn", &[session]);
        let help =
            "write `arn:aws:iam::444455556666:role/R_B`, with the role's path where it has one";
        assert_eq!(found.said(RULE.id)[0].2, help);
        let root = "arn:aws:iam::444455556666:root";
        let found = secret(&format!(
            r#""Condition": {{"StringEquals": {{"aws:PrincipalArn": "{root}"}}}}"#
        ));
        assert_eq!(found.severities("wrong-principal-arn"), [Severity::Warning]);
    }

    #[test]
    fn roles_and_exceptions_for_the_root_user_are_let_pass() {
        for right in [
            r#""Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}"#,
            r#""Effect": "Deny", "Condition": {"ArnNotEquals": {
                "aws:PrincipalArn": "arn:aws:iam::111122223333:root"}}"#,
        ] {
            assert_eq!(secret(right).rules(), [""; 0], "{right}");
        }
    }
}
