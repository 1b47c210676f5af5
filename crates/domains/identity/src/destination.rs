//! Where a person is sent once they are signed in. A place that anybody may name is a way to lead people
//! astray, so it is one of our own pages or one of the places that the operator allows.

use kernel::FieldError;
use url::Url;

use crate::config::IdentityConfig;

const LONGEST: usize = 2048;

/// A place that people may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// One of our own pages: a path, perhaps with a query.
    Here(String),
    /// A page at one of the origins that the operator allows.
    Away(Url),
}

impl Destination {
    /// The place that `text` names, when people may be sent there. It is compared as browsers will read it,
    /// so everything that two readers may read differently is refused: backslashes, blanks, control
    /// characters, users in the host.
    pub fn parse(text: &str, config: &IdentityConfig) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if text.len() > LONGEST || !is_plain {
            return None;
        }
        let is_path = text.starts_with('/') && !text.starts_with("//");
        let url = if is_path {
            config.public_url.join(text).ok()?
        } else {
            Url::parse(text).ok()?
        };
        let is_web = matches!(url.scheme(), "https" | "http") && url.host().is_some();
        if !is_web || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        if url.origin() == config.public_url.origin() {
            return Self::here(&url);
        }
        let mut allowed = config.redirect_origins.iter();
        allowed
            .any(|allowed| allowed.origin() == url.origin())
            .then_some(Self::Away(url))
    }

    /// As a fault of the field at `pointer` when people may not be sent there.
    pub fn require(text: &str, pointer: &'static str, config: &IdentityConfig) -> Result<Self, FieldError> {
        let detail = "a path of this site is expected, like /welcome, or an address that is allowed here";
        Self::parse(text, config).ok_or_else(|| FieldError::new(pointer, "not_allowed", detail))
    }

    /// As it was given, to be parsed again where it is used.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Here(path) => path,
            Self::Away(url) => url.as_str(),
        }
    }

    fn here(url: &Url) -> Option<Self> {
        let path = &url[url::Position::BeforePath..];
        // `/.//evil.test` is `//evil.test` once its dots are resolved, and that is another host.
        (path.starts_with('/') && !path.starts_with("//")).then(|| Self::Here(path.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<String> {
        let config = IdentityConfig {
            public_url: "https://good.test".parse().unwrap(),
            redirect_origins: vec!["https://www.partner.test".parse().unwrap()],
            ..IdentityConfig::default()
        };
        Destination::parse(text, &config).map(|destination| destination.as_str().to_owned())
    }

    #[test]
    fn takes_our_own_pages_and_what_is_allowed() {
        for (text, place) in [
            ("/", "/"),
            ("/a/b?c=%2F%2Fd#e", "/a/b?c=%2F%2Fd#e"),
            ("/a/../b", "/b"),
            ("https://good.test/welcome", "/welcome"),
            ("https://GOOD.test:443/", "/"),
            ("https://www.partner.test/x?y=z", "https://www.partner.test/x?y=z"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(place), "{text}");
        }
    }

    #[test]
    fn refuses_every_way_to_somewhere_else() {
        for text in [
            "",
            "welcome",
            "//evil",
            "///evil",
            "/\\evil",
            "\\\\evil",
            "/.//evil.test",
            "/a/..//evil.test",
            "https://app.evil.test",
            "https:evil.test",
            "https:/evil.test",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "https://good.test@evil",
            "https://good.test:pass@evil.test/",
            "https://user@good.test/",
            "http://good.test/",
            "https://good.test:8443/",
            "https://good.test.evil.com",
            "https://evilgood.test",
            "http://127.0.0.1.evil.com",
            "https://partner.test/",
            "https://a.www.partner.test/",
            "/a\r\nLocation: https://evil.test",
            "/a b",
            "/\t/evil",
            " /a",
            "/\u{ff0f}evil",
            &format!("/{}", "a".repeat(LONGEST)),
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
