//! Taking money through Flutterwave, version 3 of its API (<https://developer.flutterwave.com/v3.0/docs>).
//!
//! [`Flutterwave`] implements [`ports::payments::PaymentProvider`]. It has no idempotency keys and gives up waiting
//! for banks after 28 seconds, when nobody knows what became of it: what moves money is asked once. Amounts travel as
//! decimal numbers of major units; they are read from and written as text, and are never floating-point numbers.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | [`FlutterwaveConfig`]: what the operator sets up |
//! | `amount` | its decimal numbers |
//! | `api` | its JSON |
//! | `ask` | its HTTP: what is sent, and what an answer means that is none |
//! | `reference` | what payments and subscriptions are called, here and there |
//! | `checkout` | the page where somebody pays |
//! | `transaction` | transactions and what was given back of them |
//! | `subscription` | finding and ending subscriptions |
//! | `plan` | prices that can be subscribed to |
//! | `fetch` | what an object is now, and what hangs on it |
//! | `recent` | what happened lately |
//! | `webhook` | whether a webhook is its own |
//! | `provider` | [`Flutterwave`] |

mod amount;
mod api;
mod ask;
mod checkout;
pub mod config;
mod fetch;
mod plan;
mod provider;
mod recent;
mod reference;
mod subscription;
mod transaction;
mod webhook;

#[cfg(test)]
mod tests;

pub use config::{FlutterwaveConfig, SetupError};
pub use provider::Flutterwave;
