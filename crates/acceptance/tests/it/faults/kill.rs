//! What was answered survives the end of the process, whenever it comes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mainstay_acceptance::Running;
use reqwest::Client;
use serde_json::{Value, json};

use super::program;

const WRITERS: usize = 8;
/// Rounds of a usual run; a drill asks for more with `MAINSTAY_TEST_KILL_ROUNDS`.
const ROUNDS: u32 = 5;
/// Below this a round has proven nothing.
const LEAST_WORK: usize = 500;

/// What one writer was promised, and the one request whose answer it never saw.
#[derive(Default)]
struct Promises {
    kept: BTreeMap<String, String>,
    unanswered: Option<String>,
}

struct Writer {
    number: usize,
    token: String,
    promises: Promises,
    asked: usize,
}

/// The same numbers for the same seed: splitmix64.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

fn number_from(name: &str) -> Option<u64> {
    std::env::var_os(name)?.into_string().ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_kill_9() {
    let seed = number_from("MAINSTAY_TEST_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let rounds = number_from("MAINSTAY_TEST_KILL_ROUNDS").unwrap_or_else(|| ROUNDS.into());
    println!("MAINSTAY_TEST_SEED={seed} repeats this");
    let program = program().await;
    let mut dice = Dice(seed);
    let mut running = program.serve(0).await;
    let port = running.port();
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        writers.push(Writer::sign_up(&running.base, number).await);
    }
    for _ in 0..rounds {
        let (base, stop) = (running.base.clone(), Arc::new(AtomicBool::new(false)));
        let writing: Vec<_> = writers
            .drain(..)
            .map(|writer| tokio::spawn(writer.write(base.clone(), Arc::clone(&stop))))
            .collect();
        tokio::time::sleep(Duration::from_millis(500 + dice.throw(1500))).await;
        running.kill();
        stop.store(true, Ordering::Relaxed);
        for writer in writing {
            writers.push(writer.await.unwrap());
        }
        running = program.serve(port).await;
        // A second on a machine that has nothing else to do.
        assert!(
            running.started_in < Duration::from_secs(10),
            "{:?}",
            running.started_in
        );
        for writer in &mut writers {
            writer.check(&running).await;
        }
    }
    let promised: usize = writers.iter().map(|writer| writer.promises.kept.len()).sum();
    println!("{promised} answers in {rounds} rounds, none lost");
    assert!(
        promised >= LEAST_WORK,
        "only {promised} answers: nothing is proven"
    );
    running.terminate();
    assert!(running.ended().await.success(), "{}", running.said());
    let audit = program.run(&["audit", "verify"]);
    let said = String::from_utf8_lossy(&audit.stdout).into_owned();
    assert!(audit.status.success() && said.contains("verified"), "{audit:?}");
    let doctor = program.run(&["doctor"]);
    assert!(doctor.status.success(), "{doctor:?}");
}

impl Writer {
    async fn sign_up(base: &str, number: usize) -> Self {
        let body = json!({ "email": format!("writer{number}@example.com"), "password": "seven violet tandems to Porto" });
        let answer = Client::new()
            .post(format!("{base}/auth/signup"))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        let answer: Value = answer.json().await.unwrap();
        Self {
            number,
            token: answer["access_token"].as_str().unwrap().to_owned(),
            promises: Promises::default(),
            asked: 0,
        }
    }

    /// Makes one organization after the other until the server is gone.
    async fn write(mut self, base: String, stop: Arc<AtomicBool>) -> Self {
        let http = Client::new();
        let start = Instant::now();
        while !stop.load(Ordering::Relaxed) && start.elapsed() < Duration::from_mins(1) {
            self.asked += 1;
            let name = format!("team {} of writer {}", self.asked, self.number);
            self.promises.unanswered = Some(name.clone());
            match self.ask(&http, &base, &name).await {
                Some(id) => {
                    self.promises.unanswered = None;
                    self.promises.kept.insert(id, name);
                }
                None => break,
            }
        }
        self
    }

    /// The id of the organization of that name, which is made once however often it is asked for.
    async fn ask(&self, http: &Client, base: &str, name: &str) -> Option<String> {
        let ask = http
            .post(format!("{base}/organizations"))
            .bearer_auth(&self.token);
        let ask = ask
            .header("idempotency-key", name.replace(' ', "-"))
            .json(&json!({ "name": name }));
        let answer = ask.send().await.ok()?;
        let status = answer.status();
        let bytes = answer.bytes().await.ok()?;
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&bytes));
        let body: Value = serde_json::from_slice(&bytes).ok()?;
        Some(body["id"].as_str()?.to_owned())
    }

    /// Everything that was promised is there, and what was not answered can be asked again and is there once.
    async fn check(&mut self, running: &Running) {
        let http = Client::new();
        if let Some(name) = self.promises.unanswered.take() {
            let id = self.ask(&http, &running.base, &name).await.unwrap();
            self.promises.kept.insert(id, name);
        }
        let there = self.list(&http, &running.base).await;
        assert_eq!(there, self.promises.kept, "writer {}", self.number);
        let names: BTreeSet<_> = there.values().collect();
        assert_eq!(names.len(), there.len(), "one was made twice");
    }

    async fn list(&self, http: &Client, base: &str) -> BTreeMap<String, String> {
        let (mut there, mut query) = (BTreeMap::new(), "limit=200".to_owned());
        loop {
            let ask = http
                .get(format!("{base}/organizations?{query}"))
                .bearer_auth(&self.token);
            let answer = ask.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let page: Value = answer.json().await.unwrap();
            for one in page["data"].as_array().unwrap() {
                let text = |field: &str| one[field].as_str().unwrap().to_owned();
                there.insert(text("id"), text("name"));
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => query = format!("limit=200&cursor={cursor}"),
                None => return there,
            }
        }
    }
}
