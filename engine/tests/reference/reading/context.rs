//! What each condition key holds: on the caller's own call, and on the call of KMS that Secrets Manager forwards.

use super::super::scenario::{
    ALIAS, ENDPOINT, KeyIs, Kind, Membership, ORGANIZATION, OWNER, PATH, REGION, SECRET, Scenario,
    UNIQUE_ID, VPC, Way,
};

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Values(Vec<String>),
    /// One value that begins like this, with an end that nobody said.
    Begins(String),
    /// It is there, with a value that nobody said.
    Present,
    Absent,
    Unknown,
}

use Held::{Absent, Present, Unknown};

/// Which of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// The caller's own, to Secrets Manager.
    Secret,
    /// The caller's own, to KMS.
    Key,
    /// Of Secrets Manager to KMS, for the caller.
    Forwarded,
}

fn one(value: impl Into<String>) -> Held {
    Held::Values(vec![value.into()])
}

fn one_or_absent(value: Option<&str>) -> Held {
    value.map_or(Absent, one)
}

/// The keys that Secrets Manager fills in anew.
const FILLED_IN_ANEW: &[&str] = &[
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:viaawsservice",
    "aws:calledvia",
    "aws:calledvialast",
    "aws:multifactorauthpresent",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:sourceaccount",
];
const OF_THE_TRANSPORT: &[&str] =
    &["aws:securetransport", "aws:useragent", "aws:multifactorauthage"];

fn stated(scenario: &Scenario, key: &str) -> Option<Held> {
    let (_, value) = scenario.stated.iter().find(|(stated, _)| stated.eq_ignore_ascii_case(key))?;
    Some(match value {
        None => Absent,
        Some(values) => Held::Values(values.iter().map(|value| (*value).to_owned()).collect()),
    })
}

/// What a key holds on a call.
pub(crate) fn held(scenario: &Scenario, call: Call, key: &str) -> Held {
    let key = key.to_lowercase();
    let of_kms = key.starts_with("kms:");
    let of_secrets = key.starts_with("secretsmanager:");
    let says = match call {
        Call::Secret if of_kms => None,
        Call::Key if of_secrets => None,
        Call::Forwarded if of_secrets || key.starts_with("aws:resourcetag/") => None,
        Call::Forwarded if FILLED_IN_ANEW.contains(&key.as_str()) => None,
        Call::Forwarded
            if OF_THE_TRANSPORT.contains(&key.as_str())
                && scenario.assumes("fas_transport") != "same" =>
        {
            None
        }
        _ => stated(scenario, &key),
    };
    if let Some(says) = says {
        return says;
    }
    if let Some(held) = of_the_caller(scenario, call, &key) {
        return held;
    }
    if let Some(held) = of_the_way(scenario, call, &key) {
        return held;
    }
    of_the_resource(scenario, call, &key)
}

fn organization(membership: Membership) -> (Held, Held) {
    match membership {
        Membership::Unknown => (Unknown, Unknown),
        Membership::Alone => (Absent, Absent),
        Membership::Member | Membership::Management => (one(ORGANIZATION), one(PATH)),
    }
}

