//! Mail that was promised is delivered, however often the process is killed over it and however the mail server
//! behaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use db::{Db, DbError, Executor as _, ReadTx, args};
use kernel::Clock as _;
use kernel::time::SystemClock;
use mainstay_acceptance::{MailServer, Program, Running};
use reqwest::Client;
use serde_json::{Value, json};

const MAILS: usize = 1_000;
const KILLS: usize = 5;
const WRITERS: usize = 4;
/// Mails of one request.
const AT_ONCE: usize = 5;
/// Jobs that a process has under way at once.
const IN_FLIGHT: usize = 16;
/// The lease of a dead node on a shared database runs out after 45 seconds.
const PATIENCE: Duration = Duration::from_secs(100);
/// What goes wrong with a mail of this number, of every two hundred.
const FAULTS: [(usize, &str); 16] = [
    (3, "defer-rcpt-once"),
    (20, "defer-data-once"),
    (33, "drop-once"),
    (40, "lose-answer-once"),
    (50, "refuse-rcpt"),
    (60, "refuse-data"),
    (71, "hang-once"),
    (80, "defer-rcpt-once"),
    (90, "drop-once"),
    (101, "lose-answer-once"),
    (110, "refuse-rcpt"),
    (120, "refuse-data"),
    (131, "hang-answer-once"),
    (140, "lose-answer-once"),
    (166, "defer-data-once"),
    (180, "lose-answer-once"),
];

/// A die whose throws can be had again: `MAINSTAY_TEST_SEED`.
struct Die(u64);

impl Die {
    #[expect(
        clippy::disallowed_methods,
        reason = "who repeats a run sets it, and no Config is read here"
    )]
    fn new() -> Self {
        let given = std::env::var("MAINSTAY_TEST_SEED").ok();
        let now = || u64::try_from(SystemClock.now().unix_milliseconds()).unwrap();
        Self(given.map_or_else(now, |seed| seed.parse().unwrap()))
    }

    /// `SplitMix64`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

struct Host {
    base: String,
    token: String,
    organization: String,
    next: AtomicUsize,
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
        Arc::new(Self {
            base: base.to_owned(),
            token,
            organization: made["id"].as_str().unwrap().to_owned(),
            next: AtomicUsize::new(0),
        })
    }

    /// Sends mail until all of this round is posted, or the server is gone; answers to whom it promised to send.
    async fn post(self: Arc<Self>, end: usize) -> Vec<String> {
        let (http, mut promised) = (Client::new(), Vec::new());
        loop {
            let first = self.next.fetch_add(AT_ONCE, Ordering::Relaxed);
            if first >= end {
                break;
            }
            let emails: Vec<String> = (first..first + AT_ONCE).map(address).collect();
            let ask = http
                .post(format!("{}/messages/email", self.base))
                .bearer_auth(&self.token)
                .json(&json!({
                    "organization_id": self.organization,
                    "to": emails,
                    "subject": "It is here",
                    "text": "Come and see.",
                }));
            let Ok(answer) = ask.send().await else { break };
            assert_eq!(answer.status(), 202);
            // The answer may break off in the middle as well.
            let Ok(answer) = answer.json::<Value>().await else {
                break;
            };
            for one in answer["messages"].as_array().unwrap() {
                assert_eq!(one["status"], "queued", "{one}");
                promised.push(one["to"].as_str().unwrap().to_owned());
            }
        }
        promised
    }

    fn post_all(self: &Arc<Self>, end: usize) -> Vec<tokio::task::JoinHandle<Vec<String>>> {
        let one = |_| tokio::spawn(Arc::clone(self).post(end));
        (0..WRITERS).map(one).collect()
    }
}

fn address(number: usize) -> String {
    let fault = FAULTS.iter().find(|(of, _)| *of == number % 200);
    format!(
        "{}+{number}@example.com",
        fault.map_or("guest", |(_, fault)| fault)
    )
}

