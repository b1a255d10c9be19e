use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The addresses of private networks, which never stand in aws:SourceIp: a call from there comes through an
/// endpoint, and the key is absent.
///
/// <https://datatracker.ietf.org/doc/html/rfc1918>
const PRIVATE: [(u32, u32); 3] =
    [(0x0a00_0000, 0x0aff_ffff), (0xac10_0000, 0xac1f_ffff), (0xc0a8_0000, 0xc0a8_ffff)];

/// A run of addresses that no network of a policy tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Its first address.
    pub(super) first: IpAddr,
    /// How many addresses it has, less one.
    pub(super) more: u128,
    /// Whether it is private.
    pub(super) private: bool,
}

/// Divides all addresses at the borders of `networks` and of the private ones.
pub(super) fn segments(networks: &[IpNet]) -> Vec<Segment> {
    let mut v4: Vec<u128> = vec![0];
    let mut v6: Vec<u128> = vec![0];
    for (first, last) in PRIVATE {
        v4.extend([u128::from(first), u128::from(last) + 1]);
    }
    for network in networks {
        match network {
            IpNet::V4(network) => {
                v4.push(network.network().to_bits().into());
                v4.push(u128::from(network.broadcast().to_bits()) + 1);
            }
            IpNet::V6(network) => {
                v6.push(network.network().to_bits());
                v6.extend(network.broadcast().to_bits().checked_add(1));
            }
        }
    }
    let mut segments = Vec::new();
    for (start, end) in spans(v4, u128::from(u32::MAX)) {
        let first = u32::try_from(start).unwrap_or(u32::MAX);
        let private = PRIVATE.iter().any(|(low, high)| (*low..=*high).contains(&first));
        let first = IpAddr::V4(Ipv4Addr::from_bits(first));
        segments.push(Segment { first, more: end - start, private });
    }
    for (start, end) in spans(v6, u128::MAX) {
        let first = IpAddr::V6(Ipv6Addr::from_bits(start));
        segments.push(Segment { first, more: end - start, private: false });
    }
    segments
}

/// The runs between sorted borders, first and last address each.
fn spans(mut starts: Vec<u128>, last: u128) -> Vec<(u128, u128)> {
    starts.retain(|start| *start <= last);
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([last]);
    starts.iter().copied().zip(ends).collect()
}

/// Whether an address is private.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            PRIVATE.iter().any(|(low, high)| (*low..=*high).contains(&address.to_bits()))
        }
        IpAddr::V6(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_divide_all_addresses() {
        let networks = ["203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32", "255.255.255.255/32"];
        let networks: Vec<IpNet> = networks.iter().map(|text| text.parse().unwrap()).collect();
        let found = segments(&networks);
        let total = |v4: bool| {
            found
                .iter()
                .filter(|segment| segment.first.is_ipv4() == v4)
                .fold(0_u128, |sum, segment| sum.wrapping_add(segment.more).wrapping_add(1))
        };
        assert_eq!(total(true), 1 << 32);
        assert_eq!(total(false), 0, "2^128 wraps");
        let network = found.iter().find(|s| s.first.to_string() == "203.0.113.0").unwrap();
        assert_eq!((network.more, network.private), (255, false));
        assert!(found.iter().any(|s| s.private && s.first.to_string() == "10.0.0.0"));
        // What follows a private network is public.
        for first in ["11.0.0.0", "172.32.0.0", "192.169.0.0"] {
            let follows = segments(&[]).into_iter().find(|s| s.first.to_string() == first);
            assert!(follows.is_some_and(|segment| !segment.private), "{first}");
        }
        assert!(is_private("172.31.255.255".parse().unwrap()));
        assert!(!is_private("172.32.0.0".parse().unwrap()));
    }
}
