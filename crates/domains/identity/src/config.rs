//! The settings of this domain. The defaults are those of production.

pub mod disposable;
pub mod email_domain;
pub mod sign_up;

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use self::sign_up::SignUpConfig;

/// How people prove who they are, and for how long that holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityConfig {
    /// Where this product is reached: every link in a mail starts with it, and it is the issuer of tokens.
    pub public_url: Url,
    /// Other places than our own pages where people may be sent once they are signed in: origins, like
    /// `https://www.example.com`.
    pub redirect_origins: Vec<Url>,
    /// The product's name; passwords must not be made of it.
    pub product_name: String,
    /// Whether an account opens only after its owner has followed a link in a mail.
    pub confirm_email: bool,
    /// The fewest code points a password may have; 8 at least.
    pub password_min_length: usize,
    /// How many sessions a person may have; one more ends the oldest.
    pub max_sessions: u32,
    /// How many times as wide the limits on wrong passwords are: 1 in production, more where developers work.
    pub limits_widened: u32,
    /// Who may sign up.
    #[serde(skip)]
    pub sign_up: SignUpConfig,
    /// How long things hold.
    pub lifetimes: Lifetimes,
}

/// How long things hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lifetimes {
    /// An access token.
    #[serde(with = "seconds")]
    pub access_token: Duration,
    /// A session that is not used.
    #[serde(with = "seconds")]
    pub session_idle: Duration,
    /// A session, however much it is used.
    #[serde(with = "seconds")]
    pub session: Duration,
    /// A session of platform staff that is not used.
    #[serde(with = "seconds")]
    pub staff_session_idle: Duration,
    /// A session of platform staff.
    #[serde(with = "seconds")]
    pub staff_session: Duration,
    /// The link and code that confirm an address.
    #[serde(with = "seconds")]
    pub verification: Duration,
    /// The link that sets a new password.
    #[serde(with = "seconds")]
    pub reset: Duration,
    /// The link and code to sign in with.
    #[serde(with = "seconds")]
    pub magic_link: Duration,
    /// A change of address that waits for confirmation.
    #[serde(with = "seconds")]
    pub email_change: Duration,
    /// The link that undoes a change of address.
    #[serde(with = "seconds")]
    pub email_undo: Duration,
    /// The link for the first password of an account that somebody else made.
    #[serde(with = "seconds")]
    pub setup: Duration,
    /// How long a signing key is used.
    #[serde(with = "seconds")]
    pub signing_key: Duration,
}

/// For how long a refresh token is answered again after its use: the answer may have been lost, or two
/// tabs asked at once.
pub const REFRESH_GRACE: Duration = Duration::from_secs(30);

/// For how long a key is public before its first use, and after the last token that it signed is over.
pub const KEY_NOTICE: Duration = Duration::from_hours(24);

impl Default for Lifetimes {
    fn default() -> Self {
        const DAY: u64 = 24;
        Self {
            access_token: Duration::from_mins(10),
            session_idle: Duration::from_hours(14 * DAY),
            session: Duration::from_hours(30 * DAY),
            staff_session_idle: Duration::from_hours(1),
            staff_session: Duration::from_hours(12),
            verification: Duration::from_hours(DAY),
            reset: Duration::from_mins(30),
            magic_link: Duration::from_mins(10),
            email_change: Duration::from_mins(30),
            email_undo: Duration::from_hours(3 * DAY),
            setup: Duration::from_hours(7 * DAY),
            signing_key: Duration::from_hours(30 * DAY),
        }
    }
}

impl Default for IdentityConfig {
    fn default() -> Self {
        Self {
            public_url: local_url(),
            redirect_origins: Vec::new(),
            product_name: String::from("Mainstay"),
            confirm_email: true,
            password_min_length: 12,
            max_sessions: 50,
            limits_widened: 1,
            sign_up: SignUpConfig::default(),
            lifetimes: Lifetimes::default(),
        }
    }
}

impl IdentityConfig {
    /// The issuer and audience of our tokens: the public URL without a slash at the end.
    pub fn issuer(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// The address of one of our pages: `page("/login")`.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// The address of a page that acts on a one-time token. Tokens are base64url, so nothing is escaped.
    pub fn page_with_token(&self, path: &str, token: &str) -> String {
        format!("{}{path}?token={token}", self.issuer())
    }
}

fn local_url() -> Url {
    #[expect(clippy::expect_used, reason = "a constant that a test parses")]
    Url::parse("http://127.0.0.1:8080").expect("a URL")
}

/// Durations as whole seconds in the configuration.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_start_with_the_public_url_and_nothing_else() {
        let config = IdentityConfig {
            public_url: "https://app.example/".parse().unwrap(),
            ..IdentityConfig::default()
        };
        assert_eq!(config.issuer(), "https://app.example");
        assert_eq!(
            config.page_with_token("/verify-email", "abc"),
            "https://app.example/verify-email?token=abc"
        );
    }
}
