//! Random pairs of policies: every call that is found replays, and nobody gets in of whom nothing was said.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::{
    aws::Assumptions,
    bundle::Decision,
    prove::public::tests::random::{assumptions, other_condition, text_condition},
};

const PRINCIPALS: &[&str] = &[
    r#""*""#,
    r#"{"AWS": "444455556666"}"#,
    r#"{"AWS": ["arn:aws:iam::777788889999:role/Named", "111122223333"]}"#,
    r#"{"AWS": "arn:aws:iam::444455556666:role/app/R_B"}"#,
    r#"{"AWS": "arn:aws:sts::444455556666:assumed-role/R_B/s1"}"#,
    r#"{"Service": "lambda.amazonaws.com"}"#,
];

const CONDITIONS: &[&str] = &[
    "{}",
    "{}",
    r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
    r#"{"StringNotEquals": {"aws:PrincipalAccount": ["444455556666", "777788889999"]}}"#,
    r#"{"StringEquals": {"kms:CallerAccount": ["444455556666", "222233334444"]}}"#,
    r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app/*"}}"#,
    r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}"#,
    r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#,
    r#"{"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}"#,
    r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#,
    r#"{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#,
    r#"{"Bool": {"aws:ViaAWSService": "true"}}"#,
    r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#,
    r#"{"StringLike": {"kms:EncryptionContext:SecretARN": "*:secret:DevSecret-??????"}}"#,
    r#"{"ArnNotLike": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:*:*:secret:*-A*"}}"#,
    r#"{"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}"#,
    r#"{"StringLike": {"aws:PrincipalArn": "*/${aws:PrincipalTag/team}*"}}"#,
    r#"{"StringNotLike": {"aws:PrincipalTag/team": "${aws:CalledVia}*"}}"#,
    r#"{"StringEquals": {"aws:PrincipalTag/team": "red"}}"#,
    r#"{"StringEquals": {"aws:PrincipalType": "User"}}"#,
    r#"{"StringLike": {"aws:userid": "*:s1"}}"#,
    r#"{"Null": {"aws:SourceVpc": "true"}}"#,
    r#"{"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}"#,
    r#"{"StringLike": {"aws:UserAgent": "x*"}}"#,
    r#"{"StringNotLike": {"aws:UserAgent": ["x*", "y*"]}}"#,
    r#"{"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}"#,
    r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
];

pub(in crate::prove) fn statement(
    actions: &'static [&'static str],
) -> impl Strategy<Value = Value> {
    let effect = prop::bool::weighted(0.75);
    (effect, select(PRINCIPALS), select(actions), select(CONDITIONS)).prop_map(
        |(allow, principal, action, condition)| {
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            json!({"Effect": if allow { "Allow" } else { "Deny" }, "Principal": read(principal),
            "Action": action, "Resource": "*", "Condition": read(condition)})
        },
    )
}

