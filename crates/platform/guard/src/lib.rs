//! What must happen at most once or at most so often: one-time tokens, counters, idempotency keys.
