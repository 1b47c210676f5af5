//! Problems for people in front of a browser: who asks for HTML first gets a page that says the same.

use std::sync::Arc;

use askama::Template;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, header};

use crate::html::{Branding, Frame, Page};
use crate::problem::{ApiError, Problem};

/// Who reads the answer.
pub(super) enum Reader {
    /// A program.
    Program,
    /// Somebody in front of a browser.
    Person(Box<Frame>),
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    words: Words,
    problem: &'a Problem,
}

struct Words {
    title: &'static str,
    text: &'static str,
    reference: &'static str,
    back: &'static str,
}

impl Reader {
    pub(super) fn of(request: &Request) -> Self {
        if !prefers_html(request.headers()) {
            return Self::Program;
        }
        let branding = request.extensions().get::<Arc<Branding>>().cloned();
        let frame = Frame::of(branding.unwrap_or_default(), request.uri(), request.headers());
        Self::Person(Box::new(frame))
    }

    /// The answer as its reader wants it; only problems differ.
    pub(super) fn show(&self, response: Response) -> Response {
        let (Self::Person(frame), Some(error)) = (self, ApiError::behind(&response)) else {
            return response;
        };
        let problem = error.problem();
        let words = Words::of(frame.locale.as_str(), problem.status);
        let page = Page::new(frame, words.title, &ProblemPage { words, problem });
        let (mut parts, _) = response.into_parts();
        let page = page.with_status(parts.status).into_response();
        parts.headers.remove(header::CONTENT_LENGTH);
        let (page, body) = page.into_parts();
        parts.headers.extend(page.headers);
        Response::from_parts(parts, body)
    }
}

/// Browsers name HTML first when they open a page; programs name JSON, or nothing in particular.
fn prefers_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let first = accept.split([',', ';']).next().unwrap_or_default().trim();
    first.eq_ignore_ascii_case("text/html")
}

impl Words {
    const fn of(tag: &str, status: u16) -> Self {
        match tag.as_bytes() {
            b"de" => Self::german(status),
            b"fr" => Self::french(status),
            _ => Self::english(status),
        }
    }

    const fn english(status: u16) -> Self {
        let (title, text) = match status {
            401 => ("Sign in first", "This page is for people who are signed in."),
            403 => (
                "You may not do this",
                "Your role does not allow it. Ask an owner.",
            ),
            404 | 405 | 410 => (
                "There is nothing here",
                "The address may be wrong, or what was here is gone.",
            ),
            429 => ("Too many tries", "Wait a moment, then try again."),
            503 => ("Too busy right now", "Try again in a moment."),
            500.. => (
                "That went wrong on our side",
                "It has been recorded. Try again, or tell us the reference below.",
            ),
            _ => ("That did not work", "Go back and try again."),
        };
        Self {
            title,
            text,
            reference: "Reference",
            back: "Back to the start",
        }
    }

    const fn german(status: u16) -> Self {
        let (title, text) = match status {
            401 => (
                "Bitte zuerst anmelden",
                "Diese Seite ist nur für angemeldete Personen.",
            ),
            403 => (
                "Das ist nicht erlaubt",
                "Ihre Rolle lässt es nicht zu. Fragen Sie eine Inhaberin oder einen Inhaber.",
            ),
            404 | 405 | 410 => (
                "Hier ist nichts",
                "Vielleicht stimmt die Adresse nicht, oder was hier war, gibt es nicht mehr.",
            ),
            429 => (
                "Zu viele Versuche",
                "Warten Sie einen Moment und versuchen Sie es noch einmal.",
            ),
            503 => ("Gerade überlastet", "Versuchen Sie es gleich noch einmal."),
            500.. => (
                "Bei uns ist etwas schiefgegangen",
                "Der Fehler ist notiert. Versuchen Sie es noch einmal, oder nennen Sie uns das Zeichen unten.",
            ),
            _ => (
                "Das hat nicht geklappt",
                "Gehen Sie zurück und versuchen Sie es noch einmal.",
            ),
        };
        Self {
            title,
            text,
            reference: "Zeichen",
            back: "Zur Startseite",
        }
    }

    const fn french(status: u16) -> Self {
        let (title, text) = match status {
            401 => (
                "Connectez-vous d’abord",
                "Cette page est réservée aux personnes connectées.",
            ),
            403 => (
                "Ce n’est pas autorisé",
                "Votre rôle ne le permet pas. Adressez-vous à un propriétaire.",
            ),
            404 | 405 | 410 => (
                "Il n’y a rien ici",
                "L’adresse est peut-être fausse, ou ce qui s’y trouvait a disparu.",
            ),
            429 => ("Trop d’essais", "Attendez un moment, puis réessayez."),
            503 => ("Trop de demandes en ce moment", "Réessayez dans un instant."),
            500.. => (
                "Une erreur s’est produite chez nous",
                "Elle a été notée. Réessayez, ou donnez-nous la référence ci-dessous.",
            ),
            _ => ("Cela n’a pas fonctionné", "Revenez en arrière et réessayez."),
        };
        Self {
            title,
            text,
            reference: "Référence",
            back: "Retour à l’accueil",
        }
    }
}
