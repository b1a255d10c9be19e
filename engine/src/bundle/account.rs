use super::PolicyId;

/// What is known of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its organization.
    pub membership: Membership,
    /// Whether it is the organization's management account, whose principals no SCP and whose resources no RCP binds.
    pub is_management: bool,
    /// Service control policies by level, root first. Empty: none restrict.
    pub service_control: Vec<Vec<PolicyId>>,
    /// Resource control policies by level, root first. Empty: none restrict.
    pub resource_control: Vec<Vec<PolicyId>>,
}

/// Whether an account is in an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Membership {
    /// Nobody said.
    #[default]
    Unknown,
    /// In none.
    Standalone,
    /// In this one.
    Member(Organization),
}

/// An organization and the account's place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// `o-…`
    pub id: String,
    /// `o-…/r-…/ou-…/`, where it was given.
    pub path: Option<String>,
}