fn of_the_caller(scenario: &Scenario, call: Call, key: &str) -> Option<Held> {
    let kind = scenario.kind;
    let service = matches!(kind, Kind::Service { .. });
    let role = matches!(kind, Kind::NamedSession | Kind::UnnamedSession);
    let anonymous = kind == Kind::Anonymous;
    let account = scenario.account;
    let in_organization = organization(scenario.membership(account));
    Some(match key {
        "aws:principalarn" => match kind {
            Kind::Service { .. } => Unknown,
            Kind::Anonymous => Absent,
            Kind::Root => one(format!("arn:aws:iam::{account}:root")),
            Kind::FederatedUser => one(scenario.federated_arn()),
            _ => one_or_absent(scenario.identity_arn().as_deref()),
        },
        "aws:principalaccount" if service => Unknown,
        "aws:principalaccount" if anonymous => one("anonymous"),
        "aws:principalaccount" => one(account),
        "aws:principalorgid" | "aws:principalorgpaths" if service || anonymous => Absent,
        "aws:principalorgid" => in_organization.0,
        "aws:principalorgpaths" => in_organization.1,
        "aws:principaltype" => match kind {
            Kind::User => one("User"),
            Kind::NamedSession | Kind::UnnamedSession => one("AssumedRole"),
            Kind::FederatedUser => one("FederatedUser"),
            Kind::Root => one("Account"),
            Kind::Service { .. } => Unknown,
            Kind::Anonymous => one("Anonymous"),
        },
        "aws:principaltag/team" if role || kind == Kind::User => one_or_absent(scenario.team),
        "aws:principaltag/team" => Absent,
        "aws:principalisawsservice" => {
            one(if service && call != Call::Forwarded { "true" } else { "false" })
        }
        "aws:username" if kind == Kind::User => one("Reader"),
        "aws:username" => Absent,
        "aws:userid" => match kind {
            Kind::User if scenario.with_unique_id => one(UNIQUE_ID),
            Kind::NamedSession if scenario.with_unique_id => one(format!("{UNIQUE_ID}:s1")),
            // The session has some name.
            Kind::UnnamedSession if scenario.with_unique_id => {
                Held::Begins(format!("{UNIQUE_ID}:"))
            }
            Kind::User | Kind::NamedSession | Kind::UnnamedSession => Present,
            Kind::FederatedUser => one(format!("{account}:Reader")),
            Kind::Root => one(account),
            Kind::Service { .. } => Unknown,
            Kind::Anonymous => Absent,
        },
        "aws:multifactorauthpresent" => {
            let first = match (kind, scenario.mfa) {
                (Kind::FederatedUser, _) => Absent,
                (_, Some(true)) => one("true"),
                (Kind::User | Kind::NamedSession | Kind::UnnamedSession, Some(false)) => {
                    one("false")
                }
                (Kind::NamedSession | Kind::UnnamedSession, None) => Present,
                (Kind::Root | Kind::Service { .. }, None) => Unknown,
                _ => Absent,
            };
            // Long-term credentials carry no such key, but Secrets Manager says that there was no MFA.
            let stated = stated(scenario, key);
            match (call, stated.unwrap_or(first)) {
                (Call::Forwarded, Absent) if kind == Kind::User => one("false"),
                (_, held) => held,
            }
        }
        // A service's own call names whom it serves.
        "aws:sourceaccount" => match (call, kind) {
            (Call::Forwarded, _) => Absent,
            (_, Kind::Service { stated_account: true }) => one(OWNER),
            (_, Kind::Service { stated_account: false }) => Unknown,
            _ => Absent,
        },
        _ => return None,
    })
}

fn of_the_way(scenario: &Scenario, call: Call, key: &str) -> Option<Held> {
    let service = matches!(scenario.kind, Kind::Service { .. });
    let forwarded = call == Call::Forwarded;
    let on_first = |key: &str| held(scenario, Call::Secret, key);
    let transport = |first: Held| match (forwarded, scenario.assumes("fas_transport")) {
        (false, _) | (true, "same") => first,
        (true, _) => Unknown,
    };
    Some(match key {
        "aws:sourceip" if forwarded => match (scenario.assumes("fas_source_ip"), scenario.way) {
            ("service", _) => Present,
            (_, Way::Endpoint) => Absent,
            _ => on_first("aws:SourceIp"),
        },
        "aws:sourceip" => match scenario.way {
            Way::Unknown => Unknown,
            Way::Public => one("203.0.113.9"),
            Way::Endpoint => Absent,
        },
        "aws:sourcevpc" | "aws:sourcevpce" if forwarded => Absent,
        "aws:sourcevpc" | "aws:sourcevpce" => match scenario.way {
            Way::Unknown if service => Absent,
            Way::Unknown => Unknown,
            Way::Public => Absent,
            Way::Endpoint => one(if key == "aws:sourcevpc" { VPC } else { ENDPOINT }),
        },
        "aws:securetransport" | "aws:useragent" if service => Unknown,
        "aws:securetransport" => transport(one("true")),
        "aws:useragent" => transport(Present),
        "aws:multifactorauthage" => transport(match (scenario.kind, scenario.mfa) {
            (Kind::FederatedUser, _) => Absent,
            (_, Some(true)) => Present,
            (Kind::User | Kind::NamedSession | Kind::UnnamedSession, Some(false)) => Absent,
            (Kind::User | Kind::Anonymous, None) | (_, Some(false)) => Absent,
            (_, None) => Unknown,
        }),
        "aws:viaawsservice" if forwarded => one("true"),
        "aws:calledvia" | "aws:calledvialast" if forwarded => called_via(scenario, key),
        "aws:calledvialast" | "aws:viaawsservice" => {
            let last = key == "aws:calledvialast";
            match stated(scenario, "aws:CalledVia") {
                // Who states the chain states its members.
                Some(Held::Values(chain)) if last => {
                    one_or_absent(chain.last().map(String::as_str))
                }
                Some(Held::Values(chain)) => one((!chain.is_empty()).to_string()),
                _ if last => Absent,
                _ => one("false"),
            }
        }
        "aws:calledvia" => Absent,
        // Without a resource and a Region in the request, it is some Region.
        "aws:requestedregion" if scenario.resource().is_none() => Present,
        "aws:requestedregion" => one(REGION),
        "aws:currenttime" => Present,
        _ => return None,
    })
}

