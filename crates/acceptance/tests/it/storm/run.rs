//! A storm: payments live their lives at the provider, what is told of them comes in any order, several times or not at
//! all, and the server is killed over it. Then time passes, and everything has to be as it is at the provider.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use mainstay_acceptance::{Program, Running};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::task::JoinSet;

use super::die::Die;
use super::ledger;
use super::provider::{Asked, Fault, KEY, Provider};
use super::world::{Step, World, now, number, text};

const SECRET: &str = "whsec_storm";

/// What may become of a payment.
const LIVES: [&[Step]; 16] = [
    &[],
    &[Step::Pay],
    &[Step::Decline, Step::Pay],
    &[Step::Decline, Step::Expire],
    &[Step::Decline, Step::Decline, Step::Challenge, Step::Pay],
    &[Step::Challenge, Step::Expire],
    &[Step::Begin, Step::Arrive],
    &[Step::Begin, Step::Bounce],
    &[Step::Expire],
    &[Step::Pay, Step::GiveBack(30)],
    &[Step::Pay, Step::GiveBack(100)],
    &[
        Step::Challenge,
        Step::Pay,
        Step::GiveBack(30),
        Step::GiveBack(100),
    ],
    &[Step::Pay, Step::Dispute, Step::Lose],
    &[Step::Pay, Step::GiveBack(20), Step::Dispute, Step::Win],
    &[Step::Pay, Step::PayAgain],
    &[
        Step::Begin,
        Step::Arrive,
        Step::GiveBack(10),
        Step::GiveBack(10),
        Step::GiveBack(10),
    ],
];

/// What staff give back of payments that nothing else happens to.
const REFUNDS: [&[i64]; 5] = [&[], &[], &[100], &[25], &[40, 100]];

const CURRENCIES: [&str; 4] = ["USD", "EUR", "JPY", "UGX"];

/// Payments that are under way at once.
const AT_ONCE: usize = 24;
const POSTMEN: usize = 4;
const STARTERS: usize = 3;

/// How long a start, a delivery, or catching up after time has passed may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// After how long staff give up: what was told of the payment got lost.
const REFUNDABLE_WITHIN: Duration = Duration::from_secs(5);

/// How often time passes until all is caught up.
const ROUNDS: usize = 12;

/// How bad it gets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    pub(super) seed: u64,
    /// How many events there are at least.
    pub(super) events: usize,
    /// How often each is told.
    pub(super) copies: usize,
    /// How many of a hundred copies get lost.
    pub(super) lost: u64,
    pub(super) kills: usize,
    /// How many of a hundred answers of the provider go wrong.
    pub(super) faults: u64,
}

/// A payment, and what is to become of it.
struct Life {
    reference: String,
    page: String,
    steps: VecDeque<Step>,
    /// How much staff give back in the end, in hundredths, one refund after the other.
    refunds: Vec<i64>,
}

struct Storm {
    weather: Weather,
    provider: Provider,
    base: String,
    token: String,
    organization: String,
    lives: Mutex<Vec<Life>>,
    refundable: Mutex<Vec<Life>>,
    mail: Mutex<Vec<Value>>,
    started: AtomicUsize,
    starting: AtomicUsize,
    told: AtomicUsize,
    lost: AtomicUsize,
    refunded: AtomicUsize,
    is_lived: AtomicBool,
    is_over: AtomicBool,
}

