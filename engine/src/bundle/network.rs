use std::net::IpAddr;

use super::PolicyId;
use crate::aws::AccountId;

/// A VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `vpce-…`
    pub id: String,
    /// `vpc-…`, where given.
    pub vpc_id: Option<String>,
    /// Its policy; `None` for the default one, which allows everything.
    pub policy: Option<PolicyId>,
    /// The account that owns it, where given.
    pub account: Option<AccountId>,
}

/// How a call reaches AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Nobody said.
    #[default]
    Unknown,
    /// Over the public endpoint.
    Public {
        /// The caller's address, where given.
        source_ip: Option<IpAddr>,
    },
    /// Through a VPC endpoint.
    Endpoint {
        /// `vpce-…`
        id: String,
        /// The caller's address inside the VPC, where given.
        source_ip: Option<IpAddr>,
    },
}
