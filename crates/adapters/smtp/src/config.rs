//! Which mail server, and how to speak to it, from one URL:
//! `smtp://user:password@mail.example.com:587?tls=required`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use kernel::{EmailAddress, Secret};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (`smtps://`, RFC 8314).
    Tls,
    /// TLS after `STARTTLS`, or nothing is sent (`tls=required`, what `smtp://` means).
    StartTls,
    /// TLS after `STARTTLS` where the server offers it (`tls=opportunistic`).
    StartTlsIfOffered,
    /// None (`tls=none`): for a server on the same machine.
    Plain,
}

/// Who we are to the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret<String>,
}

/// Which mail server, and how to speak to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpConfig {
    /// Its name; its certificate must be for it.
    pub host: String,
    /// Its port: 465 for `smtps://`, 587 for `smtp://`, unless the URL says otherwise.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Who we are, where the server asks.
    pub credentials: Option<Credentials>,
    /// Certificates (PEM file) to trust beside the public ones (`ca=…`).
    pub root_certificates: Option<PathBuf>,
    /// How long the server may take over one step (`timeout=…` in seconds). For the last answer, which
    /// decides between one copy and two, it gets four times as long.
    pub timeout: Duration,
    /// The most connections at once (`connections=…`).
    pub connections: usize,
}

/// What every mail says it is from: `Quillwork <hello@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The name that people see; may be empty.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
}

/// The settings can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpConfigError {
    /// Not a URL of a mail server.
    #[error("a URL like smtp://user:password@mail.example.com:587 or smtps://… is expected")]
    NoUrl,
    /// Something in the URL means nothing here.
    #[error("`{0}` means nothing in a mail server's URL; tls, ca, timeout and connections do")]
    UnknownPart(String),
    /// `tls=` has another value.
    #[error("tls is required, opportunistic or none, and smtps:// needs no tls")]
    UnknownTls,
    /// A number is expected.
    #[error("`{0}` is a whole number between 1 and {1}")]
    NoNumber(&'static str, u64),
    /// A user without a password, or the reverse, or text that is not UTF-8.
    #[error("user and password belong together, percent-encoded: smtp://user:p%40ss@host")]
    HalfCredentials,
    /// The password could be read on the way.
    #[error("the password would not be protected on its way; use tls=required or smtps://")]
    BarePassword,
    /// The certificates can't be used.
    #[error("the certificates in {0} can't be read")]
    Certificates(String),
    /// Not a sender.
    #[error("a sender like hello@example.com or Quillwork <hello@example.com> is expected")]
    NoSender,
}

impl FromStr for SmtpConfig {
    type Err = SmtpConfigError;

    fn from_str(text: &str) -> Result<Self, SmtpConfigError> {
        let url = Url::parse(text).map_err(|_| SmtpConfigError::NoUrl)?;
        let (security, usual_port) = match url.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp" => (Security::StartTls, 587),
            _ => return Err(SmtpConfigError::NoUrl),
        };
        let host = host_of(&url).ok_or(SmtpConfigError::NoUrl)?;
        if !matches!(url.path(), "" | "/") {
            return Err(SmtpConfigError::UnknownPart(url.path().to_owned()));
        }
        if let Some(fragment) = url.fragment() {
            return Err(SmtpConfigError::UnknownPart(format!("#{fragment}")));
        }
        let mut config = Self {
            host,
            port: url.port().unwrap_or(usual_port),
            security,
            credentials: credentials_of(&url)?,
            root_certificates: None,
            timeout: Duration::from_secs(30),
            connections: 8,
        };
        for (name, value) in url.query_pairs() {
            config.set(&name, &value)?;
        }
        if config.credentials.is_some() && config.shows_password() {
            return Err(SmtpConfigError::BarePassword);
        }
        Ok(config)
    }
}

impl SmtpConfig {
    fn set(&mut self, name: &str, value: &str) -> Result<(), SmtpConfigError> {
        match name {
            "tls" if self.security == Security::Tls => return Err(SmtpConfigError::UnknownTls),
            "tls" => {
                self.security = match value {
                    "required" => Security::StartTls,
                    "opportunistic" => Security::StartTlsIfOffered,
                    "none" => Security::Plain,
                    _ => return Err(SmtpConfigError::UnknownTls),
                };
            }
            "ca" => self.root_certificates = Some(value.into()),
            "timeout" => self.timeout = Duration::from_secs(number("timeout", value, 300)?),
            "connections" => {
                self.connections = usize::try_from(number("connections", value, 100)?).unwrap_or(1);
            }
            _ => return Err(SmtpConfigError::UnknownPart(name.to_owned())),
        }
        Ok(())
    }

    /// Whether somebody on the way could read it. Nobody is on the way to the same machine.
    fn shows_password(&self) -> bool {
        let is_bare = matches!(self.security, Security::StartTlsIfOffered | Security::Plain);
        let is_here = self.host == "localhost"
            || self
                .host
                .parse()
                .is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        is_bare && !is_here
    }
}

