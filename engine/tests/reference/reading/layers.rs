//! How the kinds of policy combine: the tables of AWS's pages on evaluation, row by row.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::scenario::{KeyIs, Kind, Membership, OWNER, REGION, SECRET, Scenario, Way},
    context::Call,
    principal::{Class, grantee},
    statement::{Check, Of, On, applies},
    truth::{NO, Truth, YES, all, any},
};

/// What comes of a request or a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
    Indeterminate,
}

/// Decides a request: every check that AWS makes of it must allow.
pub(crate) fn decide(scenario: &Scenario) -> Decision {
    let decisions = checks(scenario).into_iter().map(|check| of_check(scenario, &check));
    decisions.into_iter().find(|decision| *decision != Decision::Allow).unwrap_or(Decision::Allow)
}

pub(crate) fn checks(scenario: &Scenario) -> Vec<Check> {
    let key = scenario.key_arn().map_or(On::ManagedKey, On::Arn);
    if scenario.action.starts_with("kms:") {
        return vec![Check { call: Call::Key, action: scenario.action, on: key }];
    }
    let listing = scenario.action == "secretsmanager:ListSecrets";
    let on = if listing { On::Everything } else { On::Arn(SECRET.to_owned()) };
    let mut checks = vec![Check { call: Call::Secret, action: scenario.action, on }];
    // The value is decrypted, unless there is no version with the stage.
    let found = matches!(scenario.stage, None | Some("AWSCURRENT"));
    if scenario.action == "secretsmanager:GetSecretValue" && found {
        checks.push(Check { call: Call::Forwarded, action: "kms:Decrypt", on: key });
    }
    checks
}

/// What some policies of one kind say.
struct Voice {
    allow: BTreeMap<Class, Truth>,
    deny: Truth,
}

impl Voice {
    fn of(scenario: &Scenario, check: &Check, of: Of, policies: &[&Value]) -> Self {
        let mut voice = Self { allow: BTreeMap::new(), deny: NO };
        for policy in policies {
            for statement in policy["Statement"].as_array().unwrap() {
                for (class, truth) in applies(scenario, check, of, policy, statement) {
                    if statement["Effect"] == "Deny" {
                        voice.deny = any([voice.deny, truth]);
                    } else {
                        voice.allow.insert(class, any([voice.class(class), truth]));
                    }
                }
            }
        }
        voice
    }

    fn class(&self, class: Class) -> Truth {
        self.allow.get(&class).copied().unwrap_or(NO)
    }

    fn allows(&self) -> Truth {
        any(self.allow.values().copied())
    }
}

fn of_check(scenario: &Scenario, check: &Check) -> Decision {
    let one = |of: Of, policy: &Option<Value>| {
        policy.as_ref().map(|policy| Voice::of(scenario, check, of, &[policy]))
    };
    let several = |of: Of, policies: &[Value]| {
        Voice::of(scenario, check, of, &policies.iter().collect::<Vec<_>>())
    };
    let has_identity = scenario.identity_arn().is_some();
    let identity = several(Of::Caller, if has_identity { &scenario.identity } else { &[] });
    let boundary = one(Of::Caller, if has_identity { &scenario.boundary } else { &None });
    let session = (!scenario.session.is_empty()).then(|| several(Of::Caller, &scenario.session));
    let resource = resource(scenario, check);
    let scp: Vec<Voice> = scp(scenario).map(|level| several(Of::Caller, level)).collect();
    let rcp: Vec<Voice> = rcp(scenario, check).map(|level| several(Of::Account, level)).collect();
    let through_endpoint = scenario.way == Way::Endpoint && check.call != Call::Forwarded;
    let endpoint =
        one(Of::Endpoint, if through_endpoint { &scenario.endpoint_policy } else { &None });
    let key_unknown = on_key(check) && key_policy_unknown(scenario);

    let mut denials = vec![identity.deny, if key_unknown { None } else { NO }];
    let more = [&boundary, &session, &resource, &endpoint];
    denials.extend(more.into_iter().flatten().chain(&scp).chain(&rcp).map(|voice| voice.deny));
    let denied = any(denials);

    // RCPFullAWSAccess is at every level of the RCPs, and allows.
    let guardrails = scp.iter().chain(&endpoint).map(Voice::allows);
    let way = ways(scenario, check, &Sides { identity, boundary, session, resource, key_unknown });
    let permitted = all(guardrails.chain([way]));
    match (denied, permitted) {
        (YES, _) => Decision::ExplicitDeny,
        (_, NO) => Decision::ImplicitDeny,
        (NO, YES) => Decision::Allow,
        _ => Decision::Indeterminate,
    }
}

