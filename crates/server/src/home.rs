//! The page at `/`: where to go from here.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use web::html::{Frame, Page};

/// What there is to see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home {
    /// Whether mail is kept in the development mailbox.
    pub(crate) has_mailbox: bool,
    /// Whether payments can be tried.
    pub(crate) has_sandbox: bool,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    product_name: String,
    version: &'static str,
    has_mailbox: bool,
    has_sandbox: bool,
}

pub(crate) fn router(home: Home) -> Router {
    Router::new().route("/", get(show)).with_state(home)
}

async fn show(State(home): State<Home>, frame: Frame) -> Response {
    let product_name = frame.branding.product_name.clone();
    let page = HomePage {
        product_name: product_name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        has_mailbox: home.has_mailbox,
        has_sandbox: home.has_sandbox,
    };
    Page::new(&frame, &product_name, &page).into_response()
}
