mod conditions;
pub(in crate::prove) mod random;

use serde_json::{Value, json};

use super::*;
use crate::{
    bundle::{ArnEnd, Bundle, Tags},
    ingest::manifest::{NoFiles, read_manifest},
    text::{Limits, Source, Sources},
};

pub(in crate::prove) const SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
pub(in crate::prove) const KEY: &str =
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

pub(in crate::prove) fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// A statement for GetSecretValue or Decrypt.
pub(in crate::prove) fn allow(action: &str, principal: Value, condition: Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*",
        "Condition": condition})
}

fn read(principal: Value, condition: Value) -> Value {
    allow("secretsmanager:GetSecretValue", principal, condition)
}

fn decrypt(principal: Value, condition: Value) -> Value {
    allow("kms:Decrypt", principal, condition)
}

fn with(secret: &[Value], key: Option<&[Value]>) -> Value {
    let own = policy(&[
        json!({"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"],
        "Resource": "*"}),
    ]);
    let role = json!({"arn": "arn:aws:iam::444455556666:role/app/R_B", "identity_policies": [own]});
    json!({"version": 1,
        "accounts": {"111122223333": {"organization_id": "o-a1b2c3d4e5"},
            "444455556666": {"organization_id": null}},
        "secrets": [{"arn": SECRET, "policy": policy(secret), "kms_key_id": key.map(|_| KEY)}],
        "keys": key.iter().map(|key| json!({"arn": KEY, "policy": policy(key)})).collect::<Vec<_>>(),
        "principals": [role]})
}

pub(in crate::prove) fn bundle(manifest: &Value) -> Bundle {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("bundle.json".to_owned(), manifest.to_string()));
    let loaded = read_manifest(id, &mut sources, &mut NoFiles, &Limits::default());
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    loaded.bundle
}

const READ: &str = "secretsmanager:GetSecretValue";

/// Who can make a call, within the usual bounds.
fn answered(bundle: &Bundle, action: &str, resource: &str) -> WhoCan {
    let action = Action::new(action).unwrap();
    let resource = resource.parse().unwrap();
    who_can(&World::new(bundle), &action, &resource, Bounds::default()).unwrap()
}

/// Whether the role of the bundle can read, whether always, and whom the policies let in beside it.
fn asked(manifest: &Value) -> (Truth, bool, Vec<String>) {
    let bundle = bundle(manifest);
    let answer = answered(&bundle, READ, SECRET);
    assert_eq!(answer.undecided, []);
    let grantees = answer.grantees.iter().map(|grantee| match &grantee.who {
        GranteeClass::Everyone => "everyone".to_owned(),
        GranteeClass::Organization(id) => id.clone(),
        GranteeClass::Account(id) => id.to_string(),
        GranteeClass::Principal(arn) => arn.to_string(),
        GranteeClass::Service(name) => name.clone(),
        GranteeClass::Others => format!("others: {}", grantee.witness.caller),
    });
    (answer.listed[0].can, answer.listed[0].always, grantees.collect())
}

fn role() -> Value {
    json!({"AWS": "arn:aws:iam::444455556666:role/app/R_B"})
}

fn everyone() -> Value {
    json!("*")
}

fn nothing() -> Value {
    json!({})
}

const OWNER: &str = "111122223333";

#[test]
fn both_policies_must_let_the_caller_in() {
    let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let open = with(&[read(everyone(), nothing())], Some(&[decrypt(everyone(), nothing())]));
    assert_eq!(asked(&open), (Truth::True, true, vec!["everyone".to_owned()]));
    // A key for one role alone.
    let by_key = with(&[read(everyone(), nothing())], Some(&[decrypt(role(), nothing())]));
    assert_eq!(asked(&by_key), (Truth::True, true, vec![]));
    // A secret for one role alone, under an open key.
    let by_secret = with(&[read(role(), nothing())], Some(&[decrypt(everyone(), nothing())]));
    assert_eq!(asked(&by_secret), (Truth::True, true, vec![OWNER.to_owned()]));
    // The key's owner delegates to itself only, and the secret's owner is the same account.
    let delegated = with(&[read(role(), nothing())], Some(&[decrypt(root, nothing())]));
    assert_eq!(asked(&delegated), (Truth::False, false, vec![OWNER.to_owned()]));
}

