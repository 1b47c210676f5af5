//! Where callers come from, as limits count it.

use std::net::IpAddr;

use kernel::RequestContext;

/// The caller's address of IPv4, or the network of IPv6, in which one caller has more addresses than could
/// ever be counted. Callers without an address, which only tests and commands are, share one name.
pub(crate) fn of(context: &RequestContext) -> String {
    match context.ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => String::from("none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_of_one_caller_are_one() {
        let network = |ip: &str| {
            of(&RequestContext {
                ip: Some(ip.parse().unwrap()),
                ..RequestContext::system()
            })
        };
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
