//! Mails about single notifications.

mod service;
mod store;

pub(crate) use service::Letters;
