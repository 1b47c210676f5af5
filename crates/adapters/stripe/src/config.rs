//! What the operator sets up.

use kernel::Secret;
use ports::http::is_safe_base;
use url::Url;

/// Where Stripe is.
const BASE_URL: &str = "https://api.stripe.com";

/// The longest name of an account.
const LONGEST_ACCOUNT: usize = 64;

/// An account at Stripe.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// A secret key (`sk_…`) or a restricted one (`rk_…`); its prefix says whether the account is live.
    pub secret_key: Secret<String>,
    /// The signing secrets of the webhook endpoint (`whsec_…`): several while one is replaced by another. Without
    /// any, no webhook is taken.
    pub webhook_secrets: Vec<Secret<String>>,
    /// What the account is called, from 1 to 64 characters.
    pub account: String,
    /// Where Stripe is; none for Stripe itself. Only this machine may be asked without TLS.
    pub base_url: Option<Url>,
}

/// Whether money is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is not.
    Test,
    /// It is.
    Live,
}

/// Why a configuration can't be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The key is of another kind.
    #[error("Stripe's secret key begins with sk_live_, sk_test_, rk_live_ or rk_test_")]
    SecretKey,
    /// Anybody could sign with it.
    #[error("a webhook secret of Stripe is empty")]
    WebhookSecret,
    /// The name is empty or too long.
    #[error("the name of the account at Stripe has from 1 to 64 characters")]
    Account,
    /// The key would travel in the clear.
    #[error(
        "the base URL of Stripe is one of https, or of http on this machine, without user, query and fragment"
    )]
    BaseUrl,
}

/// A configuration that can be meant.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) key: Secret<String>,
    pub(crate) webhook_secrets: Vec<Secret<String>>,
    pub(crate) name: String,
    pub(crate) base_url: Url,
    pub(crate) mode: Mode,
}

impl StripeConfig {
    /// Whether money is real, as the key says.
    pub fn mode(&self) -> Result<Mode, SetupError> {
        let key = self.secret_key.expose();
        let rest = key.strip_prefix("sk_").or_else(|| key.strip_prefix("rk_"));
        let has = |prefix| rest.and_then(|rest| rest.strip_prefix(prefix));
        let is_header = key.bytes().all(|byte| byte.is_ascii_graphic());
        match (has("live_"), has("test_")) {
            (Some(secret), None) if is_header && !secret.is_empty() => Ok(Mode::Live),
            (None, Some(secret)) if is_header && !secret.is_empty() => Ok(Mode::Test),
            _ => Err(SetupError::SecretKey),
        }
    }

    pub(crate) fn checked(self) -> Result<Account, SetupError> {
        let mode = self.mode()?;
        if self
            .webhook_secrets
            .iter()
            .any(|secret| secret.expose().trim().is_empty())
        {
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
            key: self.secret_key,
            webhook_secrets: self.webhook_secrets,
            name: self.account,
            base_url,
            mode,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(key: &str, url: &str) -> StripeConfig {
        StripeConfig {
            secret_key: Secret::new(key.to_owned()),
            webhook_secrets: vec![Secret::new("whsec_1".to_owned())],
            account: "main".to_owned(),
            base_url: (!url.is_empty()).then(|| url.parse().unwrap()),
        }
    }

    #[test]
    fn the_key_says_the_mode() {
        for (key, expected) in [
            ("sk_live_1", Ok(Mode::Live)),
            ("rk_live_1", Ok(Mode::Live)),
            ("sk_test_1", Ok(Mode::Test)),
            ("rk_test_1", Ok(Mode::Test)),
            ("pk_test_1", Err(SetupError::SecretKey)),
            ("sk_test_", Err(SetupError::SecretKey)),
            ("sk_test_1\n", Err(SetupError::SecretKey)),
            ("whsec_1", Err(SetupError::SecretKey)),
            ("", Err(SetupError::SecretKey)),
        ] {
            assert_eq!(config(key, "").mode(), expected, "{key}");
        }
    }

    #[test]
    fn only_this_machine_is_asked_without_tls() {
        for (url, is_taken) in [
            ("", true),
            ("https://stripe.example", true),
            ("http://127.0.0.1:12111", true),
            ("http://[::1]:12111", true),
            ("http://localhost:12111", true),
            ("http://stripe.example", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
            ("https://user@stripe.example", false),
            ("https://stripe.example?x=1", false),
            ("file:///etc", false),
        ] {
            assert_eq!(config("sk_test_1", url).checked().is_ok(), is_taken, "{url}");
        }
    }

    #[test]
    fn what_anybody_could_sign_with_is_refused() {
        let mut config = config("sk_test_1", "");
        config.webhook_secrets.push(Secret::new(" ".to_owned()));
        assert_eq!(config.checked().unwrap_err(), SetupError::WebhookSecret);
    }

    #[test]
    fn an_account_has_a_name() {
        for (name, is_taken) in [("", false), ("a", true)] {
            let config = StripeConfig {
                account: name.to_owned(),
                ..config("sk_test_1", "")
            };
            assert_eq!(config.checked().is_ok(), is_taken);
        }
        let config = StripeConfig {
            account: "a".repeat(65),
            ..config("sk_test_1", "")
        };
        assert_eq!(config.checked().unwrap_err(), SetupError::Account);
    }

    #[test]
    fn secrets_are_not_printed() {
        let config = config("sk_test_hush", "");
        assert!(!format!("{config:?}").contains("hush"));
        assert!(!format!("{:?}", config.checked().unwrap()).contains("hush"));
    }
}
