//! A check in the other evaluator's words.

use serde_json::{Map, Value, json};

use super::super::{
    reading::{Call, Check, Held, On, held, owner, rcp, scp},
    scenario::{Kind, Scenario, Way},
};

/// Every key that the cases speak of.
const KEYS: &[&str] = &[
    "aws:CalledVia",
    "aws:CalledViaLast",
    "aws:CurrentTime",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalTag/team",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceTag/team",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:userid",
    "aws:username",
    "kms:CallerAccount",
    "kms:EncryptionContext:SecretARN",
    "kms:EncryptionContextKeys",
    "kms:ResourceAliases",
    "kms:ViaService",
    "secretsmanager:SecretId",
    "secretsmanager:VersionStage",
];

/// A request of the other evaluator: the check with its context worked out and the policies that bear on it.
pub(super) fn in_the_others_words(scenario: &Scenario, check: &Check) -> Value {
    let resource = match &check.on {
        On::Arn(arn) => arn.as_str(),
        On::Everything | On::ManagedKey => "*",
    };
    let mut simulation = json!({
        "request": {
            "principal": principal(scenario),
            "action": check.action,
            "resource": {
                "resource": resource,
                "accountId": owner(scenario, check).unwrap_or(scenario.account),
            },
            "contextVariables": context(scenario, check.call),
        },
        "identityPolicies": [],
        "serviceControlPolicies": levels("scp", scp(scenario)),
        "resourceControlPolicies": levels("rcp", rcp(scenario, check)),
    });
    if scenario.identity_arn().is_some() {
        simulation["identityPolicies"] = named("identity", &scenario.identity);
        if let Some(policy) = &scenario.boundary {
            simulation["permissionBoundaryPolicies"] = named("boundary", [policy]);
        }
    }
    if let Some(policy) = scenario.session.first() {
        simulation["sessionPolicy"] = policy.clone();
    }
    let of_resource = match (&check.on, check.call) {
        (On::Everything, _) => &None,
        (_, Call::Secret) => &scenario.secret_policy,
        (_, Call::Key | Call::Forwarded) => &scenario.key_policy,
    };
    if let Some(policy) = of_resource {
        simulation["resourcePolicy"] = policy.clone();
    }
    if let (Some(policy), true) =
        (&scenario.endpoint_policy, goes_through_endpoint(scenario, check))
    {
        simulation["vpcEndpointPolicies"] = named("endpoint", [policy]);
    }
    simulation
}

fn goes_through_endpoint(scenario: &Scenario, check: &Check) -> bool {
    scenario.way == Way::Endpoint && check.call != Call::Forwarded
}

fn principal(scenario: &Scenario) -> Value {
    match scenario.kind {
        Kind::User => json!(scenario.identity_arn()),
        Kind::NamedSession | Kind::UnnamedSession => json!(scenario.session_arn()),
        Kind::FederatedUser => json!(scenario.federated_arn()),
        Kind::Root => json!(format!("arn:aws:iam::{}:root", scenario.account)),
        Kind::Service { .. } => json!("lambda.amazonaws.com"),
        Kind::Anonymous => json!({"type": "Anonymous"}),
    }
}

fn named<'a>(name: &str, policies: impl IntoIterator<Item = &'a Value>) -> Value {
    let number = |(at, policy)| json!({"name": format!("{name} {at}"), "policy": policy});
    policies.into_iter().enumerate().map(number).collect()
}

fn levels<'a>(name: &str, levels: impl Iterator<Item = &'a Vec<Value>>) -> Value {
    let number = |(at, level)| {
        let name = format!("{name} {at}");
        json!({"orgIdentifier": name, "policies": named(&name, level)})
    };
    levels.enumerate().map(number).collect()
}

fn context(scenario: &Scenario, call: Call) -> Map<String, Value> {
    let mut context = Map::new();
    for key in KEYS {
        match held(scenario, call, key) {
            Held::Absent => {}
            // A key of no values is a key that is not there; the other would take it for one that is.
            Held::Values(values) if values.is_empty() => {}
            Held::Values(values) => {
                context.insert((*key).to_owned(), json!(values));
            }
            open => panic!("{key}: the other has no word for {open:?}"),
        }
    }
    context
}
