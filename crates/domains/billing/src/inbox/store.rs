//! The tables `payment_events` and `payment_locks`.

pub(super) mod events;
pub(super) mod locks;
