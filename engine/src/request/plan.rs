use std::collections::BTreeMap;

use super::{
    Binding, Caller, CallerKind, Context, RequestError, forward, global,
    kms::{self, EncryptionContext, KeyFacts},
    lookup::{Found, FoundKey, find_key, find_secret},
    parameters::{self, Parameters},
    secretsmanager::{self, VALIDATION},
};
use crate::{
    aws::{
        AccountId, Action, Arn, Assumptions, ContextKey, Service,
        assumption::{BatchCrossAccount, ReplicaContext},
        catalog,
    },
    bundle::{Bundle, Endpoint, Key, KeyReference, Network, Request, Secret},
};

/// A request as the checks that AWS makes of it.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Who asks.
    pub caller: Caller<'a>,
    /// The checks, in the order in which AWS makes them. Each must allow.
    pub checks: Vec<Check<'a>>,
    /// Why the call fails even if every check allows.
    pub failure: Option<Failure>,
    /// What the reader should know of how the request was understood.
    pub notes: Vec<String>,
}

/// One authorization check.
#[derive(Clone, Debug)]
pub struct Check<'a> {
    /// What is asked for.
    pub action: Action,
    /// On what.
    pub resource: CheckResource,
    /// The account that owns it.
    pub owner: Option<AccountId>,
    /// Whose policy takes part.
    pub target: CheckTarget<'a>,
    /// The condition keys.
    pub context: Context,
    /// The encryption context, for grants; `None` where the call has none.
    pub encryption_context: Option<BTreeMap<String, Option<String>>>,
    /// The endpoint whose policy must allow too.
    pub endpoint: Option<&'a Endpoint>,
    /// Whether it can succeed at all where caller and owner are two accounts.
    pub works_across_accounts: bool,
    /// Whether the operation goes on without it.
    pub optional: bool,
}

/// What a check is about, as `Resource` elements see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckResource {
    /// `*`: the action has no resource type.
    Any,
    /// This ARN.
    Arn(Arn),
    /// An ARN whose end is not known: that of a secret that is about to be made, or of the AWS managed key.
    Open {
        /// The ARN with the unknown end left out.
        beginning: Arn,
        /// Two ends that have nothing in common, of the right shape: a pattern that matches both leaves the end
        /// open.
        samples: [Arn; 2],
        /// Whether a pattern that names one certain end may still mean this resource.
        may_be_named: bool,
    },
    /// A key of which not even the ARN is known.
    Unknown,
}

/// Whose resource-based policy takes part in a check.
#[derive(Clone, Debug)]
pub enum CheckTarget<'a> {
    /// A secret's.
    Secret(&'a Secret),
    /// A key's.
    Key(&'a Key),
    /// That of the AWS managed key for Secrets Manager.
    ManagedKey {
        /// Its account.
        account: AccountId,
        /// Its Region.
        region: String,
    },
    /// That of a key that the bundle does not have.
    UnlistedKey,
    /// Nobody's.
    Nothing,
}

/// Why a call fails although it is authorized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exception's name.
    pub code: &'static str,
    /// What is wrong.
    pub reason: String,
}

impl CheckResource {
    /// As answers write it.
    pub fn display(&self) -> String {
        match self {
            Self::Any => "*".to_owned(),
            Self::Arn(arn) => arn.to_string(),
            Self::Open { beginning, may_be_named: true, .. } => format!("{beginning}(unknown)"),
            Self::Open { beginning, .. } => format!("{beginning}??????"),
            Self::Unknown => "(unknown key)".to_owned(),
        }
    }
}

/// Works out the checks behind a request.
///
/// # Errors
/// [`RequestError`] for a request that names what the bundle lacks, or that makes no sense.
pub fn plan<'a>(
    bundle: &'a Bundle,
    assumptions: &Assumptions,
    request: &'a Request,
) -> Result<Plan<'a>, RequestError> {
    parameters::validate(request)?;
    let caller = Caller::find(bundle, request)?;
    let endpoint = match &request.network {
        Network::Endpoint { id, .. } => bundle.endpoint(id),
        _ => None,
    };
    let mut planner = Planner {
        bundle,
        assumptions,
        request,
        parameters: Parameters::of(request),
        endpoint,
        plan: Plan { caller, checks: Vec::new(), failure: None, notes: Vec::new() },
    };
    let action = &request.action.value;
    if catalog::action(action.as_str()).is_none() {
        planner.plan.notes.push(format!(
            "{action} is not in the catalogue of {}; it is judged as an ordinary action",
            catalog::DATE
        ));
    }
    match action.service() {
        Service::SecretsManager => planner.secretsmanager()?,
        Service::Kms => planner.direct_kms()?,
        Service::Other => planner.other()?,
    }
    Ok(planner.plan)
}

