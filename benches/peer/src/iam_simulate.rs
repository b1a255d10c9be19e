//! `@cloud-copilot/iam-simulate`: every layer and both accounts, in TypeScript. It does not derive the call to KMS from the
//! read, so both checks are asked for. A script beside the package of npm runs it.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    Row,
    case::{Case, forwarded},
    timing::Timing,
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/iam-simulate.mjs");

pub fn rows(folder: &str, cases: &[Case]) -> Result<Vec<Row>, String> {
    let input = cases.iter().map(checks).collect::<Result<Vec<_>, String>>()?;
    let answer = ask(folder, &Value::from(input))?;
    let rows: Vec<Value> = serde_json::from_slice(&answer).map_err(|error| error.to_string())?;
    rows.iter().map(row).collect()
}

fn row(row: &Value) -> Result<Row, String> {
    let timings = row["timings"].as_array().ok_or("a row without timings")?;
    let timing = |timing: &Value| {
        Ok(Timing {
            decision: timing["decision"].as_str().ok_or("no decision")?.to_owned(),
            nanoseconds: timing["nanoseconds"].as_f64().ok_or("no time")?,
        })
    };
    let timings = timings.iter().map(timing).collect::<Result<_, String>>()?;
    Ok(Row { who: row["who"].as_str().ok_or("nobody")?.to_owned(), timings })
}

/// The two simulations of a case, in the words of the package.
fn checks(case: &Case) -> Result<Value, String> {
    let session = case.session()?;
    let owner = "111122223333";
    let check = |action: &str, resource: &str, policy: &Value, context: Value| {
        Ok::<_, String>(json!({
            "request": {
                "principal": session,
                "action": action,
                "resource": { "resource": resource, "accountId": owner },
                "contextVariables": context,
            },
            "identityPolicies": [{ "name": "identity", "policy": case.identity_policy()? }],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            "resourcePolicy": policy,
        }))
    };
    let forwarded: serde_json::Map<String, Value> =
        forwarded(case)?.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    Ok(json!([
        check("secretsmanager:GetSecretValue", case.secret()?, case.secret_policy()?, json!({}))?,
        check("kms:Decrypt", case.key()?, case.key_policy()?, forwarded.into())?,
    ]))
}

fn ask(folder: &str, input: &Value) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("node: {error}");
    let mut node = Command::new("node")
        .args([SCRIPT, folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = node.stdin.take() {
        stdin.write_all(input.to_string().as_bytes()).map_err(failed)?;
    }
    let output = node.wait_with_output().map_err(failed)?;
    if output.status.success() { Ok(output.stdout) } else { Err("node failed".to_owned()) }
}
