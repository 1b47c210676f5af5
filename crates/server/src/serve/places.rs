//! Places for connections: so many in all, and so many for one address, so that one client can't take
//! the places of all others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use web::layers::Network;

/// The share of all places that one address may take.
const SHARE: usize = 8;
/// One address may always take so many.
const FEW: usize = 32;

/// How many connections there may be, and from where.
#[derive(Debug, Clone)]
pub(crate) struct PlaceConfig {
    /// In all.
    pub(crate) most: usize,
    /// Proxies speak for many people, and this machine for itself; they may take all.
    pub(crate) trusted: Vec<Network>,
}

#[derive(Clone)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most_by_address: usize,
    trusted: Arc<[Network]>,
}

/// A place for any address.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// A place that an address has taken; free again when this is dropped.
pub(super) struct Taken {
    _place: Place,
    address: Option<IpAddr>,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Places {
    pub(super) fn new(config: PlaceConfig) -> Self {
        Self {
            all: Arc::new(Semaphore::new(config.most)),
            by_address: Arc::default(),
            most_by_address: (config.most / SHARE).max(FEW),
            trusted: config.trusted.into(),
        }
    }

    /// Waits for a place; clients wait in the system's own queue meanwhile.
    pub(super) async fn free(&self) -> Option<Place> {
        let permit = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Place { _permit: permit })
    }

    /// Gives the place to `address`; `None` when it has its share.
    pub(super) fn take(&self, place: Place, address: IpAddr) -> Option<Taken> {
        let address = address.to_canonical();
        let is_trusted =
            address.is_loopback() || self.trusted.iter().any(|network| network.contains(address));
        let counted = (!is_trusted).then_some(address);
        if let Some(address) = counted {
            let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            let count = by_address.entry(address).or_default();
            if *count >= self.most_by_address {
                return None;
            }
            *count += 1;
        }
        Some(Taken {
            _place: place,
            address: counted,
            by_address: Arc::clone(&self.by_address),
        })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Some(address) = self.address else {
            return;
        };
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let is_last = by_address.get_mut(&address).is_some_and(|count| {
            *count -= 1;
            *count == 0
        });
        if is_last {
            by_address.remove(&address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_takes_no_more_than_its_share_and_a_proxy_takes_all() {
        let places = Places::new(PlaceConfig {
            most: 64,
            trusted: vec!["10.0.0.0/8".parse().unwrap()],
        });
        let stranger: IpAddr = "192.0.2.1".parse().unwrap();
        let mut taken = Vec::new();
        for _ in 0..FEW {
            let place = places.free().await.unwrap();
            taken.push(places.take(place, stranger).unwrap());
        }
        assert!(places.take(places.free().await.unwrap(), stranger).is_none());
        taken.pop();
        assert!(places.take(places.free().await.unwrap(), stranger).is_some());
        for _ in 0..FEW {
            let place = places.free().await.unwrap();
            taken.push(places.take(place, "10.1.1.1".parse().unwrap()).unwrap());
        }
        drop(taken);
        assert!(places.by_address.lock().unwrap().is_empty());
    }
}
