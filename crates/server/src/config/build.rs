//! From texts to [`Config`], and what production refuses.

mod billing;
mod mail;
mod sign_up;

use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crypto::{HasherConfig, MasterKey};
use db::{DatabaseUrl, DbConfig};
use http::HeaderValue;
use identity::IdentityConfig;
use identity::config::Lifetimes;
use jobs::WorkerConfig;
use kernel::Secret;
use messaging::MessagingConfig;
use notifications::StreamConfig;
use organizations::OrganizationsConfig;
use outbound::OutboundConfig;
use url::Url;
use web::html::Branding;
use web::layers::LayerConfig;

use crate::config::error::ConfigError;
use crate::config::settings::Setting;
use crate::config::sources::Resolved;
use crate::config::{Config, Environment, HttpConfig, LogFormat, TelemetryConfig, providers, values};

/// Tabs and machines in which one person listens.
const STREAMS_OF_PERSON: usize = 10;
/// How much wider the limits are where somebody tries things out.
const WIDER: NonZeroU32 = NonZeroU32::MIN.saturating_add(99);

pub(super) fn build(said: &Resolved) -> Result<Config, ConfigError> {
    let environment = said.needed("env", |text| match text {
        "development" => Ok(Environment::Development),
        "production" => Ok(Environment::Production),
        _ => Err("development or production is expected"),
    })?;
    let data_dir: PathBuf = said.needed("data_dir", |text| Ok::<_, &str>(text.into()))?;
    let limits_widened = said
        .bounded("limits_widened", 1, 1_000_000)?
        .and_then(NonZeroU32::new);
    let limits_widened = limits_widened.unwrap_or(match environment {
        Environment::Development => WIDER,
        Environment::Production => NonZeroU32::MIN,
    });
    let config = Config {
        environment,
        limits_widened,
        bind: said
            .parsed("bind")?
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
        public_url: said.read("public_url", public_url)?,
        database: database(said, &data_dir)?,
        master_key: said.read("master_key", MasterKey::parse)?.map(Arc::new),
        hasher: HasherConfig::default(),
        mail: mail::mail_config(said)?,
        http: http_config(said, limits_widened)?,
        telemetry: telemetry(said, environment)?,
        streams: StreamConfig {
            most: said.bounded("streams_max", 0, 1_000_000)?.unwrap_or(20_000),
            most_of_person: STREAMS_OF_PERSON,
        },
        worker: WorkerConfig {
            concurrency: said.bounded("worker_concurrency", 1, 1024)?.unwrap_or(16),
            ..WorkerConfig::default()
        },
        identity: identity_config(said, environment)?,
        organizations: organizations_config(said)?,
        messaging: messaging_config(said)?,
        billing: billing::billing_config(said, environment)?,
        payment_accounts: billing::payment_accounts(said)?,
        entitlements: billing::entitlements_config(said)?,
        outbound: OutboundConfig {
            allow_private: said.needed("outbound_allow_private", values::yes_or_no)?,
        },
        social: providers::build(said)?,
        data_dir,
    };
    if environment == Environment::Production {
        refuse_what_is_for_development(&config)?;
    }
    if config.mail.smtp.is_none() && !config.mail.fallbacks.is_empty() {
        return Err(ConfigError::new(
            "MAINSTAY_SMTP_FALLBACK_URLS",
            "they stand in for the mail server of smtp_url, and there is none",
            "set MAINSTAY_SMTP_URL to the first of them",
        ));
    }
    Ok(config)
}

/// What is missing says so by name, so that nobody runs on a default by accident.
fn refuse_what_is_for_development(config: &Config) -> Result<(), ConfigError> {
    let missing = |key: &str, problem: &str| {
        let example = Setting::find(key).map_or("", |setting| setting.example);
        let name = format!("MAINSTAY_{}", key.to_ascii_uppercase());
        let fix = format!("set it, like {name}={example}");
        Err(ConfigError::new(name, problem, fix))
    };
    match &config.public_url {
        None => return missing("public_url", "production needs to know where people reach it"),
        Some(url) if url.scheme() != "https" => {
            return missing("public_url", "production is reached by https only");
        }
        Some(_) => {}
    }
    if config.mail.smtp.is_none() {
        return missing("smtp_url", "production needs a mail server");
    }
    if config.master_key.is_none() {
        let key = config.data_dir.join("keys").join("master.key");
        return Err(ConfigError::new(
            "MAINSTAY_MASTER_KEY_FILE",
            "production needs a master key of its own, kept outside the data directory",
            format!(
                "make one with `openssl rand -hex 32`, or move the one of development from {}, and name its file",
                key.display()
            ),
        ));
    }
    Ok(())
}

