//! The whole product over HTTP, as named people, on both databases.
//!
//! [`TestApp`] is a server of its own for each test: its database, its clock, its mailbox. [`Person`]
//! is somebody who uses it; [`Answer`] is what they get back.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod answer;
mod app;
mod clock;
mod mailbox;
mod person;
mod story;

pub use answer::Answer;
pub use app::{Setup, TestApp};
pub use clock::TestClock;
pub use mailbox::Mail;
pub use person::{Ask, Person};
