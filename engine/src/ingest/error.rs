use thiserror::Error;

use crate::{
    DEFECT_HELP,
    aws::{AccountIdError, ArnError, AssumptionError},
    bundle::{IdentityKind, KeyReferenceError},
    text::{DecodeError, JsonError, LimitKind, Location, SourceError, YamlError},
};

/// Why an input file, or a part of it, could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct IngestError {
    /// What is wrong.
    pub kind: IngestErrorKind,
    /// The field at fault, for values that a manifest names; empty otherwise.
    pub field: String,
    /// Where it stands, where there is a text to point into.
    pub location: Option<Location>,
    /// The file at fault, for errors without a location.
    pub file: String,
}

/// What is wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IngestErrorKind {
    /// Not JSON.
    #[error(transparent)]
    Json(JsonError),
    /// Not YAML.
    #[error(transparent)]
    Yaml(YamlError),
    /// JSON of another shape.
    #[error(transparent)]
    Shape(DecodeError),
    /// Bytes that are no text.
    #[error("`{path}` is {error}")]
    Source {
        /// The file.
        path: String,
        /// Why.
        error: SourceError,
    },
    /// The file could not be read.
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable {
        /// The path as written.
        path: String,
        /// Why not.
        reason: String,
    },
    /// More in all files that are judged as one than a limit allows: half of a world is not judged.
    #[error("more than {limit} {kind}")]
    Together {
        /// The limit: [`LimitKind::Together`] or [`LimitKind::Values`].
        kind: LimitKind,
        /// Its value.
        limit: usize,
    },
    /// The file made the program fail; that is no fault of the file.
    #[error("reading `{path}` failed by a defect of this program")]
    Defect {
        /// The file.
        path: String,
    },
    /// A path that is absolute.
    #[error("`{path}` is an absolute path")]
    AbsolutePath {
        /// The path as written.
        path: String,
    },
    /// A path that leads out of the manifest's folder.
    #[error("`{path}` leaves the folder of the manifest")]
    PathLeavesFolder {
        /// The path as written.
        path: String,
    },
    /// A manifest of another version.
    #[error("version {version} of the manifest format is not known")]
    Version {
        /// What was written.
        version: u64,
    },
    /// Not an ARN.
    #[error(transparent)]
    Arn(ArnError),
    /// Not an account id.
    #[error(transparent)]
    Account(AccountIdError),
    /// An ARN of another kind of thing.
    #[error("`{text}` is not the ARN of {expected}")]
    WrongArn {
        /// What was written.
        text: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// Not a key.
    #[error(transparent)]
    Key(KeyReferenceError),
    /// Not an action.
    #[error("`{text}` is not an action")]
    Action {
        /// What was written.
        text: String,
    },
    /// Not an address.
    #[error("`{text}` is not an IP address")]
    Address {
        /// What was written.
        text: String,
    },
    /// Two ways to reach AWS at once.
    #[error("the request comes over the public endpoint and through a VPC endpoint at once")]
    Network,
    /// An address inside a VPC without the endpoint that it comes through.
    #[error("an address inside a VPC needs the VPC endpoint that the call passes")]
    NoEndpoint,
    /// Two endpoints with one id.
    #[error("the endpoint `{id}` is described twice")]
    DuplicateEndpoint {
        /// The id.
        id: String,
    },
    /// A context key twice.
    #[error("the context key `{key}` is stated twice: its case does not matter")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// Not a layer.
    #[error("`{text}` is not a layer")]
    Layer {
        /// What was written.
        text: String,
    },
    /// A context value of a kind that no key has.
    #[error("a context value is a string, a number, a boolean, a list of these, or null")]
    ContextValue,
    /// An expectation that is none.
    #[error("`{text}` is not a decision")]
    Decision {
        /// What was written.
        text: String,
    },
    /// No such assumption.
    #[error(transparent)]
    Assumption(AssumptionError),
    /// Two things with one ARN.
    #[error("`{arn}` is described twice")]
    Duplicate {
        /// The ARN.
        arn: String,
        /// Where it stands first.
        first: Location,
    },
    /// An answer of AWS that is an error.
    #[error("the recorded answer is an error of AWS: {code}")]
    ErrorAnswer {
        /// Its code.
        code: String,
    },
    /// An answer that does not say what it is about, in a file whose name does not say it either.
    #[error("{}", no_owner(*managed, *several))]
    NoOwner {
        /// Whether it is about a managed policy, and not about a user or role.
        managed: bool,
        /// Whether several would fit.
        several: bool,
    },
    /// An answer about a user or role whose ARN is in no file.
    #[error("{}", no_such_identity(*kind, name, *several))]
    NoSuchIdentity {
        /// User or role.
        kind: IdentityKind,
        /// Its name.
        name: String,
        /// Whether it is in several accounts.
        several: bool,
    },
    /// A version of a managed policy that is not the one in force.
    #[error("this version of the policy is not the one in force")]
    NotInForce,
    /// The first part of a longer answer.
    #[error("the answer is cut off: AWS has more to list")]
    CutOff,
    /// A member that an answer of AWS always has.
    #[error("the answer has no `{member}`")]
    NoMember {
        /// The member.
        member: &'static str,
    },
    /// No state of a key.
    #[error("`{text}` is not a state that a key can have")]
    KeyState {
        /// What was written.
        text: String,
    },
    /// A resource that is still to be made, in an account or Region that nothing tells.
    #[error("nothing tells in which account or Region `{address}` will be")]
    NoPlace {
        /// Its address.
        address: String,
    },
    /// A stack of which nothing tells where it will be.
    #[error("nothing tells the {missing} in which the resources of this template will be")]
    NoStackPlace {
        /// `account` or `Region`.
        missing: &'static str,
    },
    /// A resource whose name cannot be worked out.
    #[error("nobody can say what `{name}` will be called: {reason}")]
    NoName {
        /// Its logical id.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A part of a template that a macro makes.
    #[error(
        "the macro `{name}` changes the template, and only the account knows what it makes of it"
    )]
    Macro {
        /// Its name.
        name: String,
    },
    /// A loop of the language extensions.
    #[error("`{name}` makes resources that are not read")]
    Loop {
        /// Its key.
        name: String,
    },
    /// A value that a parameter cannot have.
    #[error("the parameter `{name}` cannot be `{value}`")]
    ParameterValue {
        /// Its name.
        name: String,
        /// The value given.
        value: String,
    },
    /// Two files, or two places of one, that say different things of one resource.
    #[error("`{arn}`: {what} is told twice and not alike, by {first} and by {second}")]
    Conflict {
        /// The ARN.
        arn: String,
        /// What the two disagree about.
        what: &'static str,
        /// Who told it first: its name and file.
        first: String,
        /// Who told it again.
        second: String,
    },
    /// A grantee that is no principal.
    #[error("`{text}` is not a grantee: {problem}")]
    Grantee {
        /// What was written.
        text: String,
        /// Why not.
        problem: crate::policy::PrincipalProblem,
    },
    /// A grant to nobody.
    #[error("the grant has no grantee")]
    NoGrantee,
    /// A service principal given a part that it cannot have, or another malformed principal.
    #[error("`{text}` is not a principal that can make requests")]
    Principal {
        /// What was written.
        text: String,
    },
}

