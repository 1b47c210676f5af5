//! The development mailbox in a browser, and for tests as JSON: who asks for HTML gets pages.

use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, header};
use kernel::{EmailAddress, MessageId, PageRequest};
use mail::{CapturedMail, CapturedSummary, Mailbox};
use serde::{Deserialize, Serialize};
use web::html::{Frame, Page};
use web::{ApiError, Json, Path, Query};

/// How many are listed.
const SHOWN: u32 = 100;

/// A mail's HTML may style itself and nothing else; it is shown inside a frame of ours.
const MAIL_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; frame-ancestors 'self'; img-src data:; sandbox; style-src 'unsafe-inline'",
);
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; font-src 'self'; form-action 'none'; frame-ancestors 'none'; \
     frame-src 'self'; img-src 'self'; script-src 'self'; style-src 'self'",
);

#[derive(Deserialize, schemars::JsonSchema, garde::Validate)]
struct Wanted {
    /// Only mail to this address.
    #[garde(skip)]
    to: Option<EmailAddress>,
}

#[derive(Deserialize, schemars::JsonSchema)]
struct Which {
    #[serde(rename = "messageId")]
    id: MessageId,
}

#[derive(Serialize)]
struct List {
    data: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    id: MessageId,
    to: String,
    template: String,
    locale: String,
    subject: String,
    created_at: kernel::Timestamp,
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    line: Line,
    text: String,
    html: String,
}

#[derive(Template)]
#[template(path = "mailbox.html")]
struct ListPage {
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage {
    /// Our own links in it: inside the frame they can't be followed.
    links: Vec<String>,
    mail: Whole,
}

pub(crate) fn router(mailbox: Mailbox) -> Router {
    Router::new()
        .route("/dev/mailbox", get(show_list))
        .route("/dev/mailbox/{messageId}", get(show_mail))
        .route("/dev/mailbox/{messageId}/html", get(show_html))
        .with_state(mailbox)
}

async fn show_list(
    State(mailbox): State<Mailbox>,
    frame: Frame,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let page = mailbox.list(wanted.to, PageRequest::new(SHOWN, None)).await?;
    let lines: Vec<Line> = page.items.into_iter().map(Line::from).collect();
    if wants_page(&headers) {
        return Ok(Page::new(&frame, "Mailbox", &ListPage { lines }).into_response());
    }
    Ok(Json(List { data: lines }).into_response())
}

async fn show_mail(
    State(mailbox): State<Mailbox>,
    frame: Frame,
    headers: HeaderMap,
    Path(which): Path<Which>,
) -> Result<Response, ApiError> {
    let mail = Whole::from(find(&mailbox, which.id).await?);
    if !wants_page(&headers) {
        return Ok(Json(mail).into_response());
    }
    let title = mail.line.subject.clone();
    let links = links_in(&mail.text);
    let mut response = Page::new(&frame, &title, &MailPage { links, mail }).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    Ok(response)
}

async fn show_html(
    State(mailbox): State<Mailbox>,
    Path(which): Path<Which>,
    _: Request,
) -> Result<Response, ApiError> {
    let mail = find(&mailbox, which.id).await?;
    let headers = [
        (header::CONTENT_SECURITY_POLICY, MAIL_POLICY),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    ];
    Ok((headers, axum::response::Html(mail.html)).into_response())
}

async fn find(mailbox: &Mailbox, id: MessageId) -> Result<CapturedMail, ApiError> {
    mailbox.get(id).await?.ok_or_else(ApiError::not_found)
}

fn links_in(text: &str) -> Vec<String> {
    let words = text.split_whitespace();
    let links = words.filter(|word| word.starts_with("http://") || word.starts_with("https://"));
    links.map(str::to_owned).collect()
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    accept.is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"))
}

impl From<CapturedSummary> for Line {
    fn from(summary: CapturedSummary) -> Self {
        Self {
            id: summary.id,
            to: summary.to.to_string(),
            template: summary.template_key,
            locale: summary.locale.to_string(),
            subject: summary.subject,
            created_at: summary.created_at,
        }
    }
}

impl From<CapturedMail> for Whole {
    fn from(mail: CapturedMail) -> Self {
        Self {
            line: mail.summary.into(),
            text: mail.text,
            html: mail.html,
        }
    }
}
