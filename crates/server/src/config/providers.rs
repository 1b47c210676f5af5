//! The providers that people can sign in with, each from settings of its own.

use kernel::Secret;
use social::{ProviderConfig, ProviderSettings, SetupError};

use crate::config::error::ConfigError;
use crate::config::settings::providers as register;
use crate::config::sources::Resolved;

const LIST: &str = "social_providers";

/// Every provider of the list, checked.
pub(super) fn build(said: &Resolved) -> Result<Vec<ProviderConfig>, ConfigError> {
    let ids = said.items(LIST, |id| Ok::<_, &str>(id.to_owned()))?;
    refuse_strangers(said, &ids)?;
    let mut providers = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        if ids.iter().take(at).any(|earlier| earlier == id) {
            return Err(ConfigError::new(
                name_of(said, LIST),
                format!("{id} is there twice"),
                "name each provider once",
            ));
        }
        providers.push(provider(said, id)?);
    }
    Ok(providers)
}

/// Settings of a provider that nobody asked for are a mistake in one of the two places.
fn refuse_strangers(said: &Resolved, ids: &[String]) -> Result<(), ConfigError> {
    for key in said.keys() {
        let Some((id, _)) = register::parts(key) else {
            continue;
        };
        if !ids.iter().any(|known| known == id) {
            return Err(ConfigError::new(
                name_of(said, key),
                format!("{id} is not among {LIST}"),
                "add it there, or leave this out",
            ));
        }
    }
    Ok(())
}

fn provider(said: &Resolved, id: &str) -> Result<ProviderConfig, ConfigError> {
    let text = |field| said.read(&register::key(id, field), |text| Ok::<_, &str>(text.to_owned()));
    let secret = |field| text(field).map(|found| found.map(Secret::new));
    let list = |field| said.items(&register::key(id, field), |text| Ok::<_, &str>(text.to_owned()));
    let settings = ProviderSettings {
        id: id.to_owned(),
        name: text("name")?,
        issuer: text("issuer")?,
        client_id: text("client_id")?,
        client_secret: secret("client_secret")?,
        app_client_ids: list("app_client_ids")?,
        scopes: list("scopes")?,
        link_domains: list("link_domains")?,
        team_id: text("team_id")?,
        key_id: text("key_id")?,
        private_key: secret("private_key")?,
    };
    ProviderConfig::new(settings).map_err(|error| refusal(said, id, &error))
}

fn refusal(said: &Resolved, id: &str, error: &SetupError) -> ConfigError {
    let key = match error.setting {
        "id" => LIST.to_owned(),
        field => register::key(id, field),
    };
    let fix = format!("for example: {}", error.example);
    ConfigError::new(name_of(said, &key), &error.problem, fix)
}

/// As its author wrote it; what nobody wrote, as a variable.
fn name_of(said: &Resolved, key: &str) -> String {
    match said.get(key) {
        Some(found) => found.origin.name(key),
        None => format!("MAINSTAY_{}", key.to_ascii_uppercase()),
    }
}
