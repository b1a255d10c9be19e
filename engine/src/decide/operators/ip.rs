//! `IpAddress` and `NotIpAddress`: whether an address lies in a network. An IPv4 network holds no IPv6 address and
//! the other way round.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Match, compare_read};
use crate::aws::assumption::MappedAddress;

pub(super) fn matches(value: &str, list: &[Option<IpNet>], mapped: MappedAddress) -> Match {
    let address = value.parse::<IpAddr>().ok().map(|address| match (mapped, address) {
        (MappedAddress::Same, address) => address.to_canonical(),
        (MappedAddress::Distinct, address) => address,
    });
    compare_read(address, list, |address, network| network.contains(address))
}
