//! The configuration: defaults < `mainstay.toml` < `MAINSTAY_…` < flags.
//!
//! Every setting is one line in the register; its key is the same everywhere: `smtp_url` in the file,
//! `MAINSTAY_SMTP_URL` in the environment, `--set smtp_url=…` on the command line. What is unknown or can't
//! be used stops the start with one line that names the key, the problem and the fix.
//!
//! | module | holds |
//! |---|---|
//! | `settings` | the register: every key, its default, whether it is secret |
//! | [`sources`] | where values come from, and which counts |
//! | `values` | the shapes of values: durations, lists, yes and no |
//! | [`error`] | [`ConfigError`] |
//! | `providers` | the providers that people can sign in with |
//! | `build` | from texts to [`Config`], and what production refuses |
//! | `print` | the configuration with its provenance, secrets masked |

mod build;
pub mod error;
mod print;
mod providers;
mod settings;
pub mod sources;
mod values;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use billing::BillingConfig;
use crypto::{HasherConfig, MasterKey, WebhookSecret};
use db::DbConfig;
use entitlements::EntitlementsConfig;
use flutterwave::FlutterwaveConfig;
use identity::IdentityConfig;
use jobs::WorkerConfig;
use kernel::Secret;
use lemonsqueezy::LemonSqueezyConfig;
use mail::PaceConfig;
use messaging::MessagingConfig;
use notifications::StreamConfig;
use organizations::OrganizationsConfig;
use outbound::OutboundConfig;
use smtp::{Dkim, Sender, SmtpConfig};
use social::ProviderConfig;
use stripe::StripeConfig;
use url::Url;
use web::layers::LayerConfig;

pub use error::ConfigError;
pub use sources::Sources;

/// What the server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Somebody tries things out: everything works without another service, limits are wide.
    Development,
    /// Real people: strict limits, and nothing that is only good for trying out.
    Production,
}

/// The accounts at payment providers.
#[derive(Default)]
pub struct PaymentAccounts {
    /// At Stripe.
    pub stripe: Option<StripeConfig>,
    /// At Flutterwave.
    pub flutterwave: Option<FlutterwaveConfig>,
    /// At Lemon Squeezy.
    pub lemon_squeezy: Option<LemonSqueezyConfig>,
}

/// Everything that can be set, checked.
pub struct Config {
    /// What the server is for.
    pub environment: Environment,
    /// How many times as wide as in production the limits are.
    pub limits_widened: NonZeroU32,
    /// Where it listens. Port 0 takes any free one.
    pub bind: SocketAddr,
    /// The data directory: database, keys, files.
    pub data_dir: PathBuf,
    /// Where people reach it; `None` in development means the address that it listens on.
    pub public_url: Option<Url>,
    /// The database.
    pub database: DbConfig,
    /// The one secret; `None` in development means one that is made in the data directory.
    pub master_key: Option<Arc<MasterKey>>,
    /// How passwords are hashed.
    pub hasher: HasherConfig,
    /// Mail.
    pub mail: MailConfig,
    /// Payments.
    pub billing: BillingConfig,
    /// Through whom they go.
    pub payment_accounts: PaymentAccounts,
    /// What organizations may use.
    pub entitlements: EntitlementsConfig,
    /// Connections and requests.
    pub http: HttpConfig,
    /// What is told about the running server.
    pub telemetry: TelemetryConfig,
    /// Background jobs.
    pub worker: WorkerConfig,
    /// The section of accounts.
    pub identity: IdentityConfig,
    /// The section of organizations.
    pub organizations: OrganizationsConfig,
    /// The section of mail over the API.
    pub messaging: MessagingConfig,
    /// Asking servers of others.
    pub outbound: OutboundConfig,
    /// Streams of notifications.
    pub streams: StreamConfig,
    /// The providers that people can sign in with.
    pub social: Vec<ProviderConfig>,
}

/// Mail.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The mail server; `None` means the development mailbox.
    pub smtp: Option<SmtpConfig>,
    /// Those to ask in order when it takes nothing for now.
    pub fallbacks: Vec<SmtpConfig>,
    /// Who mail is from; `None` means `no-reply` at the public URL's host.
    pub from: Option<Sender>,
    /// What mail is signed with.
    pub dkim: Option<Arc<Dkim>>,
    /// What those know who report bounces and complaints; nobody may without it.
    pub webhook_secret: Option<WebhookSecret>,
    /// How long mails are kept that wait for nothing.
    pub messages_kept: Duration,
    /// How fast it goes to one domain.
    pub pace: PaceConfig,
}

/// Connections and requests.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// What every request goes through. Its hosts are only those that were set; the public URL's is added.
    pub layers: LayerConfig,
    /// The most connections at once.
    pub max_connections: usize,
    /// How long what is under way may take when the server stops.
    pub stop_grace: Duration,
}

/// What is told about the running server.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// Which log lines are written: a filter of tracing-subscriber.
    pub log: String,
    /// How they are written.
    pub log_format: LogFormat,
    /// A listener of its own for `/metrics`.
    pub metrics_bind: Option<SocketAddr>,
    /// What has to be shown to read `/metrics`.
    pub metrics_token: Option<Secret<String>>,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// The first thing that can't be used.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        build::build(&sources.resolve()?)
    }

    /// Whether somebody tries things out.
    pub fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }
}

/// Every setting with its value and where it came from, a line each; secrets are masked.
///
/// # Errors
/// The first thing that can't be used.
pub fn describe(sources: &Sources) -> Result<String, ConfigError> {
    let resolved = sources.resolve()?;
    build::build(&resolved)?;
    Ok(print::print(&resolved))
}

/// Every setting with its default, as a table of Markdown: docs/configuration.md holds it.
pub fn reference() -> String {
    print::reference()
}