/// Runs one, and answers what it came to in a line.
pub(super) async fn run(weather: Weather) -> String {
    let begun = Instant::now();
    let provider = Provider::start().await;
    let program = program(&provider).await;
    let mut running = program.serve(0).await;
    let storm = Arc::new(Storm::begin(weather, provider, &running).await);
    storm.provider.misbehave(faults(weather));
    let mut tasks = JoinSet::new();
    for number in 0..STARTERS {
        tasks.spawn(Arc::clone(&storm).start_payments(number));
    }
    tasks.spawn(Arc::clone(&storm).live());
    tasks.spawn(Arc::clone(&storm).give_back());
    for number in 0..POSTMEN {
        tasks.spawn(Arc::clone(&storm).deliver(number));
    }
    let every = weather.events * weather.copies / (weather.kills + 1);
    for kill in 1..=weather.kills {
        storm.wait_for(every * kill).await;
        running = again(&program, running, async |_| {}).await;
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    let stormed = begun.elapsed();
    storm.provider.misbehave(|_| Fault::None);
    let rounds = storm.catch_up(&program, &mut running).await;
    running.terminate();
    assert!(running.ended().await.success(), "{}", running.said());
    let world = storm.provider.world().clone();
    ledger::check(&program, &world).await;
    format!(
        "{} payments, {} refunds asked for, {} events, {} deliveries, {} lost, {} kills; caught up after time passed {rounds} times; {} s and {} s",
        storm.started.load(Ordering::Relaxed),
        storm.refunded.load(Ordering::Relaxed),
        world.events.len(),
        storm.told.load(Ordering::Relaxed),
        storm.lost.load(Ordering::Relaxed),
        weather.kills,
        stormed.as_secs(),
        begun.elapsed().saturating_sub(stormed).as_secs(),
    )
}

async fn program(provider: &Provider) -> Program {
    let program = Program::new(env!("CARGO_BIN_EXE_program")).await;
    program
        .set("MAINSTAY_OUTBOUND_ALLOW_PRIVATE", "yes")
        .set("MAINSTAY_ACCESS_TOKEN_LIFETIME", "24h")
        .set("MAINSTAY_STRIPE_SECRET_KEY", KEY)
        .set("MAINSTAY_STRIPE_WEBHOOK_SECRETS", SECRET)
        .set("MAINSTAY_STRIPE_API_URL", &provider.url())
}

/// Kills the server, does something to what it left, and starts it at the same place.
async fn again(program: &Program, running: Running, meanwhile: impl AsyncFnOnce(&Program)) -> Running {
    let port = running.port();
    running.kill();
    meanwhile(program).await;
    program.serve(port).await
}

fn faults(weather: Weather) -> impl FnMut(&Asked) -> Fault + Send + 'static {
    let mut die = Die::of(weather.seed ^ 0xfa11);
    move |_| {
        if !die.percent(weather.faults) {
            return Fault::None;
        }
        die.pick(&[
            Fault::Down,
            Fault::Slow,
            Fault::Busy,
            Fault::DoneAndFailed,
            Fault::DoneAndDown,
            Fault::DoneAndGarbage,
        ])
    }
}

async fn ask(
    token: &str,
    method: Method,
    url: &str,
    key: &str,
    body: &Value,
) -> reqwest::Result<(u16, Value)> {
    let is_post = method == Method::POST;
    let mut ask = Client::new().request(method, url).bearer_auth(token);
    if is_post {
        ask = ask.header("idempotency-key", key).json(body);
    }
    let answer = ask.send().await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}

