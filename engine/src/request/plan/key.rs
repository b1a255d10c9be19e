//! Calls of KMS: those that Secrets Manager forwards, and those that the caller makes itself.

use super::{CheckResource, CheckTarget, Need, OtherEnds, Planner};
use crate::{
    aws::{AccountId, Action, Arn, Service, catalog},
    bundle::{Bundle, KeyReference},
    request::{
        Binding, Check, Context, RequestError, forward, global,
        kms::{self, EncryptionContext, KeyFacts},
        lookup::{FoundKey, find_key},
    },
};

impl<'a> Planner<'a, '_> {
    /// A call of KMS that the service makes for the caller, without which the operation fails.
    pub(super) fn key_call(
        &mut self,
        action: &'static str,
        key: &KeyReference,
        account: AccountId,
        region: &str,
        encryption_context: EncryptionContext,
    ) {
        self.key_call_if(Need::Required, action, key, account, region, encryption_context);
    }

    /// A call of KMS that the service makes for the caller.
    pub(super) fn key_call_if(
        &mut self,
        need: Need,
        action: &'static str,
        key: &KeyReference,
        account: AccountId,
        region: &str,
        encryption_context: EncryptionContext,
    ) {
        let Some(action) = Action::new(action) else {
            return;
        };
        let partition = self.plan.caller.partition.clone();
        let found = find_key(self.bundle, key, &partition, account, region);
        let (resource, owner, target, facts) = key_target(self.bundle, found, &partition);
        let nothing = Context::default();
        let first = self.plan.checks.first().map_or(&nothing, |check| &check.context);
        let mut context = forward::forwarded(
            self.bundle,
            self.assumptions,
            self.request,
            &self.plan.caller,
            first,
            owner,
            region,
        );
        kms::conditions(
            &mut context,
            &self.plan.caller,
            &facts,
            &action,
            Some(&encryption_context),
        );
        context.set(
            "kms:ViaService",
            Binding::value(format!("secretsmanager.{region}.amazonaws.com")),
        );
        // The service names the key itself, except that a ciphertext names its own.
        let by_alias = key.is_alias() && action.name() != "Decrypt";
        context.set("kms:RequestAlias", if by_alias { Binding::Unknown } else { Binding::Absent });
        let of_kms = self.request.context.iter().filter(|(key, _)| key.prefix() == "kms");
        for (key, value) in of_kms.chain(&self.request.key_context) {
            context.set_key(key.clone(), forward::stated(value));
        }
        global::tie_time(&mut context);
        // The chain that is stated of the caller's own call lacks the service, which the forwarded one ends with.
        global::tie_called_via(&mut context, &self.request.key_context);
        if need == Need::Required {
            self.key_state(&facts, &action);
        }
        self.plan.checks.push(Check {
            works_across_accounts: kms::works_across_accounts(&action),
            action,
            resource,
            owner,
            target,
            context,
            encryption_context: Some(encryption_context),
            endpoint: None,
            need,
        });
    }

    /// A call that the caller makes of KMS itself.
    pub(super) fn direct_kms(&mut self) -> Result<(), RequestError> {
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
            let Some((text, span)) = given else {
                return Err(self.lacks_resource("the key's ARN"));
            };
            let key: KeyReference =
                text.parse().map_err(|error: crate::bundle::KeyReferenceError| {
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
                return Err(
                    self.lacks_resource("the key's ARN, which names its account and Region")
                );
            };
            match find_key(self.bundle, &key, &partition, account, &place) {
                FoundKey::Unlisted { arn, .. } => {
                    return Err(self.lacking_key(arn.as_ref().map_or(text.as_str(), Arn::as_str)));
                }
                found => {
                    let target = key_target(self.bundle, found, &partition);
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
        let bypass = self.parameters.text("BypassPolicyLockoutSafetyCheck");
        context.set("kms:BypassPolicyLockoutSafetyCheck", Binding::value_or_absent(bypass));
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
            need: Need::Required,
        });
        Ok(())
    }

    /// The keys that CreateGrant alone carries.
    fn grant_conditions(&self, context: &mut Context, action: &Action) {
        if action.name() != "CreateGrant" {
            return;
        }
        for key in [
            "GranteePrincipal",
            "RetiringPrincipal",
            "GranteeServicePrincipal",
            "RetiringServicePrincipal",
        ] {
            let binding = Binding::value_or_absent(self.parameters.text(key));
            context.set(&format!("kms:{key}"), binding);
        }
        let operations = self.parameters.texts("Operations");
        context.set("kms:GrantOperations", operations.map_or(Binding::Absent, Binding::Values));
        context.set("kms:GrantIsForAWSResource", Binding::value("false"));
        context.set("kms:GrantConstraintType", Binding::Unknown);
        context.set("kms:GrantConstraintSourceArn", Binding::Unknown);
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
}

fn alias_name(text: &str) -> String {
    match text.parse::<Arn>() {
        Ok(arn) => arn.resource().to_owned(),
        Err(_) => text.to_owned(),
    }
}

fn key_target<'a>(
    bundle: &Bundle,
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
            let customer_keys = bundle.keys.iter().filter(|key| !key.is_aws_managed());
            let resource = CheckResource::Open {
                beginning: arn(""),
                samples: [
                    arn("01234567-0123-0123-0123-012345678901"),
                    arn("fedcbafe-dcba-fedc-bafe-dcbafedcbafe"),
                ],
                others: OtherEnds::Taken(customer_keys.map(|key| key.arn.value.clone()).collect()),
            };
            let target = CheckTarget::ManagedKey { account, region };
            (resource, Some(account), target, KeyFacts::Managed)
        }
        FoundKey::Unlisted { arn, account } => {
            let resource = arn.map_or(CheckResource::Unknown, CheckResource::Arn);
            (resource, account, CheckTarget::UnlistedKey, KeyFacts::Unlisted)
        }
    }
}
