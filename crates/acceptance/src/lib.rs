//! The whole product over HTTP, as named people, on both databases.
//!
//! [`TestApp`] is a server of its own for each test: its database, its clock, its mailbox. [`Person`]
//! is somebody who uses it, [`Browser`] what they do so with; [`Answer`] is what they get back, and [`Raw`]
//! what those get who send bytes that no client would. [`Program`] is the program itself, to be killed; [`MailServer`] a real mail server, [`Receiver`] one that hears webhooks;
//! [`Chromium`] is a real browser, and [`OpenIdProvider`] and [`HostileProvider`] are those whose accounts people sign in with.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that can't go on has failed"
)]

mod answer;
mod app;
mod browser;
mod chromium;
mod clock;
mod listening;
mod mail_server;
mod mailbox;
mod openid;
mod person;
mod program;
mod raw;
mod receiver;
mod story;
mod tls;
mod tool;

pub use answer::Answer;
pub use app::{Setup, TestApp};
pub use browser::Browser;
pub use chromium::Chromium;
pub use clock::TestClock;
pub use listening::{Listening, Told};
pub use mail_server::MailServer;
pub use mailbox::Mail;
pub use openid::{CLIENT_ID, CLIENT_SECRET, HostileProvider, OpenIdProvider};
pub use person::{Ask, Person};
pub use program::{Program, Running};
pub use raw::Raw;
pub use receiver::{Heard, Manner, Receiver};
pub use tool::{ask_python, python};
