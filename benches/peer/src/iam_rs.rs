//! `iam-rs`: one list of policies and one request. It knows no accounts and no layers, so each of the four policies that must
//! allow is asked by itself; a session is not known to be one of its role, so the role itself calls.

use iam_rs::{
    Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal,
    PrincipalId,
};
use serde_json::Value;

use crate::{
    Row,
    case::{Case, forwarded},
    timing::{Timing, time},
};

pub fn row(cases: &[Case]) -> Result<Row, String> {
    let timings = cases.iter().map(timing).collect::<Result<_, String>>()?;
    Ok(Row { who: "iam-rs 0.8.0, four evaluations".to_owned(), timings })
}

fn timing(case: &Case) -> Result<Timing, String> {
    let role = || Ok::<_, String>(Principal::Aws(PrincipalId::String(case.role()?.to_owned())));
    let arn = |text: &str| Arn::parse(text).map_err(|error| error.to_string());
    let mut context = Context::new();
    for (key, value) in forwarded(case)? {
        context.insert(key.to_owned(), ContextValue::String(value));
    }
    let read = IAMRequest::new(role()?, "secretsmanager:GetSecretValue", arn(case.secret()?)?);
    let decrypt = IAMRequest::new_with_context(role()?, "kms:Decrypt", arn(case.key()?)?, context);
    let asked = [
        (evaluator(case.secret_policy()?)?, &read),
        (evaluator(case.identity_policy()?)?, &read),
        (evaluator(case.key_policy()?)?, &decrypt),
        (evaluator(case.identity_policy()?)?, &decrypt),
    ];
    // A failure would be fast, and no decision.
    for (policy, request) in &asked {
        policy.evaluate(request).map_err(|error| error.to_string())?;
    }
    Ok(time(|| {
        asked.iter().all(|(policy, request)| {
            policy.evaluate(request).is_ok_and(|answer| answer.decision == Decision::Allow)
        })
    }))
}

fn evaluator(policy: &Value) -> Result<PolicyEvaluator, String> {
    let policy: IAMPolicy =
        serde_json::from_value(policy.clone()).map_err(|error| error.to_string())?;
    Ok(PolicyEvaluator::with_policies(vec![policy]))
}
