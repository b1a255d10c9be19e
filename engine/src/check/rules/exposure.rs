//! Policies that let in everyone, or more than anybody can name. The prover finds them, each with a request that shows
//! it and that the evaluator has confirmed.

#[cfg(feature = "prove")]
mod fixes;
#[cfg(feature = "prove")]
mod proven;

use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

const PUBLIC: &str =
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html";

const PUBLIC_SECRET: Rule = Rule {
    id: "public-secret",
    severity: Severity::Error,
    summary: "a secret's policy that lets in everyone with an AWS account",
    why: "Access counts as public unless it is limited to fixed values of who may come or from where: accounts, \
          roles, an organization, networks. A `*` for the principal is limited by conditions on such keys only, and \
          not by one that a missing key passes. Deny statements are counted.",
    bad: r#"{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}"#,
    good: r#"{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}"#,
    reference: PUBLIC,
};
const PUBLIC_KEY: Rule = Rule {
    id: "public-key",
    severity: Severity::Error,
    summary: "a key policy that lets in everyone with an AWS account",
    why: "A key that everyone may use protects nothing: what is encrypted under it is as safe as the ciphertext. \
          kms:ViaService says by way of which service a call comes, and the encryption context what it is about; \
          neither says who makes it.",
    bad: r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}}"#,
    good: r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com", "kms:CallerAccount": "444455556666"}}}"#,
    reference: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
};
const PUBLIC_RESOURCE: Rule = Rule {
    id: "public-resource",
    severity: Severity::Error,
    summary: "a resource's policy that lets in everyone with an AWS account",
    why: "Access counts as public unless it is limited to fixed values of who may come or from where. Deny statements \
          are counted.",
    bad: r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#,
    good: r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"}"#,
    reference: PUBLIC,
};
const BROAD: Rule = Rule {
    id: "broad-access",
    severity: Severity::Warning,
    summary: "a policy that lets in more callers than anybody can name",
    why: "A pattern that leaves a part of the account or organization open, or a service that calls for whomever it \
          likes, lets in strangers, though not all of them.",
    bad: r#""Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::1111*:role/Reader"}}"#,
    good: r#""Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/Reader"}}"#,
    reference: PUBLIC,
};
const PUBLIC_PLAINTEXT: Rule = Rule {
    id: "public-plaintext",
    severity: Severity::Error,
    summary: "a secret whose value everyone with an AWS account can read",
    why: "To read a secret takes its policy and that of its key. Where either keeps strangers out they get nothing; here \
          both let the same stranger in, and with every other policy of the bundle counted the plaintext is public.",
    bad: r#"a secret policy and a key policy that both allow `"Principal": "*"`, on no condition that names the caller"#,
    good: r#"name the accounts or roles that share the secret, in both policies"#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html",
};
const UNDECIDED: Rule = Rule {
    id: "undecided-exposure",
    severity: Severity::Warning,
    summary: "a policy of which could not be decided how far access reaches",
    why: "The search is bounded, and AWS's documents leave a few points open. Where either keeps an answer from being \
          found, the policy is not called safe.",
    bad: r#"a dozen patterns such as `*a*b*c*` on one condition key"#,
    good: r#"the values themselves"#,
    reference: PUBLIC,
};

pub(super) const RULES: &[&Rule] =
    &[&PUBLIC_SECRET, &PUBLIC_KEY, &PUBLIC_RESOURCE, &PUBLIC_PLAINTEXT, &BROAD, &UNDECIDED];

#[cfg(not(feature = "prove"))]
pub(super) const fn find(_: &Subject<'_>, _: &mut Findings) {}

#[cfg(feature = "prove")]
pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    proven::find(subject, findings);
}