struct Planner<'a, 'b> {
    bundle: &'a Bundle,
    assumptions: &'b Assumptions,
    request: &'a Request,
    parameters: Parameters<'a>,
    endpoint: Option<&'a Endpoint>,
    plan: Plan<'a>,
}

impl<'a> Planner<'a, '_> {
    fn secretsmanager(&mut self) -> Result<(), RequestError> {
        let action = self.request.action.value.clone();
        match action.name() {
            "CreateSecret" => return self.create_secret(),
            "BatchGetSecretValue" => return self.batch_get(),
            _ => {}
        }
        let known = catalog::action(action.as_str());
        if known.is_some_and(|known| known.resources.is_empty()) {
            self.secret_check(&action, None, None, None);
            return Ok(());
        }
        let Some((secret, region)) = self.secret_of_request(&action)? else { return Ok(()) };
        match action.name() {
            "GetSecretValue" => self.read(secret, &region),
            "PutSecretValue" => {
                self.write(secret, &secret.key, &region);
            }
            "UpdateSecret" => self.update(secret, &region)?,
            "ReplicateSecretToRegions" => self.replicate(secret, &region)?,
            _ => {}
        }
        Ok(())
    }

    /// The check on the secret that the request names. `None` where the service finds no secret.
    fn secret_of_request(
        &mut self,
        action: &Action,
    ) -> Result<Option<(&'a Secret, String)>, RequestError> {
        let request = self.request;
        let Some(id) = request.resource.as_ref() else {
            return Err(self.lacks_resource("the secret's ARN"));
        };
        self.secret_of(action, &id.value, Some(id.span))
    }

    fn secret_of(
        &mut self,
        action: &Action,
        id: &str,
        span: Option<crate::text::Span>,
    ) -> Result<Option<(&'a Secret, String)>, RequestError> {
        let region = self.request.region.as_ref().map(|region| region.value.as_str());
        let caller = &self.plan.caller;
        let found =
            find_secret(self.bundle, id, span, &caller.partition, caller.account, region)?;
        match found {
            Found::Secret(secret) => {
                let own = secret.arn.value.region().to_owned();
                if region.is_some_and(|region| region != own) {
                    let reason = format!(
                        "the secret is in {own}, the call goes to {}",
                        region.unwrap_or_default()
                    );
                    self.fails("RegionMismatch", reason);
                }
                self.secret_check(action, Some(secret), None, Some(id));
                Ok(Some((secret, own)))
            }
            Found::Nothing { arn } => {
                let reason = format!("Secrets Manager finds no secret under `{id}`");
                self.fails("ResourceNotFoundException", reason);
                self.secret_check(action, None, Some(CheckResource::Arn(arn)), Some(id));
                Ok(None)
            }
        }
    }

    fn secret_check(
        &mut self,
        action: &Action,
        secret: Option<&'a Secret>,
        resource: Option<CheckResource>,
        id: Option<&str>,
    ) {
        let resource = match (secret, resource) {
            (_, Some(resource)) => resource,
            (Some(secret), None) => CheckResource::Arn(secret.arn.value.clone()),
            (None, None) => CheckResource::Any,
        };
        let owner = match &resource {
            CheckResource::Arn(arn) => arn.account(),
            _ => self.plan.caller.account,
        };
        let mut context = self.direct_context(Service::SecretsManager, owner, &resource);
        secretsmanager::conditions(
            &mut context,
            action,
            secret,
            id,
            self.parameters,
            self.assumptions,
        );
        self.state(&mut context, |key| key.prefix() != "kms");
        self.plan.checks.push(Check {
            action: action.clone(),
            resource,
            owner,
            target: secret.map_or(CheckTarget::Nothing, CheckTarget::Secret),
            context,
            encryption_context: None,
            endpoint: self.endpoint,
            works_across_accounts: secretsmanager::works_across_accounts(action),
            optional: false,
        });
    }

    /// GetSecretValue: KMS decrypts the version that is read, under the key of that version.
    fn read(&mut self, secret: &'a Secret, region: &str) {
        let id = self.parameters.text("VersionId");
        let stage = self.parameters.text("VersionStage");
        match secretsmanager::version_read(secret, id.as_deref(), stage.as_deref()) {
            Ok(version) => {
                let context = self.encryption_context(secret, version.id);
                self.key_call("kms:Decrypt", &version.key, secret.account, region, context);
            }
            Err((code, reason)) => self.fails(code, reason),
        }
    }

    /// A new version: KMS makes a data key. A token that an existing version has makes the service compare the two
    /// values, for which it decrypts the old one.
    fn write(&mut self, secret: &'a Secret, key: &KeyReference, region: &str) {
        let token = self.parameters.text("ClientRequestToken");
        let versions = secret.versions.iter().flatten();
        let again = versions.into_iter().find(|version| token.is_some() && version.id == token);
        let context = self.encryption_context(secret, token.clone());
        self.key_call("kms:GenerateDataKey", key, secret.account, region, context);
        if let Some(version) = again {
            let context = self.encryption_context(secret, token);
            self.key_call("kms:Decrypt", &version.key, secret.account, region, context);
        }
    }

    /// UpdateSecret: a new value, a new key, or neither.
    fn update(&mut self, secret: &'a Secret, region: &str) -> Result<(), RequestError> {
        let new = match self.parameters.text("KmsKeyId") {
            Some(text) => Some(self.key_reference(&text)?),
            None => None,
        };
        if let Some(new) = new.as_ref().filter(|new| **new != secret.key) {
            self.validate_key(new, secret, region);
            self.re_encrypt(secret, new, region);
        }
        if self.parameters.has_value() {
            self.write(secret, new.as_ref().unwrap_or(&secret.key), region);
        }
        Ok(())
    }

    /// The labelled versions are moved to the new key; those that the caller cannot decrypt stay under the old one
    /// and the call goes on.
    fn re_encrypt(&mut self, secret: &'a Secret, new: &KeyReference, region: &str) {
        let labels = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"];
        let mut versions: Vec<(Option<String>, KeyReference)> = match &secret.versions {
            Some(versions) => versions
                .iter()
                .filter(|version| version.stages.iter().any(|s| labels.contains(&s.as_str())))
                .map(|version| (version.id.clone(), version.key.clone()))
                .collect(),
            None => vec![(None, secret.key.clone())],
        };
        versions.retain(|(_, key)| key != new);
        for (id, old) in versions {
            for (action, key) in [("kms:Decrypt", &old), ("kms:Encrypt", new)] {
                let context = self.encryption_context(secret, id.clone());
                self.key_call(action, key, secret.account, region, context);
                if let Some(check) = self.plan.checks.last_mut() {
                    check.optional = action == "kms:Decrypt";
                }
            }
        }
    }

    /// With a key named, the service first tries whether the caller may use it, under a version id of its own.
    fn validate_key(&mut self, key: &KeyReference, secret: &'a Secret, region: &str) {
        for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
            let context = self.encryption_context(secret, Some(VALIDATION.to_owned()));
            self.key_call(action, key, secret.account, region, context);
        }
    }

    /// ReplicateSecretToRegions: decrypted here, encrypted there.
    fn replicate(&mut self, secret: &'a Secret, region: &str) -> Result<(), RequestError> {
        match secretsmanager::version_read(secret, None, None) {
            Ok(version) => {
                let context = self.encryption_context(secret, version.id);
                self.key_call("kms:Decrypt", &version.key, secret.account, region, context);
            }
            Err((code, reason)) => self.fails(code, reason),
        }
        let arn = secret.arn.value.clone();
        self.replica_keys(&arn, secret.account)
    }

    fn replica_keys(&mut self, primary: &Arn, account: AccountId) -> Result<(), RequestError> {
        for (region, key) in self.parameters.replica_regions() {
            let key = match key {
                Some(text) => self.key_reference(&text)?,
                None => KeyReference::Managed,
            };
            let replica = Arn::new(
                primary.partition(),
                primary.service(),
                &region,
                primary.account_field(),
                primary.resource(),
            );
            let arn = match self.assumptions.replica_context {
                ReplicaContext::Replica => replica.to_string(),
                ReplicaContext::Primary => primary.to_string(),
            };
            let context = pairs(Some(arn), None);
            self.key_call("kms:GenerateDataKey", &key, account, &region, context);
        }
        Ok(())
    }

    /// CreateSecret: the ARN gets a random end, so the check is made without knowing it.
    fn create_secret(&mut self) -> Result<(), RequestError> {
        let action = self.request.action.value.clone();
        let given = self.request.resource.as_ref().map(|resource| resource.value.clone());
        let Some(name) = given.or_else(|| self.parameters.text("Name")) else {
            return Err(self.lacks_resource("the name of the new secret"));
        };
        let Some(account) = self.plan.caller.account else {
            return Err(self.lacks_resource("a caller with an account"));
        };
        let name = match name.parse::<Arn>() {
            Ok(arn) => arn.resource().strip_prefix("secret:").unwrap_or_default().to_owned(),
            Err(_) => name,
        };
        let region = match &self.request.region {
            Some(region) => region.value.clone(),
            None => self.only_region().ok_or_else(|| {
                RequestError::new(
                    "region",
                    None,
                    "a secret is made in some Region, and the request names none",
                    "add `\"region\": …`",
                )
            })?,
        };
        let partition = self.plan.caller.partition.clone();
        let arn = |end: &str| {
            let resource = format!("secret:{name}-{end}");
            Arn::new(&partition, "secretsmanager", &region, account.as_str(), &resource)
        };
        let resource = CheckResource::Open {
            beginning: arn(""),
            samples: [arn("a1B2c3"), arn("Z9y8X7")],
            may_be_named: false,
        };
        self.secret_check(&action, None, Some(resource), Some(&name));
        if let Some(check) = self.plan.checks.last_mut() {
            let key = ContextKey::new("secretsmanager:Name");
            if !self.request.context.contains_key(&key) {
                check.context.set_key(key, Binding::value(&name));
            }
            // Only requests on a secret that is there carry its id.
            check.context.set("secretsmanager:SecretId", Binding::Absent);
        }
        let key = match self.parameters.text("KmsKeyId") {
            Some(text) => {
                let key = self.key_reference(&text)?;
                for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
                    let context = pairs(None, Some(VALIDATION.to_owned()));
                    self.key_call(action, &key, account, &region, context);
                }
                key
            }
            None => KeyReference::Managed,
        };
        if self.parameters.has_value() {
            let token = self.parameters.text("ClientRequestToken");
            self.key_call("kms:GenerateDataKey", &key, account, &region, pairs(None, token));
        }
        let samples = ["a1B2c3", "Z9y8X7"].map(|end| arn(end).to_string());
        self.replica_keys(&arn(""), account)?;
        // The new secret's ARN is known but for its end; grants compare it as unknown.
        for check in self.plan.checks.iter_mut().skip(1) {
            let key = "kms:EncryptionContext:SecretARN";
            check.context.set(key, Binding::Samples(samples.to_vec()));
            if let Some(pairs) = &mut check.encryption_context {
                pairs.insert("SecretARN".to_owned(), None);
            }
        }
        Ok(())
    }

    /// BatchGetSecretValue: itself, ListSecrets where filters choose, and a read of every secret.
    fn batch_get(&mut self) -> Result<(), RequestError> {
        let action = self.request.action.value.clone();
        self.secret_check(&action, None, None, None);
        if self.parameters.has("Filters")
            && let Some(list) = Action::new("secretsmanager:ListSecrets")
        {
            self.secret_check(&list, None, None, None);
        }
        let Some(read) = Action::new("secretsmanager:GetSecretValue") else { return Ok(()) };
        for id in self.parameters.texts("SecretIdList").unwrap_or_default() {
            let Some((secret, region)) = self.secret_of(&read, &id, None)? else { continue };
            let effective = self.assumptions.batch_cross_account;
            if let Some(check) = self.plan.checks.last_mut() {
                check.works_across_accounts = effective == BatchCrossAccount::Effective;
            }
            self.read(secret, &region);
        }
        Ok(())
    }

    /// A call of KMS that the service makes for the caller.
    fn key_call(
        &mut self,
        action: &'static str,
        key: &KeyReference,
        account: AccountId,
        region: &str,
        encryption_context: EncryptionContext,
    ) {
        let Some(action) = Action::new(action) else { return };
        let partition = self.plan.caller.partition.clone();
        let found = find_key(self.bundle, key, account, region);
        let (resource, owner, target, facts) = key_target(found, &partition);
        let first = self.plan.checks.first().map(|check| check.context.clone());
        let mut context = forward::forwarded(
            self.bundle,
            self.assumptions,
            self.request,
            &self.plan.caller,
            &first.unwrap_or_default(),
            owner,
            region,
        );
        kms::conditions(&mut context, &self.plan.caller, &facts, &action, Some(&encryption_context));
        context.set("kms:ViaService", Binding::value(format!("secretsmanager.{region}.amazonaws.com")));
        // The service names the key itself, except that a ciphertext names its own.
        let by_alias = key.is_alias() && action.name() != "Decrypt";
        context.set("kms:RequestAlias", if by_alias { Binding::Unknown } else { Binding::Absent });
        self.state(&mut context, |key| key.prefix() == "kms");
        for (key, value) in &self.request.key_context {
            context.set_key(key.clone(), forward::stated(value));
        }
        self.key_state(&facts, &action);
        self.plan.checks.push(Check {
            works_across_accounts: kms::works_across_accounts(&action),
            action,
            resource,
            owner,
            target,
            context,
            encryption_context: Some(encryption_context),
            endpoint: None,
            optional: false,
        });
    }

    /// A call that the caller makes of KMS itself.
    fn direct_kms(&mut self) -> Result<(), RequestError> {
        let action = self.request.action.value.clone();
        let known = catalog::action(action.as_str());
        let needs_key = known.is_none_or(|known| !known.resources.is_empty());
        let pairs = self.parameters.pairs("EncryptionContext");
        let pairs: EncryptionContext =
            pairs.into_iter().map(|(name, value)| (name, Some(value))).collect();
        let partition = self.plan.caller.partition.clone();
        let caller_account = self.plan.caller.account;
        let mut alias = None;
        let region = self.request.region.as_ref().map(|region| region.value.clone());
        let (resource, owner, target, facts) = if needs_key && action.name() != "CreateKey" {
            let given = self.request.resource.as_ref().map(|r| (r.value.clone(), Some(r.span)));
            let given = given.or_else(|| self.parameters.text("KeyId").map(|id| (id, None)));
            let Some((text, span)) = given else { return Err(self.lacks_resource("the key's ARN")) };
            let key: KeyReference = text.parse().map_err(|error: crate::bundle::KeyReferenceError| {
                RequestError::new("resource", span, error.to_string(), "write the key's ARN")
            })?;
            if key.is_alias() || matches!(key, KeyReference::Managed) {
                alias = Some(alias_name(&text));
            }
            // A managed key's alias ARN says whose; names are looked up in the caller's account.
            let (account, place) = match text.parse::<Arn>() {
                Ok(arn) => (arn.account(), Some(arn.region().to_owned())),
                Err(_) => (caller_account, None),
            };
            let place = place.or_else(|| region.clone()).or_else(|| self.only_region());
            let (Some(account), Some(place)) = (account, place) else {
                return Err(self.lacks_resource("the key's ARN, which names its account and Region"));
            };
            match find_key(self.bundle, &key, account, &place) {
                FoundKey::Unlisted(arn) => {
                    return Err(self.lacking_key(arn.as_ref().map_or(text.as_str(), Arn::as_str)));
                }
                found => {
                    let target = key_target(found, &partition);
                    if let (Some(called), CheckResource::Arn(arn)) = (&region, &target.0)
                        && called != arn.region()
                    {
                        let reason =
                            format!("the key is in {}, the call goes to {called}", arn.region());
                        self.fails("RegionMismatch", reason);
                    }
                    target
                }
            }
        } else {
            (CheckResource::Any, caller_account, CheckTarget::Nothing, KeyFacts::Unlisted)
        };
        let mut context = self.direct_context(Service::Kms, owner, &resource);
        let has_pairs = kms::is_cryptographic(&action);
        let sent = has_pairs.then_some(&pairs);
        kms::conditions(&mut context, &self.plan.caller, &facts, &action, sent);
        if matches!(target, CheckTarget::Nothing) {
            context.set_family("aws:resourcetag/", Binding::Absent);
        }
        context.set("kms:ViaService", Binding::Absent);
        context.set("kms:RequestAlias", Binding::value_or_absent(alias));
        for key in ["BypassPolicyLockoutSafetyCheck"] {
            let binding = Binding::value_or_absent(self.parameters.text(key));
            context.set(&format!("kms:{key}"), binding);
        }
        self.grant_conditions(&mut context, &action);
        self.state(&mut context, |key| key.prefix() != "secretsmanager");
        for (key, value) in &self.request.key_context {
            context.set_key(key.clone(), forward::stated(value));
        }
        self.key_state(&facts, &action);
        self.plan.checks.push(Check {
            works_across_accounts: kms::works_across_accounts(&action),
            action,
            resource,
            owner,
            target,
            context,
            encryption_context: has_pairs.then_some(pairs),
            endpoint: self.endpoint,
            optional: false,
        });
        Ok(())
    }

    /// The keys that CreateGrant alone carries.
    fn grant_conditions(&self, context: &mut Context, action: &Action) {
        if action.name() != "CreateGrant" {
            return;
        }
        for key in ["GranteePrincipal", "RetiringPrincipal", "GranteeServicePrincipal", "RetiringServicePrincipal"]
        {
            let binding = Binding::value_or_absent(self.parameters.text(key));
            context.set(&format!("kms:{key}"), binding);
        }
        let operations = self.parameters.texts("Operations");
        context.set("kms:GrantOperations", operations.map_or(Binding::Absent, Binding::Values));
        context.set("kms:GrantIsForAWSResource", Binding::value("false"));
        context.set("kms:GrantConstraintType", Binding::Unknown);
        context.set("kms:GrantConstraintSourceArn", Binding::Unknown);
    }

    /// Any other service: an identity-based decision on the ARN as given, with what is known of the caller.
    fn other(&mut self) -> Result<(), RequestError> {
        let action = self.request.action.value.clone();
        let resource = match self.request.resource.as_ref().map(|r| (r.value.as_str(), r.span)) {
            None | Some(("*", _)) => CheckResource::Any,
            Some((text, span)) => CheckResource::Arn(text.parse().map_err(
                |error: crate::aws::ArnError| {
                    RequestError::new("resource", Some(span), error.to_string(), error.help())
                },
            )?),
        };
        let owner = match &resource {
            CheckResource::Arn(arn) => arn.account().or(self.plan.caller.account),
            _ => self.plan.caller.account,
        };
        let mut context = self.direct_context(Service::Other, owner, &resource);
        context.set_family("aws:resourcetag/", Binding::Unknown);
        self.state(&mut context, |_| true);
        self.plan.checks.push(Check {
            action,
            resource,
            owner,
            target: CheckTarget::Nothing,
            context,
            encryption_context: None,
            endpoint: self.endpoint,
            works_across_accounts: true,
            optional: false,
        });
        Ok(())
    }

    /// The keys of a call that the caller makes directly, but for the service's own.
    fn direct_context(
        &self,
        service: Service,
        owner: Option<AccountId>,
        resource: &CheckResource,
    ) -> Context {
        let mut context = Context::new();
        let caller = &self.plan.caller;
        global::principal(&mut context, self.bundle, caller);
        global::network(&mut context, self.bundle, self.request, caller, service);
        global::source(&mut context, self.bundle, caller);
        global::owner(&mut context, self.bundle, owner);
        let region = match (&self.request.region, resource) {
            (Some(region), _) => Some(region.value.clone()),
            (None, CheckResource::Arn(arn) | CheckResource::Open { beginning: arn, .. }) => {
                Some(arn.region().to_owned()).filter(|region| !region.is_empty())
            }
            _ => None,
        };
        context.set("aws:RequestedRegion", Binding::value_or_present(region));
        for key in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:referer"] {
            context.set(key, Binding::Absent);
        }
        context.set("aws:ViaAWSService", Binding::value("false"));
        let is_service = caller.kind == CallerKind::Service;
        // Both services answer over TLS only; what a service's own call carries is not shown.
        let secure = if is_service { Binding::Unknown } else { Binding::value("true") };
        context.set("aws:SecureTransport", secure);
        context.set("aws:CurrentTime", Binding::Present);
        context.set("aws:EpochTime", Binding::Present);
        context.set("aws:UserAgent", if is_service { Binding::Unknown } else { Binding::Present });
        context.set_family("aws:requesttag/", Binding::Absent);
        context.set("aws:TagKeys", Binding::Absent);
        context
    }

    /// Lets what the user states of keys win over what was derived.
    fn state(&self, context: &mut Context, of_this_service: impl Fn(&ContextKey) -> bool) {
        for (key, value) in &self.request.context {
            if of_this_service(key) {
                context.set_key(key.clone(), forward::stated(value));
            }
        }
    }

    fn encryption_context(&self, secret: &Secret, version: Option<String>) -> EncryptionContext {
        let own = &secret.arn.value;
        let arn = match (&secret.primary_region, self.assumptions.replica_context) {
            (Some(primary), ReplicaContext::Primary) => Arn::new(
                own.partition(),
                own.service(),
                primary,
                own.account_field(),
                own.resource(),
            )
            .to_string(),
            _ => own.to_string(),
        };
        pairs(Some(arn), version)
    }

    fn key_state(&mut self, facts: &KeyFacts<'_>, action: &Action) {
        let KeyFacts::Key(key) = facts else { return };
        if !kms::is_cryptographic(action) {
            return;
        }
        if let Some(code) = key.state.failure() {
            self.fails(code, format!("the key {} is {:?}", key.arn.value, key.state));
        } else if key.spec.as_deref().is_some_and(|spec| spec != "SYMMETRIC_DEFAULT") {
            let reason = format!("the key {} is not a symmetric encryption key", key.arn.value);
            self.fails("InvalidKeyUsageException", reason);
        }
    }

    fn key_reference(&self, text: &str) -> Result<KeyReference, RequestError> {
        text.parse().map_err(|error: crate::bundle::KeyReferenceError| {
            let help = "write a key ARN, an alias ARN, a key id or `alias/NAME`";
            RequestError::new("parameters", Some(self.request.action.span), error.to_string(), help)
        })
    }

    /// The Region of all secrets and keys, where they share one.
    fn only_region(&self) -> Option<String> {
        let secrets = self.bundle.secrets.iter().map(|secret| &secret.arn.value);
        let mut regions = secrets.chain(self.bundle.keys.iter().map(|key| &key.arn.value));
        let first = regions.next()?.region().to_owned();
        regions.all(|arn| arn.region() == first).then_some(first)
    }

    fn lacks_resource(&self, what: &str) -> RequestError {
        let message = format!("{} needs a resource, and the request names none", self.request.action.value);
        let span = Some(self.request.action.span);
        RequestError::new("resource", span, message, format!("add `\"resource\"`: {what}"))
    }

    fn lacking_key(&self, text: &str) -> RequestError {
        let known = self.bundle.keys.iter().map(|key| key.arn.value.as_str());
        let help = match crate::text::nearest(text, known) {
            Some(near) => format!("did you mean `{near}`? Otherwise add the key to `keys`"),
            None => "add the key to `keys`".to_owned(),
        };
        let span = self.request.resource.as_ref().map(|resource| resource.span);
        RequestError::new("resource", span, format!("the bundle has no key `{text}`"), help)
    }

    /// Notes why the call fails; the first reason is what the caller sees.
    fn fails(&mut self, code: &'static str, reason: String) {
        self.plan.failure.get_or_insert(Failure { code, reason });
    }
}