#[test]
fn under_the_managed_key_nobody_outside_reads() {
    let managed = with(&[read(everyone(), nothing())], None);
    assert_eq!(asked(&managed), (Truth::False, false, vec![OWNER.to_owned()]));
}

/// In its account the managed key's own policy lets in whom Secrets Manager calls for.
#[test]
fn under_the_managed_key_its_account_reads() {
    let mut manifest = with(&[], None);
    manifest["principals"][0]["arn"] = json!("arn:aws:iam::111122223333:role/app/R_B");
    assert_eq!(asked(&manifest), (Truth::True, true, vec![OWNER.to_owned()]));
    // It needs no permission of KMS for that, but one of Secrets Manager.
    let mut may = |action: &str| {
        let own = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        manifest["principals"][0]["identity_policies"] = json!([policy(&[own])]);
        asked(&manifest)
    };
    assert_eq!(may("secretsmanager:*"), (Truth::True, true, vec![OWNER.to_owned()]));
    assert_eq!(may("kms:*"), (Truth::False, false, vec![OWNER.to_owned()]));
}

/// What lets in only through an endpoint needs the leave of that endpoint's policy.
#[test]
fn the_policy_of_an_endpoint_holds_back_who_comes_through_it() {
    let through = |id: &str| json!({"StringEquals": {"aws:SourceVpce": id}});
    let endpoint = |effect: &str, action: &str| {
        let statement =
            json!({"Effect": effect, "Principal": "*", "Action": action, "Resource": "*"});
        json!([{"id": "vpce-1", "policy": policy(&[statement])}])
    };
    let asked_with = |id: &str, endpoints: Value| {
        let mut manifest = with(&[read(role(), through(id))], Some(&[decrypt(role(), nothing())]));
        manifest["vpc_endpoints"] = endpoints;
        asked(&manifest).0
    };
    assert_eq!(asked_with("vpce-1", json!([])), Truth::True);
    assert_eq!(asked_with("vpce-1", endpoint("Allow", "secretsmanager:*")), Truth::True);
    assert_eq!(asked_with("vpce-1", endpoint("Allow", "kms:*")), Truth::False);
    assert_eq!(asked_with("vpce-1", endpoint("Deny", "secretsmanager:*")), Truth::False);
    // Another endpoint has a policy of its own.
    assert_eq!(asked_with("vpce-2", endpoint("Deny", "secretsmanager:*")), Truth::True);
}

/// A version that is under the secret's old key is read by who may use that.
#[test]
fn each_version_is_asked_for() {
    let old = "arn:aws:kms:us-east-1:111122223333:key/aaaabbbb-1111-2222-3333-ccccddddeeee";
    let mut manifest = with(&[read(role(), nothing())], Some(&[]));
    assert_eq!(asked(&manifest).0, Truth::False);
    manifest["keys"] = json!([
        {"arn": KEY, "policy": policy(&[])},
        {"arn": old, "policy": policy(&[decrypt(role(), nothing())])},
    ]);
    manifest["secrets"][0]["versions"] = json!([
        {"version_id": "11111111-2222-4333-8444-555555555555", "stages": ["AWSCURRENT"], "kms_key_id": KEY},
        {"version_id": "66666666-7777-4888-8999-000000000000", "stages": ["AWSPREVIOUS"], "kms_key_id": old},
    ]);
    let (can, always, _) = asked(&manifest);
    assert_eq!((can, always), (Truth::True, false));
}

