//! Random cases.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    choices::Choices,
    reading::DATES,
    scenario::{
        ALIAS, ENDPOINT, KeyIs, Kind, Membership, ORGANIZATION, OTHER, OWNER, PATH, REGION, SECRET,
        Scenario, THIRD, UNIQUE_ID, VPC, Way, key_arn,
    },
};

const TEAMS: &[&str] = &["red", "blue", "*", "RED"];
const ASSUMED: &[(&str, &str)] = &[
    ("called_via", "absent"),
    ("fas_source_ip", "service"),
    ("fas_transport", "same"),
    ("cross_account_grant", "needs-identity-policy"),
    ("wildcard_principal", "keeps-limits"),
    ("session_principal", "keeps-limits"),
    ("for_any_value_if_exists", "true"),
    ("for_any_value_if_exists", "false"),
    ("negated_multivalued", "true"),
    ("negated_multivalued", "false"),
    ("negated_type_mismatch", "false"),
    ("negated_type_mismatch", "indeterminate"),
    ("negated_type_mismatch", "true"),
    ("negated_invalid_arn", "false"),
    ("negated_invalid_arn", "true"),
    ("missing_resource", "any"),
    ("resource_star", "across-fields"),
    ("wildcard_services", "covered"),
    ("wildcard_services", "not-covered"),
    ("not_principal_partial", "denied"),
    ("not_principal_partial", "exempt"),
    ("grant_limits", "always"),
    ("grant_limits", "never"),
];

pub(crate) fn scenario(choices: &mut Choices<'_>) -> Scenario {
    let kind = choices.pick(&[
        Kind::NamedSession,
        Kind::User,
        Kind::NamedSession,
        Kind::User,
        Kind::UnnamedSession,
        Kind::FederatedUser,
        Kind::Root,
        Kind::Service { stated_account: true },
        Kind::Service { stated_account: false },
        Kind::Anonymous,
    ]);
    let account = choices.pick(&[OTHER, OWNER]);
    let mut memberships = [OWNER, OTHER, THIRD].map(|account| {
        let of =
            [Membership::Member, Membership::Alone, Membership::Unknown, Membership::Management];
        (account, choices.pick(&of))
    });
    // An organization has one management account.
    let mut managed = false;
    for (_, membership) in &mut memberships {
        if *membership == Membership::Management && std::mem::replace(&mut managed, true) {
            *membership = Membership::Member;
        }
    }
    let members = memberships.into_iter().collect();
    let has_session =
        !matches!(kind, Kind::User | Kind::Root | Kind::Service { .. } | Kind::Anonymous);
    let mut draft = Scenario {
        kind,
        account,
        with_path: choices.one_in(4),
        with_unique_id: choices.one_in(2),
        service_linked: matches!(kind, Kind::NamedSession | Kind::UnnamedSession)
            && choices.one_in(12),
        team: choices.perhaps(TEAMS),
        mfa: choices.perhaps(&[true, false]),
        action: choices.pick(&[
            "secretsmanager:GetSecretValue",
            "secretsmanager:GetSecretValue",
            "secretsmanager:GetSecretValue",
            "secretsmanager:GetSecretValue",
            "secretsmanager:DescribeSecret",
            "secretsmanager:ListSecrets",
            "kms:Decrypt",
            "kms:DescribeKey",
        ]),
        stage: choices.perhaps(&["AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS"]),
        way: choices.pick(&[Way::Public, Way::Endpoint, Way::Unknown]),
        key: choices.pick(&[
            KeyIs::Listed(OWNER),
            KeyIs::Listed(OWNER),
            KeyIs::Listed(THIRD),
            KeyIs::Managed,
            KeyIs::Unlisted,
        ]),
        secret_team: choices.perhaps(TEAMS),
        key_team: choices.perhaps(TEAMS),
        aliases: choices.one_in(2),
        members,
        stated: stated(choices),
        assumptions: if choices.one_in(3) {
            BTreeMap::from([choices.pick(ASSUMED), choices.pick(ASSUMED)])
        } else {
            BTreeMap::new()
        },
        secret_policy: None,
        key_policy: None,
        identity: Vec::new(),
        boundary: None,
        session: Vec::new(),
        scp: Vec::new(),
        rcp: Vec::new(),
        endpoint_policy: None,
        grants: Vec::new(),
    };
    // A key that is asked for by itself must be there.
    if draft.action.starts_with("kms:") && !matches!(draft.key, KeyIs::Listed(_)) {
        draft.key = KeyIs::Listed(OWNER);
    }
    // Only this call names a version.
    if draft.action != "secretsmanager:GetSecretValue" {
        draft.stage = None;
    }
    policies(choices, &mut draft, has_session);
    draft
}

