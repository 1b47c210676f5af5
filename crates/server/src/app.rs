//! The whole product, running: what `mainstay serve` starts, and every test of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use db::migrate::Report;
use db::{Db, DbError, migrate};
use identity::IdentityError;
use jobs::{Drained, Registry, RunningWorker, Worker};
use mail::Mailbox;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::{Host, Url};
use web::OperationInfo;
use web::layers::{LayerConfig, Layers};

use crate::config::Config;
use crate::error::StartError;
use crate::machine::Machine;
use crate::probes::{self, MetricsAccess};
use crate::serve::PlaceConfig;
use crate::wiring::{Ground, Services};
use crate::{data_dir, jobs as work, router, serve, telemetry};

/// Who does background jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A worker of this process.
    InBackground,
    /// Nobody, until [`App::drain`] is called: for tests.
    ByHand,
}

/// The running product.
pub struct App {
    address: SocketAddr,
    public_url: Url,
    migrated: Report,
    services: Box<Services>,
    registry: Registry,
    worker: Option<RunningWorker>,
    serving: Vec<JoinHandle<()>>,
    upkeep: JoinHandle<()>,
    streaming: JoinHandle<()>,
    stop: CancellationToken,
    grace: Duration,
}

impl App {
    /// Builds everything that `config` describes and listens.
    ///
    /// # Errors
    /// What keeps the product from starting, in one line.
    pub async fn start(config: &Config, machine: Machine, work: Work) -> Result<Self, StartError> {
        data_dir::prepare(&config.data_dir)?;
        telemetry::start_metrics().map_err(|error| StartError::part("metrics can't be kept", error))?;
        let listener = listen(config.bind).await?;
        let address = listener.local_addr().unwrap_or(config.bind);
        let public_url = public_url(config, address)?;
        let db = Db::open(&config.database)?;
        let migrated = migrate::run(&db, &config.database, machine.clock.now()).await?;
        let services = Box::new(services(config, machine, db, public_url.clone())?);
        refuse_another_master_key(&services).await?;
        let stop = CancellationToken::new();
        let router = router::router(
            &services,
            config,
            layers(config, &public_url, address),
            stop.clone(),
        )?;
        let registry = work::registry(&services);
        let worker = match work {
            Work::InBackground => Some(worker(config, &services)?),
            Work::ByHand => None,
        };
        let streaming = tokio::spawn(services.streams.clone().run(stop.clone()));
        let http = &config.http;
        let mut serving = vec![tokio::spawn(serve::serve(
            listener,
            router,
            PlaceConfig {
                most: http.max_connections,
                trusted: http.layers.trusted_proxies.clone(),
            },
            stop.clone(),
            http.stop_grace,
        ))];
        serving.extend(serve_metrics(config, &stop).await?);
        Ok(Self {
            address,
            public_url,
            migrated,
            services,
            registry,
            worker,
            serving,
            upkeep: tokio::spawn(telemetry::keep_metrics()),
            streaming,
            stop,
            grace: http.stop_grace,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where people reach it.
    pub const fn public_url(&self) -> &Url {
        &self.public_url
    }

    /// What was done to the schema.
    pub const fn migrated(&self) -> &Report {
        &self.migrated
    }

    /// The data door.
    pub const fn db(&self) -> &Db {
        &self.services.db
    }

    /// Everything that handlers work with.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Where mail waits while there is no mail server.
    pub const fn mailbox(&self) -> Option<&Mailbox> {
        self.services.mailbox.as_ref()
    }

    /// Every operation of the API.
    pub fn operations(&self) -> Vec<OperationInfo> {
        router::api(&self.services).operations()
    }

    /// A link by which the first owner of the platform makes their account; `None` when there is an owner.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn setup_link(&self) -> Result<Option<String>, DbError> {
        let token = self.services.accounts.staff.offer_setup().await?;
        Ok(token.map(|token| format!("{}setup?token={}", self.public_url, token.expose())))
    }

    /// Does every job that is due, here and now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drain(&self) -> Result<Drained, DbError> {
        jobs::drain(&self.services.db, &self.services.queue, &self.registry).await
    }

    /// Takes no more connections, lets requests and jobs finish for a while, gives leases back and closes
    /// the database.
    pub async fn stop(self) {
        self.stop.cancel();
        // Streams end at once, so that nothing that is under way has to wait for them.
        let _ = self.streaming.await;
        for serving in self.serving {
            let _ = serving.await;
        }
        if let Some(worker) = self.worker {
            worker.stop(self.grace).await;
        }
        self.upkeep.abort();
        self.services.db.close().await;
    }
}

/// Services on a database that is open; commands use them without listening.
pub(crate) fn services(
    config: &Config,
    machine: Machine,
    db: Db,
    public_url: Url,
) -> Result<Services, StartError> {
    let master_key = match &config.master_key {
        Some(key) => Arc::clone(key),
        None => Arc::new(data_dir::own_master_key(&config.data_dir)?),
    };
    Services::build(
        config,
        Ground {
            db,
            master_key,
            machine,
            public_url,
        },
    )
}

/// With another master key than the database knows, nothing that is sealed in it can be opened: better not to
/// start than to answer everybody with a failure.
async fn refuse_another_master_key(services: &Services) -> Result<(), StartError> {
    match services.accounts.signing_keys.published().await {
        Err(IdentityError::SigningKey(_)) => Err(StartError::Refused(
            "the master key is not the one that this database has been used with; name the file that holds it \
             with MAINSTAY_MASTER_KEY_FILE"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

/// In development people reach the server where it listens.
pub(crate) fn public_url(config: &Config, address: SocketAddr) -> Result<Url, StartError> {
    if let Some(url) = &config.public_url {
        return Ok(url.clone());
    }
    let port = address.port();
    let text = match address.ip() {
        ip if ip.is_unspecified() => format!("http://localhost:{port}"),
        _ => format!("http://{address}"),
    };
    Url::parse(&text).map_err(|error| StartError::part("the address is no URL", error))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })
}

/// The names that the server answers to: that of the public URL, those that were set, and in development
/// every name of this machine that somebody may type.
fn layers(config: &Config, public_url: &Url, address: SocketAddr) -> LayerConfig {
    let mut layers = config.http.layers.clone();
    layers.is_https = public_url.scheme() == "https";
    layers.hosts.extend(public_url.host().map(|host| match host {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    }));
    if config.is_development() {
        layers
            .hosts
            .extend(["localhost", "127.0.0.1", "::1"].map(String::from));
        layers.hosts.push(address.ip().to_string());
    }
    layers
}

fn worker(config: &Config, services: &Services) -> Result<RunningWorker, StartError> {
    let schedules =
        work::schedules(services).map_err(|error| StartError::part("a schedule can't be read", error))?;
    Ok(Worker::start(
        services.db.clone(),
        services.queue.clone(),
        work::registry(services),
        schedules,
        config.worker.clone(),
    ))
}

/// A listener of its own for the metrics: who reaches it may read them.
async fn serve_metrics(
    config: &Config,
    stop: &CancellationToken,
) -> Result<Option<JoinHandle<()>>, StartError> {
    const FEW: usize = 16;
    let Some(address) = config.telemetry.metrics_bind else {
        return Ok(None);
    };
    let listener = listen(address).await?;
    let layers = Layers::new(config.http.layers.clone());
    let router = layers.apply_to_probes(probes::metrics_router(MetricsAccess::Open));
    let places = PlaceConfig {
        most: FEW,
        trusted: Vec::new(),
    };
    let serving = serve::serve(listener, router, places, stop.clone(), Duration::from_secs(1));
    Ok(Some(tokio::spawn(serving)))
}

/// The data directory of `config`, for messages.
pub(crate) fn data_dir_of(config: &Config) -> PathBuf {
    std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    const PRODUCTION: [(&str, &str); 4] = [
        ("env", "production"),
        ("public_url", "https://app.example.com"),
        ("smtp_url", "smtp://mail.example.com:587"),
        (
            "master_key",
            "5d1f0e8a3b7c4629d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7",
        ),
    ];

    async fn start(data_dir: &std::path::Path, settings: &[(&str, &str)]) -> Result<App, StartError> {
        let usual = [("bind", "127.0.0.1:0"), ("data_dir", data_dir.to_str().unwrap())];
        let flags = usual.iter().chain(settings);
        let sources = Sources {
            flags: flags
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            ..Sources::default()
        };
        let config = Config::load(&sources).unwrap();
        // With a worker, so that schedules are read too.
        Box::pin(App::start(&config, Machine::real(), Work::InBackground)).await
    }

    async fn start_and_stop(data_dir: &std::path::Path) -> Result<(), StartError> {
        Box::pin(start(data_dir, &[]).await?.stop()).await;
        Ok(())
    }

    /// Nothing in production leads to a provider whose money is none.
    #[tokio::test]
    async fn the_payment_sandbox_is_there_in_development_only() {
        for (settings, is_there) in [(&[][..], true), (&PRODUCTION[..], false)] {
            let folder = tempfile::tempdir().unwrap();
            let app = start(folder.path(), settings).await.unwrap();
            assert_eq!(app.services().sandbox.is_some(), is_there);
            Box::pin(app.stop()).await;
        }
    }

    #[tokio::test]
    async fn a_database_of_another_master_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        start_and_stop(folder.path()).await.unwrap();
        start_and_stop(folder.path()).await.unwrap();
        std::fs::remove_file(folder.path().join("keys/master.key")).unwrap();
        let error = start_and_stop(folder.path()).await.unwrap_err().to_string();
        assert!(error.contains("MAINSTAY_MASTER_KEY_FILE"), "{error}");
    }
}
