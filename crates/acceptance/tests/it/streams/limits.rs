//! How many streams there are, and what becomes of those that nobody reads.

use std::time::{Duration, Instant};

use mainstay_acceptance::{Listening, Person, Setup, TestApp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::STREAM;

/// Opens a stream as soon as one is to be had.
async fn as_soon_as_possible(person: &Person, patience: Duration) -> Listening {
    let start = Instant::now();
    loop {
        match person.listen(STREAM, None).await {
            Ok(listening) => return listening,
            Err(answer) => assert!(start.elapsed() < patience, "{answer}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_counted_and_take_no_room_from_requests() {
    let few = Setup::default()
        .set("streams_max", "12")
        .set("max_requests_in_flight", "2");
    let app = TestApp::with(few).await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(ada.listen(STREAM, None).await.unwrap());
    }
    let refused = ada.listen(STREAM, None).await.err().unwrap();
    assert_eq!(refused.header("retry-after"), "15");
    refused.expect_problem(429, "too_many_streams");
    for _ in 0..2 {
        open.push(bob.listen(STREAM, None).await.unwrap());
    }
    let refused = bob.listen(STREAM, None).await.err().unwrap();
    assert_eq!(refused.header("retry-after"), "15");
    refused.expect_problem(503, "no_stream_left");
    for _ in 0..3 {
        ada.get("/notifications").await.expect(200);
    }
    // Who hangs up makes room at once, not with the next sign of life.
    open.pop();
    as_soon_as_possible(&bob, Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_keep_nobody_waiting_who_stops_the_server() {
    let app = TestApp::start().await;
    let mut open = Vec::new();
    for name in ["ada", "bob"] {
        let person = app.person(name).await;
        for _ in 0..10 {
            let mut listening = person.listen(STREAM, None).await.unwrap();
            listening.expect("unread").await;
            open.push(listening);
        }
    }
    let start = Instant::now();
    app.stop().await;
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    for mut listening in open {
        assert_eq!(listening.next().await, None);
    }
}

/// Asks for a stream and reads nothing of it.
async fn slow_reader(app: &TestApp, person: &Person) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(app.address()).await.unwrap();
    let token = person.access_token.as_deref().unwrap();
    let request =
        format!("GET {STREAM} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    // From here on it has its seat, and reads nothing more.
    let mut begin = [0; 12];
    stream.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_is_dropped_and_the_others_are_not() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    let mut open = Vec::new();
    for _ in 0..9 {
        open.push(mia.listen(STREAM, None).await.unwrap());
    }
    let mut slow = slow_reader(&app, &mia).await;
    let refused = mia.listen(STREAM, None).await.map(drop).unwrap_err();
    refused.expect_problem(429, "too_many_streams");
    // More than the system keeps for a reader: some megabytes.
    let path = format!("/organizations/{acme}/notifications");
    let body = json!({
        "user_ids": [mia.id], "category": "news", "title": "Long", "body": "\u{1f600}".repeat(2000),
        "data": { "text": "x".repeat(4000) },
    });
    let mut reading = tokio::task::JoinSet::new();
    for mut listening in open {
        reading.spawn(async move {
            let mut heard = 0;
            while heard < 600 {
                let event = listening.next().await;
                heard += usize::from(event.unwrap().name == "notification");
            }
            listening
        });
    }
    for _ in 0..600 {
        owner.post(&path, body.clone()).await.expect(202);
    }
    let others = reading.join_all().await;
    assert_eq!(others.len(), 9, "all the others have heard everything");
    as_soon_as_possible(&mia, Duration::from_secs(45)).await;
    let (mut had, mut buffer) = (0, vec![0; 64 * 1024]);
    loop {
        match slow.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => had += count,
        }
    }
    let list = mia.get("/notifications?limit=1").await.expect(200).json();
    let all = 600 * list["data"][0].to_string().len();
    assert!(had < all, "{had} of {all} bytes");
    assert_ne!(list["data"], Value::Null);
}