fn fault(email: &str) -> &str {
    email.split('+').next().unwrap()
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

/// How the mails stand, and how often a server's word that it took one was written down.
struct Books {
    status: BTreeMap<String, String>,
    sent: BTreeMap<String, usize>,
}

impl Books {
    /// Of a program that does not run.
    async fn open(program: &Program) -> Self {
        let db = Db::open(&program.database()).unwrap();
        let read: Result<_, DbError> = db
            .read(async |tx: &mut ReadTx| {
                let status = tx
                    .fetch_all::<(String, String)>("SELECT recipient, status FROM messages", args![])
                    .await?;
                let sent = tx
                    .fetch_all::<(String, String)>(
                        "SELECT messages.recipient, message_events.kind
                        FROM message_events
                        JOIN messages ON messages.id = message_events.message_id
                        WHERE message_events.kind = 'sent'",
                        args![],
                    )
                    .await?;
                Ok((status, sent))
            })
            .await;
        let (status, steps) = read.unwrap();
        db.close().await;
        let mut sent = BTreeMap::new();
        for (email, _) in steps {
            *sent.entry(email).or_default() += 1;
        }
        Self {
            status: status.into_iter().collect(),
            sent,
        }
    }

    fn count(&self, status: &str) -> usize {
        self.status.values().filter(|one| *one == status).count()
    }
}

/// Posts all mails, while the process is killed over it again and again.
async fn promise(
    host: &Arc<Host>,
    program: &Program,
    mut running: Running,
    die: &mut Die,
) -> (Vec<String>, Running) {
    let (port, mut promised) = (running.port(), Vec::new());
    for round in 1..=KILLS {
        let posting = host.post_all(round * MAILS / KILLS);
        tokio::time::sleep(Duration::from_millis(300 + die.below(1_500))).await;
        running.kill();
        for posting in posting {
            promised.extend(posting.await.unwrap());
        }
        running = program.serve(port).await;
    }
    while promised.len() < MAILS {
        let next = host.next.load(Ordering::Relaxed);
        for posting in host.post_all(next + MAILS - promised.len()) {
            promised.extend(posting.await.unwrap());
        }
    }
    (promised, running)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_promised_arrives_whoever_is_killed() {
    let Some(server) = MailServer::start() else { return };
    let (start, mut die) = (Instant::now(), Die::new());
    println!("MAINSTAY_TEST_SEED={}", die.0);
    let program = Program::new(env!("CARGO_BIN_EXE_program")).await;
    let program = program
        .set("MAINSTAY_SMTP_URL", &server.url())
        .set("MAINSTAY_MAIL_FROM", "hello@example.com")
        .set("MAINSTAY_SMTP_DOMAIN_RATE", "10000")
        .set("MAINSTAY_SMTP_DOMAIN_CONNECTIONS", "1000")
        .set("MAINSTAY_LIMITS_WIDENED", "1000");
    let running = program.serve(0).await;
    let (port, host) = (running.port(), Host::sign_up(&running.base).await);
    let (promised, mut running) = promise(&host, &program, running, &mut die).await;
    let is_refused = |email: &String| fault(email).starts_with("refuse");
    println!("all are promised after {:.0?}", start.elapsed());
    let patience = start.elapsed() + PATIENCE;
    let to_arrive: BTreeSet<&String> = promised.iter().filter(|email| !is_refused(email)).collect();
    let books = loop {
        let missing = if server.count() < to_arrive.len() {
            to_arrive.len()
        } else {
            let arrived = delivered(&server);
            to_arrive
                .iter()
                .filter(|email| !arrived.contains_key(**email))
                .count()
        };
        assert!(
            start.elapsed() < patience,
            "{missing} of {} are missing",
            to_arrive.len()
        );
        if missing > 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            continue;
        }
        // What was handed over and not written down yet goes out once more.
        tokio::time::sleep(Duration::from_secs(1)).await;
        running.terminate();
        assert!(running.ended().await.success(), "{}", running.said());
        let books = Books::open(&program).await;
        if books.count("queued") == 0 {
            break books;
        }
        running = program.serve(port).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
    };
    let delivered = delivered(&server);
    let copies_of = |is_wanted: &dyn Fn(&str) -> bool| -> usize {
        let wanted = delivered.iter().filter(|(email, _)| is_wanted(fault(email)));
        wanted.map(|(_, copies)| copies.len() - 1).sum()
    };
    let loses_answer = |fault: &str| fault.ends_with("-answer-once");
    let (after_lost_answers, after_kills) = (copies_of(&loses_answer), copies_of(&|one| !loses_answer(one)));
    println!(
        "{} promised, {KILLS} kills: {} sent, {} bounced, {} failed; {after_lost_answers} copies after lost answers, \
         {after_kills} after kills; {:.0?}",
        promised.len(),
        books.count("sent"),
        books.count("bounced"),
        books.count("failed"),
        start.elapsed(),
    );
    assert!(promised.len() >= MAILS);
    for email in &promised {
        let expected = match fault(email) {
            "refuse-rcpt" => "bounced",
            "refuse-data" => "failed",
            _ => "sent",
        };
        assert_eq!(
            books.status.get(email).map(String::as_str),
            Some(expected),
            "{email}"
        );
        assert_eq!(delivered.contains_key(email), expected == "sent", "{email}");
    }
    for (email, times) in &books.sent {
        assert_eq!(*times, 1, "{email}: a server's word was had twice");
    }
    assert!(after_kills <= KILLS * IN_FLIGHT, "{after_kills}");
    for (email, ids) in delivered {
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1, "{email}");
    }
}
