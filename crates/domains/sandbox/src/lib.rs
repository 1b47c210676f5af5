//! A payment provider for development. It needs no account anywhere and behaves like a real one: it has pages where
//! buyers pay, keeps its own objects, tells what happens by signed webhooks that may be lost, doubled or late, and
//! is asked through the same port as the others. It shares nothing with the domain that takes the money.
//!
//! Tables: `sandbox_requests`, `sandbox_prices`, `sandbox_checkouts`, `sandbox_payments`, `sandbox_refunds`,
//! `sandbox_disputes`, `sandbox_subscriptions`, `sandbox_invoices`, `sandbox_portals`, `sandbox_events`.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`SandboxError`] |
//! | `machinery` | [`Machinery`]: what the service works with |
//! | `model` | what a provider keeps |
//! | `signature` | how webhooks are signed, and told from others |
//! | `store`, `service` | [`Sandbox`]: what happens at the provider |
//! | `provider` | [`Sandbox`] as [`ports::payments::PaymentProvider`] |
//! | `work`, `jobs` | what is done in the background |
//! | `pages` | [`pages()`]: where buyers pay, and the provider's dashboard |

mod error;
mod jobs;
mod machinery;
mod model;
mod pages;
mod provider;
mod service;
mod signature;
mod store;
mod work;

#[cfg(test)]
mod tests;

pub use crate::jobs::{DeliverEventHandler, TickHandler};
pub use error::SandboxError;
pub use machinery::{Machinery, MachineryParts};
pub use pages::pages;
pub use service::Sandbox;
pub use work::{DeliverEvent, Tick};
