//! The provider's pages: where buyers pay, and its dashboard. They work without script, and take forms from
//! themselves only.

mod checkout;
mod dashboard;
mod portal;

use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;

use crate::service::Sandbox;

/// `/sandbox/…`, for the server to put beside the API, in development.
pub fn pages(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/sandbox", get(dashboard::show_dashboard))
        .route(
            "/sandbox/checkout/{id}",
            get(checkout::show_checkout).post(checkout::pay_checkout),
        )
        .route("/sandbox/payments/{id}/refund", post(dashboard::refund_payment))
        .route("/sandbox/payments/{id}/dispute", post(dashboard::dispute_payment))
        .route("/sandbox/disputes/{id}/close", post(dashboard::close_dispute))
        .route("/sandbox/subscriptions/{id}", post(dashboard::turn_subscription))
        .route(
            "/sandbox/portal/{id}",
            get(portal::show_portal).post(portal::turn_subscription),
        )
        .with_state(sandbox)
}

/// What a page is about.
#[derive(Deserialize)]
struct Which {
    id: String,
}
