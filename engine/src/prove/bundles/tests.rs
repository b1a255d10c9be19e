mod open;
mod random;

use serde_json::{Value, json};

use super::*;
use crate::{
    bundle::{ArnEnd, Decision, KeyReference},
    prove::{
        Before, Bound,
        who_can::tests::{KEY, SECRET, allow, bundle, policy},
    },
};

/// Both bundles as manifests; what is new, in the new one's order.
fn compared(old: &Value, new: &Value) -> NewCalls {
    compared_within(Bounds::default(), old, new)
}

fn compared_within(bounds: Bounds, old: &Value, new: &Value) -> NewCalls {
    let (old, new) = (bundle(old), bundle(new));
    new_calls(&World::new(&old), &World::new(&new), bounds).unwrap()
}

/// Who can call what now.
fn told(found: &NewCalls) -> Vec<String> {
    let told = found.calls.iter().map(|call| {
        let who = match &call.caller {
            NewCaller::Listed(arn) => arn.resource().to_owned(),
            NewCaller::Beside(GranteeClass::Everyone) => "everyone".to_owned(),
            NewCaller::Beside(GranteeClass::Organization(id)) => id.clone(),
            NewCaller::Beside(GranteeClass::Account(id)) => id.to_string(),
            NewCaller::Beside(GranteeClass::Principal(arn)) => arn.to_string(),
            NewCaller::Beside(GranteeClass::Service(name)) => name.clone(),
            NewCaller::Beside(GranteeClass::Others) => format!("others: {}", call.witness.caller),
        };
        format!("{who} {}", call.action)
    });
    told.collect()
}

fn new(old: &Value, new: &Value) -> Vec<String> {
    let found = compared(old, new);
    assert_eq!(found.undecided, []);
    assert_eq!(found.new_access == Truth::True, !found.calls.is_empty());
    told(&found)
}

const NOTHING: [String; 0] = [];
const READ: &str = "secretsmanager:GetSecretValue";

fn share(principal: Value, condition: Value) -> Value {
    allow(READ, principal, condition)
}

fn decrypt(principal: Value, condition: Value) -> Value {
    allow("kms:Decrypt", principal, condition)
}

