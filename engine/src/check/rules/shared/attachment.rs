use super::principals;
use crate::{
    aws::{AccountId, Arn},
    bundle::Membership,
    check::subject::{PolicyView, Subject},
};

/// What the policy of a secret or key is attached to, as far as the bundle or the policy itself tells.
#[derive(Clone, Debug, Default)]
pub(in crate::check::rules) struct Attachment {
    /// The account.
    pub(in crate::check::rules) owner: Option<AccountId>,
    /// The organization of that account.
    pub(in crate::check::rules) organization: Option<String>,
    /// The secret or key; none where there are several.
    pub(in crate::check::rules) resource: Option<Arn>,
}

impl Attachment {
    pub(in crate::check::rules) fn of(subject: &Subject<'_>, view: PolicyView<'_>) -> Self {
        let owner = principals::owner(subject, view);
        let account = owner.and_then(|owner| subject.bundle.account(owner));
        let secrets = subject.secrets_of(view).iter().map(|secret| &secret.arn.value);
        let keys = subject.keys_of(view).iter().map(|key| &key.arn.value);
        let mut resources = secrets.chain(keys);
        let first = resources.next().cloned();
        let organization = match account.map(|account| &account.membership) {
            Some(Membership::Member(organization)) => Some(organization.id.clone()),
            _ => None,
        };
        let resource = first.filter(|_| resources.next().is_none());
        Self { owner, organization, resource }
    }
}
