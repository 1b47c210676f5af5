//! The jobs of imports.

use async_trait::async_trait;
use jobs::{Delivery, Handler, Job, JobError};
use kernel::UserImportId;
use serde::{Deserialize, Serialize};

use super::model::Progress;
use super::service::UserImports;

/// So many batches are done by one job; the next goes on. A job that is stopped half-way, as on every restart of
/// the server, has used up an attempt, and an import may outlast many restarts.
const BATCHES: usize = 50;

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

/// Handles [`RunUserImport`].
pub struct RunUserImportHandler(pub UserImports);

#[async_trait]
impl Handler<RunUserImport> for RunUserImportHandler {
    async fn run(&self, job: RunUserImport, delivery: &Delivery) -> Result<(), JobError> {
        for _ in 0..BATCHES {
            let progress = self.0.run_batch(job.import).await.map_err(JobError::retry)?;
            if progress == Progress::Over {
                return Ok(self.0.clear(job.import).await?);
            }
        }
        Ok(self.0.hand_on(job.import, delivery).await?)
    }
}

/// Handles [`ExpireUserImport`].
pub struct ExpireUserImportHandler(pub UserImports);

#[async_trait]
impl Handler<ExpireUserImport> for ExpireUserImportHandler {
    async fn run(&self, job: ExpireUserImport, _: &Delivery) -> Result<(), JobError> {
        self.0.expire(job.import).await.map_err(JobError::retry)
    }
}