/// A statement of a policy without principals.
fn own(actions: Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

/// A secret of 111122223333 under a key, and a role of 444455556666 that may read.
fn base(secret: &[Value], key: &[Value]) -> Value {
    json!({"version": 1,
        "accounts": {"111122223333": {"organization_id": "o-a1b2c3d4e5"},
            "444455556666": {"organization_id": null}},
        "secrets": [{"arn": SECRET, "policy": policy(secret), "kms_key_id": KEY}],
        "keys": [{"arn": KEY, "policy": policy(key)}],
        "principals": [{"arn": ROLE, "identity_policies": [policy(&[own(json!([READ, "kms:Decrypt"]))])]}]})
}

const ROLE: &str = "arn:aws:iam::444455556666:role/app/R_B";

fn role() -> Value {
    json!({"AWS": ROLE})
}

fn any() -> Value {
    json!({})
}

fn shared() -> Value {
    base(&[share(role(), any())], &[decrypt(role(), any())])
}

/// The manifest with another value at a place.
fn with(manifest: &Value, place: &str, value: Value) -> Value {
    let mut changed = manifest.clone();
    let (parent, name) = place.rsplit_once('/').unwrap();
    let parent = changed.pointer_mut(parent).unwrap();
    match parent {
        Value::Object(map) => {
            map.insert(name.to_owned(), value);
        }
        other => *other.get_mut(name.parse::<usize>().unwrap()).unwrap() = value,
    }
    changed
}

#[test]
fn a_bundle_allows_nothing_beyond_itself() {
    assert_eq!(new(&shared(), &shared()), NOTHING);
    // Written otherwise: in another order, as lists, and split.
    let split = base(
        &[
            share(json!({"AWS": [ROLE]}), json!({"Null": {"aws:PrincipalArn": ["false"]}})),
            share(role(), any()),
        ],
        &[decrypt(role(), any())],
    );
    assert_eq!(new(&shared(), &split), NOTHING);
    assert_eq!(new(&split, &shared()), NOTHING);
}

#[test]
fn the_secret_and_its_key_must_both_open() {
    let closed = base(&[], &[]);
    let secret = base(&[share(role(), any())], &[]);
    let key = base(&[], &[decrypt(role(), any())]);
    assert_eq!(new(&closed, &secret), NOTHING);
    assert_eq!(new(&closed, &key), ["role/app/R_B kms:Decrypt"]);
    let found = compared(&secret, &shared());
    assert_eq!(
        told(&found),
        ["role/app/R_B secretsmanager:GetSecretValue", "role/app/R_B kms:Decrypt"]
    );
    assert_eq!(found.calls[0].witness.before, Some(Before::Denied(Decision::ImplicitDeny)));
    assert_eq!(new(&shared(), &secret), NOTHING);
}

/// As many calls as the bound lets be told are all of them; one less, and the answer says that there are more.
#[test]
fn the_bound_on_calls_is_inclusive() {
    let secret = base(&[share(role(), any())], &[]);
    for (calls, told, more) in [(3, 2, false), (2, 2, false), (1, 1, true), (0, 0, true)] {
        let found = compared_within(Bounds { calls, ..Bounds::default() }, &secret, &shared());
        assert_eq!((found.new_access, found.calls.len(), found.more), (Truth::True, told, more));
    }
}

/// Whether a call is new can hang on patterns that are not followed so far.
#[test]
fn calls_keep_the_bounds_of_proofs() {
    let narrow = json!({"StringLike": {"aws:UserAgent": "?*ab*?"},
        "StringLikeIfExists": {"aws:UserAgent": "?*bc*?"},
        "ForAllValues:StringLike": {"aws:UserAgent": "????"}});
    let narrow = base(&[share(role(), narrow)], &[decrypt(role(), any())]);
    let closed = base(&[], &[decrypt(role(), any())]);
    assert_eq!(new(&closed, &narrow), NOTHING);
    let found = compared_within(Bounds { states: 2, ..Bounds::default() }, &closed, &narrow);
    assert_eq!((found.new_access, found.calls), (Truth::Unknown, Vec::new()));
    let part = "aws:UserAgent".to_owned();
    assert_eq!(found.undecided[0].cause, Cause::Bound(Bound::States { part }));
}

#[test]
fn callers_beside_the_bundles_are_found() {
    let open =
        |principal: Value| base(&[share(principal.clone(), any())], &[decrypt(principal, any())]);
    let one = open(json!({"AWS": [ROLE, "777788889999"]}));
    assert_eq!(
        new(&shared(), &one),
        [format!("777788889999 {READ}"), "777788889999 kms:Decrypt".to_owned()]
    );
    let two = open(json!({"AWS": [ROLE, "777788889999", "222233334444"]}));
    assert_eq!(
        new(&one, &two),
        [format!("222233334444 {READ}"), "222233334444 kms:Decrypt".to_owned()]
    );
    assert_eq!(new(&two, &one), NOTHING);
    let everyone = open(json!("*"));
    assert_eq!(new(&two, &everyone)[0], format!("everyone {READ}"));
}

#[test]
fn what_a_caller_may_do_by_itself_counts() {
    let mut wider = shared();
    wider["principals"][0]["identity_policies"] = json!([policy(&[own(json!("*"))])]);
    assert_eq!(new(&shared(), &wider), NOTHING);
    // A user that only the new bundle lists.
    let owner = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let delegated = base(&[], &[decrypt(owner, any())]);
    let mut listed = delegated.clone();
    let user = json!({"arn": "arn:aws:iam::111122223333:user/u",
        "identity_policies": [policy(&[own(json!([READ, "kms:Decrypt"]))])]});
    listed["principals"].as_array_mut().unwrap().push(user);
    assert_eq!(
        new(&delegated, &listed),
        [format!("user/u {READ}"), "user/u kms:Decrypt".to_owned()]
    );
    assert_eq!(new(&listed, &delegated), NOTHING);
}

#[test]
fn guardrails_count() {
    let lists = |place: &str, statement: Value| {
        let full = own(json!("*"));
        with(&shared(), place, json!([[policy(&[full, statement])]]))
    };
    let deny = json!({"Effect": "Deny", "Action": READ, "Resource": "*"});
    let deny_all =
        json!({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"});
    let scp = lists("/accounts/444455556666/service_control_policies", deny);
    let mut rcp = shared();
    rcp["accounts"]["111122223333"]["resource_control_policies"] = json!([[policy(&[deny_all])]]);
    let boundary =
        with(&shared(), "/principals/0/permissions_boundary", policy(&[own(json!("kms:*"))]));
    let read = format!("role/app/R_B {READ}");
    for guarded in [&scp, &boundary] {
        assert_eq!(new(guarded, &shared()), std::slice::from_ref(&read));
        assert_eq!(new(&shared(), guarded), NOTHING);
    }
    let found = new(&rcp, &shared());
    assert!(
        found.contains(&read)
            && found.contains(&"111122223333 secretsmanager:DeleteSecret".to_owned()),
        "{found:?}"
    );
    assert_eq!(new(&shared(), &rcp), NOTHING);
}

#[test]
fn grants_and_the_state_of_the_key_count() {
    let secret = base(&[share(role(), any())], &[]);
    let grant = json!([{"GranteePrincipal": ROLE, "Operations": ["Decrypt"]}]);
    let granted = with(&secret, "/keys/0/grants", grant);
    let told = ["role/app/R_B secretsmanager:GetSecretValue", "role/app/R_B kms:Decrypt"];
    assert_eq!(new(&secret, &granted), told);
    // A direct call that brings what the grant wants.
    let constraints = json!({"EncryptionContextSubset": {"app": "x"}});
    let grant =
        json!([{"GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Constraints": constraints}]);
    let constrained = with(&secret, "/keys/0/grants", grant);
    assert_eq!(new(&secret, &constrained), ["role/app/R_B kms:Decrypt"]);
    let disabled = with(&shared(), "/keys/0/state", json!("Disabled"));
    let found = compared(&disabled, &shared());
    assert_eq!(self::told(&found), told);
    assert!(
        matches!(&found.calls[0].witness.before, Some(Before::Failed(failure)) if failure.code == "DisabledException")
    );
    assert_eq!(new(&shared(), &disabled), NOTHING);
    assert_eq!(new(&disabled, &disabled), NOTHING);
}

#[test]
fn a_secret_or_key_that_is_new_was_open_to_nobody() {
    let mut other = shared();
    other["secrets"] = json!([]);
    assert_eq!(new(&other, &shared())[0], format!("role/app/R_B {READ}"));
    assert_eq!(new(&shared(), &other), NOTHING);
    // Another key, which the role may use and the old one did not let it.
    let first = base(&[share(role(), any())], &[]);
    let second = KEY.replace("1234abcd", "9999abcd");
    let mut moved = first.clone();
    moved["secrets"][0]["kms_key_id"] = json!(second);
    moved["keys"] = json!([{"arn": second, "policy": policy(&[decrypt(role(), any())])}]);
    assert_eq!(
        new(&first, &moved)[..2],
        [format!("role/app/R_B {READ}"), "role/app/R_B kms:Decrypt".to_owned()]
    );
}

#[test]
fn a_new_version_is_no_new_access() {
    let stage =
        json!({"StringEquals": {"secretsmanager:VersionStage": ["AWSCURRENT", "AWSPREVIOUS"]}});
    let one = base(&[share(role(), stage)], &[decrypt(role(), any())]);
    let version = |id: &str, stage: &str| json!({"version_id": id, "stages": [stage]});
    let (a, b) = ("11111111-2222-4333-8444-555555555555", "66666666-2222-4333-8444-555555555555");
    let before = with(&one, "/secrets/0/versions", json!([version(a, "AWSCURRENT")]));
    let rotated = with(
        &one,
        "/secrets/0/versions",
        json!([version(b, "AWSCURRENT"), version(a, "AWSPREVIOUS")]),
    );
    assert_eq!(new(&before, &rotated), NOTHING);
    assert_eq!(new(&one, &rotated), NOTHING);
    assert_eq!(new(&rotated, &one), NOTHING);
}

#[test]
fn conditions_of_both_bundles_are_met_by_one_request() {
    let of = |condition: Value| base(&[share(role(), condition)], &[decrypt(role(), any())]);
    let within = |network: &str| json!({"IpAddress": {"aws:SourceIp": network}});
    let (narrow, wide) = (of(within("203.0.113.0/25")), of(within("203.0.113.0/24")));
    assert_eq!(new(&wide, &narrow), NOTHING);
    let found = compared(&narrow, &wide);
    assert_eq!(told(&found), [format!("role/app/R_B {READ}")]);
    let network = found.calls[0].witness.as_json()["network"].clone();
    assert_eq!(network, json!({"source_ip": "203.0.113.129"}));
    // A condition that is gone shows in the request that it kept out.
    let found = compared(&of(json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}})), &shared());
    assert_eq!(told(&found), [format!("role/app/R_B {READ}")]);
    let tagged = of(json!({"StringEquals": {"aws:PrincipalTag/team": "red"}}));
    assert_eq!(
        new(&tagged, &with(&tagged, "/principals/0/tags", json!({"team": "red"}))),
        [format!("role/app/R_B {READ}")]
    );
    let session = |name: &str| of(json!({"StringLike": {"aws:userid": format!("*:{name}")}}));
    assert_eq!(new(&session("*"), &session("s1")), NOTHING);
    assert_eq!(new(&session("s1"), &session("s*")), [format!("role/app/R_B {READ}")]);
}

