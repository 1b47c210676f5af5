//! Mail transport over SMTP (RFC 5321).
//!
//! [`Smtp`] implements [`ports::mail::MailTransport`]. It speaks the protocol step by step, because
//! the answer that matters depends on the step: what goes wrong before the end of `DATA` can be tried
//! again without a second copy, what goes wrong after it can't.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | [`SmtpConfig`], read from a URL; [`Sender`] |
//! | `letter`, `attachment` | the mail as MIME, and its envelope |
//! | [`dkim`] | [`Dkim`]: the signature of the domain |
//! | `connection` | one connection, and what its troubles mean |
//! | `transport` | [`Smtp`]: the connections that are kept |

mod attachment;
pub mod config;
mod connection;
pub mod dkim;
mod letter;
mod transport;

pub use config::{Credentials, Security, Sender, SmtpConfig, SmtpConfigError};
pub use dkim::{Dkim, DkimError};
pub use transport::Smtp;
