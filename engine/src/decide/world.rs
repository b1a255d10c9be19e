use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use crate::{
    aws::{AccountId, Assumptions},
    bundle::{Bundle, PolicyId},
    compile::CompiledPolicy,
    policy::{Policy, PolicyKind, parse_policy},
    text::{Limits, SourceId, parse_json},
};

/// A bundle whose policies are compiled, ready for many requests.
#[derive(Clone, Debug)]
pub struct World<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// What is taken for true where AWS's documents leave room.
    pub assumptions: Assumptions,
    compiled: Rc<[Option<CompiledPolicy>]>,
    /// The policies compiled under the other value of the one assumption that compilation heeds, once asked for.
    otherwise: Rc<OnceCell<Rc<[Option<CompiledPolicy>]>>>,
    /// The policies of the AWS managed keys that were asked for.
    managed: Rc<RefCell<Vec<ManagedKey>>>,
}

/// The AWS managed key of an account and Region, with its policy.
#[derive(Clone, Debug)]
struct ManagedKey {
    account: AccountId,
    region: String,
    policy: Rc<CompiledPolicy>,
}

impl<'a> World<'a> {
    /// Compiles all policies that AWS would save.
    pub fn new(bundle: &'a Bundle) -> Self {
        let assumptions = bundle.assumptions.clone();
        let compiled = compile(bundle, &assumptions);
        Self { bundle, assumptions, compiled, otherwise: Rc::default(), managed: Rc::default() }
    }

    /// The same bundle under other assumptions. Documents are not read anew: what AWS refuses stays refused.
    pub fn assuming(&self, assumptions: Assumptions) -> Self {
        let compiled = if assumptions.resource_star == self.assumptions.resource_star {
            Rc::clone(&self.compiled)
        } else {
            Rc::clone(self.otherwise.get_or_init(|| compile(self.bundle, &assumptions)))
        };
        Self {
            bundle: self.bundle,
            assumptions,
            compiled,
            otherwise: Rc::default(),
            managed: Rc::clone(&self.managed),
        }
    }

    /// A compiled policy; `None` if it cannot be evaluated.
    pub(crate) fn policy(&self, id: PolicyId) -> Option<&CompiledPolicy> {
        self.compiled.get(id.index())?.as_ref()
    }

    /// The policy of the AWS managed key of an account and Region. No assumption changes it.
    pub(super) fn managed_key(&self, account: AccountId, region: &str) -> Rc<CompiledPolicy> {
        let same = |key: &&ManagedKey| key.account == account && key.region == region;
        if let Some(known) = self.managed.borrow().iter().find(same) {
            return Rc::clone(&known.policy);
        }
        let policy = managed_key_policy(account, region);
        let policy = Rc::new(CompiledPolicy::new(&policy, &Assumptions::default()));
        let region = region.to_owned();
        self.managed.borrow_mut().push(ManagedKey { account, region, policy: Rc::clone(&policy) });
        policy
    }
}

fn compile(bundle: &Bundle, assumptions: &Assumptions) -> Rc<[Option<CompiledPolicy>]> {
    let documents = bundle.policies.iter().map(|(_, document)| document.policy());
    documents.map(|policy| policy.map(|policy| CompiledPolicy::new(policy, assumptions))).collect()
}

/// The policy of the AWS managed key `aws/secretsmanager`, which nobody can edit: it serves all principals of its
/// own account, through Secrets Manager only.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
pub fn managed_key_policy(account: AccountId, region: &str) -> Policy {
    let through = format!(
        r#"{{"StringEquals": {{"kms:CallerAccount": "{account}",
             "kms:ViaService": "secretsmanager.{region}.amazonaws.com"}}}}"#
    );
    let through_like = format!(
        r#"{{"StringEquals": {{"kms:CallerAccount": "{account}"}},
             "StringLike": {{"kms:ViaService": "secretsmanager.*.amazonaws.com"}}}}"#
    );
    let text = format!(
        r#"{{"Version": "2012-10-17", "Id": "auto-secretsmanager-2", "Statement": [
        {{"Sid": "Allow access through AWS Secrets Manager for all principals in the account that are authorized to use AWS Secrets Manager",
          "Effect": "Allow", "Principal": {{"AWS": ["*"]}}, "Resource": "*", "Condition": {through},
          "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:CreateGrant", "kms:DescribeKey"]}},
        {{"Sid": "Allow access through AWS Secrets Manager for all principals in the account that are authorized to use AWS Secrets Manager",
          "Effect": "Allow", "Principal": {{"AWS": ["*"]}}, "Resource": "*", "Condition": {through_like},
          "Action": "kms:GenerateDataKey*"}},
        {{"Sid": "Allow direct access to key metadata to the account",
          "Effect": "Allow", "Principal": {{"AWS": ["arn:aws:iam::{account}:root"]}}, "Resource": "*",
          "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]}}
        ]}}"#
    );
    let source = SourceId::default();
    let assumptions = Assumptions::default();
    match parse_json(&text, &Limits::default()) {
        Ok(node) => parse_policy(&node, PolicyKind::Key, source, &assumptions).policy,
        // The text is ours; a test reads it.
        Err(_) => empty(source),
    }
}

fn empty(source: SourceId) -> Policy {
    Policy {
        kind: PolicyKind::Key,
        source,
        span: crate::text::Span::default(),
        version: crate::policy::Version::V2012,
        version_span: None,
        id: None,
        statements: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_managed_policy_is_read() {
        let policy = managed_key_policy("111122223333".parse().unwrap(), "us-east-1");
        assert_eq!(policy.statements.len(), 3);
        assert_eq!(policy.statements[0].conditions.len(), 2);
    }

    #[test]
    fn each_account_and_region_has_a_managed_key_of_its_own() {
        let bundle = Bundle::default();
        let world = World::new(&bundle);
        let key = |account: &str, region| world.managed_key(account.parse().unwrap(), region);
        let first = key("111122223333", "us-east-1");
        assert!(Rc::ptr_eq(&first, &key("111122223333", "us-east-1")));
        assert!(!Rc::ptr_eq(&first, &key("111122223333", "eu-west-1")));
        assert!(!Rc::ptr_eq(&first, &key("444455556666", "us-east-1")));
        assert!(!Rc::ptr_eq(&first, &key("444455556666", "eu-west-1")));
    }

    #[test]
    fn policies_are_compiled_anew_where_an_assumption_about_patterns_changes() {
        let bundle = Bundle::default();
        let world = World::new(&bundle);
        let mut other = world.assumptions.clone();
        other.set("not_principal_partial", "denied").unwrap();
        assert!(Rc::ptr_eq(&world.compiled, &world.assuming(other.clone()).compiled));
        other.set("resource_star", "across-fields").unwrap();
        assert!(!Rc::ptr_eq(&world.compiled, &world.assuming(other).compiled));
    }
}
