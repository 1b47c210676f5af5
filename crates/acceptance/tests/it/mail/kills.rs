//! Mail that was promised is delivered, however often the process is killed over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mainstay_acceptance::{MailServer, Program};
use reqwest::Client;
use serde_json::{Value, json};

const KILLS: usize = 3;
const WRITERS: usize = 4;
/// Jobs that a process has under way at once.
const IN_FLIGHT: usize = 16;
/// The lease of a dead node on a shared database runs out after 45 seconds.
const PATIENCE: Duration = Duration::from_secs(100);

struct Host {
    base: String,
    token: String,
    invites: String,
}

impl Host {
    async fn sign_up(base: &str) -> Arc<Self> {
        let post = async |path: &str, token: &str, body: Value| -> Value {
            let ask = Client::new().post(format!("{base}{path}")).bearer_auth(token);
            ask.json(&body).send().await.unwrap().json().await.unwrap()
        };
        let person = json!({ "email": "ada@example.com", "password": "seven violet tandems to Porto" });
        let held = post("/auth/signup", "x", person).await;
        let token = held["access_token"].as_str().unwrap().to_owned();
        let made = post("/organizations", &token, json!({ "name": "Acme" })).await;
        let invites = format!("/organizations/{}/invites", made["id"].as_str().unwrap());
        Arc::new(Self {
            base: base.to_owned(),
            token,
            invites,
        })
    }

    /// Invites people until the server is gone; answers whom it promised to invite.
    async fn invite(self: Arc<Self>, name: String, stop: Arc<AtomicBool>) -> Vec<String> {
        let (http, mut promised) = (Client::new(), Vec::new());
        for number in 0.. {
            let email = format!("{name}-{number}@example.com");
            let ask = http
                .post(format!("{}{}", self.base, self.invites))
                .bearer_auth(&self.token);
            let answer = ask
                .json(&json!({ "email": email, "role": "member" }))
                .send()
                .await;
            match answer {
                Ok(answer) if answer.status() == 201 => promised.push(email),
                Ok(answer) => panic!("{}", answer.text().await.unwrap()),
                Err(_) => break,
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        promised
    }
}

/// What the server has for each address: the `Message-ID` of each copy.
fn delivered(server: &MailServer) -> BTreeMap<String, Vec<String>> {
    let mut delivered: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in server.mails() {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        delivered
            .entry(text(&mail["to"][0]))
            .or_default()
            .push(text(&mail["headers"]["message-id"]));
    }
    delivered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_promised_arrives_whoever_is_killed() {
    let Some(server) = MailServer::start() else { return };
    let program = Program::new(env!("CARGO_BIN_EXE_program")).await;
    let program = program
        .set("MAINSTAY_SMTP_URL", &server.url())
        .set("MAINSTAY_MAIL_FROM", "hello@example.com")
        .set("MAINSTAY_INVITES_PER_DAY", "100000");
    let mut running = program.serve(0).await;
    let (port, host) = (running.port(), Host::sign_up(&running.base).await);
    let mut promised = Vec::new();
    for kill in 0..KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let inviting: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let name = format!("guest-{kill}-{writer}");
                tokio::spawn(Arc::clone(&host).invite(name, Arc::clone(&stop)))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(400 + 300 * u64::try_from(kill).unwrap())).await;
        running.kill();
        stop.store(true, Ordering::Relaxed);
        for inviting in inviting {
            promised.extend(inviting.await.unwrap());
        }
        running = program.serve(port).await;
    }
    assert!(
        promised.len() >= 100,
        "only {} mails: nothing is proven",
        promised.len()
    );
    let start = Instant::now();
    let missing = |delivered: &BTreeMap<String, Vec<String>>| {
        let missing = promised.iter().filter(|email| !delivered.contains_key(*email));
        missing.cloned().collect::<Vec<_>>()
    };
    while !missing(&delivered(&server)).is_empty() {
        let waiting = missing(&delivered(&server));
        assert!(
            start.elapsed() < PATIENCE,
            "{} of {} are missing: {waiting:?}",
            waiting.len(),
            promised.len()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    running.terminate();
    assert!(running.ended().await.success(), "{}", running.said());
    let delivered = delivered(&server);
    let copies: usize = delivered.values().map(|copies| copies.len() - 1).sum();
    println!("{} mails over {KILLS} kills, {copies} copies", delivered.len());
    assert!(copies <= KILLS * IN_FLIGHT, "{copies}");
    for (email, ids) in delivered {
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1, "{email}");
    }
}