/// The request that shows it states what either bundle asks about, in both checks.
#[test]
fn requests_state_what_kept_them_out() {
    let agent = || json!({"StringEquals": {"aws:UserAgent": "x"}});
    let of = |secret: Value, key: Value| base(&[share(role(), secret)], &[decrypt(role(), key)]);
    let context = |old: &Value, name: &str| {
        let found = compared(old, &of(any(), any()));
        assert_eq!(told(&found)[0], format!("role/app/R_B {READ}"));
        found.calls[0].witness.as_json()[name].clone()
    };
    let on_secret = context(&of(agent(), any()), "context");
    assert!(
        on_secret["aws:UserAgent"].is_string() && on_secret["aws:UserAgent"] != "x",
        "{on_secret}"
    );
    let on_key = context(&of(any(), agent()), "key_context");
    assert!(on_key.get("aws:UserAgent").is_some_and(|agent| agent != "x"), "{on_key}");
    // In both the new bundle's own condition is met, and the old one's is not.
    let found = compared(
        &of(any(), json!({"StringNotLike": {"aws:UserAgent": "ab*"}})),
        &of(any(), json!({"StringLike": {"aws:UserAgent": "a*"}})),
    );
    let json = found.calls[0].witness.as_json();
    assert!(json["key_context"]["aws:UserAgent"].as_str().unwrap().starts_with("ab"), "{json}");
}

