//! Work that was given up: staff look at it, mend what was wrong, and let it run again.

mod error;

use axum::extract::State;
use db::{Db, Tx};
use events::Publisher;
use guard::IdempotencyKeys;
use jobs::{DeadJob, Queue};
use kernel::event::job::JobRetried;
use kernel::permission::{ReadJobs, WriteJobs};
use kernel::{Clock, JobId, OrganizationId, RequestContext, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use web::{Api, ApiResult, Context, Doc, NoContent, Operator, PageBody, Paging, Path, Routes};

use crate::dead_jobs::error::DeadJobsError;

/// What listing and trying again work with.
#[derive(Clone)]
pub(crate) struct DeadJobs {
    pub(crate) db: Db,
    pub(crate) queue: Queue,
    pub(crate) events: Publisher,
    pub(crate) idempotency: IdempotencyKeys,
    pub(crate) clock: Arc<dyn Clock>,
}

impl DeadJobs {
    /// Lets a job run again, once per idempotency key.
    async fn retry(&self, context: &RequestContext, id: JobId) -> Result<(), DeadJobsError> {
        let now = self.clock.now();
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let retry = async |tx: &mut Tx| {
                let kind = this.queue.retry_dead(tx, id).await?;
                let kind = kind.ok_or(DeadJobsError::NotFound)?;
                let retried = JobRetried { job_id: id, kind };
                this.events.publish(tx, &context, &retried).await?;
                Ok(())
            };
            this.idempotency.once(tx, &context, now, retry).await
        };
        self.db.write(work).await
    }
}

/// The routes for work that was given up.
pub(crate) fn routes(jobs: DeadJobs) -> Api {
    Routes::new("jobs")
        .about("Work in the background. For staff of the platform.")
        .get(
            "/dead-jobs",
            list_dead_jobs,
            Doc::new(
                "List the jobs that were given up",
                "The latest first. A job is given up after its last attempt, or when its error says that trying \
                 again is of no use: mail that a server refused for good, for example.",
            ),
        )
        .post(
            "/dead-jobs/{jobId}/retry",
            retry_dead_job,
            Doc::new(
                "Let a job run again",
                "It gets five more attempts, the first one at once. A mail keeps its `Message-ID`.",
            ),
        )
        .with_state(jobs)
}

async fn list_dead_jobs(
    State(jobs): State<DeadJobs>,
    _: Operator<ReadJobs>,
    paging: Paging,
) -> ApiResult<PageBody<DeadJobBody>> {
    let listed = jobs.queue.list_dead(&jobs.db, paging.request().clone()).await;
    let page = listed.map_err(DeadJobsError::from)?;
    Ok(paging.page(page.map(DeadJobBody::from)))
}

async fn retry_dead_job(
    State(jobs): State<DeadJobs>,
    _: Operator<WriteJobs>,
    Path(path): Path<JobPath>,
    context: Context,
) -> ApiResult<NoContent> {
    jobs.retry(&context, path.id).await?;
    Ok(NoContent)
}

/// Which job.
#[derive(Debug, Deserialize, JsonSchema)]
struct JobPath {
    /// The job.
    #[serde(rename = "jobId")]
    id: JobId,
}

/// A job that was given up.
#[derive(Debug, Serialize, JsonSchema)]
struct DeadJobBody {
    /// The job.
    id: JobId,
    /// What kind of job.
    #[schemars(example = "mail.send")]
    kind: String,
    /// For whom it worked; null when for nobody in particular.
    organization_id: Option<OrganizationId>,
    /// How often it was tried.
    attempts: u32,
    /// What went wrong the last time.
    #[schemars(example = "the mail server refused: 550 5.1.1 no such user here")]
    last_error: String,
    /// When it was enqueued.
    created_at: Timestamp,
    /// When it was given up.
    died_at: Timestamp,
}

/// Without what it was to do: that holds ids only, which nobody but its handler understands.
impl From<DeadJob> for DeadJobBody {
    fn from(job: DeadJob) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            organization_id: job.organization,
            attempts: job.attempts,
            last_error: job.last_error,
            created_at: job.created_at,
            died_at: job.died_at,
        }
    }
}