fn public_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "a URL is expected")?;
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("a URL that starts with https:// or http:// is expected");
    }
    if !is_bare || !url.username().is_empty() || url.password().is_some() {
        return Err("only scheme, name and port are expected");
    }
    Ok(url)
}

fn database(said: &Resolved, data_dir: &std::path::Path) -> Result<DbConfig, ConfigError> {
    let url = said.parsed("database_url")?;
    let url = url.unwrap_or_else(|| DatabaseUrl::Sqlite(data_dir.join("mainstay.db")));
    let mut config = DbConfig::new(url);
    if let Some(most) = said.bounded("database_max_connections", 2, 1000)? {
        config.max_connections = most;
    }
    if let Some(keep) = said.read("database_keep_statements", values::yes_or_no)? {
        config.keep_statements = keep;
    }
    config.root_certificates = said.read("database_root_certificates", |text| Ok::<_, &str>(text.into()))?;
    Ok(config)
}

fn http_config(said: &Resolved, widened: NonZeroU32) -> Result<HttpConfig, ConfigError> {
    let layers = LayerConfig::default();
    let per_minute = said.bounded("requests_per_minute", 1, u32::MAX)?;
    let per_minute = per_minute.and_then(NonZeroU32::new);
    let usual = layers.requests_per_minute.saturating_mul(widened);
    Ok(HttpConfig {
        layers: LayerConfig {
            hosts: said.items("allowed_hosts", |name| {
                let is_name = name.parse::<http::uri::Authority>();
                is_name.map(|authority| authority.host().to_owned())
            })?,
            trusted_proxies: said.items("trusted_proxies", FromStr::from_str)?,
            allowed_origins: said.items("cors_origins", origin_header)?,
            max_in_flight: said
                .bounded("max_requests_in_flight", 1, 100_000)?
                .unwrap_or(1024),
            deadline: said
                .read("request_deadline", values::duration)?
                .unwrap_or(layers.deadline),
            requests_per_minute: per_minute.unwrap_or(usual),
            branding: Branding {
                product_name: product_name(said)?,
                terms_url: said.read("terms_url", link)?,
                privacy_url: said.read("privacy_url", link)?,
            },
            ..layers
        },
        max_connections: said.bounded("max_connections", 8, 1_000_000)?.unwrap_or(16_384),
        stop_grace: said
            .read("stop_grace", values::duration)?
            .unwrap_or(Duration::from_secs(25)),
    })
}

const AN_ORIGIN: &str = "origins are expected, like https://www.example.com";

/// `https://www.example.com`, as browsers send it.
fn origin_header(text: &str) -> Result<HeaderValue, &'static str> {
    let origin = origin(text)?.origin().ascii_serialization();
    HeaderValue::try_from(origin).map_err(|_| AN_ORIGIN)
}

fn origin(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| AN_ORIGIN)?;
    // What is written of an origin and nothing else: neither a path nor a query, nor somebody's name.
    let is_bare = url.as_str() == format!("{}/", url.origin().ascii_serialization());
    is_bare.then_some(url).ok_or(AN_ORIGIN)
}

fn link(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    url.map(String::from).ok_or("a URL is expected")
}

fn product_name(said: &Resolved) -> Result<String, ConfigError> {
    said.needed("product_name", |text| {
        let is_short = text.chars().count() <= 60 && !text.chars().any(char::is_control);
        is_short
            .then(|| text.to_owned())
            .ok_or("at most 60 characters are expected")
    })
}

