//! Mail transport over SMTP (RFC 5321).
//!
//! [`Smtp`] implements [`ports::mail::MailTransport`]. It speaks the protocol step by step, because
//! the answer that matters depends on the step: what goes wrong before the end of `DATA` can be tried
//! again without a second copy, what goes wrong after it can't.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | [`SmtpConfig`], read from a URL; [`Sender`] |
//! | `letter` | the mail as MIME, and its envelope |
//! | `connection` | one connection, and what its troubles mean |
//! | `transport` | [`Smtp`]: the connections that are kept |

pub mod config;
mod connection;
mod letter;
mod transport;

pub use config::{Credentials, Security, Sender, SmtpConfig, SmtpConfigError};
pub use transport::Smtp;
