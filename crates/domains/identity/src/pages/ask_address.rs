//! A page that asks for an address to send a mail to.

use askama::Template;
use web::html::{Frame, Page};

use super::words::Words;

/// A page that asks for an address.
#[derive(Template)]
#[template(path = "ask_address.html")]
pub(super) struct AskAddress {
    words: &'static Words,
    is_bad: bool,
    title: &'static str,
    text: &'static str,
    action: &'static str,
    button: &'static str,
    email: String,
    fault: Option<&'static str>,
}

impl AskAddress {
    /// Of somebody who forgot their password.
    pub(super) fn for_reset(frame: &Frame) -> Self {
        let words = &Words::of(frame).reset;
        Self::new(
            frame,
            "/reset-password",
            (words.ask_title, words.ask),
            words.ask_go,
        )
    }

    /// Of somebody whose link to set a password does not work.
    pub(super) fn for_another_reset(frame: &Frame) -> Self {
        let words = &Words::of(frame).reset;
        let page = Self::new(
            frame,
            "/reset-password",
            (words.bad_title, words.bad),
            words.ask_go,
        );
        Self { is_bad: true, ..page }
    }

    /// Of somebody whose link to confirm their address does not work.
    pub(super) fn for_another_verification(frame: &Frame) -> Self {
        let words = &Words::of(frame).verification;
        let said = (words.bad_title, words.again);
        let page = Self::new(frame, "/verify-email/again", said, words.again_go);
        Self { is_bad: true, ..page }
    }

    /// Of somebody who comes without a link.
    pub(super) fn for_verification(frame: &Frame) -> Self {
        let words = &Words::of(frame).verification;
        let said = (words.first_title, words.first);
        Self::new(frame, "/verify-email/again", said, words.again_go)
    }

    /// What was typed is no address.
    pub(super) fn with_fault(self, frame: &Frame, email: &str) -> Self {
        Self {
            email: email.to_owned(),
            fault: Some(Words::of(frame).faults.email),
            ..self
        }
    }

    /// The page.
    pub(super) fn page(&self, frame: &Frame) -> Page {
        Page::new(frame, self.title, self)
    }

    fn new(
        frame: &Frame,
        action: &'static str,
        (title, text): (&'static str, &'static str),
        button: &'static str,
    ) -> Self {
        Self {
            words: Words::of(frame),
            is_bad: false,
            title,
            text,
            action,
            button,
            email: String::new(),
            fault: None,
        }
    }
}
