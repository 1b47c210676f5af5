//! What the operator sets up.

use kernel::Secret;
use ports::http::is_safe_base;
use url::Url;

/// Where Flutterwave is.
const BASE_URL: &str = "https://api.flutterwave.com/v3";

/// The longest name of an account.
const LONGEST_ACCOUNT: usize = 64;

/// An account at Flutterwave.
#[derive(Debug, Clone)]
pub struct FlutterwaveConfig {
    /// The secret key: `FLWSECK-…`, or `FLWSECK_TEST-…` for test mode.
    pub secret_key: Secret<String>,
    /// The secret hashes of webhooks: several while one is replaced by another. Without any, no webhook is taken.
    pub webhook_secret_hashes: Vec<Secret<String>>,
    /// Whether a webhook may bring the hash itself, which is what version 3 documents (`verif-hash`) and says nothing
    /// of the body. Otherwise only a signature over the body will do (`flutterwave-signature`).
    pub allow_plain_hash: bool,
    /// What the account is called, from 1 to 64 characters.
    pub account: String,
    /// Where Flutterwave is, with the version; none for Flutterwave itself. Only this machine may be asked without
    /// TLS.
    pub base_url: Option<Url>,
}

/// Why a configuration can't be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The key is of another kind.
    #[error("Flutterwave's secret key begins with FLWSECK")]
    SecretKey,
    /// Anybody could send it.
    #[error("a secret hash of Flutterwave's webhooks is empty")]
    WebhookSecretHash,
    /// The name is empty or too long.
    #[error("the name of the account at Flutterwave has from 1 to 64 characters")]
    Account,
    /// The key would travel in the clear.
    #[error(
        "the base URL of Flutterwave is one of https, or of http on this machine, without user, query and fragment"
    )]
    BaseUrl,
}

/// A configuration that can be meant.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) key: Secret<String>,
    pub(crate) webhook_secret_hashes: Vec<Secret<String>>,
    pub(crate) allow_plain_hash: bool,
    pub(crate) name: String,
    pub(crate) base_url: Url,
}

impl FlutterwaveConfig {
    pub(crate) fn checked(self) -> Result<Account, SetupError> {
        let key = self.secret_key.expose();
        if !key.starts_with("FLWSECK") || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SetupError::SecretKey);
        }
        let mut hashes = self.webhook_secret_hashes.iter();
        if hashes.any(|hash| hash.expose().trim().is_empty()) {
            return Err(SetupError::WebhookSecretHash);
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
            key: self.secret_key,
            webhook_secret_hashes: self.webhook_secret_hashes,
            allow_plain_hash: self.allow_plain_hash,
            name: self.account,
            base_url,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> FlutterwaveConfig {
        FlutterwaveConfig {
            secret_key: Secret::new("FLWSECK_TEST-hush-X".to_owned()),
            webhook_secret_hashes: vec![Secret::new("hush, too".to_owned())],
            allow_plain_hash: true,
            account: "main".to_owned(),
            base_url: None,
        }
    }

    #[test]
    fn only_this_machine_is_asked_without_tls() {
        for (url, is_taken) in [
            ("https://flutter.example/v3", true),
            ("http://127.0.0.1:12111/v3", true),
            ("http://[::1]:12111", true),
            ("http://localhost:12111", true),
            ("http://flutter.example", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
            ("https://user@flutter.example", false),
            ("https://flutter.example?x=1", false),
            ("file:///etc", false),
        ] {
            let base_url = Some(url.parse().unwrap());
            let config = FlutterwaveConfig { base_url, ..config() };
            assert_eq!(config.checked().is_ok(), is_taken, "{url}");
        }
        assert_eq!(config().checked().unwrap().base_url.as_str(), BASE_URL);
    }

    #[test]
    fn what_can_t_be_meant_is_refused() {
        for key in ["", "FLWPUBK_TEST-x-X", "sk_test_1", "FLWSECK-a b", "FLWSECK-a\n"] {
            let secret_key = Secret::new(key.to_owned());
            let config = FlutterwaveConfig {
                secret_key,
                ..config()
            };
            assert_eq!(config.checked().unwrap_err(), SetupError::SecretKey, "{key}");
        }
        let webhook_secret_hashes = vec![Secret::new("a".to_owned()), Secret::new(" ".to_owned())];
        let blank = FlutterwaveConfig {
            webhook_secret_hashes,
            ..config()
        };
        assert_eq!(blank.checked().unwrap_err(), SetupError::WebhookSecretHash);
        for account in [String::new(), "a".repeat(65)] {
            let config = FlutterwaveConfig { account, ..config() };
            assert_eq!(config.checked().unwrap_err(), SetupError::Account);
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", config()).contains("hush"));
        assert!(!format!("{:?}", config().checked().unwrap()).contains("hush"));
    }
}
