//! What is said while a mail is on its way, with room for the code in it.

use askama::Template;
use axum::extract::State;
use web::Cookies;
use web::html::{Frame, Page};

use super::PageServices;
use super::notice::Button;
use super::words::{self, Words};
use crate::magic_link::routes::FLOW_COOKIE;

/// A mail is on its way.
#[derive(Template)]
#[template(path = "inbox.html")]
pub(super) struct Inbox {
    words: &'static words::Inbox,
    before: &'static str,
    email: Option<String>,
    after: String,
    refusal: Option<&'static str>,
    code: Option<Button>,
    again: Option<Button>,
}

/// `GET /check-email`.
pub(super) async fn show_inbox(State(services): State<PageServices>, cookies: Cookies, frame: Frame) -> Page {
    let has_flow = cookies.get(FLOW_COOKIE).is_some();
    let inbox = Inbox::sign_in(&services, &frame, None, None);
    let code = inbox.code.filter(|_| has_flow);
    Inbox { code, ..inbox }.page(&frame)
}

impl Inbox {
    /// A link and a code to sign in with.
    pub(super) fn sign_in(
        services: &PageServices,
        frame: &Frame,
        email: Option<&str>,
        return_to: Option<&str>,
    ) -> Self {
        let words = &Words::of(frame).inbox;
        let sentence = email.map(|_| &words.sign_in);
        let minutes = services.config.lifetimes.magic_link.as_secs() / 60;
        let fields = || {
            let email = email.map(|email| ("email", email.to_owned()));
            let return_to = return_to.map(|place| ("return_to", place.to_owned()));
            email.into_iter().chain(return_to).collect()
        };
        Self {
            words,
            before: sentence.map_or(words.nowhere, |sentence| sentence.before),
            email: email.map(str::to_owned),
            after: sentence.map_or(String::new(), |sentence| (sentence.after)(minutes)),
            refusal: None,
            code: Some(Button {
                action: "/check-email",
                fields: fields(),
                label: words.go,
            }),
            again: email.map(|_| Button {
                action: "/login/link",
                fields: fields(),
                label: words.again,
            }),
        }
    }

    /// A link and a code to confirm an address with.
    pub(super) fn sign_up(frame: &Frame, email: &str) -> Self {
        let words = &Words::of(frame).inbox;
        let fields = || vec![("email", email.to_owned())];
        Self {
            words,
            before: words.sign_up.before,
            email: Some(email.to_owned()),
            after: (words.sign_up.after)(0),
            refusal: None,
            code: Some(Button {
                action: "/verify-email",
                fields: fields(),
                label: words.go,
            }),
            again: Some(Button {
                action: "/verify-email/again",
                fields: fields(),
                label: words.again,
            }),
        }
    }

    /// A link to set a new password.
    pub(super) fn reset(services: &PageServices, frame: &Frame, email: &str) -> Self {
        let words = &Words::of(frame).inbox;
        let minutes = services.config.lifetimes.reset.as_secs() / 60;
        Self {
            words,
            before: words.reset.before,
            email: Some(email.to_owned()),
            after: (words.reset.after)(minutes),
            refusal: None,
            code: None,
            again: Some(Button {
                action: "/reset-password",
                fields: vec![("email", email.to_owned())],
                label: words.again,
            }),
        }
    }

    /// The code was wrong.
    pub(super) fn with_wrong_code(self, frame: &Frame) -> Self {
        Self {
            refusal: Some(Words::of(frame).faults.code),
            ..self
        }
    }

    /// The page.
    pub(super) fn page(&self, frame: &Frame) -> Page {
        Page::new(frame, self.words.title, self)
    }
}
