//! Taking money through Stripe (<https://docs.stripe.com/api>).
//!
//! [`Stripe`] implements [`ports::payments::PaymentProvider`]. It keeps nothing: each call asks Stripe and answers in
//! our words. Words of Stripe's that are not known here come out as unknown, never as success, and an answer that
//! lacks what is needed is an error, never a default.
//!
//! | module | holds |
//! |---|---|
//! | `config` | [`StripeConfig`]: what the operator sets up |
//! | `amount` | between minor units of ISO 4217 and what Stripe counts in |
//! | `form` | how Stripe takes parameters |
//! | `api` | Stripe's JSON, as far as it is read |
//! | `client` | one call: headers, repetitions, time limits |
//! | `refusal` | what an answer that is no success means |
//! | `snapshot` | from Stripe's JSON to our words |
//! | `fetch` | which calls show an object and what hangs on it |
//! | `checkout`, `refund`, `subscription`, `price`, `portal` | what is asked for |
//! | `recent` | what happened lately |
//! | `signature`, `event` | webhooks |
//! | `provider` | [`Stripe`] |

mod amount;
mod api;
mod checkout;
mod client;
mod config;
mod event;
mod fetch;
mod form;
mod portal;
mod price;
mod provider;
mod recent;
mod refund;
mod refusal;
mod signature;
mod snapshot;
mod subscription;
#[cfg(test)]
mod tests;

pub use config::{Mode, SetupError, StripeConfig};
pub use event::EVENT_TYPES;
pub use provider::Stripe;