fn telemetry(said: &Resolved, environment: Environment) -> Result<TelemetryConfig, ConfigError> {
    let format = said.read("log_format", |text| match text {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        _ => Err("human or json is expected"),
    })?;
    let usual = match environment {
        Environment::Development => LogFormat::Human,
        Environment::Production => LogFormat::Json,
    };
    Ok(TelemetryConfig {
        log: said.needed("log", |text| {
            let filter = tracing_subscriber::EnvFilter::try_new(text);
            filter.map(|_| text.to_owned())
        })?,
        log_format: format.unwrap_or(usual),
        metrics_bind: said.parsed("metrics_bind")?,
        metrics_token: said.read("metrics_token", |text| match text.len() {
            16.. => Ok(Secret::new(text.to_owned())),
            _ => Err("at least 16 characters are expected"),
        })?,
    })
}

fn identity_config(said: &Resolved, environment: Environment) -> Result<IdentityConfig, ConfigError> {
    let usual = IdentityConfig::default();
    let lifetimes = Lifetimes::default();
    let duration = |key| said.read(key, values::duration);
    Ok(IdentityConfig {
        product_name: product_name(said)?,
        redirect_origins: said.items("redirect_origins", origin)?,
        confirm_email: said
            .read("confirm_email", values::yes_or_no)?
            .unwrap_or(environment == Environment::Production),
        password_min_length: said
            .bounded("password_min_length", 8, 64)?
            .unwrap_or(usual.password_min_length),
        max_sessions: said
            .bounded("max_sessions", 1, 10_000)?
            .unwrap_or(usual.max_sessions),
        sign_up: sign_up::sign_up_config(said)?,
        lifetimes: Lifetimes {
            access_token: duration("access_token_lifetime")?.unwrap_or(lifetimes.access_token),
            session_idle: duration("session_idle_lifetime")?.unwrap_or(lifetimes.session_idle),
            session: duration("session_lifetime")?.unwrap_or(lifetimes.session),
            ..lifetimes
        },
        ..usual
    })
}

fn organizations_config(said: &Resolved) -> Result<OrganizationsConfig, ConfigError> {
    let usual = OrganizationsConfig::default();
    Ok(OrganizationsConfig {
        invite_valid_for: said
            .read("invite_lifetime", values::duration)?
            .unwrap_or(usual.invite_valid_for),
        invites_per_day: said
            .bounded("invites_per_day", 1, 100_000)?
            .unwrap_or(usual.invites_per_day),
        ..usual
    })
}

fn messaging_config(said: &Resolved) -> Result<MessagingConfig, ConfigError> {
    let usual = MessagingConfig::default();
    let most = |key, usual| Ok(said.bounded(key, 1, 100_000_000)?.unwrap_or(usual));
    Ok(MessagingConfig {
        organization_hourly: most("mail_organization_hourly", usual.organization_hourly)?,
        organization_daily: most("mail_organization_daily", usual.organization_daily)?,
        key_hourly: most("mail_key_hourly", usual.key_hourly)?,
    })
}

impl Resolved {
    /// What is said for `key`, read by `parse`.
    pub(super) fn read<T, E: Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(said) = self.get(key) else {
            return Ok(None);
        };
        parse(&said.value).map(Some).map_err(|problem| {
            let example = Setting::find(key).map_or("", |setting| setting.example);
            ConfigError::new(said.origin.name(key), problem, format!("for example: {example}"))
        })
    }

    /// As `read`, for what has a default.
    fn needed<T, E: Display>(
        &self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        let missing = || ConfigError::new(key, "this is needed", "set it");
        self.read(key, parse)?.ok_or_else(missing)
    }

    fn parsed<T: FromStr<Err: Display>>(&self, key: &'static str) -> Result<Option<T>, ConfigError> {
        self.read(key, T::from_str)
    }

    /// A whole number between `least` and `most`.
    fn bounded<T: FromStr + PartialOrd + Display + Copy>(
        &self,
        key: &'static str,
        least: T,
        most: T,
    ) -> Result<Option<T>, ConfigError> {
        self.read(key, |text| {
            let number = text.parse().ok();
            number
                .filter(|number| (&least..=&most).contains(&number))
                .ok_or_else(|| format!("a whole number between {least} and {most} is expected"))
        })
    }

    /// A list, each item read by `parse`.
    pub(super) fn items<T, E: Display>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, ConfigError> {
        let items = self.read(key, |text| {
            values::list(text).map(parse).collect::<Result<_, E>>()
        })?;
        Ok(items.unwrap_or_default())
    }
}
