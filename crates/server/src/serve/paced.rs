//! A connection that fails when nothing moves: a head that does not become whole, a kept connection
//! that is not used, a reader that does not read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// How long a head may take from its first byte, and a new connection to its first.
pub(super) const HEAD: Duration = Duration::from_secs(10);
/// How long nothing may move.
const IDLE: Duration = Duration::from_secs(75);
/// How long a write may wait while the answer goes on and on: what piles up behind it is never less.
const STUCK: Duration = Duration::from_secs(15);
/// What HTTP/2 begins with: there heads are frames, and hyper limits those.
pub(super) const HTTP2: &[u8; 3] = b"PRI";

/// What the requests of a connection tell its bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    started: AtomicU64,
    under_way: AtomicUsize,
    goes_on: AtomicBool,
}

/// Connections that tell whether the other side has hung up, without reading on.
pub(super) trait HangUp {
    /// Ready with true once the other side sends nothing more, and with false while there is something to read.
    fn poll_hung_up(&self, context: &mut Context<'_>) -> Poll<bool>;
}

/// Held while a request is being answered.
pub(super) struct UnderWay(Arc<Counts>);

/// A connection whose reads and writes fail when nothing moves for too long.
pub(super) struct Paced<S> {
    stream: S,
    progress: Progress,
    /// The first bytes, to tell the protocol.
    first: [u8; 3],
    received: usize,
    /// When the head that is being read has to be whole, and how many requests had started before it.
    head: Option<(Instant, u64)>,
    moved: Instant,
    /// Since when a write waits.
    stuck: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

impl Progress {
    /// Whether the answer that begins now has no end in sight.
    pub(super) fn answer_goes_on(&self, goes_on: bool) {
        self.0.goes_on.store(goes_on, Ordering::Relaxed);
    }

    pub(super) fn request_started(&self) -> UnderWay {
        self.0.started.fetch_add(1, Ordering::Relaxed);
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(&self.0))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, progress: Progress) -> Self {
        let now = Instant::now();
        Self {
            stream,
            progress,
            first: [0; 3],
            received: 0,
            head: Some((now + HEAD, 0)),
            moved: now,
            stuck: None,
            alarm: Box::pin(tokio::time::sleep_until(now + HEAD)),
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        self.moved = Instant::now();
        let room = self.first.iter_mut().skip(self.received);
        room.zip(bytes).for_each(|(place, byte)| *place = *byte);
        self.received = self.received.saturating_add(bytes.len());
        let counts = &self.progress.0;
        let is_between_requests = counts.under_way.load(Ordering::Relaxed) == 0;
        if is_between_requests && self.head_deadline().is_none() {
            self.head = Some((self.moved + HEAD, counts.started.load(Ordering::Relaxed)));
        }
    }

    /// Until when the head that is being read has to be whole.
    fn head_deadline(&self) -> Option<Instant> {
        let (deadline, before) = self.head?;
        let is_whole = self.progress.0.started.load(Ordering::Relaxed) > before;
        let is_http2 = self.received >= HTTP2.len() && self.first == *HTTP2;
        (!is_whole && !is_http2).then_some(deadline)
    }

    fn goes_on(&self) -> bool {
        self.progress.0.goes_on.load(Ordering::Relaxed)
    }

    /// Ready when nothing has moved for too long.
    fn poll_alarm(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let idle = self.moved + IDLE;
            let stuck = self.stuck.filter(|_| self.goes_on()).map(|since| since + STUCK);
            let limits = [self.head_deadline(), stuck].into_iter().flatten();
            let due = limits.fold(idle, Instant::min);
            // One that comes too early looks again; putting it off with every byte would cost more.
            if due < self.alarm.deadline() {
                self.alarm.as_mut().reset(due);
            }
            if self.alarm.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if due <= Instant::now() {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.alarm.as_mut().reset(due);
        }
    }

    fn alarmed<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.poll_alarm(context).map(Err)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(Ok(())) => {
                let bytes = buffer.filled().get(before..).unwrap_or_default();
                self.received(bytes);
                Poll::Ready(Ok(()))
            }
            Poll::Pending => self.alarmed(context),
            failed @ Poll::Ready(Err(_)) => failed,
        }
    }
}

impl<S: AsyncWrite + HangUp + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper reads nothing while it answers, since clients may close their half once they have asked. Where the
        // answer has no end, a client that closes has gone, and its place is free.
        if self.goes_on() && self.stream.poll_hung_up(context) == Poll::Ready(true) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> Paced<S> {
    fn written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(count)) => {
                self.moved = Instant::now();
                self.stuck = None;
                Poll::Ready(Ok(count))
            }
            Poll::Pending => {
                self.stuck.get_or_insert_with(Instant::now);
                self.alarmed(context)
            }
            failed @ Poll::Ready(Err(_)) => failed,
        }
    }
}

impl HangUp for TcpStream {
    fn poll_hung_up(&self, context: &mut Context<'_>) -> Poll<bool> {
        let mut byte = [0];
        self.poll_peek(context, &mut ReadBuf::new(&mut byte))
            .map(|peeked| !matches!(peeked, Ok(1..)))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    impl HangUp for DuplexStream {
        fn poll_hung_up(&self, _: &mut Context<'_>) -> Poll<bool> {
            Poll::Pending
        }
    }

    fn connection() -> (Paced<DuplexStream>, DuplexStream, Progress) {
        let (here, there) = duplex(64);
        let progress = Progress::default();
        (Paced::new(here, progress.clone()), there, progress)
    }

    async fn read_until_cut(paced: &mut Paced<DuplexStream>) -> (io::ErrorKind, u64) {
        let start = Instant::now();
        loop {
            match paced.read_u8().await {
                Ok(_) => {}
                Err(error) => return (error.kind(), start.elapsed().as_secs()),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_has_to_say_something() {
        let (mut paced, _there, _) = connection();
        assert_eq!(read_until_cut(&mut paced).await, (io::ErrorKind::TimedOut, 10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_to_become_whole_however_it_trickles() {
        let (mut paced, mut there, _) = connection();
        tokio::spawn(async move {
            for _ in 0..30 {
                there.write_all(b"a").await.unwrap_or_default();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        assert_eq!(read_until_cut(&mut paced).await, (io::ErrorKind::TimedOut, 10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_kept_connection_may_rest_longer_than_a_head_may_take() {
        let (mut paced, mut there, progress) = connection();
        there.write_all(b"GET").await.unwrap();
        paced.read_exact(&mut [0; 3]).await.unwrap();
        drop(progress.request_started());
        assert_eq!(read_until_cut(&mut paced).await, (io::ErrorKind::TimedOut, 75));
    }

    #[tokio::test(start_paused = true)]
    async fn http2_is_left_to_hyper() {
        let (mut paced, mut there, _) = connection();
        there.write_all(HTTP2).await.unwrap();
        assert_eq!(read_until_cut(&mut paced).await, (io::ErrorKind::TimedOut, 75));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_does_not_read_is_cut_off() {
        let (mut paced, _there, progress) = connection();
        let _answering = progress.request_started();
        let start = Instant::now();
        let error = paced.write_all(&[0; 1000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), 75);
    }

    #[tokio::test(start_paused = true)]
    async fn where_an_answer_goes_on_it_is_so_sooner() {
        let (mut paced, _there, progress) = connection();
        let _answering = progress.request_started();
        progress.answer_goes_on(true);
        let start = Instant::now();
        let error = paced.write_all(&[0; 1000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), 15);
    }
}
