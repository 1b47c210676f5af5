//! A server of its own for each test.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crypto::HasherConfig;
use db::testing::Place;
use server::machine::RandomIds;
use server::{App, Config, Machine, Sources, Work};

use crate::clock::TestClock;
use crate::mailbox::Mail;
use crate::person::Person;
use crate::tls;

/// What a test wants to be different.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Whether signing up waits for the mail to be followed, as in production.
    pub confirm_email: bool,
    /// How many times as wide as in production the limits are.
    pub widen_limits: u32,
    /// Who does background jobs.
    pub work: Work,
    /// Further settings, by key.
    pub settings: Vec<(String, String)>,
}

/// The product, running for one test on a database, a clock and a mailbox of its own.
pub struct TestApp {
    /// `http://127.0.0.1:…`, without a slash at the end; `http://localhost:…` for a real browser.
    pub base: String,
    /// The time of this app.
    pub clock: TestClock,
    /// What people ask with; no cookies are kept.
    pub http: reqwest::Client,
    app: Option<App>,
    config: Config,
    work: Work,
    seen: Mutex<BTreeSet<String>>,
    folder: tempfile::TempDir,
    place: Place,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            confirm_email: true,
            widen_limits: 10_000,
            work: Work::ByHand,
            settings: Vec::new(),
        }
    }
}

impl Setup {
    /// With a further setting.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// At `localhost`, the one place without TLS where browsers take passkeys and `Secure` cookies.
    pub fn at_localhost(self) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        let site = format!("http://{}", at_localhost(address));
        self.set("bind", &address.to_string()).set("public_url", &site)
    }

    fn is_at_localhost(&self) -> bool {
        let mut settings = self.settings.iter();
        settings.any(|(key, value)| key == "public_url" && value.starts_with("http://localhost"))
    }
}

impl TestApp {
    /// As in production, but for the limits, which one address could not stay under in most tests.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    /// As `setup` says.
    pub async fn with(setup: Setup) -> Self {
        tls::provide();
        let (place, clock) = (Place::migrated().await, TestClock::new());
        let folder = tempfile::tempdir().unwrap();
        let config = config(&setup, &place, &folder);
        let app = start(&config, &clock, setup.work).await;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let host = if setup.is_at_localhost() {
            at_localhost(app.address())
        } else {
            app.address().to_string()
        };
        Self {
            base: format!("http://{host}"),
            clock,
            http,
            app: Some(app),
            config,
            work: setup.work,
            seen: Mutex::default(),
            folder,
            place,
        }
    }

    /// Nobody in particular: no account, no token.
    pub fn nobody(&self) -> Person {
        self.named("nobody")
    }

    /// `ada` is ada@example.com, without an account yet.
    pub fn named(&self, name: &str) -> Person {
        Person::new(&self.base, &self.http, name)
    }

    /// The app itself.
    pub fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    /// Where the app listens.
    pub fn address(&self) -> SocketAddr {
        self.app().address()
    }

    /// Which engine this runs on.
    pub const fn engine(&self) -> db::Engine {
        self.place.engine()
    }

    /// Its data directory.
    pub fn data_dir(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Does every job that is due.
    pub async fn work(&self) {
        self.app().drain().await.unwrap();
    }

    /// All mails to an address, the oldest first.
    pub async fn mails_to(&self, email: &str) -> Vec<Mail> {
        self.work().await;
        let nobody = self.nobody();
        let query = format!("/dev/mailbox?to={}", email.replace('+', "%2B"));
        let list = nobody.get(&query).await.expect(200).json();
        let mut mails = Vec::new();
        for line in list["data"].as_array().unwrap().iter().rev() {
            let id = line["id"].as_str().unwrap();
            let mail = nobody.get(&format!("/dev/mailbox/{id}")).await.expect(200);
            mails.push(Mail::from_json(&mail.json()));
        }
        mails
    }

    /// The newest mail to an address, which no test has looked at before.
    #[track_caller]
    pub fn mail_to(&self, email: &str) -> impl Future<Output = Mail> {
        let place = std::panic::Location::caller();
        async move {
            let mails = self.mails_to(email).await;
            let newest = mails.last().cloned();
            let newest = newest.unwrap_or_else(|| panic!("{place}: no mail to {email}"));
            let is_new = self.seen.lock().unwrap().insert(format!("{email} {}", newest.id));
            assert!(is_new, "{place}: no new mail to {email}, the last was {newest:?}");
            newest
        }
    }

    /// The path and query of one of the app's own links.
    #[track_caller]
    pub fn path_of(&self, link: &str) -> String {
        let path = link.strip_prefix(&self.base);
        path.unwrap_or_else(|| panic!("{link} leads elsewhere than {}", self.base))
            .to_owned()
    }

    /// Asks `count` times at once.
    pub async fn at_once<T, F>(&self, count: usize, ask: impl Fn(usize) -> F) -> Vec<T>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let start = Arc::new(tokio::sync::Barrier::new(count));
        let asked: Vec<_> = (0..count)
            .map(|number| {
                let (start, asking) = (Arc::clone(&start), ask(number));
                tokio::spawn(async move {
                    start.wait().await;
                    asking.await
                })
            })
            .collect();
        let mut answers = Vec::new();
        for answer in asked {
            answers.push(answer.await.unwrap());
        }
        answers
    }

    /// Another node on the same database, with the same keys, the same clock and the usual setup; on SQLite there can be none.
    /// Where it can be asked comes with it.
    pub async fn another_node(&self) -> (App, String) {
        let mut config = config(&Setup::default(), &self.place, &self.folder);
        config.public_url = Some(self.app().public_url().clone());
        let app = start(&config, &self.clock, self.work).await;
        let base = format!("http://{}", app.address());
        (app, base)
    }

    /// Stops the app and starts it again: the same address, database, keys and clock.
    pub async fn restart(&mut self) {
        self.config.bind = self.address();
        if let Some(app) = self.app.take() {
            app.stop().await;
        }
        self.app = Some(start(&self.config, &self.clock, self.work).await);
    }

    /// Stops the app as SIGTERM would.
    pub async fn stop(mut self) {
        if let Some(app) = self.app.take() {
            app.stop().await;
        }
    }
}

fn at_localhost(address: SocketAddr) -> String {
    format!("localhost:{}", address.port())
}

async fn start(config: &Config, clock: &TestClock, work: Work) -> App {
    let machine = Machine {
        clock: Arc::new(clock.clone()),
        ids: Arc::new(RandomIds),
    };
    App::start(config, machine, work)
        .await
        .unwrap_or_else(|error| panic!("the app does not start: {error}"))
}

fn config(setup: &Setup, place: &Place, folder: &tempfile::TempDir) -> Config {
    let yes_or_no = if setup.confirm_email { "yes" } else { "no" };
    let mut flags = vec![
        ("bind".to_owned(), "127.0.0.1:0".to_owned()),
        ("data_dir".to_owned(), folder.path().display().to_string()),
        ("confirm_email".to_owned(), yes_or_no.to_owned()),
        ("limits_widened".to_owned(), setup.widen_limits.to_string()),
        ("requests_per_minute".to_owned(), "1000000".to_owned()),
    ];
    flags.extend(setup.settings.iter().cloned());
    let sources = Sources {
        flags,
        ..Sources::default()
    };
    let mut config = Config::load(&sources).unwrap_or_else(|error| panic!("{error}"));
    config.database = place.config.clone();
    config.hasher = HasherConfig::cheap();
    config.http.stop_grace = Duration::from_secs(5);
    config
}
