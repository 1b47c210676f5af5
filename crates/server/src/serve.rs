//! Connections: accepted up to a limit, cut off when they crawl, finished when the server stops.
//!
//! | module | holds |
//! |---|---|
//! | `limit` | how many connections the system allows |
//! | `places` | how many there are, and how many of one address |
//! | `paced` | [`paced::Paced`]: a connection that fails when nothing moves |

mod limit;
mod paced;
mod places;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use web::event_stream::GoesOn;

use crate::serve::paced::{HEAD, HTTP2, Paced, Progress};
pub(crate) use crate::serve::places::PlaceConfig;
use crate::serve::places::{Places, Taken};

/// The most bytes of a request's head.
const MAX_HEAD: usize = 16 * 1024;
/// How long to wait after the system refused a connection for want of something.
const BREATH: Duration = Duration::from_millis(100);

/// Takes connections at `listener` until `stop`, then lets what is under way finish for `grace`.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    mut places: PlaceConfig,
    stop: CancellationToken,
    grace: Duration,
) {
    places.most = limit::connections(places.most);
    let places = Places::new(places);
    let protocols = Arc::new(Protocols::new());
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else {
            continue;
        };
        let (router, watcher) = (router.clone(), graceful.watcher());
        let (protocols, stop) = (Arc::clone(&protocols), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            let http = tokio::select! {
                () = stop.cancelled() => return,
                http = protocols.spoken(&stream) => http,
            };
            let Some(http) = http else { return };
            let progress = Progress::default();
            let io = TokioIo::new(Paced::new(stream, progress.clone()));
            let service = service_fn(move |request| answer(router.clone(), peer, progress.clone(), request));
            let connection = http.serve_connection_with_upgrades(io, service);
            // What goes wrong with one connection is its client's affair.
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were not finished in time");
    }
}

async fn accept(listener: &TcpListener, places: &Places) -> Option<(TcpStream, SocketAddr, Taken)> {
    let place = places.free().await?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            let place = places.take(place, peer.ip())?;
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            // The client went away, or we are out of file descriptors: neither gets better by hurrying.
            tracing::warn!(%error, "a connection can't be accepted");
            tokio::time::sleep(BREATH).await;
            None
        }
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    progress: Progress,
    request: Request<Incoming>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let _under_way = progress.request_started();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.oneshot(request).await?;
    progress.answer_goes_on(response.extensions().get::<GoesOn>().is_some());
    Ok(response)
}

/// HTTP/1 and HTTP/2 on one port, each as soon as it is known which is spoken: a connection that has to find that out
/// by reading keeps twice the buffer for as long as it lives.
struct Protocols {
    http1: Builder<TokioExecutor>,
    http2: Builder<TokioExecutor>,
    either: Builder<TokioExecutor>,
}

impl Protocols {
    fn new() -> Self {
        Self {
            http1: http().http1_only(),
            http2: http().http2_only(),
            either: http(),
        }
    }

    /// What the first bytes say; none where there are none in time.
    async fn spoken(&self, stream: &TcpStream) -> Option<&Builder<TokioExecutor>> {
        let mut first = [0; HTTP2.len()];
        let peeked = tokio::time::timeout(HEAD, stream.peek(&mut first)).await;
        let first = first.get(..peeked.ok()?.ok().filter(|length| *length > 0)?)?;
        Some(match first {
            first if first == HTTP2 => &self.http2,
            first if HTTP2.starts_with(first) => &self.either,
            _ => &self.http1,
        })
    }
}

/// How long heads may take is watched in `paced`, because hyper's own limit
/// would also end connections that are kept for the next request.
fn http() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .half_close(true)
        .max_buf_size(MAX_HEAD)
        .max_headers(64);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX))
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(15));
    http
}
