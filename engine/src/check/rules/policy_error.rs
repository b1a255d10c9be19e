//! Policies that AWS would refuse to save: what the parser found, sorted into rules.

use super::shared::placeholders;
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    policy::PolicyErrorKind,
    text::Location,
};

const GRAMMAR: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html";
const PRINCIPALS: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html";

const FRAGMENT: Rule = Rule {
    id: "policy-fragment",
    severity: Severity::Error,
    summary: "a single statement where a policy document belongs",
    why: "How-to articles often show the statement alone. AWS takes whole documents only.",
    bad: r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}"#,
    good: r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "…": "…"}]}"#,
    reference: GRAMMAR,
};
const WRONG_TYPE: Rule = Rule {
    id: "wrong-policy-type",
    severity: Severity::Error,
    summary: "a policy of another kind than its place needs",
    why: "A policy on a secret or key says whom it is about (`Principal`); a policy on a user or role must not.",
    bad: r#"{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}"#,
    good: r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}"#,
    reference: PRINCIPALS,
};
const PRINCIPAL: Rule = Rule {
    id: "invalid-principal",
    severity: Severity::Error,
    summary: "a principal that AWS refuses",
    why: "Principals are accounts, users, roles, sessions and services, named in full. Groups, instance profiles, \
          wildcards inside an ARN and names that do not exist are refused when the policy is saved.",
    bad: r#"{"AWS": "arn:aws:iam::444455556666:instance-profile/App"}"#,
    good: r#"{"AWS": "arn:aws:iam::444455556666:role/App"}"#,
    reference: PRINCIPALS,
};
const RESOURCE: Rule = Rule {
    id: "invalid-resource",
    severity: Severity::Error,
    summary: "a resource that is neither `*` nor an ARN",
    why: "IAM compares every character: a leading blank or a missing field makes the text no ARN, and it is refused.",
    bad: r#""Resource": " arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????""#,
    good: r#""Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????""#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
};
const ELEMENT: Rule = Rule {
    id: "invalid-element",
    severity: Severity::Error,
    summary: "a part of a policy that IAM does not have, or that is missing",
    why: "IAM refuses documents with unknown elements, operators or effects; nothing of them takes effect.",
    bad: r#"{"Effect": "allow", "Action": "*", "Resource": "*"}"#,
    good: r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#,
    reference: GRAMMAR,
};
const SIZE: Rule = Rule {
    id: "policy-size",
    severity: Severity::Error,
    summary: "a policy larger than AWS stores, or with more statements or wildcards than can be reasoned about",
    why: "A secret's policy has at most 20,480 characters, a key's policy 32,768 bytes. Nobody needs \
          hundreds of wildcards in one text, and thousands take seconds to judge.",
    bad: "a statement for every one of 300 roles",
    good: "one statement for the account, narrowed by aws:PrincipalTag",
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html",
};

pub(super) const RULES: &[&Rule] =
    &[&FRAGMENT, &WRONG_TYPE, &PRINCIPAL, &RESOURCE, &ELEMENT, &SIZE];

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies() {
        let Ok(parsed) = &view.document.content else {
            continue;
        };
        for error in &parsed.errors {
            if placeholders::explains(&error.kind) {
                continue;
            }
            let rule = match &error.kind {
                PolicyErrorKind::Fragment => &FRAGMENT,
                PolicyErrorKind::PrincipalForbidden { .. }
                | PolicyErrorKind::PrincipalMissing { .. } => &WRONG_TYPE,
                PolicyErrorKind::Principal { .. } | PolicyErrorKind::PrincipalType { .. } => {
                    &PRINCIPAL
                }
                PolicyErrorKind::Resource(_) | PolicyErrorKind::ServiceWildcard { .. } => &RESOURCE,
                PolicyErrorKind::TooLarge { .. }
                | PolicyErrorKind::Wildcards { .. }
                | PolicyErrorKind::Statements { .. } => &SIZE,
                // Rules of their own say more of these.
                PolicyErrorKind::Character { .. }
                | PolicyErrorKind::Sid { .. }
                | PolicyErrorKind::DuplicateSid { .. } => continue,
                _ => &ELEMENT,
            };
            let inside = |statement: &&crate::policy::Statement| {
                statement.span.start <= error.span.start && error.span.end <= statement.span.end
            };
            let statement = view.policy.statements.iter().find(inside);
            let (message, help) = (error.to_string(), error.kind.help());
            let mut finding = view.finding(rule, statement, error.span, message, help);
            finding.related.extend(
                error.kind.related().map(|(span, label)| {
                    (Location::new(view.policy.source, span), label.to_owned())
                }),
            );
            findings.push(finding);
        }
    }
}