fn policies(choices: &mut Choices<'_>, draft: &mut Scenario, has_session: bool) {
    let with = |draft: &Scenario, choices: &mut Choices<'_>, slot| policy(choices, draft, slot);
    draft.identity = vec![with(draft, choices, Slot::Caller)];
    if !choices.one_in(4) {
        draft.secret_policy = Some(with(draft, choices, Slot::Secret));
    }
    if matches!(draft.key, KeyIs::Listed(_)) && !choices.one_in(8) {
        draft.key_policy = Some(with(draft, choices, Slot::Key));
    }
    if choices.one_in(5) {
        draft.boundary = Some(with(draft, choices, Slot::Caller));
    }
    if has_session && choices.one_in(3) {
        draft.session = vec![with(draft, choices, Slot::Caller)];
    }
    if choices.one_in(5) {
        draft.scp = vec![vec![with(draft, choices, Slot::Guardrail)], Vec::new()];
        if choices.one_in(3) {
            draft.scp.push(vec![with(draft, choices, Slot::Guardrail)]);
        }
    }
    if choices.one_in(5) {
        draft.rcp = vec![vec![with(draft, choices, Slot::Rcp)]];
    }
    if choices.one_in(2) {
        draft.endpoint_policy = Some(with(draft, choices, Slot::Endpoint));
    }
    if choices.one_in(3) {
        draft.grants = vec![grant(choices, draft)];
        if choices.one_in(3) {
            draft.grants.push(grant(choices, draft));
        }
    }
}

fn stated(choices: &mut Choices<'_>) -> BTreeMap<&'static str, Option<Vec<&'static str>>> {
    let mut stated = BTreeMap::new();
    while choices.one_in(3) && stated.len() < 3 {
        let (key, value) = choices.pick(&[
            ("aws:SourceIp", Some(vec!["2001:db8::1"])),
            ("aws:PrincipalTag/team", Some(vec!["blue"])),
            ("aws:principaltag/TEAM", None),
            ("aws:CalledVia", Some(vec!["cloudformation.amazonaws.com"])),
            ("aws:CalledVia", Some(vec!["a.amazonaws.com", "b.amazonaws.com"])),
            ("aws:CalledVia", None),
            ("aws:CurrentTime", Some(vec!["2026-01-01T00:00:00Z"])),
            ("aws:CurrentTime", Some(vec!["2026-06-01"])),
            ("aws:UserAgent", Some(vec!["curl/8"])),
            ("aws:MultiFactorAuthAge", Some(vec!["300"])),
            ("aws:MultiFactorAuthPresent", None),
            ("aws:PrincipalOrgPaths", Some(vec![PATH, "o-other/r-1/"])),
            ("aws:PrincipalOrgPaths", Some(vec![])),
            ("aws:SecureTransport", Some(vec!["false"])),
            ("s3:prefix", Some(vec!["home/"])),
            ("aws:SourceIp", Some(vec!["no address"])),
        ]);
        if !stated.keys().any(|known: &&str| known.eq_ignore_ascii_case(key)) {
            stated.insert(key, value);
        }
    }
    stated
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Secret,
    Key,
    Caller,
    Guardrail,
    Rcp,
    Endpoint,
}

