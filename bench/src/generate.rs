//! The load: so many connections, each asking again as soon as it is answered.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::workload::Ask;
use crate::{Outcome, block_on, report};

/// What to send, and for how long.
#[derive(clap::Args)]
pub(crate) struct Settings {
    #[arg(long)]
    port: u16,
    #[arg(long)]
    connections: usize,
    #[arg(long)]
    seconds: u64,
    /// The requests as JSON; each connection takes its own
    #[arg(long)]
    asks: std::path::PathBuf,
}

/// What came back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answers {
    pub(crate) good: u64,
    pub(crate) bad: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
    /// The first answer that was not good, to be read by a person.
    pub(crate) first_bad: Option<String>,
}

pub(crate) fn run(settings: &Settings) -> Outcome {
    let asks: Vec<Ask> = serde_json::from_str(&std::fs::read_to_string(&settings.asks)?)?;
    let answers = block_on(LocalSet::new().run_until(load(settings, asks)))?;
    report::line(&serde_json::to_string(&answers)?);
    Ok(())
}

/// What the connections have in common.
struct Shared {
    until: Instant,
    number: Cell<u64>,
    port: u16,
}

#[derive(Default)]
struct Tally {
    latencies_us: Vec<u64>,
    bad: u64,
    first_bad: Option<String>,
}

async fn load(settings: &Settings, asks: Vec<Ask>) -> Outcome<Answers> {
    let started = Instant::now();
    let seed = std::process::id();
    let shared = Rc::new(Shared {
        until: started + Duration::from_secs(settings.seconds),
        number: Cell::new(u64::from(seed) << 32),
        port: settings.port,
    });
    let mut tasks = Vec::new();
    for (_, ask) in (0..settings.connections).zip(asks.into_iter().cycle()) {
        tasks.push(tokio::task::spawn_local(connection(Rc::clone(&shared), ask)));
    }
    let mut all = Tally::default();
    for task in tasks {
        let tally = task.await??;
        all.latencies_us.extend(tally.latencies_us);
        all.bad += tally.bad;
        all.first_bad = all.first_bad.or(tally.first_bad);
    }
    all.latencies_us.sort_unstable();
    let at = |share: usize| {
        all.latencies_us
            .get(all.latencies_us.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    Ok(Answers {
        good: u64::try_from(all.latencies_us.len())?,
        bad: all.bad,
        seconds: started.elapsed().as_secs_f64(),
        p50_us: at(50),
        p99_us: at(99),
        first_bad: all.first_bad.clone(),
    })
}

async fn connection(shared: Rc<Shared>, ask: Ask) -> Outcome<Tally> {
    let stream = TcpStream::connect(("127.0.0.1", shared.port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    let mut tally = Tally::default();
    while Instant::now() < shared.until {
        let number = shared.number.get() + 1;
        shared.number.set(number);
        let asked = Instant::now();
        sender.ready().await?;
        let answer = sender.send_request(request(&ask, number, shared.port)?).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status.is_success() {
            tally
                .latencies_us
                .push(u64::try_from(asked.elapsed().as_micros())?);
        } else {
            tally.bad += 1;
            tally
                .first_bad
                .get_or_insert_with(|| format!("{status}: {}", String::from_utf8_lossy(&body)));
        }
    }
    Ok(tally)
}

/// One request, and the body of its answer.
pub(crate) async fn once(port: u16, ask: &Ask) -> Outcome<Bytes> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let answer = sender.send_request(request(ask, 0, port)?).await?;
    Ok(answer.into_body().collect().await?.to_bytes())
}

fn request(ask: &Ask, number: u64, port: u16) -> Outcome<Request<Full<Bytes>>> {
    let mut request = Request::builder()
        .method(ask.method.as_str())
        .uri(&ask.path)
        .header("host", format!("127.0.0.1:{port}"));
    if let Some(token) = &ask.token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = match &ask.body {
        Some(body) => {
            request = request.header("content-type", "application/json");
            Bytes::from(body.replace("{n}", &number.to_string()))
        }
        None => Bytes::new(),
    };
    Ok(request.body(Full::new(body))?)
}
