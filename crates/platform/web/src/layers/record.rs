//! One line in the log and one observation in the metrics for every request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::Method;
use metrics::Histogram;
use tracing::Span;

use crate::layers::client::Caller;

/// A request that is being answered.
pub(super) struct Record {
    span: Span,
    started: Instant,
    method: &'static str,
    /// The route, not the path: paths hold ids, sometimes secrets, and would each be a metric of its own.
    route: Option<MatchedPath>,
    ip: Option<IpAddr>,
}

/// Where durations are recorded. Looking a histogram up by its labels costs more than recording in it, so
/// those that were met are kept: by method and status, then by route.
#[derive(Default)]
pub(super) struct Durations(RwLock<HashMap<(&'static str, u16), ByRoute>>);

type ByRoute = HashMap<String, Histogram>;

impl Record {
    pub(super) fn start(request: &Request, caller: &Caller) -> Self {
        Self {
            span: tracing::info_span!("request", request.id = &*caller.request_id.0),
            started: Instant::now(),
            method: known(request.method()),
            route: request.extensions().get::<MatchedPath>().cloned(),
            ip: caller.ip,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(super) fn finish(self, response: &Response, durations: &Durations) {
        let took = self.started.elapsed();
        let status = response.status().as_u16();
        let route = self.route.as_ref().map_or("(none)", MatchedPath::as_str);
        durations.of(self.method, route, status).record(took);
        let _inside = self.span.enter();
        let microseconds = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        // Divided last, so that three digits come out as three digits.
        let duration_ms = f64::from(microseconds) / 1000.0;
        tracing::info!(
            target: "mainstay::request",
            {
                http.request.method = self.method,
                http.route = route,
                http.response.status_code = status,
                client.address = self.ip.map(tracing::field::display),
                duration_ms,
            },
            "{} {route} answered {status} in {duration_ms:.1} ms",
            self.method,
        );
    }
}

impl Durations {
    fn of(&self, method: &'static str, route: &str, status: u16) -> Histogram {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let met = known.get(&(method, status)).and_then(|routes| routes.get(route));
        if let Some(met) = met {
            return met.clone();
        }
        drop(known);
        let labels = [
            ("http_request_method", method.to_owned()),
            ("http_route", route.to_owned()),
            ("http_response_status_code", status.to_string()),
        ];
        let histogram = metrics::histogram!("http_server_request_duration_seconds", &labels);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let routes = known.entry((method, status)).or_default();
        routes.insert(route.to_owned(), histogram.clone());
        histogram
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