/// Without the password.
impl fmt::Display for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.security == Security::Tls {
            "smtps"
        } else {
            "smtp"
        };
        let user = if self.credentials.is_some() { "…@" } else { "" };
        write!(f, "{scheme}://{user}{}:{}", self.host, self.port)
    }
}

impl FromStr for Sender {
    type Err = SmtpConfigError;

    fn from_str(text: &str) -> Result<Self, SmtpConfigError> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(text) => text.rsplit_once('<').ok_or(SmtpConfigError::NoSender)?,
            None => ("", text),
        };
        let name = name.trim().trim_matches('"').trim();
        if name.chars().any(char::is_control) {
            return Err(SmtpConfigError::NoSender);
        }
        Ok(Self {
            name: name.to_owned(),
            address: address.parse().map_err(|_| SmtpConfigError::NoSender)?,
        })
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return write!(f, "{}", self.address);
        }
        write!(f, "{} <{}>", self.name, self.address)
    }
}

fn host_of(url: &Url) -> Option<String> {
    // The scheme is no special one to the URL standard, so addresses come as names.
    match url.host()? {
        Host::Domain(name) if !name.is_empty() => Some(name.to_owned()),
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

fn credentials_of(url: &Url) -> Result<Option<Credentials>, SmtpConfigError> {
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| SmtpConfigError::HalfCredentials)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(SmtpConfigError::HalfCredentials),
        (user, Some(password)) => Ok(Some(Credentials {
            user: decode(user)?,
            password: Secret::new(decode(password)?),
        })),
    }
}

fn number(name: &'static str, value: &str, largest: u64) -> Result<u64, SmtpConfigError> {
    let number = value.parse().ok().filter(|number| (1..=largest).contains(number));
    number.ok_or(SmtpConfigError::NoNumber(name, largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SmtpConfig, SmtpConfigError> {
        text.parse()
    }

    #[test]
    fn reads_a_url() {
        let config =
            parse("smtp://me%40x:p%3A%40ss@mail.example.com?timeout=5&connections=2&ca=/etc/ca.pem").unwrap();
        assert_eq!((config.host.as_str(), config.port), ("mail.example.com", 587));
        assert_eq!(config.security, Security::StartTls);
        let credentials = config.credentials.clone().unwrap();
        assert_eq!(
            (credentials.user.as_str(), credentials.password.expose().as_str()),
            ("me@x", "p:@ss")
        );
        assert_eq!((config.timeout, config.connections), (Duration::from_secs(5), 2));
        assert_eq!(config.root_certificates, Some("/etc/ca.pem".into()));
        assert_eq!(config.to_string(), "smtp://…@mail.example.com:587");
        assert!(!format!("{config:?}").contains("p:@ss"));
        let config = parse("smtps://mail.example.com").unwrap();
        assert_eq!((config.port, config.security), (465, Security::Tls));
        let config = parse("smtp://u:p@[::1]:25?tls=none").unwrap();
        assert_eq!((config.host.as_str(), config.security), ("::1", Security::Plain));
        let config = parse("smtp://mail.example.com/?tls=opportunistic").unwrap();
        assert_eq!(config.security, Security::StartTlsIfOffered);
    }

    #[test]
    fn says_what_is_wrong_with_one() {
        for (text, error) in [
            ("", SmtpConfigError::NoUrl),
            ("mail.example.com:25", SmtpConfigError::NoUrl),
            ("http://mail.example.com", SmtpConfigError::NoUrl),
            ("smtp:///x", SmtpConfigError::NoUrl),
            ("smtp://host/inbox", SmtpConfigError::UnknownPart("/inbox".into())),
            ("smtp://host?ssl=1", SmtpConfigError::UnknownPart("ssl".into())),
            ("smtp://host?tls=maybe", SmtpConfigError::UnknownTls),
            ("smtps://host?tls=none", SmtpConfigError::UnknownTls),
            ("smtp://host?timeout=0", SmtpConfigError::NoNumber("timeout", 300)),
            ("smtp://me@host", SmtpConfigError::HalfCredentials),
            ("smtp://me:pw@host?tls=none", SmtpConfigError::BarePassword),
            (
                "smtp://me:pw@host?tls=opportunistic",
                SmtpConfigError::BarePassword,
            ),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn reads_a_sender() {
        for (text, name) in [
            ("Quillwork <hello@example.com>", "Quillwork"),
            ("\"Ink & Quill\" <hello@example.com>", "Ink & Quill"),
            ("hello@example.com", ""),
        ] {
            let sender: Sender = text.parse().unwrap();
            assert_eq!(
                (sender.name.as_str(), sender.address.as_str()),
                (name, "hello@example.com")
            );
        }
        for text in [
            "",
            "Quillwork",
            "Quillwork <hello>",
            "a\r\nBcc: b <hello@example.com>",
        ] {
            assert_eq!(text.parse::<Sender>(), Err(SmtpConfigError::NoSender), "{text}");
        }
    }
}
