//! The activity log: every change and auth event, hash-chained.