fn on_key(check: &Check) -> bool {
    check.call != Call::Secret
}

/// A key's policy that nobody gave: every key has one.
fn key_policy_unknown(scenario: &Scenario) -> bool {
    match scenario.key {
        KeyIs::Listed(_) => scenario.key_policy.is_none(),
        KeyIs::Managed => false,
        KeyIs::Unlisted => true,
    }
}

fn resource(scenario: &Scenario, check: &Check) -> Option<Voice> {
    let of = |of: Of, policy: &Value| Voice::of(scenario, check, of, &[policy]);
    match (&check.on, on_key(check)) {
        (On::Everything, _) => None,
        (_, false) => scenario.secret_policy.as_ref().map(|policy| of(Of::Secret, policy)),
        (On::ManagedKey, true) => Some(of(Of::Key, &managed_key_policy())),
        (_, true) => scenario.key_policy.as_ref().map(|policy| of(Of::Key, policy)),
    }
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
fn managed_key_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*",
         "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:CreateGrant", "kms:DescribeKey"],
         "Condition": {"StringEquals": {
             "kms:CallerAccount": OWNER,
             "kms:ViaService": format!("secretsmanager.{REGION}.amazonaws.com")}}},
        {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Resource": "*",
         "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]},
    ]})
}

/// SCPs bind the principals of member accounts, but no service-linked roles.
pub(crate) fn scp(scenario: &Scenario) -> impl Iterator<Item = &Vec<Value>> {
    let has_account = !matches!(scenario.kind, Kind::Service { .. } | Kind::Anonymous);
    let binds = has_account
        && scenario.membership(scenario.account) != Membership::Management
        && !is_service_linked(scenario);
    scenario.scp.iter().filter(move |level| binds && !level.is_empty())
}

/// RCPs bind the resources of member accounts, but no AWS managed keys, and not service-linked roles.
pub(crate) fn rcp<'a>(
    scenario: &'a Scenario,
    check: &Check,
) -> impl Iterator<Item = &'a Vec<Value>> {
    let owner = owner(scenario, check);
    let binds = owner == Some(OWNER)
        && scenario.membership(OWNER) != Membership::Management
        && !is_service_linked(scenario)
        && !matches!(check.on, On::ManagedKey);
    scenario.rcp.iter().filter(move |level| binds && !level.is_empty())
}

fn is_service_linked(scenario: &Scenario) -> bool {
    scenario.service_linked && scenario.identity_arn().is_some()
}

pub(crate) fn owner(scenario: &Scenario, check: &Check) -> Option<&'static str> {
    let has_account = !matches!(scenario.kind, Kind::Service { .. } | Kind::Anonymous);
    match (&check.on, on_key(check)) {
        (On::Everything, _) => has_account.then_some(scenario.account),
        (_, true) => Some(scenario.key_owner()),
        (_, false) => Some(OWNER),
    }
}

/// What takes part besides denials and guardrails.
struct Sides {
    identity: Voice,
    boundary: Option<Voice>,
    session: Option<Voice>,
    resource: Option<Voice>,
    key_unknown: bool,
}

impl Sides {
    fn named(&self, class: Class) -> Truth {
        match &self.resource {
            _ if self.key_unknown => None,
            Some(voice) => voice.class(class),
            None => NO,
        }
    }
}

