//! The mail server, and what mail is signed with.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use mail::PaceConfig;
use smtp::{Dkim, DkimError, SmtpConfig};

use crate::config::MailConfig;
use crate::config::error::ConfigError;
use crate::config::settings::Setting;
use crate::config::sources::Resolved;

const DKIM_KEYS: [&str; 3] = ["dkim_domain", "dkim_selector", "dkim_key"];

pub(super) fn mail_config(said: &Resolved) -> Result<MailConfig, ConfigError> {
    Ok(MailConfig {
        smtp: said.parsed("smtp_url")?,
        fallbacks: said.items("smtp_fallback_urls", str::parse::<SmtpConfig>)?,
        from: said.parsed("mail_from")?,
        dkim: dkim(said)?.map(Arc::new),
        webhook_secret: said.parsed("mail_webhook_secret")?,
        messages_kept: days(said.bounded("message_retention_days", 1, 3650)?.unwrap_or(90)),
        pace: pace(said)?,
    })
}

fn pace(said: &Resolved) -> Result<PaceConfig, ConfigError> {
    let usual = PaceConfig::default();
    let number = |key, most| {
        let number: Option<u32> = said.bounded(key, 1, most)?;
        Ok::<_, ConfigError>(number.and_then(NonZeroU32::new))
    };
    Ok(PaceConfig {
        per_second: number("smtp_domain_rate", 10_000)?.unwrap_or(usual.per_second),
        at_once: number("smtp_domain_connections", 1_000)?.unwrap_or(usual.at_once),
    })
}

/// Of 24 hours.
const fn days(count: u64) -> Duration {
    Duration::from_hours(24 * count)
}

/// All three or none: half of them would send mail that nobody vouches for.
fn dkim(said: &Resolved) -> Result<Option<Dkim>, ConfigError> {
    let [domain, selector, key] = DKIM_KEYS.map(|key| said.get(key));
    let (Some(domain), Some(selector), Some(key)) = (domain, selector, key) else {
        let is_half = DKIM_KEYS.iter().any(|key| said.get(key).is_some());
        let missing = DKIM_KEYS.into_iter().find(|key| said.get(key).is_none());
        return match missing.filter(|_| is_half) {
            Some(key) => Err(missing_beside_others(key)),
            None => Ok(None),
        };
    };
    let dkim = Dkim::new(&domain.value, &selector.value, &key.value);
    dkim.map(Some).map_err(|error| {
        let (said, key) = match error {
            DkimError::Domain => (domain, "dkim_domain"),
            DkimError::Selector => (selector, "dkim_selector"),
            DkimError::Pem | DkimError::Key | DkimError::Signing => (key, "dkim_key"),
        };
        ConfigError::new(said.origin.name(key), error, "see docs/mail-delivery.md")
    })
}

fn missing_beside_others(key: &str) -> ConfigError {
    let example = Setting::find(key).map_or("", |setting| setting.example);
    let (name, example) = match key {
        "dkim_key" => ("MAINSTAY_DKIM_KEY_FILE".to_owned(), "/etc/mainstay/dkim.pem"),
        _ => (format!("MAINSTAY_{}", key.to_ascii_uppercase()), example),
    };
    let fix = format!("set it, like {name}={example}");
    ConfigError::new(name, "signing mail needs domain, selector and key", fix)
}
