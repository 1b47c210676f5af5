//! Taking money through Lemon Squeezy, which sells in its own name: it adds taxes and answers for them.
//!
//! [`LemonSqueezy`] implements [`ports::payments::PaymentProvider`] over its API
//! (<https://docs.lemonsqueezy.com/api>, version 1). Orders and the invoices of subscriptions are both payments and
//! are counted apart there, so their ids here say which they are: `order:1`, `subscription_invoice:1`. The order that
//! begins a subscription and its first invoice are the same money; only the invoice is a payment here.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | [`LemonSqueezyConfig`]: what the operator sets up |
//! | `api` | its JSON |
//! | `ask` | its HTTP: what is sent, and what an answer means that is none |
//! | `amount` | its cents |
//! | `snapshot` | what its objects are for us |
//! | `checkout` | the page where somebody pays |
//! | `fetch` | what an object is now, and what hangs on it |
//! | `subscription` | changes of subscriptions |
//! | `recent` | what happened lately |
//! | `webhook` | whether a webhook is its own |
//! | `provider` | [`LemonSqueezy`] |

mod amount;
mod api;
mod ask;
mod checkout;
pub mod config;
mod fetch;
mod provider;
mod recent;
mod snapshot;
mod subscription;
mod webhook;

#[cfg(test)]
mod tests;

pub use config::{LemonSqueezyConfig, SetupError};
pub use provider::LemonSqueezy;
