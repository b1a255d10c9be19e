//! Rules that the user turned off or finds less or more serious.

use super::{
    input::{CheckOptions, Grade},
    rules::is_about_input,
    subject::{Findings, Subject},
};
use crate::{
    bundle::Document,
    finding::{Finding, Place, Rule},
};

/// Leaves out and regrades what the options say. In a policy that cannot be judged every finding stays as it is: one
/// of them is the reason, and nothing else speaks for that policy.
pub(super) fn grade(subject: &Subject<'_>, findings: &mut Findings) {
    let grades = &subject.options.grades;
    if grades.is_empty() {
        return;
    }
    let documents = subject.bundle.policies.iter().map(|(_, document)| document);
    let unjudged: Vec<&Document> =
        documents.filter(|document| document.policy().is_none()).collect();
    findings.list.retain_mut(|finding| {
        let stays = finding.is_unjudged()
            || is_about_input(finding.rule)
            || unjudged.iter().any(|document| is_in(finding, document));
        match grades.get(finding.rule.id).filter(|_| !stays) {
            Some(Grade::Off) => return false,
            Some(Grade::Severity(severity)) => finding.severity = *severity,
            None => {}
        }
        true
    });
}

/// Whether the options make less of a rule than it says of itself. It then explains nothing away either: what it
/// would explain may be worse.
pub(super) fn lowers(options: &CheckOptions, rule: &Rule) -> bool {
    match options.grades.get(rule.id) {
        Some(Grade::Severity(severity)) => *severity < rule.severity,
        Some(Grade::Off) => true,
        None => false,
    }
}

fn is_in(finding: &Finding, document: &Document) -> bool {
    match finding.place {
        Place::Source(at) => {
            let around = document.location;
            at.source == around.source
                && around.span.start <= at.span.start
                && at.span.end <= around.span.end
        }
        Place::File(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{CheckOptions, rules::testing},
        finding::Severity,
    };

    fn with(grades: &[(&'static str, Grade)]) -> CheckOptions {
        CheckOptions { grades: grades.iter().copied().collect(), ..CheckOptions::default() }
    }

    #[test]
    fn a_rule_is_turned_off_or_regraded() {
        let elements = r#""Principal": {"AWS": "444455556666"}"#;
        let rule = "account-share";
        let usual = testing::secret_with(elements, &CheckOptions::default());
        assert_eq!(usual.severities(rule).len(), 1);
        let other =
            testing::secret_with(elements, &with(&[(rule, Grade::Severity(Severity::Error))]));
        assert_eq!(other.severities(rule), [Severity::Error]);
        let off = testing::secret_with(elements, &with(&[(rule, Grade::Off)]));
        assert!(off.severities(rule).is_empty());
    }

    #[test]
    fn what_is_turned_off_or_down_explains_nothing_away() {
        // An account that is none is said once, by the rule that knows why.
        let elements = r#""Condition": {"StringEquals": {"aws:PrincipalAccount": "ACCOUNT_ID"}}"#;
        let usual = testing::secret_with(elements, &CheckOptions::default());
        assert_eq!(usual.rules(), ["placeholder"]);
        let off = testing::secret_with(elements, &with(&[("placeholder", Grade::Off)]));
        assert_eq!(off.rules(), ["impossible-value"]);
        let down = with(&[("placeholder", Grade::Severity(Severity::Warning))]);
        let down = testing::secret_with(elements, &down);
        assert_eq!(down.rules(), ["impossible-value", "placeholder"]);
    }

    #[test]
    fn the_reason_why_a_policy_cannot_be_judged_stays() {
        let elements = r#""Resource": "<ARN of the secret>""#;
        let off = with(&[("placeholder", Grade::Off), ("invalid-resource", Grade::Off)]);
        assert_eq!(testing::secret_with(elements, &off).rules(), ["placeholder"]);
        let low = with(&[("placeholder", Grade::Severity(Severity::Info))]);
        assert_eq!(
            testing::secret_with(elements, &low).severities("placeholder"),
            [Severity::Error]
        );
    }
}
