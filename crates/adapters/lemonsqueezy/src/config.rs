//! What the operator sets up.

use kernel::Secret;
use ports::http::is_safe_base;
use ports::payments::ProviderError;
use url::Url;

use crate::api::Number;

/// Where Lemon Squeezy is.
const BASE_URL: &str = "https://api.lemonsqueezy.com/v1";

/// The longest name of an account.
const LONGEST_ACCOUNT: usize = 64;

/// A store at Lemon Squeezy.
#[derive(Debug, Clone)]
pub struct LemonSqueezyConfig {
    /// The key of the API. It is of test mode or of live mode and does not say of which.
    pub api_key: Secret<String>,
    /// The signing secrets of the webhook: several while one is replaced by another. Without any, no webhook is
    /// taken.
    pub webhook_secrets: Vec<Secret<String>>,
    /// The number of the store.
    pub store: u64,
    /// The number of the variant that payments of any amount are sold under; without it there are none.
    pub payment_variant: Option<u64>,
    /// Whether the key is of test mode. What belongs to the other mode is refused.
    pub is_test_mode: bool,
    /// What the account is called, from 1 to 64 characters.
    pub account: String,
    /// Where Lemon Squeezy is, with the version; none for Lemon Squeezy itself. Only this machine may be asked
    /// without TLS.
    pub base_url: Option<Url>,
}

/// Why a configuration can't be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The key can't be sent.
    #[error("the API key of Lemon Squeezy is empty or holds what is no letter, digit or sign")]
    ApiKey,
    /// Anybody could sign with it.
    #[error("a webhook secret of Lemon Squeezy is empty")]
    WebhookSecret,
    /// The name is empty or too long.
    #[error("the name of the account at Lemon Squeezy has from 1 to 64 characters")]
    Account,
    /// The key would travel in the clear.
    #[error(
        "the base URL of Lemon Squeezy is one of https, or of http on this machine, without user, query and fragment"
    )]
    BaseUrl,
}

/// A configuration that can be meant.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) key: Secret<String>,
    pub(crate) webhook_secrets: Vec<Secret<String>>,
    pub(crate) store: u64,
    pub(crate) payment_variant: Option<u64>,
    pub(crate) is_test_mode: bool,
    pub(crate) name: String,
    pub(crate) base_url: Url,
}

impl LemonSqueezyConfig {
    pub(crate) fn checked(self) -> Result<Account, SetupError> {
        let key = self.api_key.expose();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SetupError::ApiKey);
        }
        let mut secrets = self.webhook_secrets.iter();
        if secrets.any(|secret| secret.expose().trim().is_empty()) {
            return Err(SetupError::WebhookSecret);
        }
        if self.account.is_empty() || self.account.chars().count() > LONGEST_ACCOUNT {
            return Err(SetupError::Account);
        }
        let base_url = match self.base_url {
            Some(url) => url,
            None => BASE_URL.parse().map_err(|_| SetupError::BaseUrl)?,
        };
        if !is_safe_base(&base_url) {
            return Err(SetupError::BaseUrl);
        }
        Ok(Account {
            key: self.api_key,
            webhook_secrets: self.webhook_secrets,
            store: self.store,
            payment_variant: self.payment_variant,
            is_test_mode: self.is_test_mode,
            name: self.account,
            base_url,
        })
    }
}

impl Account {
    /// Refuses what is of the other mode, where money is something else, and does not know what is of another store.
    pub(crate) fn belongs(
        &self,
        test_mode: Option<bool>,
        store: Option<&Number>,
    ) -> Result<(), ProviderError> {
        if test_mode.is_some_and(|test_mode| test_mode != self.is_test_mode) {
            let message = "the key is of the other mode than the account is set up for".to_owned();
            return Err(ProviderError::refused("wrong_mode", message));
        }
        if store.is_some_and(|store| !store.is(self.store)) {
            return Err(ProviderError::NotFound);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> LemonSqueezyConfig {
        LemonSqueezyConfig {
            api_key: Secret::new("hush".to_owned()),
            webhook_secrets: vec![Secret::new("hush, too".to_owned())],
            store: 11,
            payment_variant: None,
            is_test_mode: true,
            account: "main".to_owned(),
            base_url: None,
        }
    }

    #[test]
    fn only_this_machine_is_asked_without_tls() {
        for (url, is_taken) in [
            ("https://lemon.example/v1", true),
            ("http://127.0.0.1:12111/v1", true),
            ("http://[::1]:12111", true),
            ("http://localhost:12111", true),
            ("http://lemon.example", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
            ("https://user@lemon.example", false),
            ("https://lemon.example?x=1", false),
            ("file:///etc", false),
        ] {
            let base_url = Some(url.parse().unwrap());
            let config = LemonSqueezyConfig { base_url, ..config() };
            assert_eq!(config.checked().is_ok(), is_taken, "{url}");
        }
        assert_eq!(config().checked().unwrap().base_url.as_str(), BASE_URL);
    }

    #[test]
    fn what_can_t_be_meant_is_refused() {
        for key in ["", "a b", "key\n", "kéy"] {
            let api_key = Secret::new(key.to_owned());
            let config = LemonSqueezyConfig { api_key, ..config() };
            assert_eq!(config.checked().unwrap_err(), SetupError::ApiKey, "{key}");
        }
        let webhook_secrets = vec![Secret::new("a".to_owned()), Secret::new(" ".to_owned())];
        let blank = LemonSqueezyConfig {
            webhook_secrets,
            ..config()
        };
        assert_eq!(blank.checked().unwrap_err(), SetupError::WebhookSecret);
        for account in [String::new(), "a".repeat(65)] {
            let config = LemonSqueezyConfig { account, ..config() };
            assert_eq!(config.checked().unwrap_err(), SetupError::Account);
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", config()).contains("hush"));
        assert!(!format!("{:?}", config().checked().unwrap()).contains("hush"));
    }
}
