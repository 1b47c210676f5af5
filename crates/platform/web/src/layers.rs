//! What every request goes through, around its handler.
//!
//! On the way in: a request id, the client's address, the `Host` check, the edge limit, room for one more
//! request, limits on the body, a deadline. On the way out: the problem of whoever refused, the headers
//! that every answer has, one line in the log and one observation in the metrics.
//!
//! | module | holds |
//! |---|---|
//! | [`client`] | [`ClientIp`], [`RequestId`]: who asks, behind the proxies that we trust |
//! | [`network`] | [`Network`]: a range of addresses |
//! | `hosts` | the names that we answer to |
//! | `edge_limit` | requests a minute, by address and by key |
//! | `body` | how large and how slow a body may be |
//! | `cors` | which other origins may read our answers |
//! | `answer_headers` | security and caching headers |
//! | `record` | the log line and the metrics |
//! | `problem_page` | problems for people in front of a browser |

mod answer_headers;
mod body;
pub mod client;
mod cors;
pub(crate) mod edge_limit;
mod hosts;
pub mod network;
mod problem_page;
mod record;

#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::HeaderValue;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;
use tracing::Instrument as _;

use crate::html::Branding;
use crate::layers::answer_headers::AnswerHeaders;
use crate::layers::body::{Pace, PacedBody};
use crate::layers::client::Caller;
pub use crate::layers::client::{ClientIp, RequestId};
use crate::layers::cors::Cors;
use crate::layers::edge_limit::{LimitSlot, RateLimit};
use crate::layers::hosts::Hosts;
pub use crate::layers::network::{Network, NetworkError};
use crate::layers::problem_page::Reader;
use crate::layers::record::{Durations, Record};
use crate::problem::{self, ApiError};

/// When it makes sense to come back to a server that was busy.
const SOON: Duration = Duration::from_secs(1);

/// How many bodies that are larger than others may be are read at once: all of them are in memory.
const MOST_LARGE: usize = 16;

/// How requests are received. The defaults are those of production on one node.
#[derive(Debug, Clone)]
pub struct LayerConfig {
    /// The names that we answer to, without port; everybody else's requests are not for us (421).
    pub hosts: Vec<String>,
    /// Whether browsers reach us by https: then they are told to keep to it.
    pub is_https: bool,
    /// Proxies whose `X-Forwarded-For` and `X-Request-Id` are believed.
    pub trusted_proxies: Vec<Network>,
    /// Origins of other sites whose scripts may read our answers.
    pub allowed_origins: Vec<HeaderValue>,
    /// The most bytes of a body, where a route says nothing else.
    pub max_body: usize,
    /// The routes that say something else: [`crate::Api::larger_bodies`]. Only a few such bodies are read at
    /// once; one more is answered 503.
    pub larger_bodies: BTreeMap<&'static str, usize>,
    /// How long an answer may take.
    pub deadline: Duration,
    /// The most requests at once; one more is answered 503.
    pub max_in_flight: usize,
    /// The most requests a minute from one address.
    pub requests_per_minute: NonZeroU32,
    /// Whose pages they are.
    pub branding: Branding,
}

/// The layers, ready to be put around routers.
#[derive(Clone)]
pub struct Layers(Arc<Edge>);

struct Edge {
    hosts: Hosts,
    trusted_proxies: Vec<Network>,
    limit: RateLimit<IpAddr>,
    room: Semaphore,
    cors: Cors,
    headers: AnswerHeaders,
    branding: Arc<Branding>,
    durations: Durations,
    body_limit: usize,
    larger_bodies: BTreeMap<&'static str, usize>,
    large_room: Semaphore,
    deadline: Duration,
}

impl Default for LayerConfig {
    fn default() -> Self {
        Self {
            hosts: vec!["localhost".into(), "127.0.0.1".into(), "::1".into()],
            is_https: false,
            trusted_proxies: Vec::new(),
            allowed_origins: Vec::new(),
            max_body: 1024 * 1024,
            larger_bodies: BTreeMap::new(),
            deadline: Duration::from_secs(30),
            max_in_flight: 1024,
            requests_per_minute: NonZeroU32::new(600).unwrap_or(NonZeroU32::MIN),
            branding: Branding::default(),
        }
    }
}

