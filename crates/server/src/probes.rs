//! For what watches the server: is it alive, can it work, what does it measure.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use db::{Db, migrate};
use http::{HeaderMap, StatusCode, Uri, header};
use kernel::Secret;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use web::{ApiError, Json};

use crate::telemetry;

/// What the probes look at.
#[derive(Clone)]
pub(crate) struct Probes {
    pub(crate) db: Db,
    /// Cancelled when the server begins to stop.
    pub(crate) stop: CancellationToken,
}

/// Who may read the metrics.
#[derive(Clone)]
pub(crate) enum MetricsAccess {
    /// Everybody who reaches them: a listener of their own, or development.
    Open,
    /// Who shows this token.
    Token(Arc<Secret<String>>),
    /// Nobody.
    Closed,
}

#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Checks>,
}

#[derive(Serialize)]
struct Checks {
    database: &'static str,
    migrations: &'static str,
    stopping: bool,
}

pub(crate) fn router(probes: Probes) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(show_readiness))
        .with_state(probes)
}

pub(crate) fn metrics_router(access: MetricsAccess) -> Router {
    Router::new()
        .route("/metrics", get(show_metrics))
        .with_state(access)
}

async fn show_readiness(State(probes): State<Probes>, uri: Uri) -> Response {
    let checks = probes.check().await;
    let is_ready = checks.database == "ok" && checks.migrations == "ok" && !checks.stopping;
    let is_verbose = uri
        .query()
        .is_some_and(|query| query.split('&').any(|name| name.starts_with("verbose")));
    let (status, words) = if is_ready {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not_ready")
    };
    let body = Readiness {
        status: words,
        checks: is_verbose.then_some(checks),
    };
    (status, Json(body)).into_response()
}

impl Probes {
    async fn check(&self) -> Checks {
        let database = self.db.check().await;
        let migrations = match database {
            Ok(()) => migrate::pending(&self.db).await.ok(),
            Err(_) => None,
        };
        Checks {
            database: if database.is_ok() { "ok" } else { "away" },
            migrations: match migrations {
                Some(pending) if pending.is_empty() => "ok",
                Some(_) => "pending",
                None => "unknown",
            },
            stopping: self.stop.is_cancelled(),
        }
    }
}

async fn show_metrics(State(access): State<MetricsAccess>, headers: HeaderMap) -> Result<Response, ApiError> {
    let is_allowed = match &access {
        MetricsAccess::Open => true,
        MetricsAccess::Token(token) => shows(&headers, token),
        MetricsAccess::Closed => false,
    };
    if !is_allowed {
        // Who has no token learns nothing, not even that there is one.
        return Err(ApiError::not_found());
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, telemetry::render_metrics()).into_response())
}

/// Compared by hash, so that the time it takes tells nothing.
fn shows(headers: &HeaderMap, token: &Secret<String>) -> bool {
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let hash = |text: &str| crypto::hash_secret(text.as_bytes());
    shown.is_some_and(|shown| hash(shown) == hash(token.expose()))
}
