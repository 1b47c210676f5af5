//! The SQL of webhooks.

pub(crate) mod attempts;
pub(crate) mod deliveries;
pub(crate) mod endpoints;
pub(crate) mod events;
pub(crate) mod secrets;