fn no_owner(managed: bool, several: bool) -> String {
    let what = if managed { "policy" } else { "role or user" };
    match several {
        true => format!("the file is named after more than one {what}"),
        false => {
            format!("neither the answer nor the name of its file says which {what} it is about")
        }
    }
}

fn no_such_identity(kind: IdentityKind, name: &str, several: bool) -> String {
    let kind = match kind {
        IdentityKind::User => "user",
        IdentityKind::Role => "role",
    };
    match several {
        true => format!("there is a {kind} `{name}` in more than one account"),
        false => format!("no file has the ARN of the {kind} `{name}`"),
    }
}

impl IngestErrorKind {
    /// What the user can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Json(error) => error.kind.help(),
            Self::Yaml(error) => error.kind.help(),
            Self::Shape(error) => error.help.clone(),
            Self::Source { error, .. } => error.help(),
            Self::Together { kind, .. } => kind.help(),
            Self::Defect { .. } => DEFECT_HELP.into(),
            Self::Unreadable { .. } => "check the name and the rights of the file".into(),
            Self::AbsolutePath { .. } | Self::PathLeavesFolder { .. } => {
                "name a file in the manifest's own folder or below, relative to it".into()
            }
            Self::Version { .. } => "write `\"version\": 1`".into(),
            Self::Arn(error) => error.help().into(),
            Self::Account(_) => "replace the placeholder by the id of the account".into(),
            Self::WrongArn { expected, .. } => format!("write the ARN of {expected}"),
            Self::Key(KeyReferenceError::Arn(error)) => error.help().into(),
            Self::Key(_) => "write a key ARN, an alias ARN, a key id or `alias/NAME`".into(),
            Self::Action { .. } => {
                "write `service:Name`, such as `secretsmanager:GetSecretValue`".into()
            }
            Self::Address { .. } => "write an IPv4 or IPv6 address, without a prefix length".into(),
            Self::Network => "keep `source_ip` or `vpc_endpoint`, not both".into(),
            Self::ContextValue => "write `null` for a key that is absent from the request".into(),
            Self::Decision { .. } => {
                "write allow, deny, explicit_deny, implicit_deny, indeterminate or invalid".into()
            }
            Self::Assumption(error) => error.help(),
            Self::NoEndpoint => "add `\"vpc_endpoint\": \"vpce-…\"`".into(),
            Self::Layer { .. } => {
                "write identity_policy, resource_policy, key_policy, grant, permissions_boundary, session_policy, \
                 service_control_policy, resource_control_policy or vpc_endpoint_policy"
                    .into()
            }
            Self::ErrorAnswer { .. } => {
                "leave the file out, or export again with the rights that the call needs".into()
            }
            Self::NoOwner { several: true, .. } | Self::NoSuchIdentity { several: true, .. } => {
                "put the file into a folder that is named after the account".into()
            }
            Self::NoOwner { managed: false, .. } => {
                "name the file after the role or user, `list-attached-role-policies-NAME.json`, and export that, too: \
                 `aws iam get-role --role-name NAME`"
                    .into()
            }
            Self::NoOwner { managed: true, .. } => {
                "name the file after the policy, `get-policy-version-NAME.json`, and export what it is attached to"
                    .into()
            }
            Self::NoSuchIdentity { kind: IdentityKind::Role, name, .. } => {
                format!("export the role, too: `aws iam get-role --role-name {name}`")
            }
            Self::NoSuchIdentity { kind: IdentityKind::User, name, .. } => {
                format!("export the user, too: `aws iam get-user --user-name {name}`")
            }
            Self::NotInForce => {
                "export the version that `aws iam get-policy` names as `DefaultVersionId`".into()
            }
            Self::CutOff => "export it whole, without `--max-items` and `--no-paginate`".into(),
            Self::NoMember { .. } => "export again, without a `--query` that leaves it out".into(),
            Self::KeyState { .. } => {
                "write Enabled, Disabled, PendingDeletion, PendingReplicaDeletion, PendingImport, Unavailable, \
                 Creating or Updating"
                    .into()
            }
            Self::NoPlace { .. } => {
                "add `data \"aws_caller_identity\" \"current\" {}` to the configuration, and a provider with a `region`"
                    .into()
            }
            Self::NoStackPlace { missing: "account" } => {
                "add `--parameter AWS::AccountId=…` and `--parameter AWS::Region=…`; for one template of several, \
                 `--parameter FILE:AWS::AccountId=…`"
                    .into()
            }
            Self::NoStackPlace { .. } => "add `--parameter AWS::Region=…`".into(),
            Self::NoName { .. } => "give the resource a name that the template tells".into(),
            Self::Macro { .. } | Self::Loop { .. } => {
                "check the processed template: `aws cloudformation get-template --template-stage Processed`".into()
            }
            Self::ParameterValue { .. } => "take one of the values that the template allows".into(),
            Self::Conflict { .. } => {
                "leave one of the two out: give its folder or file alone".into()
            }
            Self::Duplicate { .. }
            | Self::DuplicateEndpoint { .. }
            | Self::DuplicateKey { .. } => "remove one of the two".into(),
            Self::Grantee { problem, .. } => problem.help(),
            Self::NoGrantee => "add `GranteePrincipal` or `GranteeServicePrincipal`".into(),
            Self::Principal { .. } => {
                "write the ARN of a user, role, role session, federated user or account root, \
                 `anonymous`, or `{\"service\": …}`"
                    .into()
            }
        }
    }

    /// A second place that belongs to the error, in the same source, and what stands there.
    pub const fn related(&self) -> Option<(crate::text::Span, &'static str)> {
        match self {
            Self::Json(error) => error.kind.related(),
            Self::Yaml(error) => error.kind.related(),
            Self::Duplicate { first, .. } => Some((first.span, "first described here")),
            _ => None,
        }
    }
}
