//! Names to addresses that may be asked.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_public;

/// Which addresses may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those in the open internet.
    Public,
    /// Our own network's as well.
    Everywhere,
}

impl Reach {
    pub(crate) fn includes(self, address: IpAddr) -> bool {
        self == Self::Everywhere || is_public(address)
    }

    /// Those of the addresses of a name that may be asked.
    fn narrow(self, name: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, OnlyPrivate> {
        let is_found = !found.is_empty();
        let mut allowed = found;
        allowed.retain(|address| self.includes(address.ip()));
        if allowed.is_empty() && is_found {
            return Err(OnlyPrivate(name.to_owned()));
        }
        Ok(allowed)
    }
}

/// Asks the system, and keeps what may be asked: the client connects to these and to no other.
#[derive(Debug)]
pub(crate) struct Resolver(pub(crate) Reach);

/// A name has addresses, and none may be asked.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to a private address")]
pub(crate) struct OnlyPrivate(pub(crate) String);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Addrs = Box::new(reach.narrow(&name, found)?.into_iter());
            Ok(allowed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// A name may lead to both at once, or to the one now and to the other in a moment: what is connected to is
    /// always an address of this list, and the name is not asked again.
    #[test]
    fn a_name_that_leads_to_both_leads_to_public_addresses_only() {
        let mixed = addresses(&[
            "127.0.0.1:0",
            "1.1.1.1:0",
            "[::1]:0",
            "169.254.169.254:0",
            "[2606:4700::1111]:0",
        ]);
        let allowed = Reach::Public.narrow("rebound.example", mixed.clone()).unwrap();
        assert_eq!(allowed, addresses(&["1.1.1.1:0", "[2606:4700::1111]:0"]));
        assert_eq!(
            Reach::Everywhere
                .narrow("rebound.example", mixed.clone())
                .unwrap(),
            mixed
        );
        let private = addresses(&["10.0.0.1:0", "[fd00::1]:0"]);
        let refused = Reach::Public.narrow("rebound.example", private).unwrap_err();
        assert_eq!(refused.0, "rebound.example");
        assert_eq!(Reach::Public.narrow("nowhere.example", Vec::new()).unwrap(), []);
    }
}
