use super::RequestError;
use crate::{
    aws::{AccountId, Arn},
    bundle::{Bundle, Identity, IdentityKind, Request, RequestPrincipal, Session},
    text::nearest,
};

/// Who asks, as far as the bundle says.
#[derive(Clone, Debug)]
pub struct Caller<'a> {
    /// What kind of caller.
    pub kind: CallerKind,
    /// The account that the caller belongs to; none for services and anonymous callers.
    pub account: Option<AccountId>,
    /// The partition of the caller's ARN.
    pub partition: String,
    /// What aws:PrincipalArn holds: for a session the role's ARN, with its path.
    pub arn: Option<Arn>,
    /// For a session: its own ARN, where it has a name.
    pub session_arn: Option<Arn>,
    /// The user or role behind the call.
    pub identity: Option<&'a Identity>,
    /// What the session carries.
    pub session: &'a Session,
    /// For a service: its name.
    pub service: Option<String>,
    /// For a service: for which account it calls.
    pub source_account: Option<AccountId>,
    /// For a service: for which resource it calls.
    pub source_arn: Option<Arn>,
}

/// What kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// An IAM user with long-term credentials, or with those of GetSessionToken.
    User,
    /// A session of a role.
    RoleSession,
    /// A session of GetFederationToken.
    FederatedUser,
    /// The root user of an account.
    Root,
    /// An AWS service on its own behalf.
    Service,
    /// An unsigned request.
    Anonymous,
}

impl CallerKind {
    /// As aws:PrincipalType writes it.
    pub const fn principal_type(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::RoleSession => "AssumedRole",
            Self::FederatedUser => "FederatedUser",
            Self::Root => "Account",
            Self::Service => "AWSService",
            Self::Anonymous => "Anonymous",
        }
    }
}

impl<'a> Caller<'a> {
    /// Finds the caller of a request in the bundle.
    ///
    /// # Errors
    /// [`RequestError`] for a user or role that the bundle does not have: without its policies nothing can be said.
    pub fn find(bundle: &'a Bundle, request: &'a Request) -> Result<Self, RequestError> {
        let principal = &request.principal;
        let lacking = |what: &str, arn: &Arn, kind: IdentityKind| {
            let known = bundle.identities.iter().filter(|identity| identity.kind == kind);
            let help = match nearest(arn.as_str(), known.map(|i| i.arn.value.as_str())) {
                Some(near) => format!("did you mean `{near}`? Otherwise add it to `principals`"),
                None => "add it to `principals`, with its identity policies".to_owned(),
            };
            let message = format!("the bundle has no {what} `{arn}`");
            RequestError::new("principal", Some(principal.span), message, help)
        };
        let mut caller = Self {
            kind: CallerKind::Anonymous,
            account: None,
            partition: "aws".to_owned(),
            arn: None,
            session_arn: None,
            identity: None,
            session: &request.session,
            service: None,
            source_account: None,
            source_arn: None,
        };
        match &principal.value {
            RequestPrincipal::User(arn) => {
                let Some(identity) = bundle.identity(arn) else {
                    return Err(lacking("user", arn, IdentityKind::User));
                };
                caller.kind = CallerKind::User;
                caller.of_account(arn);
                caller.identity = Some(identity);
            }
            RequestPrincipal::Session { written, role_name, role, session } => {
                let found = match role {
                    Some(role) => bundle.identity(role),
                    // A session's ARN has no path, so the role is found by its name, unique in an account.
                    None => bundle.identities.iter().find(|identity| {
                        identity.kind == IdentityKind::Role
                            && Some(identity.account) == written.account()
                            && identity.arn.value.partition() == written.partition()
                            && identity.name() == role_name
                    }),
                };
                let Some(identity) = found else {
                    return Err(lacking("role", written, IdentityKind::Role));
                };
                let role = &identity.arn.value;
                caller.kind = CallerKind::RoleSession;
                caller.of_account(role);
                caller.session_arn = session.as_ref().map(|session| {
                    let resource = format!("assumed-role/{role_name}/{session}");
                    Arn::new(role.partition(), "sts", "", role.account_field(), &resource)
                });
                caller.identity = Some(identity);
            }
            RequestPrincipal::FederatedUser(arn) => {
                caller.kind = CallerKind::FederatedUser;
                caller.of_account(arn);
                caller.identity = federating_user(bundle, request, arn)?;
            }
            RequestPrincipal::Root(arn) => {
                caller.kind = CallerKind::Root;
                caller.of_account(arn);
            }
            RequestPrincipal::Service { name, source_account, source_arn } => {
                caller.kind = CallerKind::Service;
                caller.service = Some(name.clone());
                caller.source_arn.clone_from(source_arn);
                caller.source_account =
                    source_account.or_else(|| source_arn.as_ref().and_then(Arn::account));
            }
            RequestPrincipal::Anonymous => {}
        }
        let has_session =
            matches!(caller.kind, CallerKind::RoleSession | CallerKind::FederatedUser);
        if !request.session.policies.is_empty() && !has_session {
            return Err(RequestError::new(
                "session.policies",
                Some(principal.span),
                "only sessions of roles and federated users have session policies",
                "leave them out, or name the session",
            ));
        }
        Ok(caller)
    }

    /// The name of the session, where it has one.
    pub fn session_name(&self) -> Option<&str> {
        self.session_arn.as_ref()?.resource().rsplit('/').next()
    }

    /// Whether a permissions boundary is set on the user or role.
    pub fn has_boundary(&self) -> bool {
        self.identity.is_some_and(|identity| identity.boundary.is_some())
    }

    /// Whether the credentials are temporary.
    pub fn is_temporary(&self) -> bool {
        match self.kind {
            CallerKind::RoleSession | CallerKind::FederatedUser => true,
            // GetSessionToken: the only way for a user to bring MFA.
            CallerKind::User => self.session.mfa.is_some(),
            CallerKind::Root | CallerKind::Service | CallerKind::Anonymous => false,
        }
    }

    fn of_account(&mut self, arn: &Arn) {
        self.account = arn.account();
        self.partition = arn.partition().to_owned();
        self.arn = Some(arn.clone());
    }
}

/// The IAM user behind a federated-user session: the one that the session names, else the one of the account that
/// has the session's name or is the only one. `None`: not known.
fn federating_user<'a>(
    bundle: &'a Bundle,
    request: &Request,
    session: &Arn,
) -> Result<Option<&'a Identity>, RequestError> {
    if let Some(arn) = &request.session.issuer {
        return match bundle.identity(arn) {
            Some(identity) => Ok(Some(identity)),
            None => Err(RequestError::new(
                "session.issuer",
                None,
                format!("the bundle has no user `{arn}`"),
                "add it to `principals`, with its identity policies",
            )),
        };
    }
    let users = || {
        bundle.identities.iter().filter(|identity| {
            identity.kind == IdentityKind::User && Some(identity.account) == session.account()
        })
    };
    let name = session.resource().rsplit('/').next().unwrap_or_default();
    let mut all = users();
    Ok(users().find(|user| user.name() == name).or(match (all.next(), all.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }))
}
