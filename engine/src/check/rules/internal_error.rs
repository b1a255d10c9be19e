//! Parts of the judgement that failed by a defect of this program. What the other parts found is kept.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{
    DEFECT_HELP,
    bundle::Bundle,
    finding::{Finding, Gap, Place, Rule, Severity, fingerprint},
    request::RequestError,
};
#[cfg(feature = "prove")]
use crate::{check::subject::PolicyView, prove::ProveError};

/// The rule.
pub(in crate::check) const RULE: Rule = Rule {
    id: "internal-error",
    severity: Severity::Error,
    summary: "a part of the judgement that failed by a defect of this program",
    why: "What the part would have found is not known, so the run is not clean (exit code 4). Everything else was \
          judged. A proof whose witness the evaluator does not confirm counts as such a defect too.",
    bad: "a report with this finding",
    good: "the same input judged by a version without the defect: please report what the finding says",
    reference: "the page on reliability: docs/reliability.md",
};

/// Runs a part of the judgement of a bundle; a panic in it becomes a finding.
pub(in crate::check) fn attempt<T>(
    part: &str,
    bundle: &Bundle,
    judge: impl FnOnce() -> T,
) -> Result<T, Box<Finding>> {
    // What a part leaves half done is its own list of findings, each of which is whole.
    catch_unwind(AssertUnwindSafe(judge))
        .map_err(|panic| Box::new(defect(bundle, format!("{part} failed: {}", reason(&*panic)))))
}

/// Runs the decision of a request; a panic in it becomes an error.
pub(in crate::check) fn attempt_request<T>(
    judge: impl FnOnce() -> Result<T, RequestError>,
) -> Result<T, RequestError> {
    catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|panic| {
        Err(RequestError {
            field: "request",
            message: format!("the decision failed: {}", reason(&*panic)),
            help: DEFECT_HELP.to_owned(),
            span: None,
            defect: true,
        })
    })
}

/// A question about a policy that could not be put to the solver, or an answer that is not to be believed.
#[cfg(feature = "prove")]
pub(in crate::check::rules) fn of_proof(view: PolicyView<'_>, error: &ProveError) -> Finding {
    let (message, help) = (error.to_string(), error.help().to_owned());
    let finding = view.finding(&RULE, None, view.policy.span, message, help);
    Finding { gap: Some(Gap::Internal), ..finding }
}

/// A defect without a place in the input.
fn defect(bundle: &Bundle, message: String) -> Finding {
    Finding {
        rule: &RULE,
        severity: RULE.severity,
        help: DEFECT_HELP.to_owned(),
        place: Place::File(bundle.name.clone()),
        related: Vec::new(),
        statement: None,
        witness: None,
        fix: Vec::new(),
        gap: Some(Gap::Internal),
        fingerprint: fingerprint(RULE.id, None, None, &message),
        message,
    }
}

/// What a panic says.
fn reason(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_finding() {
        let bundle = Bundle { name: "share/bundle.json".to_owned(), ..Bundle::default() };
        assert_eq!(attempt("the rule `x`", &bundle, || 7), Ok(7));
        let number = 3;
        let found = attempt("the rule `x`", &bundle, || panic!("index {number}")).unwrap_err();
        assert_eq!(found.message, "the rule `x` failed: index 3");
        assert_eq!(found.place, Place::File("share/bundle.json".to_owned()));
        assert_eq!(found.gap, Some(Gap::Internal));
        assert!(found.is_unjudged());
        assert!(found.help.ends_with("/issues"));
    }

    #[test]
    fn a_panic_in_a_decision_becomes_an_error() {
        let error = attempt_request::<()>(|| panic!("no such layer")).unwrap_err();
        assert_eq!(error.to_string(), "the decision failed: no such layer");
        assert!(error.defect);
    }
}