#[test]
fn conditions_of_both_checks_are_of_one_caller() {
    let of = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let organization = of("aws:PrincipalOrgID", "o-a1b2c3d4e5");
    let share =
        with(&[read(everyone(), organization.clone())], Some(&[decrypt(everyone(), organization)]));
    assert_eq!(asked(&share), (Truth::False, false, vec!["o-a1b2c3d4e5".to_owned()]));
    // Two accounts: nobody is of both.
    let apart = with(
        &[read(everyone(), of("aws:PrincipalAccount", "777788889999"))],
        Some(&[decrypt(everyone(), of("kms:CallerAccount", "444455556666"))]),
    );
    assert_eq!(asked(&apart), (Truth::False, false, vec![]));
    let together = with(
        &[read(everyone(), of("aws:PrincipalAccount", "777788889999"))],
        Some(&[decrypt(everyone(), of("kms:CallerAccount", "777788889999"))]),
    );
    assert_eq!(asked(&together), (Truth::False, false, vec!["777788889999".to_owned()]));
    // The forwarded call carries the address, and never an endpoint.
    let endpoint = of("aws:SourceVpce", "vpce-1");
    let through = with(&[read(role(), endpoint.clone())], Some(&[decrypt(role(), nothing())]));
    let (can, always, _) = asked(&through);
    assert_eq!((can, always), (Truth::True, false));
    let on_key = with(&[read(role(), nothing())], Some(&[decrypt(role(), endpoint)]));
    assert_eq!(asked(&on_key).0, Truth::False);
    let address = |network: &str| json!({"IpAddress": {"aws:SourceIp": network}});
    let apart = with(
        &[read(role(), address("203.0.113.0/24"))],
        Some(&[decrypt(role(), address("198.51.100.0/24"))]),
    );
    assert_eq!(asked(&apart).0, Truth::False);
    let together = with(
        &[read(role(), address("203.0.113.0/24"))],
        Some(&[decrypt(role(), address("203.0.113.128/25"))]),
    );
    assert_eq!(asked(&together).0, Truth::True);
}

#[test]
fn the_id_of_a_session_is_that_of_the_role_and_the_name_of_the_session() {
    let asked = |patterns: Value| {
        let condition = json!({"StringLike": {"aws:userid": patterns}});
        let mut manifest = with(&[read(role(), condition)], Some(&[decrypt(role(), nothing())]));
        manifest["principals"][0]["unique_id"] = "AROAEXAMPLEROLEB".into();
        asked(&manifest)
    };
    assert_eq!(asked(json!("AROAEXAMPLEROLEB:*")).0, Truth::True);
    assert_eq!(asked(json!("*:s?")).0, Truth::True);
    assert_eq!(asked(json!(["AROAOTHER:s1", "AIDAEXAMPLE"])).0, Truth::False);
}

#[test]
fn the_id_of_a_caller_is_told_by_its_kind() {
    let by_id = |id: &str| {
        let condition = json!({"StringLike": {"aws:userid": id}});
        let manifest =
            with(&[read(everyone(), condition)], Some(&[decrypt(everyone(), nothing())]));
        asked(&manifest).2
    };
    assert_eq!(by_id("AROAOTHER:*"), [OWNER, "others: arn:aws:iam::999988887777:role/stranger"]);
    assert_eq!(
        by_id("777788889999:b*"),
        [OWNER, "777788889999", "others: arn:aws:iam::999988887777:role/stranger"]
    );
    // The root user's is the account.
    assert!(by_id("777788889999").contains(&"777788889999".to_owned()));
}

/// A key with several aliases: each counts under a set operator, and none of them is what a variable holds.
#[test]
fn a_key_of_several_aliases() {
    let can = |condition: Value, aliases: &[&str]| {
        let mut manifest = with(&[read(role(), nothing())], Some(&[decrypt(role(), condition)]));
        manifest["keys"][0]["aliases"] = json!(aliases);
        manifest["principals"][0]["tags"] = json!({"alias": "alias/a1"});
        asked(&manifest).0
    };
    let set = |operator: &str, value: &str| json!({operator: {"kms:ResourceAliases": [value]}});
    let (one, two, other) = (["alias/a1"], ["alias/a1", "alias/a2"], ["alias/a1", "alias/b"]);
    let all = set("ForAllValues:StringLike", "alias/a*");
    for (aliases, expected) in
        [(&one[..], Truth::True), (&two, Truth::True), (&other, Truth::False)]
    {
        assert_eq!(can(all.clone(), aliases), expected, "{aliases:?}");
    }
    assert_eq!(can(set("ForAnyValue:StringLike", "alias/b"), &other), Truth::True);
    assert_eq!(can(set("ForAnyValue:StringLike", "alias/b"), &two), Truth::False);
    assert_eq!(can(set("ForAnyValue:StringNotLike", "alias/a*"), &other), Truth::True);
    assert_eq!(can(set("ForAnyValue:StringNotLike", "alias/a*"), &two), Truth::False);
    let variable = json!({"StringEquals": {"aws:PrincipalTag/alias": "${kms:ResourceAliases}"}});
    assert_eq!(can(variable.clone(), &one), Truth::False);
    assert_eq!(can(variable, &two), Truth::False);
}