#[test]
fn what_only_one_bundle_says_holds_in_both() {
    let of = |organization: Value, account: Value| {
        let condition = json!({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}});
        let mut manifest =
            base(&[share(json!("*"), condition.clone())], &[decrypt(json!("*"), condition)]);
        manifest["accounts"] = json!({"111122223333": {"organization_id": "o-a1b2c3d4e5"}, "444455556666": account, "777788889999": organization});
        manifest
    };
    let known = |id: &str| json!({"organization_id": id});
    let here = of(known("o-a1b2c3d4e5"), known("o-a1b2c3d4e5"));
    let mut silent = here.clone();
    silent["accounts"] = json!({});
    assert_eq!(new(&silent, &here), NOTHING);
    assert_eq!(new(&here, &silent), NOTHING);
    // An account that joins the organization lets its principals in, those of the bundle and others.
    let elsewhere = of(known("o-zzzzzzzzzz"), json!({"organization_id": null}));
    assert_eq!(
        new(&elsewhere, &here),
        [
            format!("role/app/R_B {READ}"),
            format!("o-a1b2c3d4e5 {READ}"),
            "role/app/R_B kms:Decrypt".to_owned(),
            "o-a1b2c3d4e5 kms:Decrypt".to_owned()
        ]
    );
    assert_eq!(new(&here, &elsewhere), NOTHING);
}