/// Keys with values, for operators of texts.
const TEXTS: &[(&str, &[&str])] = &[
    (
        "aws:PrincipalArn",
        &["arn:aws:iam::*:role/app/*", "arn:aws:iam::444455556666:role/app/R_B", "*${aws:userid}"],
    ),
    ("aws:PrincipalOrgPaths", &["o-a1b2c3d4e5/*", "o-*/r-1/*"]),
    ("aws:ResourceOrgID", &["o-a1b2c3d4e5", "${aws:PrincipalOrgID}"]),
    ("aws:ResourceOrgPaths", &["o-a1b2c3d4e5/*", "${aws:PrincipalOrgID}/*"]),
    ("aws:ResourceAccount", &["111122223333", "${aws:PrincipalAccount}"]),
    ("aws:ResourceTag/team", &["red", "${aws:PrincipalTag/team}"]),
    ("aws:PrincipalTag/team", &["red", "*", "${aws:ResourceTag/team}", "${aws:SourceIdentity}"]),
    (
        "aws:userid",
        &["AROAEXAMPLEROLEB:*", "*:s1", "AIDA*", "444455556666:${aws:PrincipalTag/team}"],
    ),
    ("aws:username", &["u", "${aws:PrincipalTag/team}"]),
    ("aws:PrincipalType", &["User", "AssumedRole", "Account"]),
    ("aws:CalledVia", &["secretsmanager.amazonaws.com", "*"]),
    ("aws:CalledViaFirst", &["secretsmanager.amazonaws.com", "cloudformation.amazonaws.com"]),
    ("aws:SourceVpc", &["vpc-1", "vpc-*"]),
    ("aws:SourceVpce", &["vpce-1", "*"]),
    ("aws:RequestedRegion", &["us-east-1", "us-*"]),
    ("aws:UserAgent", &["x*", "${aws:RequestedRegion}"]),
    ("aws:SourceIdentity", &["a", "${aws:PrincipalTag/team}"]),
    ("aws:PrincipalServiceName", &["lambda.amazonaws.com", "*"]),
    ("aws:SourceArn", &["arn:aws:lambda:*:111122223333:*", "*"]),
    ("kms:CallerAccount", &["444455556666", "4444*"]),
    (
        "kms:ViaService",
        &["secretsmanager.*.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com"],
    ),
    (
        "kms:EncryptionContext:SecretARN",
        &["*:secret:DevSecret-??????", "*:secret:DevSecret-a1B2c3", "*:${aws:PrincipalTag/team}"],
    ),
    ("kms:EncryptionContext:SecretVersionId", &["1*", "*"]),
    ("kms:EncryptionContextKeys", &["SecretARN", "SecretVersionId", "*"]),
    ("kms:ResourceAliases", &["alias/a", "alias/*"]),
    ("kms:KeySpec", &["SYMMETRIC_DEFAULT", "RSA*"]),
    ("kms:RequestAlias", &["alias/a", "*"]),
    ("kms:KeyOrigin", &["AWS_KMS", "EXTERNAL"]),
    ("kms:EncryptionAlgorithm", &["SYMMETRIC_DEFAULT", "*"]),
    ("secretsmanager:SecretId", &["arn:*:DevSecret-*", "DevSecret"]),
    ("secretsmanager:Name", &["DevSecret"]),
    ("secretsmanager:VersionId", &["1*", "*"]),
    ("secretsmanager:VersionStage", &["AWSCURRENT", "AWS*"]),
    ("secretsmanager:ResourceTag/team", &["red", "*"]),
    ("secretsmanager:resource/AllowRotationLambdaArn", &["*"]),
];

const OTHERS: &[(&str, &str, &[&str])] = &[
    ("Bool", "aws:ViaAWSService", &["true"]),
    ("Bool", "aws:SecureTransport", &["true"]),
    ("Bool", "aws:MultiFactorAuthPresent", &["true"]),
    ("Bool", "kms:MultiRegion", &["false"]),
    ("Bool", "kms:GrantIsForAWSResource", &["true"]),
    ("Bool", "secretsmanager:BlockPublicPolicy", &["true"]),
    ("Bool", "secretsmanager:ForceDeleteWithoutRecovery", &["true"]),
    ("NumericLessThan", "secretsmanager:RecoveryWindowInDays", &["10"]),
    ("NumericLessThan", "aws:MultiFactorAuthAge", &["300"]),
    ("DateLessThan", "aws:CurrentTime", &["2030-01-01T00:00:00Z"]),
    ("NumericLessThan", "aws:EpochTime", &["1900000000"]),
    ("DateGreaterThan", "aws:TokenIssueTime", &["2026-01-01T00:00:00Z"]),
    ("IpAddress", "aws:SourceIp", &["203.0.113.0/24"]),
    ("NotIpAddress", "aws:VpcSourceIp", &["10.0.0.0/16"]),
    ("Null", "aws:SourceVpce", &["true"]),
    ("Null", "aws:PrincipalOrgID", &["false"]),
    ("Null", "kms:ViaService", &["false"]),
];

/// Any condition, as it would stand in a policy.
fn any_condition() -> impl Strategy<Value = Value> {
    let some = prop_oneof![3 => text_condition(TEXTS), 1 => other_condition(OTHERS)];
    let some = some.prop_map(|(operator, key, values)| json!({operator: {key: values}}));
    prop_oneof![1 => Just(json!({})), 4 => some]
}

