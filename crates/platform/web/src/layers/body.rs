//! How large and how slow a body may be.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use bytes::Bytes;
use http::header;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// How long a body may come at any pace.
const GRACE: Duration = Duration::from_secs(10);
/// Bytes a second, on average, after that.
const LEAST_PACE: u64 = 1024;

/// Whether the sender was too slow; known when the handler has given up.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace(Arc<AtomicBool>);

/// A body that fails when it comes too slowly, so that a crawling sender does not hold a place for long.
pub(super) struct PacedBody {
    body: Body,
    started: Option<Instant>,
    received: u64,
    alarm: Option<Pin<Box<Sleep>>>,
    pace: Pace,
}

#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

/// How large a body is going to be, as far as its head and its route tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// No more than any body may have.
    Usual,
    /// Perhaps more, and its route lets it.
    Large,
    /// More than its route lets it have.
    TooLarge,
}

impl Size {
    pub(super) fn of(request: &Request, larger: &BTreeMap<&'static str, usize>, usual: usize) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        let own = route.and_then(|route| larger.get(route.as_str()));
        let (usual, most) = (bytes(usual), bytes(own.copied().unwrap_or(usual)));
        match announced_length(request) {
            Some(length) if length > most => Self::TooLarge,
            Some(length) if length > usual => Self::Large,
            None if most > usual && !request.body().is_end_stream() => Self::Large,
            Some(_) | None => Self::Usual,
        }
    }
}

fn bytes(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// What `Content-Length` promises.
fn announced_length(request: &Request) -> Option<u64> {
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

impl Pace {
    pub(super) fn was_too_slow(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl PacedBody {
    /// Nothing to do for a request without a body.
    pub(super) fn wrap(body: Body, pace: &Pace) -> Body {
        if body.is_end_stream() {
            return body;
        }
        Body::new(Self {
            body,
            started: None,
            received: 0,
            alarm: None,
            pace: pace.clone(),
        })
    }

    /// Ready when less has come than should have.
    fn poll_alarm(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let started = *self.started.get_or_insert_with(Instant::now);
        loop {
            let due = started + GRACE + Duration::from_secs(self.received / LEAST_PACE);
            let alarm = self
                .alarm
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
            if alarm.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if due <= Instant::now() {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(due);
        }
    }
}

impl http_body::Body for PacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.received += u64::try_from(length).unwrap_or_default();
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(end) => Poll::Ready(end),
            Poll::Pending => self.poll_alarm(context).map(|()| {
                self.pace.0.store(true, Ordering::Relaxed);
                Some(Err(axum::Error::new(TooSlow)))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