fn pairs(secret: Option<String>, version: Option<String>) -> EncryptionContext {
    EncryptionContext::from([
        ("SecretARN".to_owned(), secret),
        ("SecretVersionId".to_owned(), version),
    ])
}

fn alias_name(text: &str) -> String {
    match text.parse::<Arn>() {
        Ok(arn) => arn.resource().to_owned(),
        Err(_) => text.to_owned(),
    }
}

fn key_target<'a>(
    found: FoundKey<'a>,
    partition: &str,
) -> (CheckResource, Option<AccountId>, CheckTarget<'a>, KeyFacts<'a>) {
    match found {
        FoundKey::Key(key) => (
            CheckResource::Arn(key.arn.value.clone()),
            Some(key.account),
            CheckTarget::Key(key),
            KeyFacts::Key(key),
        ),
        FoundKey::Managed { account, region } => {
            let arn = |id: &str| {
                Arn::new(partition, "kms", &region, account.as_str(), &format!("key/{id}"))
            };
            let resource = CheckResource::Open {
                beginning: arn(""),
                samples: [
                    arn("01234567-0123-0123-0123-012345678901"),
                    arn("fedcbafe-dcba-fedc-bafe-dcbafedcbafe"),
                ],
                may_be_named: true,
            };
            let target = CheckTarget::ManagedKey { account, region };
            (resource, Some(account), target, KeyFacts::Managed)
        }
        FoundKey::Unlisted(arn) => {
            let owner = arn.as_ref().and_then(Arn::account);
            let resource = arn.map_or(CheckResource::Unknown, CheckResource::Arn);
            (resource, owner, CheckTarget::UnlistedKey, KeyFacts::Unlisted)
        }
    }
}