/// A statement of any policy; without a principal where the policy has none.
fn any_statement(service: &'static str, principal: bool) -> impl Strategy<Value = Value> {
    let effect = prop::bool::weighted(0.75);
    let action = select(&["*", "Get*", "GetSecretValue", "Decrypt", "Put*", "Describe*"][..]);
    let resources = select(
        &[
            "*",
            "*",
            "*",
            SECRET,
            KEY,
            "arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}*",
            "arn:aws:*:*:111122223333:*",
        ][..],
    );
    (effect, select(PRINCIPALS), action, any_condition(), resources).prop_map(
        move |(allow, caller, action, condition, resource)| {
            let mut statement = json!({"Effect": if allow { "Allow" } else { "Deny" },
                "Action": format!("{service}:{action}"), "Resource": resource, "Condition": condition});
            if principal {
                statement["Principal"] = serde_json::from_str(caller).unwrap();
            }
            statement
        },
    )
}

fn any_policy(service: &'static str, principal: bool) -> impl Strategy<Value = Value> {
    vec(any_statement(service, principal), 0..3).prop_map(move |mut statements| {
        // Without some leave nothing is decided by the rest.
        let mut all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        if principal {
            all["Principal"] = json!("*");
        }
        if statements.len() < 2 {
            statements.push(all);
        }
        policy(&statements)
    })
}

/// A whole bundle: guardrails, boundaries, endpoints, aliases, tags, versions.
pub(in crate::prove) fn whole_bundle() -> impl Strategy<Value = Value> {
    let maybe = |policy| prop::option::weighted(0.25, policy);
    (
        (any_policy("secretsmanager", true), any_policy("kms", true), any_policy("*", false)),
        (maybe(any_policy("*", false)), maybe(any_policy("*", false)), maybe(any_policy("*", true)), maybe(any_policy("*", true))),
        (any::<[bool; 5]>(), 0..4_usize, select(&ACCOUNTS[..]), prop::option::of(select(&ACCOUNTS[..]))),
    )
        .prop_map(|((secret, key, own), (boundary, scp, rcp, endpoint), (flags, managed, account, owners))| {
            let [tagged, known, local, several, versions] = flags;
            let owner = if local { OWNER } else { "444455556666" };
            let mut manifest = with(&[], Some(&[]));
            manifest["secrets"][0]["policy"] = secret;
            manifest["keys"][0]["policy"] = key;
            if several {
                manifest["keys"][0]["aliases"] = json!(["alias/a", "alias/b"]);
            }
            if managed == 0 {
                manifest["secrets"][0]["kms_key_id"] = Value::Null;
            }
            if versions {
                manifest["secrets"][0]["versions"] = json!([
                    {"version_id": "11111111-2222-4333-8444-555555555555", "stages": ["AWSCURRENT"]},
                    {"version_id": "66666666-7777-4888-8999-000000000000", "stages": ["AWSPREVIOUS"]},
                ]);
            }
            let role = &mut manifest["principals"][0];
            role["arn"] = json!(format!("arn:aws:iam::{owner}:role/app/R_B"));
            role["identity_policies"] = json!([own]);
            if let Some(boundary) = boundary {
                role["permissions_boundary"] = boundary;
            }
            if known {
                role["unique_id"] = json!("AROAEXAMPLEROLEB");
            }
            if tagged {
                role["tags"] = json!({"team": "red"});
                manifest["secrets"][0]["tags"] = json!({"team": "red"});
            }
            let account: Value = serde_json::from_str(account).unwrap();
            manifest["accounts"] = json!({"444455556666": account});
            if let Some(owners) = owners {
                manifest["accounts"][OWNER] = serde_json::from_str(owners).unwrap();
            }
            if let Some(scp) = scp {
                manifest["accounts"][owner]["service_control_policies"] = json!([[scp]]);
            }
            if let Some(rcp) = rcp {
                manifest["accounts"][OWNER]["resource_control_policies"] = json!([[rcp]]);
            }
            if let Some(endpoint) = endpoint {
                manifest["vpc_endpoints"] = json!([{"id": "vpce-1", "policy": endpoint}]);
            }
            manifest
        })
}

