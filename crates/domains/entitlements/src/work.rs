//! The jobs of this domain: what is written down when something is to be done.

use jobs::Job;
use kernel::OrganizationId;
use serde::{Deserialize, Serialize};

/// Gives back what was reserved and is over.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ExpireReservations {}

/// Deletes events of more than 13 months ago, and reservations that were closed more than 30 days ago.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DeleteOldUsage {}

/// Deletes what an organization used that is gone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ForgetUsage {
    /// Which. It is not the job's own organization, which would be gone with it.
    pub gone: OrganizationId,
}

impl Job for ExpireReservations {
    const NAME: &'static str = "usage.expire_reservations";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 5;
}

impl Job for DeleteOldUsage {
    const NAME: &'static str = "usage.delete_old";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 10;
}

impl Job for ForgetUsage {
    const NAME: &'static str = "usage.forget";
    const MAX_ATTEMPTS: u32 = 10;
    const PRIORITY: i32 = 10;
}