/// Whether some way leads to an allow.
fn ways(scenario: &Scenario, check: &Check, sides: &Sides) -> Truth {
    let i = sides.identity.allows();
    let b = sides.boundary.as_ref().map_or(YES, Voice::allows);
    // A federated-user session without session policies has no permissions of its own.
    let s = match (&sides.session, scenario.kind) {
        (Some(voice), _) => voice.allows(),
        (None, Kind::FederatedUser) => NO,
        (None, _) => YES,
    };
    let class = |class| sides.named(class);
    let grants = grants(scenario, check);
    let granted = |class| grants.get(&class).copied().unwrap_or(NO);
    match scenario.kind {
        Kind::Anonymous => return NO,
        Kind::Service { .. } => {
            return any([class(Class::Service), class(Class::Everyone), granted(Class::Service)]);
        }
        _ => {}
    }
    let by_role = if scenario.kind == Kind::FederatedUser { Class::Parent } else { Class::Role };
    let by_grant = {
        let (itself, role) = match scenario.assumes("grant_limits") {
            "always" => (all([granted(Class::Itself), b, s]), all([granted(by_role), b, s])),
            "never" => (granted(Class::Itself), granted(by_role)),
            _ => (granted(Class::Itself), all([granted(by_role), b, s])),
        };
        any([itself, role, all([granted(Class::Account), i, b, s])])
    };
    let root = scenario.kind == Kind::Root;
    let every_class = [
        Class::Itself,
        Class::Everyone,
        Class::Role,
        Class::Parent,
        Class::Account,
        Class::Service,
    ];
    if owner(scenario, check) != Some(scenario.account) {
        let works = check.action != "secretsmanager:ListSecrets";
        let own = if root { YES } else { all([i, b, s]) };
        let other = if works { any(every_class.map(class)) } else { NO };
        let grant = match scenario.assumes("cross_account_grant") {
            _ if !works => NO,
            "needs-identity-policy" => all([any(every_class.map(granted)), own]),
            _ if root => any([by_grant, granted(Class::Account)]),
            _ => by_grant,
        };
        return any([all([other, own]), grant]);
    }
    if root {
        return match on_key(check) {
            // Of a key the account has what the key policy gives it.
            true => any([
                class(Class::Account),
                class(Class::Everyone),
                class(Class::Itself),
                granted(Class::Account),
            ]),
            false => YES,
        };
    }
    let keeps = |name: &str| scenario.assumes(name) == "keeps-limits";
    let itself = if keeps("session_principal") {
        all([class(Class::Itself), s])
    } else {
        class(Class::Itself)
    };
    let everyone = if keeps("wildcard_principal") {
        all([class(Class::Everyone), b, s])
    } else {
        class(Class::Everyone)
    };
    let role = match scenario.kind {
        Kind::User => NO,
        _ => all([class(by_role), b, s]),
    };
    // Unlike elsewhere, the account has no say over a key but through the key policy.
    let delegated = if on_key(check) { class(Class::Account) } else { YES };
    any([itself, everyone, role, by_grant, all([delegated, i, b, s])])
}

/// What the grants of the key give, by how they name the caller.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
fn grants(scenario: &Scenario, check: &Check) -> BTreeMap<Class, Truth> {
    let mut found = BTreeMap::new();
    if !on_key(check) || !matches!(scenario.key, KeyIs::Listed(_)) {
        return found;
    }
    let operation = check.action.trim_start_matches("kms:");
    // Secrets Manager sends two pairs, the second with the id of a version that nobody said.
    let sent: BTreeMap<&str, Option<&str>> = match check.call {
        Call::Forwarded => BTreeMap::from([("SecretARN", Some(SECRET)), ("SecretVersionId", None)]),
        _ => BTreeMap::new(),
    };
    for grant in &scenario.grants {
        let Some((class, named)) = grantee(scenario, grant) else { continue };
        let operations = grant["Operations"].as_array().unwrap();
        let mut holds = vec![named, Some(operations.iter().any(|listed| listed == operation))];
        let constraints = &grant["Constraints"];
        for (kind, exact) in [("EncryptionContextEquals", true), ("EncryptionContextSubset", false)]
        {
            let Some(wanted) = constraints[kind].as_object() else { continue };
            if operation == "DescribeKey" {
                continue;
            }
            if exact {
                holds.push(Some(wanted.len() == sent.len()));
            }
            for (name, value) in wanted {
                holds.push(match sent.get(name.as_str()) {
                    None => NO,
                    Some(None) => None,
                    Some(Some(text)) => Some(value == text),
                });
            }
        }
        let before = found.get(&class).copied().unwrap_or(NO);
        found.insert(class, any([before, all(holds)]));
    }
    found
}