const ACCOUNTS: [&str; 4] = [
    "{}",
    r#"{"organization_id": null}"#,
    r#"{"organization_id": "o-a1b2c3d4e5"}"#,
    r#"{"organization_id": "o-a1b2c3d4e5", "organization_path": "o-a1b2c3d4e5/r-1/ou-1/"}"#,
];

const CALLS: [(&str, &str); 8] = [
    ("secretsmanager:GetSecretValue", SECRET),
    ("secretsmanager:PutSecretValue", SECRET),
    ("secretsmanager:UpdateSecret", SECRET),
    ("secretsmanager:DeleteSecret", SECRET),
    ("secretsmanager:PutResourcePolicy", SECRET),
    ("kms:Decrypt", KEY),
    ("kms:CreateGrant", KEY),
    ("kms:DescribeKey", KEY),
];

fn policies() -> impl Strategy<Value = Value> {
    let secret = vec(statement(&["secretsmanager:GetSecretValue"]), 1..4);
    let key = vec(statement(&["kms:Decrypt"]), 1..4);
    (secret, key).prop_map(|(secret, key)| with(&secret, Some(&key)))
}

/// Callers whom the bundle does not list, from places at which conditions change their minds.
pub(in crate::prove) fn callers() -> Vec<(&'static str, &'static str)> {
    let arns = [
        "arn:aws:iam::999988887777:role/stranger",
        "arn:aws:iam::222233334444:user/u",
        "arn:aws:iam::777788889999:role/Named",
        "arn:aws:iam::444455556666:role/app/Other",
        "arn:aws:iam::111122223333:root",
    ];
    arns.into_iter().flat_map(|arn| NETWORKS.map(|network| (arn, network))).collect()
}

const NETWORKS: [&str; 3] = [
    r#"{"source_ip": "203.0.113.9"}"#,
    r#"{"source_ip": "198.51.100.1"}"#,
    r#"{"vpc_endpoint": "vpce-1"}"#,
];

const ROLE: &str = "arn:aws:iam::444455556666:role/app/R_B";

/// Keys of which a request can state what they hold.
const STATED: [&str; 4] = [
    "aws:multifactorauthpresent",
    "aws:currenttime",
    "aws:useragent",
    "secretsmanager:versionstage",
];

/// The role of the bundle asks.
pub(in crate::prove) fn asked_by_role(manifest: &Value, network: &str) -> Value {
    let mut asked = asking(manifest, ROLE, network);
    asked["principals"].as_array_mut().unwrap().pop();
    asked
}

/// The bundle with a caller added whose own account lets it do everything, and who asks.
pub(in crate::prove) fn asking(manifest: &Value, arn: &str, network: &str) -> Value {
    let mut manifest = manifest.clone();
    let everything = policy(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]);
    if !arn.ends_with(":root") {
        let caller =
            json!({"arn": arn, "tags": {"team": "red"}, "identity_policies": [everything]});
        manifest["principals"].as_array_mut().unwrap().push(caller);
    }
    let network: Value = serde_json::from_str(network).unwrap();
    manifest["requests"] = json!([{"principal": arn, "action": "secretsmanager:GetSecretValue",
        "resource": SECRET, "region": "us-east-1", "network": network,
        "parameters": {"VersionStage": "AWSCURRENT"},
        "context": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}]);
    manifest
}

pub(in crate::prove) fn covers(who: &GranteeClass, arn: &Arn) -> bool {
    match who {
        GranteeClass::Everyone | GranteeClass::Others => true,
        // The only listed member of the organization.
        GranteeClass::Organization(_) => arn.account_field() == OWNER,
        GranteeClass::Account(id) => arn.account() == Some(*id),
        GranteeClass::Principal(named) => named == arn,
        GranteeClass::Service(_) => false,
    }
}

