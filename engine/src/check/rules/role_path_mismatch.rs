//! Roles and users named without their path.

use super::shared::{conditions, words::quote};
use crate::{
    aws::Arn,
    bundle::Identity,
    check::subject::{Findings, PolicyView, Subject},
    finding::{Rule, Severity},
    policy::{Principal, Statement},
    text::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "role-path-mismatch",
    severity: Severity::Error,
    summary: "a role or user named with another path than it has",
    why: "The path is part of the ARN of a role: `role/Reader` and `role/app/Reader` are two roles. Only the ARN of a \
          session leaves the path out, which makes the slip easy.",
    bad: r#""Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"}"#,
    good: r#""Principal": {"AWS": "arn:aws:iam::444455556666:role/app/Reader"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for entry in statement.principals.iter().flat_map(|element| &element.list) {
            if let Principal::User(arn) | Principal::Role(arn) = &entry.value {
                report(subject, view, statement, arn, entry.span, findings);
            }
        }
        for condition in conditions::on(statement, &["aws:principalarn"]) {
            for value in condition.values.iter().filter(|v| !conditions::has_wildcard(&v.value)) {
                if let Ok(arn) = value.value.as_str().parse::<Arn>() {
                    report(subject, view, statement, &arn, value.span, findings);
                }
            }
        }
    }
}

fn report(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    statement: &Statement,
    arn: &Arn,
    span: Span,
    findings: &mut Findings,
) {
    let Some((kind, rest)) = arn.resource().split_once('/') else { return };
    let name = rest.rsplit('/').next().unwrap_or_default();
    let same = |identity: &&Identity| {
        let own = &identity.arn.value;
        Some(identity.account) == arn.account()
            && own.service() == arn.service()
            && own.resource().split_once('/').is_some_and(|(of, _)| of == kind)
            && identity.name() == name
    };
    // Names are unique in an account, whatever the path.
    let Some(identity) = subject.bundle.identities.iter().find(same) else { return };
    let own = &identity.arn.value;
    if own == arn || own.partition() != arn.partition() {
        return;
    }
    let message = format!(
        "the {kind} {} is {}, not {}",
        quote(name),
        quote(own.as_str()),
        quote(arn.as_str())
    );
    let help = format!("write {}", quote(own.as_str()));
    findings.push(view.finding(&RULE, Some(statement), span, message, help));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{manifest, secret, sound};
    use serde_json::json;

    #[test]
    fn the_path_is_part_of_the_name() {
        let mut bundle = sound();
        bundle["principals"][0]["arn"] = json!("arn:aws:iam::444455556666:role/app/R_B");
        let found = manifest(&bundle);
        assert_eq!(found.rules(), ["role-path-mismatch"]);
        assert_eq!(
            found.said("role-path-mismatch")[0].2,
            "write `arn:aws:iam::444455556666:role/app/R_B`"
        );
    }

    #[test]
    fn the_right_path_and_other_roles_are_let_pass() {
        let found = secret(r#""Principal": {"AWS": "arn:aws:iam::444455556666:role/app/Other"}"#);
        assert_eq!(found.rules(), [""; 0]);
    }
}
