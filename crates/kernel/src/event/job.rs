//! What staff do with the work in the background.

use super::events;
use crate::id::JobId;

events! {
    /// Staff let a job run again that had been given up.
    JobRetried = "job.retried" {
        /// The job.
        job_id: JobId,
        /// What kind of job.
        kind: String,
    } on job_id;
}