/// The organization of the owner is a fact like those of the callers, as long as the owner is the same.
#[test]
fn what_only_one_bundle_says_of_an_owner_holds_in_both() {
    let condition = |id: &str| json!({"StringEquals": {"aws:ResourceOrgID": id}});
    let of = |id: &str| base(&[share(role(), condition(id))], &[decrypt(role(), condition(id))]);
    let here = of("o-a1b2c3d4e5");
    let silent = with(&here, "/accounts", json!({}));
    assert_eq!(new(&silent, &here), NOTHING);
    assert_eq!(new(&here, &silent), NOTHING);
    // Under the key of another owner, of whose organization nobody said anything.
    let elsewhere = "arn:aws:kms:us-east-1:222233334444:key/9999abcd-12ab-34cd-56ef-1234567890ab";
    let moved = |id: &str| {
        let mut moved = base(&[share(role(), any())], &[]);
        moved["secrets"][0]["kms_key_id"] = json!(elsewhere);
        moved["keys"] =
            json!([{"arn": elsewhere, "policy": policy(&[decrypt(role(), condition(id))])}]);
        moved
    };
    let closed = base(&[share(role(), any())], &[]);
    let read = format!("role/app/R_B {READ}");
    for id in ["o-a1b2c3d4e5", "o-zzzzzzzzzz"] {
        assert_eq!(new(&closed, &moved(id))[0], read, "{id}");
    }
}

