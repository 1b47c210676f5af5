//! Who asks it to stop gets an end without losses.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::program;

const UNDER_WAY: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_is_finished() {
    let program = program().await;
    let mut running = program.serve(0).await;
    let body = json!({ "email": "ada@example.com", "password": "seven violet tandems to Porto" });
    let signup = reqwest::Client::new()
        .post(format!("{}/auth/signup", running.base))
        .json(&body);
    let ada: Value = signup.send().await.unwrap().json().await.unwrap();
    let token = ada["access_token"].as_str().unwrap();
    let address = format!("127.0.0.1:{}", running.port());
    let mut half_sent = Vec::new();
    for number in 0..UNDER_WAY {
        let body = json!({ "name": format!("Team {number}") }).to_string();
        let (head, tail) = body.split_at(6);
        let request = format!(
            "POST /organizations HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{head}",
            body.len()
        );
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        half_sent.push((stream, tail.to_owned()));
    }
    // An idle connection keeps nobody waiting.
    let _idle = TcpStream::connect(&address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let start = Instant::now();
    running.terminate();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        TcpStream::connect(&address).await.is_err(),
        "it still takes connections"
    );
    let mut answers = Vec::new();
    for (mut stream, tail) in half_sent {
        stream.write_all(tail.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answers.push(answer);
    }
    let made = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 201"));
    assert_eq!(made.count(), UNDER_WAY, "{:?}", answers.last());
    assert!(running.ended().await.success(), "{}", running.said());
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
    let again = program.serve(running.port()).await;
    let list = reqwest::Client::new()
        .get(format!("{}/organizations?limit=200", again.base))
        .bearer_auth(token);
    let list: Value = list.send().await.unwrap().json().await.unwrap();
    assert_eq!(list["data"].as_array().unwrap().len(), UNDER_WAY);
}
