//! Requests whose answer is not what the manifest expects.

use crate::{
    bundle::Decision,
    check::subject::{Findings, Subject},
    finding::{Rule, Severity},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "expectation-not-met",
    severity: Severity::Error,
    summary: "a request's answer is not what the bundle expects",
    why: "The policies changed what they grant, or the expectation was wrong.",
    bad: r#""expect": "allow", where the key policy lacks the caller"#,
    good: r#""expect": {"decision": "implicit_deny", "check": "kms:Decrypt"}"#,
    reference: "the bundle's JSON Schema: `crosskey schema bundle`",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for answer in subject.answers.iter().filter(|answer| answer.expectation_met == Some(false)) {
        let Some(request) = subject.bundle.requests.get(answer.request) else {
            continue;
        };
        let Some(expectation) = &request.expectation else {
            continue;
        };
        // Whatever made the request impossible to decide is a finding of its own.
        if answer.decision() == Decision::Invalid {
            continue;
        }
        let mut found = answer.decision().to_string();
        if let Some(check) = answer.answer.as_ref().ok().and_then(|answer| answer.deciding()) {
            let because: Vec<_> = check.because.iter().map(|layer| layer.as_str()).collect();
            found = format!("{found} at {}", check.action);
            if !because.is_empty() {
                found = format!("{found} because of {}", because.join(", "));
            }
        }
        let expected = &expectation.written;
        let name = crate::text::escape(&request.name).into_owned();
        let message = format!("`{name}` is {found}, expected {expected}");
        let help = "mend the policies, or correct `expect`".to_owned();
        findings.push(Findings::at(&RULE, expectation.location, message, help));
    }
}
