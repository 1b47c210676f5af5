//! The names that we answer to. A request for another name is not for us (RFC 9110 §7.4): answering it
//! would let a stranger's page read ours under its own name, and put its name into what we send.

use axum::extract::Request;
use http::header;
use http::uri::Authority;

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
        let host = line.map(|line| line.to_str().ok().and_then(|text| text.parse::<Authority>().ok()));
        let authority = request.uri().authority();
        match (authority, host) {
            (Some(authority), Some(Some(host))) => {
                plain(authority.host()) == plain(host.host()) && self.knows(&host)
            }
            (Some(authority), None) => self.knows(authority),
            (None, Some(Some(host))) => self.knows(&host),
            (_, Some(None)) | (None, None) => false,
        }
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
