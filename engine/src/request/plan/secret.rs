//! Operations of Secrets Manager: the check on the secret, and the calls of KMS that follow from it.

use super::{CheckResource, CheckTarget, Need, OtherEnds, Planner};
use crate::{
    aws::{
        AccountId, Action, Arn, ContextKey, Service,
        assumption::{BatchCrossAccount, OpenPoint, ReplicaContext},
        catalog,
    },
    bundle::{ArnEnd, KeyReference, Secret},
    request::{
        Binding, Check, RequestError, UnknownEnd,
        kms::EncryptionContext,
        lookup::{Found, find_key, find_secret},
        secretsmanager::{self, VALIDATION},
    },
};

impl<'a> Planner<'a, '_> {
    pub(super) fn secretsmanager(&mut self) -> Result<(), RequestError> {
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
        let Some((secret, region)) = self.secret_of_request(&action)? else {
            return Ok(());
        };
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
        let found = find_secret(self.bundle, id, span, &caller.partition, caller.account, region)?;
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
            (Some(secret), None) if secret.end != ArnEnd::Random => {
                CheckResource::Arn(secret.arn.value.clone())
            }
            (Some(secret), None) => {
                let beginning = beginning(secret);
                let samples = ENDS
                    .map(|end| beginning.with_resource(&format!("{}{end}", beginning.resource())));
                CheckResource::Open { beginning, samples, others: OtherEnds::Random }
            }
            (None, None) => CheckResource::Any,
        };
        let owner = match (&resource, secret) {
            (CheckResource::Arn(arn), _) => arn.account(),
            (_, Some(secret)) => Some(secret.account),
            (_, None) => self.plan.caller.account,
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
        if secret.is_some_and(|secret| secret.end == ArnEnd::Random) {
            context.set("secretsmanager:SecretId", Binding::Present);
        }
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
            need: Need::Required,
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
                self.open_end(secret);
            }
            Err((code, reason)) => self.fails(code, reason),
        }
    }

    /// The encryption context of the last call names the secret, of which the end may not be known yet.
    fn open_end(&mut self, secret: &Secret) {
        if secret.end != ArnEnd::Random {
            return;
        }
        let beginning = beginning(secret);
        let samples = ENDS.map(|end| format!("{beginning}{end}"));
        if let Some(check) = self.plan.checks.last_mut() {
            let key = "kms:EncryptionContext:SecretARN";
            check.context.set(key, random_end(samples));
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
        if let Some(new) = new.as_ref().filter(|new| !self.same_key(secret, new, &secret.key)) {
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
        versions.retain(|(_, key)| !self.same_key(secret, key, new));
        for (id, old) in versions {
            for (action, key, need) in
                [("kms:Decrypt", &old, Need::Optional), ("kms:Encrypt", new, Need::AfterPrevious)]
            {
                let context = self.encryption_context(secret, id.clone());
                self.key_call_if(need, action, key, secret.account, region, context);
            }
        }
    }

    /// Whether two names mean one key, as the secret's account and Region read them.
    fn same_key(&self, secret: &Secret, a: &KeyReference, b: &KeyReference) -> bool {
        let arn = &secret.arn.value;
        let found = |key| find_key(self.bundle, key, arn.partition(), secret.account, arn.region());
        a == b || found(a).is_same(&found(b))
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
            self.plan.consulted.note(OpenPoint::ReplicaContext);
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
            samples: ENDS.map(arn),
            others: OtherEnds::Random,
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
        let samples = ENDS.map(|end| arn(end).to_string());
        self.replica_keys(&arn(""), account)?;
        // The new secret's ARN is known but for its end; grants compare it as unknown.
        for check in self.plan.checks.iter_mut().skip(1) {
            let key = "kms:EncryptionContext:SecretARN";
            check.context.set(key, random_end(samples.clone()));
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
        let Some(read) = Action::new("secretsmanager:GetSecretValue") else {
            return Ok(());
        };
        for id in self.parameters.texts("SecretIdList").unwrap_or_default() {
            let Some((secret, region)) = self.secret_of(&read, &id, None)? else {
                continue;
            };
            self.plan.consulted.note(OpenPoint::BatchCrossAccount);
            let effective = self.assumptions.batch_cross_account;
            if let Some(check) = self.plan.checks.last_mut() {
                check.works_across_accounts = effective == BatchCrossAccount::Effective;
            }
            self.read(secret, &region);
        }
        Ok(())
    }

    fn encryption_context(&self, secret: &Secret, version: Option<String>) -> EncryptionContext {
        if secret.end == ArnEnd::Random {
            return pairs(None, version);
        }
        let own = &secret.arn.value;
        if secret.primary_region.is_some() {
            self.plan.consulted.note(OpenPoint::ReplicaContext);
        }
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
}

/// Two ends that the ARN of a new secret could get.
const ENDS: [&str; 2] = ["a1B2c3", "Z9y8X7"];

fn random_end(samples: [String; 2]) -> Binding {
    Binding::Samples { texts: samples.into(), end: UnknownEnd::Random }
}

/// The ARN of a secret up to its random end.
fn beginning(secret: &Secret) -> Arn {
    secret.arn.value.with_resource(&format!("secret:{}-", secret.name()))
}

fn pairs(secret: Option<String>, version: Option<String>) -> EncryptionContext {
    EncryptionContext::from([
        ("SecretARN".to_owned(), secret),
        ("SecretVersionId".to_owned(), version),
    ])
}
