//! Where events are told.

use url::{Host, Url};

use crate::error::WebhookError;

const FIELD: &str = "/url";

/// The longest URL, in bytes.
const LONGEST: usize = 2048;

/// What URLs may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schemes {
    /// `https` alone.
    Https,
    /// `http` as well: where private addresses may be asked.
    HttpToo,
}

/// The URL of an endpoint: absolute, without a name and password in it, and without a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// Reads the field at `/url`. Where it leads is looked at whenever it is asked, because names move.
    pub fn parse(raw: &str, schemes: Schemes) -> Result<Self, WebhookError> {
        if raw.is_empty() || raw.len() > LONGEST {
            let detail = "1 to 2048 bytes are expected";
            return Err(WebhookError::field(FIELD, "invalid_length", detail));
        }
        // The parser would leave such characters out, and so take another URL than the one that is shown.
        if raw
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control())
        {
            return Err(invalid("spaces and control characters are not allowed"));
        }
        // So with what browsers forgive: `https:example.com`, `https:///example.com`, `https:\\example.com`.
        let has_host = raw
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.starts_with('/'));
        if !has_host || raw.contains('\\') {
            return Err(invalid("an absolute URL is expected"));
        }
        let url = Url::parse(raw).map_err(|_| invalid("an absolute URL is expected"))?;
        match (url.scheme(), schemes) {
            ("https", _) | ("http", Schemes::HttpToo) => {}
            (_, Schemes::Https) => return Err(invalid("a URL with https is expected")),
            (_, Schemes::HttpToo) => return Err(invalid("a URL with https or http is expected")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("a name and a password do not belong into it"));
        }
        if url.fragment().is_some() {
            return Err(invalid("a fragment does not belong into it"));
        }
        if url.host().is_none_or(|host| host == Host::Domain("")) || url.port() == Some(0) {
            return Err(invalid("a host is expected"));
        }
        if url.as_str().len() > LONGEST {
            return Err(invalid("it is longer than 2048 bytes when it is written out"));
        }
        Ok(Self(url))
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

fn invalid(detail: &'static str) -> WebhookError {
    WebhookError::field(FIELD, "invalid", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_urls_of_servers_and_nothing_else() {
        for good in [
            "https://example.com",
            "https://example.com:8443/hooks?source=mainstay&x=%20",
            "https://xn--bcher-kva.example/a",
            "https://[2001:db8::1]/",
        ] {
            assert!(EndpointUrl::parse(good, Schemes::Https).is_ok(), "{good}");
        }
        let long = format!("https://example.com/{}", "x".repeat(2029));
        let grows = format!("https://example.com/{}", "ü".repeat(700));
        for bad in [
            "",
            "example.com",
            "/hooks",
            "//example.com/hooks",
            "https://",
            "https:///hooks",
            "https:example.com",
            "https:/example.com",
            "https:\\\\example.com",
            "https://example.com\\hooks",
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/plain,x",
            "https://ada:secret@example.com/",
            "https://ada@example.com/",
            "https://:secret@example.com/",
            "https://example.com/#part",
            "https://example.com/#",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://exa\tmple.com/",
            " https://example.com/",
            "https://example.com/\n",
            "https://example.com/a\u{0}b",
            "https://[::1",
            long.as_str(),
            grows.as_str(),
        ] {
            assert!(EndpointUrl::parse(bad, Schemes::Https).is_err(), "{bad}");
        }
        assert!(EndpointUrl::parse("http://127.0.0.1:8080/", Schemes::HttpToo).is_ok());
        assert!(EndpointUrl::parse("ftp://127.0.0.1/", Schemes::HttpToo).is_err());
    }
}
