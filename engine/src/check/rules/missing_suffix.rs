//! Secret ARNs without the random end that Secrets Manager adds.

use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "missing-suffix",
    severity: Severity::Error,
    summary: "a secret's ARN without the hyphen and six random characters at its end",
    why: "Secrets Manager adds `-` and six random characters to the name, and authorization compares the whole ARN, \
          so a pattern without them matches no secret.",
    bad: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret""#,
    good: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????""#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
};

pub(super) fn find(_subject: &Subject<'_>, _findings: &mut Findings) {}
