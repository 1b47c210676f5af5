//! One line in the log and one observation in the metrics for every request.

use std::borrow::Cow;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::Method;
use tracing::Span;

use crate::layers::client::Caller;

/// A request that is being answered.
pub(super) struct Record {
    span: Span,
    started: Instant,
    method: &'static str,
    route: Cow<'static, str>,
    ip: String,
}

impl Record {
    pub(super) fn start(request: &Request, caller: &Caller) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        Self {
            span: tracing::info_span!("request", request.id = &*caller.request_id.0),
            started: Instant::now(),
            method: known(request.method()),
            // The route, not the path: paths hold ids, sometimes secrets, and would each be a metric of its own.
            route: route.map_or("(none)".into(), |route| route.as_str().to_owned().into()),
            ip: caller.ip.map(|ip| ip.to_string()).unwrap_or_default(),
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(super) fn finish(self, response: &Response) {
        let took = self.started.elapsed();
        let status = response.status().as_u16();
        let labels = [
            ("http_request_method", self.method.to_owned()),
            ("http_route", self.route.to_string()),
            ("http_response_status_code", status.to_string()),
        ];
        metrics::histogram!("http_server_request_duration_seconds", &labels).record(took);
        let _inside = self.span.enter();
        let duration_ms = took.as_secs_f64() * 1000.0;
        tracing::info!(
            target: "mainstay::request",
            {
                http.request.method = self.method,
                http.route = &*self.route,
                http.response.status_code = status,
                client.address = self.ip,
                duration_ms,
            },
            "{} {} answered {status} in {duration_ms:.1} ms",
            self.method,
            self.route,
        );
    }
}

/// Callers may invent methods; metrics must not grow by that.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}