/// Secrets Manager adds itself to the services that the call came through.
fn called_via(scenario: &Scenario, key: &str) -> Held {
    let service = "secretsmanager.amazonaws.com";
    let first = held(scenario, Call::Secret, "aws:CalledVia");
    if scenario.assumes("called_via") == "absent" {
        return held(scenario, Call::Secret, key);
    }
    match (key, first) {
        ("aws:calledvialast", _) => one(service),
        (_, Held::Values(mut chain)) => {
            chain.push(service.to_owned());
            Held::Values(chain)
        }
        (_, Absent) => one(service),
        _ => Present,
    }
}

fn of_the_resource(scenario: &Scenario, call: Call, key: &str) -> Held {
    let kms = call != Call::Secret;
    let listing = scenario.action == "secretsmanager:ListSecrets";
    // An action without a resource is about the caller's own account.
    let owner = match (kms, listing) {
        (true, _) => Some(scenario.key_owner()),
        (false, true) if scenario.identity_arn().is_some() || scenario.kind == Kind::Root => {
            Some(scenario.account)
        }
        (false, true) => None,
        (false, false) => Some(OWNER),
    };
    match key {
        "aws:resourceaccount" => owner.map_or(Unknown, one),
        "aws:resourceorgid" => {
            owner.map_or(Unknown, |owner| organization(scenario.membership(owner)).0)
        }
        "aws:resourcetag/team" if kms => match scenario.key {
            KeyIs::Listed(_) => one_or_absent(scenario.key_team),
            KeyIs::Managed => Absent,
            KeyIs::Unlisted => Unknown,
        },
        "aws:resourcetag/team" | "secretsmanager:resourcetag/team" if !kms && !listing => {
            one_or_absent(scenario.secret_team)
        }
        "secretsmanager:versionstage" if !kms => one_or_absent(scenario.stage),
        "secretsmanager:secretid" if !kms && !listing => one(SECRET),
        "kms:calleraccount" if kms => match scenario.kind {
            Kind::Service { .. } => Unknown,
            Kind::Anonymous => Absent,
            _ => one(scenario.account),
        },
        "kms:viaservice" if call == Call::Forwarded => {
            one(format!("secretsmanager.{REGION}.amazonaws.com"))
        }
        "kms:encryptioncontext:secretarn" if call == Call::Forwarded => one(SECRET),
        "kms:encryptioncontextkeys" if call == Call::Forwarded => {
            Held::Values(vec!["SecretARN".to_owned(), "SecretVersionId".to_owned()])
        }
        "kms:resourcealiases" if kms => match scenario.key {
            KeyIs::Listed(_) if scenario.aliases => one(ALIAS),
            KeyIs::Listed(_) => Absent,
            KeyIs::Managed => one("alias/aws/secretsmanager"),
            KeyIs::Unlisted => Unknown,
        },
        _ => Absent,
    }
}