fn policy(choices: &mut Choices<'_>, draft: &Scenario, slot: Slot) -> Value {
    let mut statements = Vec::new();
    // Most policies allow something, so that something comes of the others.
    if !choices.one_in(4) && slot != Slot::Rcp {
        statements.push(broad(choices, draft, slot));
    }
    let more = choices.below(3);
    for _ in 0..more {
        statements.push(statement(choices, draft, slot));
    }
    if statements.is_empty() {
        statements.push(statement(choices, draft, slot));
    }
    // Long policies are looked up, not read. Their statements need more choices than there are, so one starts a row.
    if choices.one_in(4) {
        let start = choices.below(256);
        let row: Vec<u8> = (start..start + 400).map(|n| (n * n * 167 + n / 3) as u8).collect();
        let mut row = Choices::new(&row);
        while statements.len() < 9 {
            statements.push(statement(&mut row, draft, slot));
        }
    }
    let version = if choices.one_in(8) { "2008-10-17" } else { "2012-10-17" };
    json!({"Version": version, "Statement": statements})
}

fn broad(choices: &mut Choices<'_>, draft: &Scenario, slot: Slot) -> Value {
    let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    if matches!(slot, Slot::Secret | Slot::Key | Slot::Endpoint) {
        let this: Value = match draft.identity_arn() {
            Some(arn) => json!({"AWS": arn}),
            None => json!("*"),
        };
        let account = json!({"AWS": draft.account});
        let session = json!({"AWS": draft.session_arn()});
        statement["Principal"] =
            choices.pick(&[this, account, session, json!("*"), json!({"AWS": "*"})]);
    }
    statement
}

fn statement(choices: &mut Choices<'_>, draft: &Scenario, slot: Slot) -> Value {
    let deny = slot == Slot::Rcp || choices.one_in(3);
    let mut statement = Map::new();
    statement.insert("Effect".into(), json!(if deny { "Deny" } else { "Allow" }));
    match slot {
        Slot::Rcp => {
            statement.insert("Principal".into(), json!("*"));
        }
        Slot::Secret | Slot::Key | Slot::Endpoint => {
            let (element, value) = principal(choices, draft, deny);
            statement.insert(element.into(), value);
        }
        Slot::Caller | Slot::Guardrail => {}
    }
    let (element, value) = action(choices);
    statement.insert(element.into(), value);
    let omitted = matches!(slot, Slot::Secret | Slot::Key) && choices.one_in(12);
    if !omitted {
        let (element, value) = resource(choices);
        statement.insert(element.into(), value);
    }
    let conditions = choices.below(3);
    let mut block = Map::new();
    for _ in 0..conditions {
        let (operator, key, values) = condition(choices);
        let keys = block.entry(operator).or_insert_with(|| json!({})).as_object_mut().unwrap();
        if !keys.keys().any(|known| known.eq_ignore_ascii_case(&key)) {
            keys.insert(key, values);
        }
    }
    if !block.is_empty() {
        statement.insert("Condition".into(), block.into());
    }
    statement.into()
}

