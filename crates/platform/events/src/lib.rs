//! Typed events, published in the transaction that causes them.
//!
//! Whoever publishes does not know who listens; the server connects the two once, at start. There
//! are three ways to listen. A [`Listener`] hears every event and a [`Subscriber`] those of one
//! type, both inside the publishing transaction: what they write is there exactly when the fact is,
//! and what they refuse does not happen. An [`Outbox`] subscriber hears of it afterwards, by a
//! durable job that is enqueued in the same transaction: at least once, and again until it succeeded.
//!
//! | module | holds |
//! |---|---|
//! | `envelope` | [`Envelope`]: an event with who, when and from where |
//! | `subscriber` | [`Subscriber`], [`Listener`], [`Outbox`] |
//! | `subscriptions` | [`Subscriptions`]: who hears what |
//! | `publisher` | [`Publisher`] |
//! | `outbox` | [`DeliverEvent`]: the job behind outbox subscribers |
//! | `error` | [`PublishError`] |

mod envelope;
mod error;
mod outbox;
mod publisher;
mod subscriber;
mod subscriptions;

pub use envelope::{Envelope, Target};
pub use error::PublishError;
pub use outbox::DeliverEvent;
pub use publisher::Publisher;
pub use subscriber::{Listener, Outbox, Subscriber};
pub use subscriptions::Subscriptions;

#[cfg(test)]
mod tests;
