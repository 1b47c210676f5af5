//! Mail: rendered from templates, queued in a transaction, sent by a job.
