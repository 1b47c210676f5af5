//! The settings that each provider has: `social_google_client_id`, `social_acme_issuer`, …

use crate::config::settings::{Setting, Visibility, hidden, open};

/// What all their keys start with.
const PREFIX: &str = "social_";

/// What stands for the provider in the keys below.
const PLACE: &str = "social_<id>_";

/// In the order in which they are printed.
pub(in crate::config) const PROVIDER_SETTINGS: &[Setting] = &[
    open(
        "social_<id>_client_id",
        "",
        "what the provider calls the application",
        "what the provider calls us",
    ),
    hidden(
        "social_<id>_client_secret",
        Visibility::Secret,
        "what the provider gave with the client id",
        "the secret that the provider gave us",
    ),
    open(
        "social_<id>_issuer",
        "",
        "https://id.example.com/realms/main",
        "who says so, to the letter; known for the big ones",
    ),
    open("social_<id>_name", "", "Acme", "what people know it as"),
    open(
        "social_<id>_scopes",
        "",
        "openid, email, profile",
        "what is asked for, where that is not the usual",
    ),
    open(
        "social_<id>_link_domains",
        "",
        "example.com",
        "domains whose addresses the provider itself gives out: their accounts are joined without asking",
    ),
    open(
        "social_<id>_app_client_ids",
        "",
        "com.example.app",
        "what the provider calls our apps, which hand in ID tokens",
    ),
    open("social_<id>_team_id", "", "DEF123GHIJ", "Apple: the team"),
    open(
        "social_<id>_key_id",
        "",
        "ABC123DEFG",
        "Apple: the name of the key",
    ),
    hidden(
        "social_<id>_private_key",
        Visibility::Secret,
        "the file AuthKey_….p8, by social_apple_private_key_file",
        "Apple: the key",
    ),
];

/// The setting that `key` is, whichever provider it is for.
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    let (_, field) = parts(key)?;
    PROVIDER_SETTINGS
        .iter()
        .find(|setting| setting.key.strip_prefix(PLACE) == Some(field))
}

/// Provider and field: ids have no underscore.
pub(in crate::config) fn parts(key: &str) -> Option<(&str, &str)> {
    let (id, field) = key.strip_prefix(PREFIX)?.split_once('_')?;
    (!id.is_empty() && id != "<id>").then_some((id, field))
}

/// The key of a provider's field.
pub(in crate::config) fn key(id: &str, field: &str) -> String {
    format!("{PREFIX}{id}_{field}")
}
