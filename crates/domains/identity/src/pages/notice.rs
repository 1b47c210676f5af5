//! A page that says one thing, perhaps with one thing to do.

use askama::Template;
use web::html::{Frame, Page};

/// A page that says one thing.
#[derive(Template)]
#[template(path = "notice.html")]
pub(super) struct Notice {
    icon: &'static str,
    mood: &'static str,
    title: String,
    text: String,
    form: Option<Button>,
    onward: Option<Link>,
    back: Option<Link>,
}

/// A form without anything to type.
pub(super) struct Button {
    pub(super) action: &'static str,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) label: &'static str,
}

struct Link {
    address: String,
    text: &'static str,
}

impl Notice {
    /// It is done.
    pub(super) fn done(title: &str, text: impl Into<String>) -> Self {
        Self::new("circle-check", " ok", title, text.into())
    }

    /// It can't be done.
    pub(super) fn bad(title: &str, text: impl Into<String>) -> Self {
        Self::new("circle-alert", " bad", title, text.into())
    }

    /// It waits for something.
    pub(super) fn waiting(title: &str, text: impl Into<String>) -> Self {
        Self::new("mail", "", title, text.into())
    }

    /// It is done when the button is pressed.
    pub(super) fn with_button(self, button: Button) -> Self {
        Self {
            form: Some(button),
            ..self
        }
    }

    /// Where to go on.
    pub(super) fn onward(self, address: impl Into<String>, text: &'static str) -> Self {
        let address = address.into();
        Self {
            onward: Some(Link { address, text }),
            ..self
        }
    }

    /// Where to go back.
    pub(super) fn back(self, address: impl Into<String>, text: &'static str) -> Self {
        let address = address.into();
        Self {
            back: Some(Link { address, text }),
            ..self
        }
    }

    /// The page.
    pub(super) fn page(&self, frame: &Frame) -> Page {
        Page::new(frame, &self.title, self)
    }

    fn new(icon: &'static str, mood: &'static str, title: &str, text: String) -> Self {
        Self {
            icon,
            mood,
            title: title.to_owned(),
            text,
            form: None,
            onward: None,
            back: None,
        }
    }
}
