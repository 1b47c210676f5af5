//! Whoever sends too much costs little, and nobody else anything.

use std::time::{Duration, Instant};

use mainstay_acceptance::Running;
use reqwest::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::program;

const MIB: u64 = 1024 * 1024;

async fn post(http: &Client, server: &Running, body: Vec<u8>) -> u16 {
    let ask = http
        .post(format!("{}/auth/login", server.base))
        .header("content-type", "application/json");
    // The server may hang up before it was told everything.
    ask.body(body)
        .send()
        .await
        .map_or(0, |answer| answer.status().as_u16())
}

/// A body that goes on and on: how much of it was taken.
async fn pour(server: &Running, head: &str) -> u64 {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{}", server.port()))
        .await
        .unwrap();
    let head = format!(
        "POST /auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{head}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let mut taken = 0;
    while taken < 200 * MIB {
        let writing = tokio::time::timeout(Duration::from_secs(2), stream.write_all(chunk.as_bytes()));
        if !matches!(writing.await, Ok(Ok(()))) {
            break;
        }
        taken += 0x1_0000;
    }
    let _ = tokio::time::timeout(Duration::from_secs(2), stream.read(&mut [0; 1024])).await;
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_and_deep_bodies_cost_no_memory() {
    let program = program().await;
    let server = program.serve(0).await;
    // One request a connection: the server ends those on which too much was announced.
    let http = Client::builder().pool_max_idle_per_host(0).build().unwrap();
    // What is there once is there for good: buffers, threads, the allocator's own.
    for _ in 0..20 {
        assert_eq!(post(&http, &server, vec![b'['; 900_000]).await, 400);
    }
    let before = server.resident();
    for _ in 0..30 {
        assert_eq!(post(&http, &server, vec![b'['; 1_000_000]).await, 400);
        assert_eq!(
            post(&http, &server, "{\"a\":".repeat(200_000).into_bytes()).await,
            400
        );
        assert!(matches!(
            post(&http, &server, vec![b' '; 8 * 1024 * 1024]).await,
            413 | 0
        ));
    }
    for head in [
        "transfer-encoding: chunked",
        "content-length: 209715200",
        "content-length: 209715200\r\nexpect: 100-continue",
    ] {
        let taken = pour(&server, head).await;
        assert!(taken < 16 * MIB, "{head}: {taken} bytes were taken");
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown <= 32 * MIB, "{grown} bytes more than before");
    assert_eq!(
        http.get(format!("{}/readyz", server.base))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_crawling_connections_slow_nobody_down() {
    let program = program().await;
    let server = program.serve(0).await;
    let http = Client::new();
    let mut crawling = Vec::new();
    for number in 0..400 {
        // From several addresses, as whoever means it would do.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket
            .bind(format!("127.0.0.{}:0", 10 + number % 40).parse().unwrap())
            .unwrap();
        let address = format!("127.0.0.1:{}", server.port()).parse().unwrap();
        if let Ok(Ok(mut stream)) =
            tokio::time::timeout(Duration::from_secs(1), socket.connect(address)).await
        {
            let _ = stream
                .write_all(b"POST /auth/login HTTP/1.1\r\nhost: local")
                .await;
            crawling.push(stream);
        }
    }
    let mut times = Vec::new();
    for _ in 0..50 {
        let asked = Instant::now();
        let answer = http
            .get(format!("{}/auth/sessions", server.base))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
        times.push(asked.elapsed());
    }
    // Nine of ten: the machine may be busy with something else.
    times.sort();
    let slow = times[times.len() * 9 / 10];
    assert!(
        slow < Duration::from_millis(500),
        "{slow:?} with {} crawling",
        crawling.len()
    );
    assert!(crawling.len() >= 200, "{}", crawling.len());
}
