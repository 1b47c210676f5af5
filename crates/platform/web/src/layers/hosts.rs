//! The names that we answer to. A request for another name is not for us (RFC 9110 §7.4): answering it
//! would let a stranger's page read ours under its own name, and put its name into what we send.

use axum::extract::Request;
use http::uri::Authority;
use http::{HeaderValue, header};

/// The names that we answer to.
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    pub(super) fn new(names: Vec<String>) -> Self {
        Self(names.into_iter().map(|name| plain(&name)).collect())
    }

    /// HTTP/2 sends the name as authority, HTTP/1 as `Host`; two that differ are a trick.
    pub(super) fn allow(&self, request: &Request) -> bool {
        let mut lines = request.headers().get_all(header::HOST).iter();
        let line = lines.next();
        if lines.next().is_some() {
            return false;
        }
        let authority = request.uri().authority();
        if authority.is_none() && line.is_some_and(|line| self.has_as_written(line)) {
            return true;
        }
        let host = line.map(|line| line.to_str().ok().and_then(|text| text.parse::<Authority>().ok()));
        match (authority, host) {
            (Some(authority), Some(Some(host))) => {
                plain(authority.host()) == plain(host.host()) && self.knows(&host)
            }
            (Some(authority), None) => self.knows(authority),
            (None, Some(Some(host))) => self.knows(&host),
            (_, Some(None)) | (None, None) => false,
        }
    }

    /// Almost every request: one of the names to the letter, with a port or without.
    fn has_as_written(&self, line: &HeaderValue) -> bool {
        let text = line.to_str().unwrap_or_default();
        let (name, port) = text.split_once(':').unwrap_or((text, ""));
        let is_port = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
        is_port && self.0.iter().any(|known| known == name)
    }

    fn knows(&self, authority: &Authority) -> bool {
        let name = plain(authority.host());
        !authority.as_str().contains('@') && self.0.contains(&name)
    }
}

/// Lower case, no brackets around IPv6, no dot at the end.
fn plain(name: &str) -> String {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_let_in_as_written_is_let_in_when_it_is_read() {
        let hosts = Hosts::new(vec!["app.example.com".into(), "127.0.0.1".into(), "::1".into()]);
        let mut let_in = 0;
        for text in [
            "app.example.com",
            "app.example.com:8443",
            "127.0.0.1:80",
            "app.example.com:",
            "app.example.com:80:80",
            "app.example.com:x",
            "me@app.example.com",
            "app.example.com@evil.example",
            "APP.example.com",
            "[::1]:80",
            "::1",
            ":80",
            "",
        ] {
            if hosts.has_as_written(&HeaderValue::from_static(text)) {
                let read = text.parse::<Authority>().unwrap();
                assert!(hosts.knows(&read), "{text}");
                let_in += 1;
            }
        }
        assert_eq!(let_in, 4);
    }
}
