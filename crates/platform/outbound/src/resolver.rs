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
            let allowed: Vec<SocketAddr> = found
                .iter()
                .copied()
                .filter(|address| reach.includes(address.ip()))
                .collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(OnlyPrivate(name).into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}
