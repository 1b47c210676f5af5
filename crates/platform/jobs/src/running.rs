//! What runs in this process right now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::JobId;
use tokio_util::sync::CancellationToken;

use crate::lease::Lease;

/// The leases that this worker holds, each with the way to stop its handler. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Running(Arc<Mutex<HashMap<Lease, CancellationToken>>>);

impl Running {
    pub(crate) fn begin(&self, lease: Lease) -> CancellationToken {
        let token = CancellationToken::new();
        self.held().insert(lease, token.clone());
        token
    }

    /// The lease is given back, used up or lost.
    pub(crate) fn end(&self, lease: Lease) {
        self.held().remove(&lease);
    }

    pub(crate) fn leases(&self) -> Vec<Lease> {
        self.held().keys().copied().collect()
    }

    pub(crate) fn jobs(&self) -> Vec<JobId> {
        self.held().keys().map(|lease| lease.job).collect()
    }

    /// Stops the handler of a lease that is lost.
    pub(crate) fn cancel(&self, lease: Lease) {
        if let Some(token) = self.held().get(&lease) {
            token.cancel();
        }
    }

    /// Stops every handler.
    pub(crate) fn cancel_all(&self) {
        self.held().values().for_each(CancellationToken::cancel);
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Lease, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
