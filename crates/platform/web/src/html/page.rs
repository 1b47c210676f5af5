//! An answer in the look of the hosted pages.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::html::assets;
use crate::html::frame::Frame;
use crate::html::language::{self, LANGUAGES, Language};
use crate::openapi::{Operation, Output};
use crate::problem::ApiError;

/// What pages may do: show our own files and send their forms to us.
pub(crate) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; img-src 'self'; script-src 'self'; style-src 'self'",
);

/// A page. Its content is a template of the crate that shows it.
pub struct Page {
    status: StatusCode,
    cookie: Option<String>,
    html: Result<String, askama::Error>,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    frame: &'a Frame,
    title: &'a str,
    content: &'a str,
    words: &'a Words,
    language: Language,
}

struct Words {
    terms: &'static str,
    privacy: &'static str,
    languages: &'static str,
}

impl Page {
    /// `content` in `frame`. The title says what the page is for; the product's name is added.
    pub fn new(frame: &Frame, title: &str, content: &impl Template) -> Self {
        let html = content
            .render()
            .and_then(|content| layout(frame, title, &content).render());
        let cookie = frame.is_chosen.then(|| {
            format!(
                "{}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
                language::COOKIE,
                frame.locale
            )
        });
        Self {
            status: StatusCode::OK,
            cookie,
            html,
        }
    }

    /// For a form that is shown again because of what was typed.
    pub fn unprocessable(self) -> Self {
        self.with_status(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// The page with another status than 200.
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

fn layout<'a>(frame: &'a Frame, title: &'a str, content: &'a str) -> Layout<'a> {
    let tag = frame.locale.as_str();
    let [first, ..] = LANGUAGES;
    Layout {
        frame,
        title,
        content,
        words: Words::of(tag),
        language: LANGUAGES
            .into_iter()
            .find(|language| language.tag == tag)
            .unwrap_or(first),
    }
}

impl Layout<'_> {
    /// What stands in the browser's tab; the product's name once.
    fn full_title(&self) -> String {
        let name = &self.frame.branding.product_name;
        if self.title.contains(name.as_str()) {
            self.title.to_owned()
        } else {
            format!("{} · {name}", self.title)
        }
    }
}

impl Words {
    fn of(tag: &str) -> &'static Self {
        match tag {
            "de" => &Self {
                terms: "Nutzungsbedingungen",
                privacy: "Datenschutz",
                languages: "Sprache",
            },
            "fr" => &Self {
                terms: "Conditions",
                privacy: "Confidentialité",
                languages: "Langue",
            },
            _ => &Self {
                terms: "Terms",
                privacy: "Privacy",
                languages: "Language",
            },
        }
    }
}

impl Output for Page {
    fn describe(operation: &mut Operation<'_>) {
        operation.file_answer(200, "text/html", "A page for people.");
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let html = match self.html {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "a page can't be rendered");
                return ApiError::internal().into_response();
            }
        };
        let mut response = (self.status, Html(html)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(cookie) = self.cookie.and_then(|cookie| cookie.try_into().ok()) {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }
}