proptest! {
    // Each case asks for many callers.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.div_ceil(16)))]

    /// What is found is replayed when it is found: an answer at all says that every witness was confirmed.
    #[test]
    fn whoever_gets_in_is_among_those_told(
        manifest in policies(), to_be_made in any::<bool>(),
        assumptions in prop_oneof![Just(Assumptions::default()), assumptions()],
    ) {
        let made = |manifest: &Value| {
            let mut bundle = bundle(manifest);
            if to_be_made {
                bundle.secrets[0].end = ArnEnd::Random;
            }
            bundle
        };
        let decide = |asked: &Bundle| {
            let world = World::new(asked).assuming(assumptions.clone());
            world.decision(&asked.requests[0]).unwrap()
        };
        let told = made(&manifest);
        let world = World::new(&told).assuming(assumptions.clone());
        let action = Action::new("secretsmanager:GetSecretValue").unwrap();
        let answer = who_can(&world, &action, &SECRET.parse().unwrap(), Bounds::default());
        let answer = answer.unwrap_or_else(|error| panic!("{error}: {manifest}"));
        for (arn, network) in callers() {
            let asked = made(&asking(&manifest, arn, network));
            if decide(&asked) != Decision::Allow {
                continue;
            }
            let arn: Arn = arn.parse().unwrap();
            let covered = answer.grantees.iter().any(|found| covers(&found.who, &arn));
            prop_assert!(covered || !answer.undecided.is_empty(), "{arn} {network}: {manifest}");
        }
        for (network, stage) in NETWORKS.into_iter().flat_map(|n| [(n, true), (n, false)]) {
            let mut asked = asked_by_role(&manifest, network);
            if !stage {
                asked["requests"][0]["parameters"] = json!({});
            }
            let asked = made(&asked);
            let allowed = decide(&asked) == Decision::Allow;
            let told = &answer.listed[0];
            prop_assert!(!allowed || told.can != Truth::False, "{network}: {manifest}");
            prop_assert!(allowed || stage || !told.always, "always {network}: {manifest}");
        }
        // Whoever is told gets in while the keys hold that are told with it, whatever the rest: for one the caller of the
        // witness, if it is no session.
        for found in &answer.grantees {
            let caller = &found.witness.caller;
            let is_session =
                matches!(&found.who, GranteeClass::Principal(arn) if arn.service() == "sts");
            let stated = |key: &ContextKey| STATED.contains(&key.lower());
            if is_session || !caller.starts_with("arn:aws:iam:") || !found.conditions.iter().all(stated) {
                continue;
            }
            for network in NETWORKS {
                let mut asking = asking(&manifest, caller, network);
                if let (Some(id), Some(account)) =
                    (&found.witness.organization, caller.split(':').nth(4))
                {
                    asking["accounts"][account] = json!({ "organization_id": id });
                }
                let request = found.witness.as_json();
                asking["requests"][0]["parameters"] = request["parameters"].clone();
                for context in ["context", "key_context"] {
                    let mut stated = request[context].as_object().unwrap().clone();
                    stated.retain(|key, _| found.conditions.contains(&ContextKey::new(key)));
                    asking["requests"][0][context] = stated.into();
                }
                let asked = made(&asking);
                let decision = decide(&asked);
                // Of two statements of which one applies for certain the evaluator knows neither.
                let may = matches!(decision, Decision::Allow | Decision::Indeterminate);
                prop_assert!(may, "{decision} {caller} {:?} {network}: {manifest}", found.conditions);
            }
        }
    }

    /// An answer says that the evaluator has confirmed every call that was found, whatever the bundle holds.
    #[test]
    fn every_call_that_is_found_is_confirmed(
        manifest in whole_bundle(), to_be_made in prop::bool::weighted(0.2),
        (action, resource) in select(&CALLS[..]),
        assumptions in prop_oneof![Just(Assumptions::default()), assumptions()],
    ) {
        let mut told = bundle(&manifest);
        if to_be_made {
            told.secrets[0].end = ArnEnd::Random;
        }
        let world = World::new(&told).assuming(assumptions.clone());
        let action = Action::new(action).unwrap();
        let answer = who_can(&world, &action, &resource.parse().unwrap(), Bounds::default());
        prop_assert!(answer.is_ok(), "{action} {:?}: {manifest} {assumptions:?} {to_be_made}", answer.err());
    }
}