fn principal(choices: &mut Choices<'_>, draft: &Scenario, deny: bool) -> (&'static str, Value) {
    let role = |account: &str, path: &str| format!("arn:aws:iam::{account}:role/{path}Reader");
    let user = |account: &str, path: &str| format!("arn:aws:iam::{account}:user/{path}Reader");
    let all = [
        draft.identity_arn().unwrap_or_else(|| role(OTHER, "")),
        draft.session_arn(),
        draft.account.to_owned(),
        format!("arn:aws:iam::{}:root", draft.account),
        role(OTHER, ""),
        role(OWNER, ""),
        role(OTHER, "app/"),
        user(OTHER, ""),
        user(OWNER, "app/"),
        draft.federated_arn(),
        format!("arn:aws:sts::{}:assumed-role/Reader/s2", draft.account),
        UNIQUE_ID.to_owned(),
        THIRD.to_owned(),
        format!("arn:aws:iam::{OWNER}:root"),
        "*".to_owned(),
    ];
    let mut entries = vec![choices.pick(&all)];
    while choices.one_in(2) && entries.len() < 4 {
        let entry = choices.pick(&all);
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    let mut element = json!({"AWS": entries});
    if choices.one_in(4) {
        element["Service"] = json!(choices.pick(&["lambda.amazonaws.com", "s3.amazonaws.com"]));
    }
    if choices.one_in(8) {
        element = json!("*");
    }
    let negated = deny && choices.one_in(3);
    (if negated { "NotPrincipal" } else { "Principal" }, element)
}

fn action(choices: &mut Choices<'_>) -> (&'static str, Value) {
    let all = [
        "*",
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "secretsmanager:*",
        "kms:*",
        "SecretsManager:get*value",
        "kms:De*",
        "secretsmanager:List*",
        "secretsmanager:DescribeSecret",
        "kms:DescribeKe?",
        "s3:GetObject",
        "*:Get*",
    ];
    let mut list = vec![choices.pick(&all)];
    while choices.one_in(2) && list.len() < 3 {
        list.push(choices.pick(&all));
    }
    list.dedup();
    let element = if choices.one_in(8) { "NotAction" } else { "Action" };
    (element, if choices.one_in(24) { json!([]) } else { json!(list) })
}

fn resource(choices: &mut Choices<'_>) -> (&'static str, Value) {
    let all = [
        "*".to_owned(),
        SECRET.to_owned(),
        key_arn(OWNER),
        format!("arn:aws:secretsmanager:{REGION}:{OWNER}:secret:DevSecret-??????"),
        format!("arn:aws:secretsmanager:*:{OWNER}:secret:Dev*"),
        "arn:aws:kms:*:*:key/*".to_owned(),
        key_arn(THIRD),
        format!("arn:aws:kms:{REGION}:{OWNER}:key/1234*"),
        format!("arn:aws:kms:{REGION}:{OWNER}:alias/DevSecretKMS"),
        format!("arn:aws:secretsmanager:{REGION}:{OWNER}:secret:DevSecret-?????"),
        "arn:aws:secretsmanager:*:secret:Dev*".to_owned(),
        "arn:aws:secretsmanager:*:*:secret:DevSecret-??????".to_owned(),
        "arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}*".to_owned(),
        "arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team, 'DevSecret'}-??????".to_owned(),
        "arn:aws:kms:*:*:key/${aws:username}*".to_owned(),
        "arn:aws-cn:secretsmanager:*:*:*".to_owned(),
    ];
    let mut list = vec![choices.pick(&all)];
    while choices.one_in(2) && list.len() < 3 {
        list.push(choices.pick(&all));
    }
    list.dedup();
    let element = if choices.one_in(8) { "NotResource" } else { "Resource" };
    (element, if choices.one_in(24) { json!([]) } else { json!(list) })
}

fn condition(choices: &mut Choices<'_>) -> (String, String, Value) {
    let operators = [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "ArnEquals",
        "ArnNotEquals",
        "ArnLike",
        "ArnNotLike",
        "Bool",
        "IpAddress",
        "NotIpAddress",
        "Null",
        "DateLessThan",
        "DateEquals",
        "DateNotEquals",
        "DateGreaterThanEquals",
        "NumericLessThan",
        "NumericNotEquals",
        "NumericGreaterThan",
    ];
    let keys = [
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalTag/team",
        "AWS:principaltag/Team",
        "aws:PrincipalType",
        "aws:username",
        "aws:userid",
        "aws:PrincipalIsAWSService",
        "aws:SourceIp",
        "aws:SourceVpce",
        "aws:SourceVpc",
        "aws:ViaAWSService",
        "aws:CalledVia",
        "aws:CalledViaLast",
        "aws:ResourceAccount",
        "aws:ResourceOrgID",
        "aws:ResourceTag/team",
        "aws:RequestedRegion",
        "aws:SecureTransport",
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
        "aws:SourceAccount",
        "aws:CurrentTime",
        "aws:UserAgent",
        "kms:ViaService",
        "kms:CallerAccount",
        "kms:EncryptionContext:SecretARN",
        "kms:encryptioncontextkeys",
        "kms:ResourceAliases",
        "secretsmanager:VersionStage",
        "secretsmanager:SecretId",
        "secretsmanager:ResourceTag/team",
        "s3:prefix",
    ];
    let key = choices.pick(&keys);
    let mut operator = choices.pick(&operators).to_owned();
    // Half of the conditions suit the key.
    if choices.one_in(2) {
        let suited = match key {
            "aws:SourceIp" => "IpAddress",
            "aws:CurrentTime" => "DateLessThan",
            "aws:MultiFactorAuthAge" => "NumericLessThan",
            "aws:PrincipalArn" => "ArnLike",
            "aws:ViaAWSService"
            | "aws:SecureTransport"
            | "aws:MultiFactorAuthPresent"
            | "aws:PrincipalIsAWSService" => "Bool",
            _ => "StringLike",
        };
        suited.clone_into(&mut operator);
    }
    if operator != "Null" && choices.one_in(4) {
        operator.push_str("IfExists");
    }
    let many = [
        "aws:PrincipalOrgPaths",
        "aws:CalledVia",
        "kms:encryptioncontextkeys",
        "kms:ResourceAliases",
    ];
    let chances = if many.contains(&key) { 2 } else { 6 };
    if choices.one_in(chances) {
        operator = format!("{}:{operator}", choices.pick(&["ForAnyValue", "ForAllValues"]));
    }
    let mut list = vec![value(choices, key)];
    while choices.one_in(3) && list.len() < 3 {
        list.push(value(choices, key));
    }
    list.dedup();
    if operator == "Null" {
        list = vec![choices.pick(&["true", "false"]).to_owned()];
    }
    let values = if choices.one_in(24) { json!([]) } else { json!(list) };
    (operator, key.to_owned(), values)
}

fn value(choices: &mut Choices<'_>, key: &str) -> String {
    let role = |account: &str, name: &str| format!("arn:aws:iam::{account}:role/{name}");
    let own: Vec<String> = match key {
        "aws:PrincipalArn" => vec![
            role(OTHER, "Reader"),
            role(OWNER, "app/Reader"),
            role("*", "*"),
            role(OTHER, "R*"),
            format!("arn:aws:iam::{OTHER}:user/Reader"),
            "arn:aws:iam::*:root".into(),
            "arn:aws:iam::444455556666:role".into(),
        ],
        "aws:PrincipalAccount"
        | "kms:CallerAccount"
        | "aws:ResourceAccount"
        | "aws:SourceAccount" => {
            vec![OTHER.into(), OWNER.into(), THIRD.into(), "1111*".into(), "anonymous".into()]
        }
        "aws:PrincipalOrgID" | "aws:ResourceOrgID" => {
            vec![
                ORGANIZATION.into(),
                "o-*".into(),
                "o-other".into(),
                "${aws:PrincipalOrgID}".into(),
            ]
        }
        "aws:PrincipalOrgPaths" => vec![PATH.into(), "o-a1b2c3d4e5/*".into(), "o-other/*".into()],
        "aws:SourceIp" => vec![
            "203.0.113.0/24".into(),
            "203.0.113.9".into(),
            "0.0.0.0/0".into(),
            "2001:db8::/32".into(),
            "10.0.0.0/8".into(),
            "no address".into(),
            "203.0.113.8/31".into(),
        ],
        "aws:CurrentTime" => DATES.iter().map(|(date, _)| (*date).to_owned()).collect(),
        "aws:MultiFactorAuthAge" => vec!["300".into(), "300.0".into(), "3600".into(), "ten".into()],
        "aws:SourceVpce" | "aws:SourceVpc" => vec![ENDPOINT.into(), VPC.into(), "vpc*".into()],
        "aws:ViaAWSService"
        | "aws:SecureTransport"
        | "aws:MultiFactorAuthPresent"
        | "aws:PrincipalIsAWSService" => {
            vec!["true".into(), "false".into(), "True".into()]
        }
        "aws:CalledVia" | "aws:CalledViaLast" => vec![
            "secretsmanager.amazonaws.com".into(),
            "cloudformation.amazonaws.com".into(),
            "b.amazonaws.com".into(),
            "*.amazonaws.com".into(),
        ],
        "kms:ViaService" => vec![
            "secretsmanager.us-east-1.amazonaws.com".into(),
            "secretsmanager.*.amazonaws.com".into(),
            "secretsmanager.us-west-2.amazonaws.com".into(),
        ],
        "kms:EncryptionContext:SecretARN" | "secretsmanager:SecretId" => vec![
            SECRET.into(),
            SECRET.replace("a1B2c3", "??????"),
            key_arn(OWNER),
            "arn:aws:secretsmanager:*:DevSecret-??????".into(),
        ],
        "kms:encryptioncontextkeys" => {
            vec!["SecretARN".into(), "SecretVersionId".into(), "Secret*".into()]
        }
        "kms:ResourceAliases" => vec![ALIAS.into(), "alias/aws/*".into(), "alias/*".into()],
        "secretsmanager:VersionStage" => {
            vec!["AWSCURRENT".into(), "AWSCurrent".into(), "AWSPREVIOUS".into()]
        }
        "aws:PrincipalType" => vec!["AssumedRole".into(), "User".into(), "Account".into()],
        "aws:username" => vec!["Reader".into(), "R*".into()],
        "aws:userid" => vec![UNIQUE_ID.into(), format!("{UNIQUE_ID}:*"), format!("{UNIQUE_ID}:s1")],
        "aws:RequestedRegion" => vec![REGION.into(), "eu-*".into()],
        "aws:UserAgent" => vec!["curl/8".into(), "*".into()],
        _ => vec!["red".into(), "blue".into(), "Red".into()],
    };
    let any: Vec<String> = [
        "*",
        "",
        "true",
        "red",
        "r?d",
        "${aws:PrincipalTag/team}",
        "${aws:username, 'red'}",
        "x${*}",
        "${aws:PrincipalTag/team}*",
        "arn:aws:iam::${aws:PrincipalAccount}:role/Reader",
    ]
    .map(str::to_owned)
    .into();
    if choices.one_in(4) { choices.pick(&any) } else { choices.pick(&own) }
}

fn grant(choices: &mut Choices<'_>, draft: &Scenario) -> Value {
    let grantee = choices.pick(&[
        draft.identity_arn().unwrap_or_else(|| format!("arn:aws:iam::{OTHER}:role/Reader")),
        draft.session_arn(),
        format!("arn:aws:iam::{}:root", draft.account),
        format!("arn:aws:iam::{OTHER}:user/Reader"),
    ]);
    let constraints = choices.pick(&[
        json!({}),
        json!({"EncryptionContextSubset": {"SecretARN": SECRET}}),
        json!({"EncryptionContextEquals": {"SecretARN": SECRET}}),
        json!({"EncryptionContextEquals": {"SecretARN": SECRET, "SecretVersionId": "v"}}),
        json!({"EncryptionContextSubset": {"secretarn": SECRET}}),
    ]);
    let operations =
        choices.pick(&[json!(["Decrypt"]), json!(["Decrypt", "DescribeKey"]), json!(["Encrypt"])]);
    json!({"GranteePrincipal": grantee, "Operations": operations, "Constraints": constraints})
}
