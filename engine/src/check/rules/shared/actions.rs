use std::sync::LazyLock;

use crate::{
    aws::{
        Action, ActionPattern,
        catalog::{self, KnownAction},
    },
    policy::{Actions, Statement},
};

/// The calls that decrypt or encrypt with a key on the way to or from a secret's value.
pub(in crate::check::rules) const CRYPTOGRAPHIC: &[&str] =
    &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];

/// The catalogue by lower-case names, as patterns compare them.
static LOWER: LazyLock<Vec<(String, &KnownAction)>> = LazyLock::new(|| {
    catalog::actions().map(|known| (known.full_name.to_ascii_lowercase(), known)).collect()
});

/// The actions of Secrets Manager and KMS that an entry of `Action` covers.
pub(in crate::check::rules) fn covered_by(entry: &str) -> Vec<&'static KnownAction> {
    let pattern = ActionPattern::new(entry);
    let matches = |(lower, _): &&(String, &KnownAction)| pattern.pattern().matches(lower);
    LOWER.iter().filter(matches).map(|(_, known)| *known).collect()
}

/// The actions of Secrets Manager and KMS that a statement is about, `NotAction` included.
pub(in crate::check::rules) fn covered(actions: &Actions) -> Vec<&'static KnownAction> {
    let listed: Vec<_> =
        actions.list.iter().map(|entry| ActionPattern::new(&entry.value)).collect();
    let wanted = |(lower, _): &&(String, &KnownAction)| {
        listed.iter().any(|entry| entry.pattern().matches(lower)) != actions.negated
    };
    let all = LOWER.iter().filter(wanted).map(|(_, known)| *known);
    if listed.is_empty() { Vec::new() } else { all.collect() }
}

/// Whether a statement is about an action, `NotAction` included.
pub(in crate::check::rules) fn covers(statement: &Statement, name: &str) -> bool {
    Action::new(name).is_some_and(|action| statement.covers_action(&action))
}

/// The first entry of `Action` that covers an action; `NotAction` lists what is not covered, so there is none.
pub(in crate::check::rules) fn entry_for<'a>(
    statement: &'a Statement,
    name: &str,
) -> Option<&'a crate::text::Spanned<String>> {
    let action = Action::new(name)?;
    let mut list = statement.actions.list.iter().filter(|_| !statement.actions.negated);
    list.find(|entry| ActionPattern::new(&entry.value).matches(&action))
}

/// The service in front of the colon of an entry of `Action`.
pub(in crate::check::rules) fn service(entry: &str) -> &str {
    entry.split_once(':').map_or("", |(service, _)| service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ContextKey;

    #[test]
    fn keys_belong_to_actions() {
        let carries = |action: &str, key: &str| {
            catalog::action(action).unwrap().can_carry(&ContextKey::new(key))
        };
        assert!(carries("kms:Decrypt", "kms:EncryptionContext:SecretARN"));
        assert!(!carries("kms:DescribeKey", "kms:EncryptionContext:SecretARN"));
        assert!(carries("kms:DescribeKey", "kms:KeySpec"));
        assert!(!carries("kms:Decrypt", "kms:GrantIsForAWSResource"));
        assert!(!carries("kms:Decrypt", "secretsmanager:VersionStage"));
        assert!(carries("secretsmanager:GetSecretValue", "secretsmanager:VersionStage"));
        assert!(carries("kms:Decrypt", "aws:PrincipalOrgID"));
    }

    #[test]
    fn entries_cover_actions() {
        assert_eq!(covered_by("kms:ReEncrypt*").len(), 2);
        assert_eq!(covered_by("secretsmanager:GetSecretValue").len(), 1);
        assert!(covered_by("secretsmanager:GetSecretValue ").is_empty());
    }
}
