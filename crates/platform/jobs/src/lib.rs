//! The durable queue: jobs enqueued in the caller's transaction.
