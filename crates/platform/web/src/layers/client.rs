//! Who asks: the address behind the proxies that we trust, and the id of the request.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use axum::extract::{ConnectInfo, Request};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::layers::network::Network;

/// The id that joins a request with everything that it caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// The caller's address, behind the trusted proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

/// Where a request id travels, in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) request_id: RequestId,
    pub(crate) ip: Option<IpAddr>,
}

impl Caller {
    pub(crate) fn of(request: &Request, trusted_proxies: &[Network]) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let is_trusted = |ip: IpAddr| trusted_proxies.iter().any(|network| network.contains(ip));
        let comes_by_proxy = peer.is_some_and(is_trusted);
        let given = comes_by_proxy
            .then(|| request.headers().get(REQUEST_ID))
            .flatten();
        Self {
            request_id: given
                .and_then(sane_request_id)
                .unwrap_or_else(|| RequestId(new_request_id())),
            ip: peer.map(|peer| {
                if comes_by_proxy {
                    client_behind(request.headers(), is_trusted).unwrap_or(peer)
                } else {
                    peer
                }
            }),
        }
    }

    /// Puts what we know where extractors find it.
    pub(crate) fn attach(&self, request: &mut Request) {
        request.extensions_mut().insert(self.request_id.clone());
        if let Some(ip) = self.ip {
            request.extensions_mut().insert(ClientIp(ip));
        }
    }
}

impl RequestId {
    /// As a header.
    pub(crate) fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

/// Each proxy adds on the right whom it talked to, so the first from the right that is none of ours is the
/// client; what stands further left is the client's own invention.
fn client_behind(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut last = None;
    for hop in lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(',')) {
        let Some(ip) = parse_hop(hop.trim()) else {
            return last;
        };
        last = Some(ip);
        if !is_trusted(ip) {
            break;
        }
    }
    last
}

/// Some proxies add the port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let ip = hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    ip.or_else(with_port).map(|ip| ip.to_canonical())
}

fn sane_request_id(value: &HeaderValue) -> Option<RequestId> {
    let text = value
        .to_str()
        .ok()
        .filter(|text| (8..=64).contains(&text.len()))?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes().all(is_plain).then(|| RequestId(text.into()))
}

/// Ids that don't repeat and tell nothing: a count under a keyed hash, because asking the system for
/// randomness each time costs as much as a good part of a small answer.
fn new_request_id() -> Arc<str> {
    static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let [high, low] = KEYS.each_ref().map(|key| key.hash_one(count));
    format!("req_{high:016x}{low:016x}").into()
}
