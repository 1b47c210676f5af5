//! What was promised is told, however often the process is killed over it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mainstay_acceptance::{Manner, Program, Receiver};
use reqwest::{Client, Method};
use serde_json::{Value, json};

const KILLS: usize = 3;
const WRITERS: usize = 4;
/// The lease of a dead node on a shared database runs out after 45 seconds, and what waits for one that died is
/// looked for every minute.
const PATIENCE: Duration = Duration::from_mins(3);

/// How many events are promised before the first kill, and between two.
const ROUND: usize = 60;

struct Host {
    base: String,
    token: String,
    organization: String,
    promised: AtomicUsize,
}

impl Host {
    async fn sign_up(base: &str) -> Arc<Self> {
        let mut host = Self {
            base: base.to_owned(),
            token: String::new(),
            organization: String::new(),
            promised: AtomicUsize::new(0),
        };
        let person = json!({ "email": "ada@example.com", "password": "seven violet tandems to Porto" });
        let held = host.ask(Method::POST, "/auth/signup", person).await.unwrap().1;
        held["access_token"].as_str().unwrap().clone_into(&mut host.token);
        let made = host
            .ask(Method::POST, "/organizations", json!({ "name": "Acme" }))
            .await
            .unwrap()
            .1;
        made["id"].as_str().unwrap().clone_into(&mut host.organization);
        Arc::new(host)
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> reqwest::Result<(u16, Value)> {
        let ask = Client::new().request(method, format!("{}{path}", self.base));
        let answer = ask.bearer_auth(&self.token).json(&body).send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    /// Writes documents until the server is gone; answers those that it promised to have.
    async fn write(self: Arc<Self>, name: String, stop: Arc<AtomicBool>) -> Vec<String> {
        let mut promised = Vec::new();
        for number in 0.. {
            let key = format!("{name}-{number}");
            let path = format!("/organizations/{}/data/notes/{key}", self.organization);
            match self.ask(Method::PUT, &path, json!({ "value": number })).await {
                Ok((201, _)) => {
                    promised.push(key);
                    self.promised.fetch_add(1, Ordering::Relaxed);
                }
                Ok((status, answer)) => panic!("{status} {answer}"),
                Err(_) => break,
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        promised
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_promised_is_told_whoever_is_killed() {
    let receiver = Receiver::start().await;
    receiver.behave(Manner::status(200));
    let program = Program::new(env!("CARGO_BIN_EXE_program")).await;
    let program = program.set("MAINSTAY_OUTBOUND_ALLOW_PRIVATE", "yes");
    let mut running = program.serve(0).await;
    let (port, host) = (running.port(), Host::sign_up(&running.base).await);
    let body = json!({ "organization_id": host.organization, "url": receiver.url(), "event_types": ["organization_data.*"] });
    let (status, made) = host.ask(Method::POST, "/webhook-endpoints", body).await.unwrap();
    assert_eq!(status, 201, "{made}");
    let mut promised = Vec::new();
    for kill in 0..KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let writing: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let name = format!("note-{kill}-{writer}");
                tokio::spawn(Arc::clone(&host).write(name, Arc::clone(&stop)))
            })
            .collect();
        while host.promised.load(Ordering::Relaxed) < (kill + 1) * ROUND {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        running.kill();
        stop.store(true, Ordering::Relaxed);
        for writing in writing {
            promised.extend(writing.await.unwrap());
        }
        running = program.serve(port).await;
    }
    assert!(promised.len() >= KILLS * ROUND, "{}", promised.len());
    let start = Instant::now();
    loop {
        let heard: BTreeSet<_> = receiver
            .heard()
            .iter()
            .map(|heard| heard.json()["data"]["key"].as_str().unwrap().to_owned())
            .collect();
        let missing: Vec<_> = promised.iter().filter(|key| !heard.contains(*key)).collect();
        if missing.is_empty() {
            break;
        }
        assert!(
            start.elapsed() < PATIENCE,
            "{} of {} are missing: {missing:?}",
            missing.len(),
            promised.len()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let heard = receiver.heard();
    let ids: BTreeSet<_> = heard
        .iter()
        .map(|heard| heard.header("webhook-id").to_owned())
        .collect();
    println!(
        "{} events over {KILLS} kills, {} copies",
        promised.len(),
        heard.len() - ids.len()
    );
    // One at a time is under way to an endpoint, so a kill repeats one at most.
    assert!(
        heard.len() - ids.len() <= KILLS,
        "{} of {}",
        heard.len(),
        ids.len()
    );
    running.terminate();
    assert!(running.ended().await.success(), "{}", running.said());
}
