//! ARNs of another partition of AWS.

use super::shared::{arns, words::quote};
use crate::{
    aws::partition_of_region,
    check::subject::{Findings, PolicyView, Subject},
    finding::{Rule, Severity},
    policy::{Principal, Statement},
    text::{Span, nearest},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "wrong-partition",
    severity: Severity::Error,
    summary: "an ARN of another partition than the Region, secret or identity is in",
    why: "The partitions of AWS (`aws`, `aws-cn`, `aws-us-gov` and others) are separate: an ARN of one matches \
          nothing in another, and no principal of one can be let into another.",
    bad: r#""Resource": "arn:aws:secretsmanager:cn-north-1:111122223333:secret:DevSecret-??????""#,
    good: r#""Resource": "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:DevSecret-??????""#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
};

const PARTITIONS: &[&str] =
    &["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies() {
        let here = partition_of(subject, view);
        for statement in &view.policy.statements {
            for (text, span) in arns_of(view, statement) {
                let Some((message, help)) = judge(&text, here.as_deref()) else { continue };
                findings.push(view.finding(&RULE, Some(statement), span, message, help));
            }
        }
    }
}

/// The partition of what a policy is attached to.
fn partition_of(subject: &Subject<'_>, view: PolicyView<'_>) -> Option<String> {
    let secrets = subject.secrets_of(view).iter().map(|secret| &secret.arn.value);
    let keys = subject.keys_of(view).iter().map(|key| &key.arn.value);
    let identities = subject.identities_of(view).iter().map(|identity| &identity.arn.value);
    let mut all = secrets.chain(keys).chain(identities);
    let first = all.next()?.partition().to_owned();
    all.all(|arn| arn.partition() == first).then_some(first)
}

fn arns_of(view: PolicyView<'_>, statement: &Statement) -> Vec<(String, Span)> {
    let mut found: Vec<(String, Span)> = Vec::new();
    for entry in arns::entries(view, statement) {
        found.push((entry.template.as_str().to_owned(), entry.span));
    }
    for entry in statement.principals.iter().flat_map(|element| &element.list) {
        match &entry.value {
            Principal::User(arn)
            | Principal::Role(arn)
            | Principal::RoleSession(arn)
            | Principal::FederatedUser(arn) => found.push((arn.to_string(), entry.span)),
            Principal::Account { partition: Some(partition), account } => {
                found.push((format!("arn:{partition}:iam::{account}:root"), entry.span));
            }
            _ => {}
        }
    }
    for value in statement.conditions.iter().flat_map(|condition| &condition.values) {
        found.push((value.value.as_str().to_owned(), value.span));
    }
    found
}

fn judge(text: &str, here: Option<&str>) -> Option<(String, String)> {
    let [_, partition, _, region, ..] = arns::fields(text)?;
    if arns::is_open(partition) || partition.contains('<') {
        return None;
    }
    let shown = quote(text);
    let right = if arns::is_open(region) { None } else { partition_of_region(region) };
    let (message, right) = match (right, here) {
        _ if !PARTITIONS.contains(&partition) => (
            format!("AWS has no partition {} as in {shown}", quote(partition)),
            right
                .or(here)
                .or_else(|| nearest(partition, PARTITIONS.iter().copied()))
                .unwrap_or("aws"),
        ),
        (Some(right), _) if right != partition => (
            format!("{region} lies in the partition `{right}`, and {shown} is of `{partition}`"),
            right,
        ),
        (_, Some(here)) if here != partition => (
            format!(
                "{shown} is of the partition `{partition}`, and what the policy is attached to of `{here}`"
            ),
            here,
        ),
        _ => return None,
    };
    let rest = text
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(':'))
        .map_or("", |(_, rest)| rest);
    Some((message, format!("write {}", quote(&format!("arn:{right}:{rest}")))))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{bare, identity, only, secret},
        *,
    };
    use crate::policy::PolicyKind;

    #[test]
    fn arns_of_another_partition_are_found() {
        let arn = "arn:aws-cn:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";
        only(&identity(&format!(r#""Resource": "{arn}""#)), "wrong-partition", &[arn]);
        let open = "arn:aws-cn:secretsmanager:*:111122223333:secret:DevSecret-??????";
        only(&identity(&format!(r#""Resource": "{open}""#)), "wrong-partition", &[open]);
        let role = "arn:aws-us-gov:iam::444455556666:role/R_B";
        let found = secret(&format!(r#""Principal": {{"AWS": "{role}"}}"#));
        only(&found, "wrong-partition", &[role]);
        assert_eq!(found.said(RULE.id)[0].2, "write `arn:aws:iam::444455556666:role/R_B`");
        let none = "arn:awss:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";
        assert_eq!(identity(&format!(r#""Resource": "{none}""#)).found(RULE.id), [none]);
    }

    #[test]
    fn a_bare_policy_is_judged_by_its_region() {
        let found = |arn: &str| {
            bare(PolicyKind::Identity, &format!(r#""Resource": "{arn}""#)).found(RULE.id).len()
        };
        assert_eq!(found("arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a-??????"), 0);
        assert_eq!(found("arn:aws:secretsmanager:cn-north-1:111122223333:secret:a-??????"), 1);
        assert_eq!(found("arn:*:secretsmanager:cn-north-1:111122223333:secret:a-??????"), 0);
        assert_eq!(found("arn:aws-cn:s3:::bucket"), 0);
    }
}
