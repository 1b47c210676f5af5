//! The jobs of payments: what is written down when something is to be done.

use jobs::{Job, Lane};
use kernel::{OrganizationId, RefundId};
use serde::{Deserialize, Serialize};

/// How many refunds a process asks for at once. Each may take its time.
const AT_ONCE: usize = 4;

/// Asks a provider to give money back.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SendRefund {
    /// Which refund.
    pub(crate) refund: RefundId,
    /// Whose payment.
    pub(crate) organization: OrganizationId,
}

/// Lets payments expire that nobody has paid in time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ExpirePayments {}

impl Job for SendRefund {
    const NAME: &'static str = "payments.send_refund";
    const MAX_ATTEMPTS: u32 = 25;
    const LANE: Lane = Lane::new("refunds", AT_ONCE);

    fn organization(&self) -> Option<OrganizationId> {
        Some(self.organization)
    }
}

impl Job for ExpirePayments {
    const NAME: &'static str = "payments.expire";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 5;
}
