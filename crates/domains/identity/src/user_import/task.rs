//! What is asked of the queue.

use jobs::Job;
use kernel::UserImportId;
use serde::{Deserialize, Serialize};

/// Works on the rows of an import until they are done, and deletes them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RunUserImport {
    /// The import.
    pub import: UserImportId,
}

impl Job for RunUserImport {
    const NAME: &'static str = "identity.run_user_import";
    const MAX_ATTEMPTS: u32 = 20;
    const PRIORITY: i32 = 10;
}

/// Cancels an import that nobody started.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ExpireUserImport {
    /// The import.
    pub import: UserImportId,
}

impl Job for ExpireUserImport {
    const NAME: &'static str = "identity.expire_user_import";
    const MAX_ATTEMPTS: u32 = 20;
    const PRIORITY: i32 = 10;
}
