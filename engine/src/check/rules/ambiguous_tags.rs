//! Tags whose keys differ in case alone.

use std::collections::BTreeMap;

use super::shared::words::quote;
use crate::{
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
    text::Location,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "ambiguous-tags",
    severity: Severity::Warning,
    summary: "two tags of one resource or principal whose keys differ in case alone",
    why: "Condition keys are compared without regard to case, so aws:ResourceTag/Env stands for both tags, and what \
          a condition on it finds is not reliable.",
    bad: r#""tags": {"Env": "dev", "env": "prod"}"#,
    good: r#""tags": {"env": "dev"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    let bundle = subject.bundle;
    let secrets = bundle.secrets.iter().map(|secret| (&secret.tags, secret.arn.location));
    let keys = bundle.keys.iter().map(|key| (&key.tags, key.arn.location));
    let identities =
        bundle.identities.iter().map(|identity| (&identity.tags, identity.arn.location));
    for (tags, location) in secrets.chain(keys).chain(identities) {
        if let Some(listed) = tags.listed() {
            report(listed, location, findings);
        }
    }
    for request in bundle.stated_requests() {
        report(&request.session.tags, request.location, findings);
    }
}

fn report(tags: &BTreeMap<String, String>, location: Location, findings: &mut Findings) {
    let names: Vec<&String> = tags.keys().collect();
    for (number, name) in names.iter().enumerate() {
        let earlier = names.iter().take(number).find(|other| other.eq_ignore_ascii_case(name));
        let Some(earlier) = earlier else { continue };
        let message =
            format!("the tags {} and {} are one to a condition", quote(earlier), quote(name));
        let help = "keep one of the two".to_owned();
        findings.push(Findings::at(&RULE, location, message, help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SECRET, changed, only};
    use serde_json::json;

    #[test]
    fn case_does_not_tell_tags_apart() {
        let found = changed(&[("/secrets/0/tags", json!({"Env": "dev", "env": "prod"}))]);
        only(&found, "ambiguous-tags", &[SECRET]);
    }

    #[test]
    fn different_names_do() {
        let found = changed(&[("/secrets/0/tags", json!({"env": "dev", "team": "red"}))]);
        assert_eq!(found.rules(), [""; 0]);
    }
}