impl Layers {
    /// Layers as `config` wants them.
    pub fn new(config: LayerConfig) -> Self {
        Self(Arc::new(Edge {
            hosts: Hosts::new(config.hosts),
            trusted_proxies: config.trusted_proxies,
            limit: RateLimit::new("default", config.requests_per_minute),
            room: Semaphore::new(config.max_in_flight),
            cors: Cors::new(config.allowed_origins),
            headers: AnswerHeaders::new(config.is_https),
            branding: Arc::new(config.branding),
            durations: Durations::default(),
            body_limit: config.max_body,
            larger_bodies: config.larger_bodies,
            large_room: Semaphore::new(MOST_LARGE),
            deadline: config.deadline,
        }))
    }

    /// Puts everything around `router`, with problems for what it has no route for.
    pub fn apply(&self, router: Router) -> Router {
        router
            .fallback(async || ApiError::not_found())
            .method_not_allowed_fallback(async || ApiError::method_not_allowed())
            .layer(DefaultBodyLimit::max(self.0.body_limit))
            .layer(from_fn_with_state(Arc::clone(&self.0), receive))
            // Outermost, because a problem's body is written last of all.
            .layer(CompressionLayer::new())
    }

    /// For what watches us: neither limited nor turned away when we are busy, and under any name, because
    /// a probe comes by address.
    pub fn apply_to_probes(&self, router: Router) -> Router {
        router
            .method_not_allowed_fallback(async || ApiError::method_not_allowed())
            .layer(from_fn_with_state(Arc::clone(&self.0), receive_probe))
    }
}

async fn receive(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let caller = Caller::of(&request, &edge.trusted_proxies);
    caller.attach(&mut request);
    request.extensions_mut().insert(Arc::clone(&edge.branding));
    let record = Record::start(&request, &caller);
    let reader = Reader::of(&request);
    let origin = edge.cors.origin_of(&request);
    let response = admit(&edge, &caller, request, next)
        .instrument(record.span())
        .await;
    let mut response = reader.show(problem::name_request(response, &caller.request_id.0));
    edge.cors.finish(origin, response.headers_mut());
    edge.headers.finish(&caller, response.headers_mut());
    record.finish(&response, &edge.durations);
    response
}

async fn receive_probe(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let caller = Caller::of(&request, &edge.trusted_proxies);
    caller.attach(&mut request);
    let response = guarded(edge.deadline, next.run(request)).await;
    let mut response = problem::name_request(response, &caller.request_id.0);
    edge.headers.finish(&caller, response.headers_mut());
    response
}

/// Lets a request through to its handler, or says why not.
async fn admit(edge: &Edge, caller: &Caller, mut request: Request, next: Next) -> Response {
    if !edge.hosts.allow(&request) {
        return ApiError::misdirected().into_response();
    }
    let standing = match edge.limit.hit(&edge_limit::subscriber(caller.ip)) {
        Ok(standing) => standing,
        Err(exceeded) => return exceeded.into_response(),
    };
    let own = LimitSlot::default();
    request.extensions_mut().insert(own.clone());
    let mut response = match edge.room.try_acquire() {
        Ok(_place) => handle(edge, request, next).await,
        Err(_) => too_busy().into_response(),
    };
    // The limit that the caller can't change by coming from elsewhere is the one to be told.
    own.standing().unwrap_or(standing).tell(response.headers_mut());
    response
}

async fn handle(edge: &Edge, request: Request, next: Next) -> Response {
    if let Some(answer) = edge.cors.preflight(&request) {
        return answer;
    }
    let size = body::Size::of(&request, &edge.larger_bodies, edge.body_limit);
    let _place = match size {
        body::Size::TooLarge => return ApiError::too_large().into_response(),
        body::Size::Usual => None,
        body::Size::Large => match edge.large_room.try_acquire() {
            Ok(place) => Some(place),
            Err(_) => return too_busy().into_response(),
        },
    };
    let pace = Pace::default();
    let request = request.map(|body| PacedBody::wrap(body, &pace));
    let response = guarded(edge.deadline, next.run(request)).await;
    if pace.was_too_slow() {
        return ApiError::too_slow().into_response();
    }
    response
}

/// Runs a handler that may panic or never end.
async fn guarded(deadline: Duration, handler: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(deadline, AssertUnwindSafe(handler).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(panic = words_of(&*panic), "a handler panicked");
            ApiError::internal().into_response()
        }
        Err(_) => {
            tracing::warn!("a handler did not answer in time");
            let detail = "the answer took too long; try again in a moment";
            ApiError::unavailable("deadline_exceeded", detail, SOON).into_response()
        }
    }
}

fn too_busy() -> ApiError {
    metrics::counter!("http_server_shed_total").increment(1);
    let detail = "the server has too much to do; try again in a moment";
    ApiError::unavailable("overloaded", detail, SOON)
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no words)")
}
