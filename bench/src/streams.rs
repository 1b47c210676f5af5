//! What an idle stream of notifications costs in memory, and whether that is given back.
//!
//! The server runs in a process of its own; this one holds the other end of each connection. Both need as many file
//! descriptors as there are streams (`ulimit -n`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use db::DbConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::child::{Server, free_port};
use crate::workload::Ask;
use crate::{Outcome, Plan, generate, load, report, rounds};

/// Streams of one person, which is the most.
const EACH: u32 = 10;
/// What any server needs before it is worth measuring: pools, caches, threads.
const WARM: usize = 200;

/// How much is measured.
#[derive(clap::Args)]
pub(crate) struct Settings {
    /// The server's program; the release build in the target folder when not given
    #[arg(long)]
    server: Option<PathBuf>,
    /// A PostgreSQL to measure on (a superuser's URL); the embedded database when not given
    #[arg(long)]
    postgres: Option<String>,
    /// Streams at once
    #[arg(long, default_value_t = 10_000)]
    streams: u32,
    /// Seconds of idling that are measured
    #[arg(long, default_value_t = 40)]
    seconds: u64,
}

pub(crate) fn run(settings: &Settings) -> Outcome {
    let folder = tempfile::tempdir()?;
    let people = settings.streams.div_ceil(EACH);
    let database = rounds::database(
        settings.postgres.as_deref(),
        &folder.path().join("data"),
        "mainstay_streams",
    )?;
    let plan = Plan::of(people, 1);
    crate::block_on(load::fill(&DbConfig::new(database.parse()?), &plan))?;
    let beside = || std::env::current_exe().map(|itself| itself.with_file_name("mainstay"));
    let program = settings.server.clone().map_or_else(beside, Ok)?;
    let server = start(&program, folder.path(), &database)?;
    crate::block_on(measure(&server, settings, people))
}

fn start(program: &Path, folder: &Path, database: &str) -> Outcome<Server> {
    let port = free_port()?;
    let mut command = Command::new(program);
    command
        .arg("serve")
        .env("MAINSTAY_BIND", format!("127.0.0.1:{port}"))
        .env("MAINSTAY_PUBLIC_URL", format!("http://127.0.0.1:{port}"))
        .env("MAINSTAY_DATA_DIR", folder.join("data"))
        .env("MAINSTAY_DATABASE_URL", database)
        .env("MAINSTAY_MAX_CONNECTIONS", "200000")
        .env("MAINSTAY_STREAMS_MAX", "200000")
        .env("MAINSTAY_LIMITS_WIDENED", "1000000")
        .env("MAINSTAY_REQUESTS_PER_MINUTE", "100000000")
        .env("MAINSTAY_LOG", "warn");
    Server::start(command, port)
}

async fn measure(server: &Server, settings: &Settings, people: u32) -> Outcome {
    let mut tokens = Vec::new();
    for number in 0..people {
        let body = serde_json::json!({ "email": load::email(number), "password": load::PASSWORD });
        let answer = generate::once(server.port, &Ask::post("/auth/login", None, body.to_string())).await?;
        let answer: serde_json::Value = serde_json::from_slice(&answer)?;
        let token = answer.get("access_token").and_then(serde_json::Value::as_str);
        tokens.push(token.ok_or_else(|| format!("no token in {answer}"))?.to_owned());
    }
    let all = usize::try_from(settings.streams)?;
    let asked = || tokens.iter().cycle().take(all);
    drop(open(server.port, asked().take(WARM)).await?);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = server.memory_kib()?;
    let streams = open(server.port, asked()).await?;
    let opened = server.memory_kib()?;
    let cpu = server.cpu()?;
    tokio::time::sleep(Duration::from_secs(settings.seconds)).await;
    let idle = server.memory_kib()?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    drop(streams);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let after = server.memory_kib()?;
    let each = |kib: u64| kib.saturating_sub(before) * 1024 / u64::from(settings.streams.max(1));
    report::line(&format!("{} streams: {before} KiB before", settings.streams));
    report::line(&format!("opened: {opened} KiB, {} bytes a stream", each(opened)));
    report::line(&format!("idle: {idle} KiB, {} bytes a stream", each(idle)));
    let share = cpu.as_secs_f64() * 100.0 / Duration::from_secs(settings.seconds.max(1)).as_secs_f64();
    report::line(&format!("idle: {share:.2} % of one core"));
    report::line(&format!(
        "hung up: {after} KiB, {} KiB not given back",
        after.saturating_sub(before)
    ));
    Ok(())
}

/// Opens a stream for each token, and reads each up to its first event.
async fn open(port: u16, tokens: impl Iterator<Item = &String>) -> Outcome<Vec<TcpStream>> {
    let mut streams = Vec::new();
    for token in tokens {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request = format!(
            "GET /notifications/stream HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\
             accept: text/event-stream\r\nuser-agent: mainstay-bench\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        streams.push(stream);
    }
    for stream in &mut streams {
        let mut had = Vec::new();
        while !had.windows(13).any(|some| some == b"event: unread") {
            if stream.read_buf(&mut had).await? == 0 {
                return Err(String::from_utf8_lossy(&had).into_owned().into());
            }
        }
    }
    Ok(streams)
}