/// What a caller of KMS may pass the service does not.
#[test]
fn what_the_service_does_not_send_is_absent() {
    let attested =
        json!({"StringEqualsIgnoreCase": {"kms:RecipientAttestation:ImageSha384": "ab12"}});
    let manifest = with(&[read(role(), nothing())], Some(&[decrypt(role(), attested)]));
    assert_eq!(asked(&manifest).0, Truth::False);
    let bundle = bundle(&manifest);
    let mut answer = answered(&bundle, "kms:Decrypt", KEY);
    let listed = answer.listed.remove(0);
    assert_eq!((listed.can, listed.always), (Truth::True, false));
    assert_eq!(listed.conditions, [ContextKey::new("kms:RecipientAttestation:ImageSha384")]);
}

#[test]
fn what_the_service_sends_decides_the_second_check() {
    let context = |arn: &str| {
        json!({"StringLike": {"kms:EncryptionContext:SecretARN": arn},
        "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}})
    };
    let right = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";
    let shared = with(&[read(role(), nothing())], Some(&[decrypt(role(), context(right))]));
    assert_eq!(asked(&shared).0, Truth::True);
    let wrong = with(&[read(role(), nothing())], Some(&[decrypt(role(), context(KEY))]));
    assert_eq!(asked(&wrong).0, Truth::False);
    let stage = json!({"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}});
    let labelled = with(&[read(role(), stage)], Some(&[decrypt(role(), nothing())]));
    assert_eq!(asked(&labelled).0, Truth::True);
}

/// The secret and the key each have tags of their own.
#[test]
fn what_describes_the_key_is_not_what_describes_the_secret() {
    let tagged = |team: &str| json!({"StringEquals": {"aws:ResourceTag/team": team}});
    let manifest = with(&[read(role(), tagged("red"))], Some(&[decrypt(role(), tagged("blue"))]));
    let tags = |team: &str| Tags::Listed([("team".to_owned(), team.to_owned())].into());
    let asked = |secret: Tags, key: Tags| {
        let mut bundle = bundle(&manifest);
        (bundle.secrets[0].tags, bundle.keys[0].tags) = (secret, key);
        let found = answered(&bundle, READ, SECRET).listed;
        let keys = found[0].conditions.iter().map(|key| key.canonical().into_owned());
        (found[0].can, keys.collect::<Vec<_>>())
    };
    let hangs_on_tag = || vec!["aws:ResourceTag/team".to_owned()];
    assert_eq!(asked(Tags::NotKnown, Tags::NotKnown), (Truth::True, hangs_on_tag()));
    assert_eq!(asked(tags("red"), Tags::NotKnown), (Truth::True, hangs_on_tag()));
    assert_eq!(asked(tags("red"), tags("blue")), (Truth::True, Vec::new()));
    assert_eq!(asked(tags("red"), tags("red")), (Truth::False, Vec::new()));
    assert_eq!(asked(tags("blue"), Tags::NotKnown), (Truth::False, Vec::new()));
}

/// The ARN of a secret that is not made yet ends in six characters that nobody can choose: what asks for some of them is
/// open, and nobody has guessed all of them.
#[test]
fn the_end_of_a_secret_that_is_to_be_made_is_open() {
    let can = |manifest: &Value| {
        let mut bundle = bundle(manifest);
        bundle.secrets[0].end = ArnEnd::Random;
        let answer = answered(&bundle, READ, SECRET);
        let found = &answer.listed[0];
        assert_eq!(found.cause, (found.can == Truth::Unknown).then_some(Cause::Open));
        found.can
    };
    for (name, expected) in [
        ("*", Truth::True),
        ("DevSecret-??????", Truth::True),
        ("DevSecret-Ab3dEf", Truth::False),
        ("DevSecret-A*", Truth::Unknown),
        ("Other-??????", Truth::False),
        ("Dev${aws:PrincipalTag/kind}-??????", Truth::True),
        ("Dev${aws:PrincipalTag/kind}-A*", Truth::Unknown),
        ("Other${aws:PrincipalTag/kind}-*", Truth::False),
    ] {
        let arn = SECRET.replace("DevSecret-a1B2c3", name);
        let context = json!({"StringLike": {"kms:EncryptionContext:SecretARN": arn}});
        let own = json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*"});
        let mut on_key = with(&[read(role(), nothing())], Some(&[decrypt(role(), context)]));
        on_key["principals"][0]["tags"] = json!({"kind": "Secret"});
        // Of a text with variables it is not looked whether it could match.
        let hangs = expected == Truth::False && name.contains('$');
        let in_context = if hangs { Truth::Unknown } else { expected };
        assert_eq!(can(&on_key), in_context, "context {name}");
        let mut on_secret = with(&[read(role(), nothing())], Some(&[decrypt(role(), nothing())]));
        on_secret["principals"][0]["tags"] = json!({"kind": "Secret"});
        let read = json!({"Effect": "Allow", "Action": "secretsmanager:*", "Resource": arn});
        on_secret["principals"][0]["identity_policies"] = json!([policy(&[own.clone(), read])]);
        assert_eq!(can(&on_secret), expected, "resource {name}");
        let deny = json!({"Effect": "Deny", "Action": "secretsmanager:*", "Resource": arn});
        let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        on_secret["principals"][0]["identity_policies"] = json!([policy(&[all, deny])]);
        let otherwise = match expected {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        };
        assert_eq!(can(&on_secret), otherwise, "denied on {name}");
    }
    // As a variable it is not known either.
    let variable =
        json!({"StringEquals": {"aws:PrincipalAccount": "${kms:EncryptionContext:SecretARN}"}});
    let hangs = with(&[read(role(), nothing())], Some(&[decrypt(role(), variable)]));
    assert_eq!(can(&hangs), Truth::Unknown);
}

/// Where an account stands in its organization is known, and so it is of callers whom nobody lists.
#[test]
fn the_path_of_an_account_is_that_of_its_callers() {
    let account = "arn:aws:iam::444455556666:root";
    let grantees = |operator: &str| {
        let condition = json!({operator: {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-1/*"}});
        let mut manifest = with(
            &[read(json!({ "AWS": account }), condition)],
            Some(&[decrypt(everyone(), nothing())]),
        );
        manifest["accounts"]["444455556666"] = json!({"organization_id": "o-a1b2c3d4e5",
            "organization_path": "o-a1b2c3d4e5/r-1/ou-1/"});
        asked(&manifest).2
    };
    assert_eq!(grantees("ForAnyValue:StringLike"), [OWNER, "444455556666"]);
    assert_eq!(grantees("ForAllValues:StringNotLike"), [OWNER]);
    assert_eq!(grantees("ForAnyValue:StringNotLike"), [OWNER]);
}

/// Who calls is told in the request that shows it.
#[test]
fn witnesses_name_their_callers() {
    let witness = |principal: Value, condition: Value, who: usize| {
        let manifest = with(&[read(principal, condition)], Some(&[decrypt(everyone(), nothing())]));
        let bundle = bundle(&manifest);
        let answer = answered(&bundle, READ, SECRET);
        let found = &answer.grantees[who];
        let request = found.witness.as_json();
        (found.who.clone(), found.witness.caller.clone(), request["principal"].clone())
    };
    let lambda = || "lambda.amazonaws.com".to_owned();
    let source = json!({"StringEquals": {"aws:SourceAccount": OWNER}});
    assert_eq!(
        witness(json!({"Service": lambda()}), source, 1),
        (
            GranteeClass::Service(lambda()),
            lambda(),
            json!({"service": lambda(), "source_account": OWNER, "source_arn": null})
        )
    );
    let session = "arn:aws:sts::777788889999:assumed-role/Named/s1";
    assert_eq!(
        witness(json!({"AWS": session}), nothing(), 1),
        (
            GranteeClass::Principal(session.parse().unwrap()),
            "arn:aws:iam::777788889999:role/Named".to_owned(),
            session.into()
        )
    );
    let user = "arn:aws:iam::777788889999:user/u";
    assert_eq!(
        witness(json!({"AWS": user}), nothing(), 1),
        (GranteeClass::Principal(user.parse().unwrap()), user.to_owned(), user.into())
    );
}

/// The session of a federated user may do what its user may: that the bundle lists the user, without a policy, says
/// nothing of whom else it lets in.
#[test]
fn a_federated_user_of_a_listed_user_is_a_caller_of_its_own() {
    let federated = "arn:aws:sts::444455556666:federated-user/alice";
    let share = json!({ "AWS": federated });
    let mut manifest = with(&[read(share.clone(), nothing())], Some(&[decrypt(share, nothing())]));
    let alice = json!({"arn": "arn:aws:iam::444455556666:user/alice"});
    manifest["principals"].as_array_mut().unwrap().push(alice);
    assert_eq!(asked(&manifest), (Truth::False, false, vec![federated.to_owned()]));
}

/// A user that is named by its id is not bound by its boundary, a role is.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
#[test]
fn an_id_names_a_user_and_a_role_as_what_they_are() {
    let can = |arn: &str, id: &str| {
        let describe = allow("secretsmanager:DescribeSecret", json!({"AWS": id}), nothing());
        let mut manifest = with(&[describe], None);
        let narrow = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
        manifest["principals"] = json!([{"arn": arn, "unique_id": id, "identity_policies": [],
            "permissions_boundary": policy(&[narrow])}]);
        let bundle = bundle(&manifest);
        let answer = answered(&bundle, "secretsmanager:DescribeSecret", SECRET);
        answer.listed[0].can
    };
    assert_eq!(can("arn:aws:iam::111122223333:user/u", "AIDAEXAMPLEUSER12345"), Truth::True);
    assert_eq!(can("arn:aws:iam::111122223333:role/r", "AROAEXAMPLEROLEB1234"), Truth::False);
}

/// The account of a made-up caller is never the owner's, whichever that is.
#[test]
fn strangers_are_not_of_the_account_of_the_secret() {
    let text = with(
        &[read(everyone(), nothing())],
        Some(&[decrypt(everyone(), json!({"StringEquals": {"kms:CallerAccount": OWNER}}))]),
    );
    let moved = text.to_string().replace(OWNER, "999988887777");
    let mut moved: Value = serde_json::from_str(&moved).unwrap();
    moved["accounts"] = json!({});
    let bundle = bundle(&moved);
    let secret = SECRET.replace(OWNER, "999988887777");
    let answer = answered(&bundle, READ, &secret);
    let who: Vec<_> = answer.grantees.iter().map(|grantee| grantee.who.clone()).collect();
    assert_eq!(who, [GranteeClass::Account("999988887777".parse().unwrap())]);
}

#[test]
fn each_grantee_covers_whom_no_other_covers() {
    let accounts = json!({"AWS": ["777788889999", "arn:aws:iam::777788889999:role/Named",
        "arn:aws:iam::222233334444:role/Other"]});
    let share = with(&[read(accounts.clone(), nothing())], Some(&[decrypt(accounts, nothing())]));
    assert_eq!(
        asked(&share).2,
        ["777788889999", "arn:aws:iam::222233334444:role/Other"].map(str::to_owned)
    );
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "222233334444"}}});
    let guarded =
        with(&[read(everyone(), nothing()), deny], Some(&[decrypt(everyone(), nothing())]));
    assert_eq!(asked(&guarded).2, ["222233334444".to_owned()]);
    let pattern = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::2222*:role/*"}});
    let open = with(&[read(everyone(), pattern)], Some(&[decrypt(everyone(), nothing())]));
    let found = asked(&open).2;
    assert_eq!(found, [OWNER, "others: arn:aws:iam::222200000000:role/x"]);
    let service = json!({"Service": "lambda.amazonaws.com"});
    let served = with(&[read(service.clone(), nothing())], Some(&[decrypt(everyone(), nothing())]));
    assert!(asked(&served).2.contains(&"lambda.amazonaws.com".to_owned()));
}
