//! Statements and entries that do nothing. The prover finds them: no request can use them, Deny statements cancel them
//! whole, or others say all that they say.

#[cfg(feature = "prove")]
mod proven;

use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

const EVALUATION: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html";
const CONDITIONS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html";

const DEAD_STATEMENT: Rule = Rule {
    id: "dead-statement",
    severity: Severity::Warning,
    summary: "a statement that no request can use",
    why: "All elements of a statement must hold for one request. Where some never hold together, an Allow gives \
          nothing and a Deny protects nothing; and what Deny statements forbid whole, no Allow gives. Proved over all \
          requests that can be made, with the keys that such requests carry.",
    bad: r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "777788889999"}}}"#,
    good: r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}"#,
    reference: CONDITIONS,
};
const REDUNDANT_STATEMENT: Rule = Rule {
    id: "redundant-statement",
    severity: Severity::Info,
    summary: "a statement that says nothing beyond what others of its policy say",
    why: "It changes nothing, and often it is the narrow one that was meant and the broad one that was left over. A \
          statement that names a role is not needless beside one that names the role's own account: only the first \
          gives access without an identity policy.",
    bad: r#"[{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}, {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}]"#,
    good: r#"{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????"}"#,
    reference: EVALUATION,
};
const DEAD_ENTRY: Rule = Rule {
    id: "dead-entry",
    severity: Severity::Warning,
    summary: "a principal or value that no request can meet together with the rest of its statement",
    why: "One entry of a list suffices, but the other elements must hold for the same request. An entry that they rule \
          out does nothing, although it reads as if it did.",
    bad: r#"{"Principal": {"AWS": ["arn:aws:iam::444455556666:role/Reader", "arn:aws:iam::777788889999:role/Reader"]}, "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}}"#,
    good: r#"{"Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}}"#,
    reference: CONDITIONS,
};
const REDUNDANT_ENTRY: Rule = Rule {
    id: "redundant-entry",
    severity: Severity::Info,
    summary: "an entry of a list that other entries include",
    why: "It changes nothing. The entry that includes it may be broader than was meant.",
    bad: r#""Action": ["secretsmanager:GetSecretValue", "secretsmanager:Get*"]"#,
    good: r#""Action": "secretsmanager:GetSecretValue""#,
    reference: CONDITIONS,
};

pub(super) const RULES: &[&Rule] =
    &[&DEAD_STATEMENT, &REDUNDANT_STATEMENT, &DEAD_ENTRY, &REDUNDANT_ENTRY];

#[cfg(not(feature = "prove"))]
pub(super) const fn find(_: &Subject<'_>, _: &mut Findings) {}

#[cfg(feature = "prove")]
pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    proven::find(subject, findings);
}
