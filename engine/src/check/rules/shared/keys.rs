/// Keys that describe the caller's network: only calls through a VPC endpoint carry them, and never those that a
/// service forwards.
pub(in crate::check::rules) const NETWORK: &[&str] = &[
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
];

/// Keys that say on whose behalf a service calls: only calls of service principals carry them.
pub(in crate::check::rules) const SOURCE: &[&str] = &[
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// Keys that say through which service a call comes.
pub(in crate::check::rules) const THROUGH_SERVICE: &[&str] = &[
    "kms:viaservice",
    "aws:viaawsservice",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
];

/// Keys that hold one account.
pub(in crate::check::rules) const ACCOUNT: &[&str] = &[
    "aws:principalaccount",
    "aws:resourceaccount",
    "aws:sourceaccount",
    "aws:vpceaccount",
    "kms:calleraccount",
];

/// Keys that say who or from where, and that not every request carries: a condition that a missing key passes does
/// not restrict. With each, when it is missing.
const RESTRICTING: &[(&str, &str)] = &[
    ("aws:principalorgid", "for callers whose account is in no organization"),
    ("aws:principalorgpaths", "for callers whose account is in no organization"),
    ("aws:sourcevpc", "on every call that does not come through a VPC endpoint"),
    ("aws:sourcevpcarn", "on every call that does not come through a VPC endpoint"),
    ("aws:sourcevpce", "on every call that does not come through a VPC endpoint"),
    ("aws:vpcsourceip", "on every call that does not come through a VPC endpoint"),
    ("aws:vpceaccount", "on every call that does not come through a VPC endpoint"),
    ("aws:vpceorgid", "on every call that does not come through a VPC endpoint"),
    ("aws:vpceorgpaths", "on every call that does not come through a VPC endpoint"),
    ("aws:sourceip", "on calls through a VPC endpoint and on those of services"),
    ("aws:sourcearn", "on every call but those of AWS services"),
    ("aws:sourceaccount", "on every call but those of AWS services"),
    ("aws:sourceowner", "on every call but those of AWS services"),
    ("aws:sourceorgid", "on every call but those of AWS services"),
    ("aws:sourceorgpaths", "on every call but those of AWS services"),
    ("aws:multifactorauthpresent", "on calls with long-term access keys"),
    ("aws:multifactorauthage", "on calls with long-term access keys"),
    ("aws:username", "for every caller but IAM users"),
    ("aws:sourceidentity", "on sessions without a source identity"),
    ("aws:calledvia", "on direct calls"),
    ("aws:calledviafirst", "on direct calls"),
    ("aws:calledvialast", "on direct calls"),
    ("kms:viaservice", "on direct calls of KMS"),
    ("kms:encryptioncontextkeys", "on calls without an encryption context"),
    ("kms:resourcealiases", "for keys without an alias"),
    ("kms:requestalias", "on calls that do not name the key by an alias"),
    (
        "secretsmanager:versionstage",
        "on calls that do not pass VersionStage, such as those that pass VersionId",
    ),
    ("secretsmanager:versionid", "on calls that do not pass VersionId"),
];

/// When a key that says who or from where is missing; `None` for a key that is always there or restricts nothing.
pub(in crate::check::rules) fn missing_when(key: &str) -> Option<&'static str> {
    if key.starts_with("aws:principaltag/") {
        return Some("for callers without the tag");
    }
    if key.starts_with("kms:encryptioncontext:") {
        return Some("on calls whose encryption context lacks the name");
    }
    RESTRICTING.iter().find(|(name, _)| *name == key).map(|(_, when)| *when)
}

/// What the values of a key look like, as shapes; none where any text is possible.
pub(in crate::check::rules) fn shapes(key: &str) -> &'static [&'static str] {
    match key {
        "aws:principalaccount" => &["????????????", "anonymous"],
        _ if ACCOUNT.contains(&key) => &["????????????"],
        "aws:principalorgid" | "aws:resourceorgid" | "aws:sourceorgid" | "aws:vpceorgid" => {
            &["o-*"]
        }
        "aws:principalorgpaths"
        | "aws:resourceorgpaths"
        | "aws:sourceorgpaths"
        | "aws:vpceorgpaths" => &["o-*/"],
        "aws:sourcevpc" => &["vpc-*"],
        "aws:sourcevpce" => &["vpce-*"],
        "aws:principalarn" => {
            &[
                "arn:*:iam::*:user/*",
                "arn:*:iam::*:role/*",
                "arn:*:iam::*:root",
                "arn:*:sts::*:federated-user/*",
                // Left to a rule of its own.
                "arn:*:sts::*:assumed-role/*",
            ]
        }
        "aws:principaltype" => {
            &["Account", "User", "FederatedUser", "AssumedRole", "Anonymous", "AWSService"]
        }
        "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast" => &["*.*"],
        "aws:sourcearn" | "secretsmanager:kmskeyarn" => &["arn:*:*:*:*:**"],
        _ => &[],
    }
}