impl Storm {
    /// With the owner of the platform, who has an organization as well.
    async fn begin(weather: Weather, provider: Provider, running: &Running) -> Self {
        let base = running.base.as_str();
        let (email, password) = ("ada@example.com", "seven violet tandems to Porto");
        let said = loop {
            let said = running.said();
            if said.contains("setup?token=") && said.ends_with('\n') {
                break said;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let link = said.split("setup?token=").nth(1).unwrap();
        let token = link.split_whitespace().next().unwrap();
        let form = [("token", token), ("email", email), ("password", password)];
        let set_up = Client::new().post(format!("{base}/setup")).header("origin", base);
        assert_eq!(set_up.form(&form).send().await.unwrap().status(), 200, "{said}");
        let person = json!({ "email": email, "password": password });
        let post = async |token: &str, path: &str, body: Value| {
            let asked = ask(token, Method::POST, &format!("{base}{path}"), path, &body).await;
            asked.unwrap().1
        };
        let held = post("x", "/auth/login", person).await;
        let token = text(&held, "access_token").to_owned();
        let made = post(&token, "/organizations", json!({ "name": "Acme" })).await;
        Self {
            weather,
            provider,
            base: base.to_owned(),
            organization: text(&made, "id").to_owned(),
            token,
            lives: Mutex::default(),
            refundable: Mutex::default(),
            mail: Mutex::default(),
            started: AtomicUsize::new(0),
            starting: AtomicUsize::new(STARTERS),
            told: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
            refunded: AtomicUsize::new(0),
            is_lived: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        }
    }

    fn is_enough(&self) -> bool {
        self.provider.world().events.len() >= self.weather.events
    }

    /// Starts payments until enough has happened. One that gets no answer is asked for again under the same key.
    async fn start_payments(self: Arc<Self>, starter: usize) {
        let mut die = Die::of(self.weather.seed ^ u64::try_from(starter + 1).unwrap());
        for payment in 0.. {
            while self.lives.lock().unwrap().len() >= AT_ONCE && !self.is_enough() {
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
            if self.is_enough() {
                break;
            }
            let body = json!({
                "organization_id": self.organization,
                "amount": 1_000 + die.below(100_000),
                "currency": die.pick(&CURRENCIES),
                "description": "Credits",
                "metadata": { "starter": starter.to_string() },
            });
            let reference = self.start(&format!("start-{starter}-{payment}"), &body).await;
            let page = {
                let world = self.provider.world();
                let pages = &world.pages[&reference];
                assert_eq!(pages.len(), 1, "{reference} has several pages");
                pages[0].clone()
            };
            self.started.fetch_add(1, Ordering::Relaxed);
            let steps: VecDeque<Step> = die.pick(&LIVES).iter().copied().collect();
            let refunds = match steps.back() {
                Some(Step::Pay | Step::Arrive) => die.pick(&REFUNDS).to_vec(),
                _ => Vec::new(),
            };
            self.lives.lock().unwrap().push(Life {
                reference,
                page,
                steps,
                refunds,
            });
        }
        self.starting.fetch_sub(1, Ordering::Relaxed);
    }

    async fn start(&self, key: &str, body: &Value) -> String {
        let begun = Instant::now();
        loop {
            let url = format!("{}/payments/stripe", self.base);
            match ask(&self.token, Method::POST, &url, key, body).await {
                Ok((201, made)) => return text(&made, "id").to_owned(),
                Ok((503 | 409 | 500, _)) | Err(_) => {}
                Ok((status, answer)) => panic!("{status} {answer}"),
            }
            assert!(begun.elapsed() < PATIENCE, "{key} can't be started");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Lets payments live, one step of any of them at a time, and hands out what is to be told.
    async fn live(self: Arc<Self>) {
        let mut die = Die::of(self.weather.seed ^ 0x11fe);
        loop {
            let turn = {
                let mut lives = self.lives.lock().unwrap();
                if lives.is_empty() {
                    None
                } else {
                    let place = die.place(&lives);
                    let step = lives[place].steps.pop_front();
                    let page = lives[place].page.clone();
                    if step.is_none() {
                        let ended = lives.swap_remove(place);
                        self.refundable.lock().unwrap().push(ended);
                    }
                    Some((page, step))
                }
            };
            match turn {
                Some((page, Some(step))) => self.take_step(&mut die, &page, step),
                Some((_, None)) => {}
                None if self.starting.load(Ordering::Relaxed) == 0 => break,
                None => tokio::time::sleep(Duration::from_millis(3)).await,
            }
            tokio::time::sleep(Duration::from_millis(die.below(4))).await;
        }
        self.is_lived.store(true, Ordering::Relaxed);
    }

    /// Gives back what staff decide to: a refund that gets no answer is asked for again under the same key.
    async fn give_back(self: Arc<Self>) {
        loop {
            let next = self.refundable.lock().unwrap().pop();
            match next {
                Some(life) => {
                    for (place, percent) in life.refunds.iter().enumerate() {
                        self.refund(&life, place, *percent).await;
                    }
                }
                None if self.is_lived.load(Ordering::Relaxed) => break,
                None => tokio::time::sleep(Duration::from_millis(3)).await,
            }
        }
        self.is_over.store(true, Ordering::Relaxed);
    }

    async fn refund(&self, life: &Life, place: usize, percent: i64) {
        let (url, key) = (
            format!("{}/payments/{}/refunds", self.base, life.reference),
            format!("refund-{}-{place}", life.reference),
        );
        let page = self.provider.world().get(&life.page);
        let paid = number(&page, "amount_total") / unit(text(&page, "currency"));
        let body = match percent {
            100 => json!({}),
            _ => json!({ "amount": paid * percent / 100 }),
        };
        let begun = Instant::now();
        while begun.elapsed() < REFUNDABLE_WITHIN {
            self.tell_all();
            match ask(&self.token, Method::POST, &url, &key, &body).await {
                Ok((201, _)) => {
                    self.refunded.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                // It is not known yet that it was paid, or that the refund before was made.
                Ok((409 | 500 | 503, _)) | Err(_) => {}
                Ok((status, answer)) => panic!("{status} {answer}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Hands out what happened without a step of ours: refunds that the product has asked for.
    fn tell_all(&self) {
        let mut die = Die::of(self.weather.seed ^ u64::try_from(self.told.load(Ordering::Relaxed)).unwrap());
        self.hand_out(&mut self.provider.world(), &mut die);
    }

    fn take_step(&self, die: &mut Die, page: &str, step: Step) {
        let mut world = self.provider.world();
        world.step(page, step);
        self.hand_out(&mut world, die);
    }

    fn hand_out(&self, world: &mut World, die: &mut Die) {
        let mut mail = self.mail.lock().unwrap();
        while let Some(event) = world.untold.pop_front() {
            for _ in 0..self.weather.copies {
                if die.percent(self.weather.lost) {
                    self.lost.fetch_add(1, Ordering::Relaxed);
                } else {
                    mail.push(event.clone());
                }
            }
        }
    }

    /// Tells any of what is to be told, until there is nothing left. What is not taken is told again.
    async fn deliver(self: Arc<Self>, postman: usize) {
        let mut die = Die::of(self.weather.seed ^ (0xb0a7 << postman));
        let http = Client::new();
        let mut since = Instant::now();
        loop {
            let event = {
                let mut mail = self.mail.lock().unwrap();
                let place = (!mail.is_empty()).then(|| die.place(&mail));
                place.map(|place| mail.swap_remove(place))
            };
            let Some(event) = event else {
                if self.is_over.load(Ordering::Relaxed) && self.mail.lock().unwrap().is_empty() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(3)).await;
                continue;
            };
            let body = event.to_string();
            let told = http
                .post(format!("{}/webhooks/stripe", self.base))
                .header("stripe-signature", sign(&body))
                .body(body)
                .send()
                .await;
            match told.map(|answer| answer.status().as_u16()) {
                Ok(200) => {
                    self.told.fetch_add(1, Ordering::Relaxed);
                    since = Instant::now();
                }
                Ok(status @ (400..=428 | 430..=499)) => panic!("{status} for {event}"),
                _ => {
                    assert!(since.elapsed() < PATIENCE, "nobody takes {event}");
                    self.mail.lock().unwrap().push(event);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    async fn wait_for(&self, told: usize) {
        let begun = Instant::now();
        while self.told.load(Ordering::Relaxed) < told {
            if self.is_over.load(Ordering::Relaxed) && self.mail.lock().unwrap().is_empty() {
                return;
            }
            assert!(begun.elapsed() < PATIENCE * 4, "nothing is told");
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }

    /// Lets time pass until everything is as it is at the provider; how often it had to.
    async fn catch_up(&self, program: &Program, running: &mut Running) -> usize {
        let mut wrong = self.differences().await;
        for round in 0..ROUNDS {
            // What was told is enough where nothing got lost, given a moment.
            let begun = Instant::now();
            while !wrong.is_empty() && begun.elapsed() < Duration::from_secs(10) {
                tokio::time::sleep(Duration::from_millis(250)).await;
                wrong = self.differences().await;
            }
            if wrong.is_empty() {
                return round;
            }
            let port = running.port();
            running.terminate();
            running.ended().await;
            ledger::let_time_pass(program).await;
            *running = program.serve(port).await;
        }
        let troubles = ledger::troubles(program, running).await;
        panic!(
            "{} differ from the provider: {wrong:#?}\n{troubles:#?}",
            wrong.len()
        );
    }

    /// What is otherwise here than at the provider.
    async fn differences(&self) -> Vec<String> {
        let ours = self.payments().await;
        let world = self.provider.world();
        let mut wrong = Vec::new();
        for (reference, pages) in &world.pages {
            let Some(payment) = ours.get(reference) else {
                wrong.push(format!("{reference} is not here"));
                continue;
            };
            wrong.extend(difference(&world, &pages[0], reference, payment, &ours));
        }
        wrong
    }

    async fn payments(&self) -> BTreeMap<String, Value> {
        let (mut found, mut cursor) = (BTreeMap::new(), String::new());
        loop {
            let url = format!(
                "{}/payments?organization_id={}&limit=200{cursor}",
                self.base, self.organization
            );
            let Ok((200, page)) = ask(&self.token, Method::GET, &url, "x", &json!({})).await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            for payment in page["data"].as_array().unwrap() {
                found.insert(text(payment, "id").to_owned(), payment.clone());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

/// How a payment should stand, and whether it does.
fn difference(
    world: &World,
    page: &str,
    reference: &str,
    payment: &Value,
    ours: &BTreeMap<String, Value>,
) -> Option<String> {
    let page = world.get(page);
    let intent = page["payment_intent"].as_str().map(|intent| world.get(intent));
    let state = intent.as_ref().map(|intent| text(intent, "status"));
    let (mut paid, mut refunded) = (0, 0);
    let expected: &[&str] = match (text(&page, "status"), state) {
        ("open", None) => &["pending"],
        // Which of the two is told first is chance.
        ("expired", Some("canceled")) => &["expired", "canceled"],
        ("expired", _) => &["expired"],
        (_, Some("requires_payment_method")) => &["failed"],
        (_, Some("requires_action")) => &["requires_action"],
        (_, Some("processing")) => &["processing"],
        (_, Some("succeeded")) => {
            let intent = intent.as_ref().unwrap();
            let charge = world.charge_of(text(intent, "id"));
            let unit = unit(text(&page, "currency"));
            paid = number(&charge, "amount") / unit;
            refunded = number(&charge, "amount_refunded") / unit;
            let is_taken = world
                .dispute_of(text(intent, "id"))
                .is_some_and(|dispute| text(&dispute, "status") != "won");
            match refunded {
                _ if is_taken => &["disputed"],
                0 => &["succeeded"],
                _ if refunded == paid => &["refunded"],
                _ => &["partially_refunded"],
            }
        }
        other => panic!("{other:?}"),
    };
    let is_same = expected.contains(&text(payment, "status"))
        && number(payment, "amount_paid") == paid
        && number(payment, "amount_refunded") == refunded;
    // Money that came a second time has a row of its own.
    let seconds = ours
        .values()
        .filter(|other| text(&other["metadata"], "paid_twice") == reference)
        .count();
    let twice = world.intents_of(reference).saturating_sub(1);
    (!is_same || seconds != twice).then(|| {
        let (status, is_paid, is_back) = (
            text(payment, "status"),
            number(payment, "amount_paid"),
            number(payment, "amount_refunded"),
        );
        format!(
            "{reference}: {expected:?} {paid} -{refunded} and {twice} more at the provider, here {status} {is_paid} \
             -{is_back} and {seconds}"
        )
    })
}

/// What Stripe counts in, of the smallest unit.
pub(super) fn unit(currency: &str) -> i64 {
    if currency == "ugx" { 100 } else { 1 }
}

fn sign(body: &str) -> String {
    let seconds = now();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{seconds}.{body}").as_bytes());
    let tag = mac.finalize().into_bytes();
    let mut header = format!("t={seconds},v1=");
    for byte in tag {
        let _ = write!(header, "{byte:02x}");
    }
    header
}
