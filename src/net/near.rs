//! Which addresses are of one's own network.

use std::net::IpAddr;

/// Whether `address` is this machine's or of a network that is not the open internet: loopback, private use (RFC 1918),
/// shared (RFC 6598, which VPNs such as Tailscale use), link-local, unique local (RFC 4193).
pub fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            let shared = matches!(ip.octets(), [100, 64..=127, ..]);
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_what_the_internet_does_not_carry() {
        for near in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.20",
            "169.254.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_near(near.parse().unwrap()), "{near}");
        }
        for far in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.2.7", "2001:db8::1", "::ffff:8.8.8.8", "0.0.0.0"]
        {
            assert!(!is_near(far.parse().unwrap()), "{far}");
        }
    }
}
