//! The whole product over HTTP, as named people, on both databases.
//!
//! [`TestApp`] is a server of its own for each test: its database, its clock, its mailbox. [`Person`]
//! is somebody who uses it, [`Browser`] what they do so with; [`Answer`] is what they get back, and [`Raw`]
//! what those get who send bytes that no client would. [`Program`] is the program itself, to be killed; [`MailServer`] a real mail server.
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
mod clock;
mod mail_server;
mod mailbox;
mod person;
mod program;
mod raw;
mod story;

pub use answer::Answer;
pub use app::{Setup, TestApp};
pub use browser::Browser;
pub use clock::TestClock;
pub use mail_server::MailServer;
pub use mailbox::Mail;
pub use person::{Ask, Person};
pub use program::{Program, Running};
pub use raw::Raw;
