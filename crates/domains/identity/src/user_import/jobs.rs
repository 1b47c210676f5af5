//! The jobs of imports.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError};

use super::model::Progress;
use super::service::UserImports;
use super::task::{ExpireUserImport, RunUserImport};

/// So many batches are done by one job; the next goes on. A job that is stopped half-way, as on every restart of
/// the server, has used up an attempt, and an import may outlast many restarts.
const BATCHES: usize = 50;

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