/// Two owners of whom nothing is known need not be of one organization.
#[test]
fn what_is_not_known_of_two_owners_differs() {
    let with_condition = |key: &str, condition: Value| {
        let mut manifest = base(&[share(role(), any())], &[]);
        manifest["accounts"] = json!({});
        manifest["secrets"][0]["kms_key_id"] = json!(key);
        manifest["keys"] = json!([{"arn": key, "policy": policy(&[decrypt(role(), condition)])}]);
        manifest
    };
    let of = |key: &str| {
        with_condition(key, json!({"StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}))
    };
    let elsewhere = "arn:aws:kms:us-east-1:222233334444:key/9999abcd-12ab-34cd-56ef-1234567890ab";
    let same = KEY.replace("1234abcd", "9999abcd");
    let read = format!("role/app/R_B {READ}");
    assert!(new(&of(KEY), &of(elsewhere)).contains(&read));
    assert!(!new(&of(KEY), &of(&same)).contains(&read));
    // The rest of a request is the same whoever owns the key.
    let agent = |key: &str| with_condition(key, json!({"StringEquals": {"aws:UserAgent": "x"}}));
    assert!(!new(&agent(KEY), &agent(elsewhere)).contains(&read));
}

/// The id of a role is a fact, too; a role that was made anew has another.
#[test]
fn the_id_of_a_role_counts() {
    let condition = json!({"StringLike": {"aws:userid": "AROAEXAMPLEROLEB:*"}});
    let open = base(&[share(role(), condition)], &[decrypt(role(), any())]);
    let id = |id: &str| with(&open, "/principals/0/unique_id", json!(id));
    let (here, other) = (id("AROAEXAMPLEROLEB"), id("AROAEXAMPLEROLEC"));
    let read = [format!("role/app/R_B {READ}")];
    assert_eq!(new(&open, &here), NOTHING);
    assert_eq!(new(&here, &open), NOTHING);
    assert_eq!(new(&other, &here), read);
    assert_eq!(new(&here, &other), NOTHING);
    let by_id = |id: &str| {
        let id = json!({"AWS": id});
        let open = base(&[share(id.clone(), any())], &[decrypt(id, any())]);
        with(&open, "/principals/0/unique_id", json!("AROAEXAMPLEROLEB"))
    };
    let both = [read[0].clone(), "role/app/R_B kms:Decrypt".to_owned()];
    assert_eq!(new(&by_id("AROAEXAMPLEROLEC"), &by_id("AROAEXAMPLEROLEB")), both);
    assert_eq!(new(&by_id("AROAEXAMPLEROLEB"), &by_id("AROAEXAMPLEROLEC")), NOTHING);
}

/// Among actions that are asked about together, one that a service alone can call.
#[test]
fn services_are_found_among_actions_that_are_alike() {
    let lambda = json!({"Service": "lambda.amazonaws.com"});
    let open = base(&[allow("secretsmanager:DescribeSecret", lambda, any())], &[]);
    assert_eq!(new(&base(&[], &[]), &open), ["lambda.amazonaws.com secretsmanager:DescribeSecret"]);
    assert_eq!(new(&open, &base(&[], &[])), NOTHING);
}

/// A version keeps its id when its labels move on.
#[test]
fn labels_move_between_versions() {
    let of = |stage: &str| {
        let condition = json!({"StringEquals": {"secretsmanager:VersionStage": stage}});
        base(&[share(role(), condition)], &[decrypt(role(), any())])
    };
    let version = |id: char, stages: &[&str]| {
        let id = format!("{id}1111111-2222-4333-8444-555555555555");
        json!({"version_id": id, "stages": stages})
    };
    let with_versions =
        |manifest: &Value, versions: Value| with(manifest, "/secrets/0/versions", versions);
    let pending = of("AWSPENDING");
    let before = with_versions(&pending, json!([version('a', &["AWSCURRENT"]), version('b', &[])]));
    let after = with_versions(
        &pending,
        json!([version('a', &["AWSCURRENT"]), version('b', &["AWSPENDING"])]),
    );
    assert_eq!(new(&before, &after), NOTHING);
    let current = with_versions(
        &pending,
        json!([version('b', &["AWSCURRENT", "AWSPENDING"]), version('a', &["AWSPREVIOUS"])]),
    );
    assert_eq!(new(&before, &current), NOTHING);
    assert_eq!(new(&current, &before), NOTHING);
    // Each label goes to the version that has it now, under the key of that version.
    let old = KEY.replace("1234abcd", "9999abcd");
    let keyed = |stages: &[&str]| {
        let mut b = version('b', stages);
        b["kms_key_id"] = json!(KEY);
        let mut a = version('a', &["AWSCURRENT"]);
        a["kms_key_id"] = json!(old);
        let mut manifest = with_versions(&pending, json!([a, b]));
        manifest["keys"].as_array_mut().unwrap().push(json!({"arn": old, "policy": policy(&[])}));
        manifest
    };
    assert_eq!(new(&keyed(&[]), &keyed(&["AWSPENDING"])), NOTHING);
    let shut = with_versions(&of("AWSOTHER"), before["secrets"][0]["versions"].clone());
    assert_eq!(new(&shut, &after), [format!("role/app/R_B {READ}")]);
}

#[test]
fn what_is_passed_with_a_call_is_open() {
    let of = |action: &str, condition: Value| base(&[allow(action, role(), condition)], &[]);
    let mut closed = of(
        "secretsmanager:PutResourcePolicy",
        json!({"Bool": {"secretsmanager:BlockPublicPolicy": "true"}}),
    );
    closed["principals"][0]["identity_policies"] = json!([policy(&[own(json!("*"))])]);
    let mut open = of("secretsmanager:PutResourcePolicy", any());
    open["principals"] = closed["principals"].clone();
    let found = compared(&closed, &open);
    assert_eq!(told(&found), ["role/app/R_B secretsmanager:PutResourcePolicy"]);
    assert_eq!(new(&open, &closed), NOTHING);
    let mut none = of(READ, any());
    none["principals"] = closed["principals"].clone();
    let found = compared(&none, &closed);
    assert_eq!(told(&found), ["role/app/R_B secretsmanager:PutResourcePolicy"]);
    let context = found.calls[0].witness.as_json()["context"].clone();
    assert_eq!(context, json!({"secretsmanager:BlockPublicPolicy": "true"}));
}
