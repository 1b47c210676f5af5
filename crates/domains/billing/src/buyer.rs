//! Where buyers come back to, and what is remembered for whoever sent them.

use std::collections::BTreeMap;

use url::{Host, Url};

use crate::error::BillingError;
use crate::machinery::Machinery;

/// The most keys that an order remembers.
const MOST_KEYS: usize = 20;
/// The longest key, in characters.
const LONGEST_KEY: usize = 40;
/// The longest value, in characters.
const LONGEST_VALUE: usize = 500;
/// The longest address, in bytes.
const LONGEST_URL: usize = 2048;

/// Texts that are remembered for whoever started it.
pub(crate) type Metadata = BTreeMap<String, String>;

/// Where buyers may be sent back to.
#[derive(Debug, Clone)]
pub(crate) struct ReturnRule {
    /// Where they go when nobody says.
    pub(crate) home: Url,
    /// Whether addresses without TLS are taken.
    pub(crate) allows_plain: bool,
}

impl ReturnRule {
    /// As the operator has it.
    pub(crate) fn of(machinery: &Machinery) -> Self {
        Self {
            home: machinery.public_url.clone(),
            allows_plain: machinery.config.allow_plain_return,
        }
    }

    /// The address in the field at `pointer`, or home.
    pub(crate) fn read(&self, pointer: &'static str, said: Option<String>) -> Result<Url, BillingError> {
        said.map_or_else(|| Ok(self.home.clone()), |raw| self.parse(pointer, &raw))
    }

    fn parse(&self, pointer: &'static str, raw: &str) -> Result<Url, BillingError> {
        let invalid = |detail: &'static str| BillingError::field(pointer, "invalid", detail);
        if raw.is_empty() || raw.len() > LONGEST_URL {
            let detail = "1 to 2048 bytes are expected";
            return Err(BillingError::field(pointer, "invalid_length", detail));
        }
        // The parser would leave such characters out or take them for others, and lead elsewhere than it looks.
        let is_odd = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\';
        if raw.chars().any(is_odd) {
            return Err(invalid(
                "spaces, backslashes and control characters are not allowed",
            ));
        }
        let has_host = raw
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.starts_with('/'));
        let url = Url::parse(raw).ok().filter(|_| has_host);
        let url = url.ok_or_else(|| invalid("an absolute URL is expected"))?;
        match url.scheme() {
            "https" => {}
            "http" if self.allows_plain => {}
            _ => return Err(invalid("a URL with https is expected")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("a name and a password do not belong into it"));
        }
        if url.host().is_none_or(|host| host == Host::Domain("")) {
            return Err(invalid("a host is expected"));
        }
        Ok(url)
    }
}

/// No more than every provider keeps.
pub(crate) fn bounded(metadata: Metadata) -> Result<Metadata, BillingError> {
    const FIELD: &str = "/metadata";
    if metadata.len() > MOST_KEYS {
        return Err(BillingError::field(FIELD, "too_long", "at most 20 keys"));
    }
    let is_key =
        |key: &str| (1..=LONGEST_KEY).contains(&key.chars().count()) && !key.chars().any(char::is_control);
    for (key, value) in &metadata {
        if !is_key(key) {
            let detail = "a key has 1 to 40 characters, and no control characters";
            return Err(BillingError::field(FIELD, "invalid_key", detail));
        }
        if value.chars().count() > LONGEST_VALUE {
            let detail = format!("the value of {key} has more than 500 characters");
            return Err(BillingError::field(FIELD, "too_long", detail));
        }
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(allows_plain: bool) -> ReturnRule {
        ReturnRule {
            home: "https://app.example.com/".parse().unwrap(),
            allows_plain,
        }
    }

    #[test]
    fn buyers_come_back_home_or_to_an_address_with_tls() {
        for good in ["https://shop.example/ok?id=1#done", "https://[::1]:8443/"] {
            assert!(rule(false).parse("/success_url", good).is_ok(), "{good}");
        }
        assert!(rule(true).parse("/success_url", "http://localhost:3000/").is_ok());
        let long = format!("https://shop.example/{}", "x".repeat(2048));
        for bad in [
            "",
            "shop.example",
            "//shop.example",
            "https:shop.example",
            "https:///shop.example",
            "https://",
            "http://shop.example/",
            "javascript://shop.example/%0aalert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "https://ada:secret@shop.example/",
            "https://ada@shop.example/",
            "https://shop.example\\@evil.example/",
            "https://shop.example/a b",
            "https://shop.example/\n",
            "https://shop.example:99999/",
            long.as_str(),
        ] {
            assert!(rule(false).parse("/success_url", bad).is_err(), "{bad}");
        }
        for bad in ["ftp://shop.example/", "javascript://shop.example/"] {
            assert!(rule(true).parse("/success_url", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn remembers_only_so_much() {
        let of = |pairs: &[(String, String)]| bounded(pairs.iter().cloned().collect());
        let pair = |key: usize, value: usize| ("k".repeat(key), "v".repeat(value));
        assert!(of(&[pair(40, 500)]).is_ok());
        assert!(of(&[pair(0, 1)]).is_err());
        assert!(of(&[pair(41, 1)]).is_err());
        assert!(of(&[pair(1, 501)]).is_err());
        assert!(of(&[("a\nb".into(), String::new())]).is_err());
        let many = |count: usize| {
            (0..count)
                .map(|key| (key.to_string(), String::new()))
                .collect::<Vec<_>>()
        };
        assert!(of(&many(20)).is_ok() && of(&many(21)).is_err());
    }
}
