//! The client.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ports::http::{HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse, Overlong};
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, redirect, retry};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout_at};
use url::{Host, Origin, Url};

use crate::resolver::{OnlyPrivate, Reach, Resolver};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Who may be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboundConfig {
    /// Whether addresses of our own network may be asked, and without TLS: for tests, and where the other
    /// side is a neighbour.
    pub allow_private: bool,
}

/// The client can't be built.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// TLS has no version that both its parts know.
    #[error("TLS can't be set up")]
    Tls(#[from] rustls::Error),
    /// The client itself.
    #[error("the HTTP client can't be set up")]
    Client(#[from] reqwest::Error),
}

/// Asks the outside. Cheap to clone; its clones share their connections.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: Client,
    reach: Reach,
}

impl Outbound {
    /// A client for `config`.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(config: &OutboundConfig) -> Result<Self, OutboundError> {
        let reach = if config.allow_private {
            Reach::Everywhere
        } else {
            Reach::Public
        };
        let client = Client::builder()
            .user_agent(concat!("Mainstay/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(Arc::new(Resolver(reach)))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE)
            .build()?;
        Ok(Self { client, reach })
    }

    /// The resolver is not asked about an address, so that is looked at here.
    fn check(&self, url: &Url) -> Result<(), HttpError> {
        let is_allowed = match url.host() {
            Some(Host::Ipv4(address)) => self.reach.includes(address.into()),
            Some(Host::Ipv6(address)) => self.reach.includes(address.into()),
            Some(Host::Domain(_)) => true,
            None => return Err(HttpError::Unreachable("the URL names no host".into())),
        };
        if !is_allowed {
            let host = url.host_str().unwrap_or_default().to_owned();
            return Err(HttpError::PrivateAddress(host));
        }
        match (url.scheme(), self.reach) {
            ("https", _) | ("http", Reach::Everywhere) => Ok(()),
            _ => Err(HttpError::Unreachable("only https is asked".into())),
        }
    }

    /// The answer up to its body.
    async fn ask(&self, request: HttpRequest) -> Result<Response, HttpError> {
        let method = match request.method {
            HttpMethod::Get => Method::GET,
            HttpMethod::Post => Method::POST,
            HttpMethod::Put => Method::PUT,
            HttpMethod::Patch => Method::PATCH,
            HttpMethod::Delete => Method::DELETE,
        };
        let headers = headers(&request.headers)?;
        let asked = self.client.request(method, request.url).headers(headers);
        let asked = match request.method {
            HttpMethod::Get | HttpMethod::Delete => asked,
            HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch => asked.body(request.body),
        };
        asked.send().await.map_err(in_our_words)
    }
}

/// Asks one server, wherever it is, and no other: for what a server tells itself. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OneServer {
    outbound: Outbound,
    origin: Origin,
}

impl OneServer {
    /// A client for the server at `url`.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn at(url: &Url) -> Result<Self, OutboundError> {
        let outbound = Outbound::new(&OutboundConfig { allow_private: true })?;
        let origin = url.origin();
        Ok(Self { outbound, origin })
    }
}

#[async_trait]
impl HttpClient for OneServer {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if request.url.origin() != self.origin {
            let host = request.url.host_str().unwrap_or_default().to_owned();
            return Err(HttpError::PrivateAddress(host));
        }
        self.outbound.send(request).await
    }
}

#[async_trait]
impl HttpClient for Outbound {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.check(&request.url)?;
        let deadline = Instant::now() + request.timeout;
        let (most, overlong) = (request.max_bytes, request.overlong);
        let response = timeout_at(deadline, self.ask(request)).await;
        let mut response = response.unwrap_or(Err(HttpError::TimedOut))?;
        let answered = response.headers();
        let mut answer = HttpResponse {
            status: response.status().as_u16(),
            content_type: text(answered, &CONTENT_TYPE),
            max_age: text(answered, &CACHE_CONTROL).and_then(|value| max_age(&value)),
            headers: texts(answered),
            body: Vec::new(),
        };
        let read = read(&mut response, most, overlong, &mut answer.body);
        let read = timeout_at(deadline, read).await;
        match (overlong, read.unwrap_or(Err(HttpError::TimedOut))) {
            (Overlong::Refuse, Err(error)) => Err(error),
            (Overlong::Refuse, Ok(())) | (Overlong::Cut, _) => Ok(answer),
        }
    }
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// All of them may be secret.
fn headers(pairs: &[(&'static str, String)]) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let value = HeaderValue::try_from(value).map_err(|error| HttpError::Unreachable(error.into()));
        let mut value = value?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let pairs = headers.iter();
    let pairs = pairs.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    pairs.collect()
}

/// `max-age` of `Cache-Control`; nothing when the answer must not be kept.
fn max_age(cache_control: &str) -> Option<Duration> {
    let mut found = None;
    for directive in cache_control.split(',') {
        let directive = directive.trim().to_ascii_lowercase();
        match directive.split_once('=') {
            Some(("max-age", seconds)) => {
                found = seconds.trim_matches('"').parse().ok().map(Duration::from_secs);
            }
            None if directive == "no-store" || directive == "no-cache" => return Some(Duration::ZERO),
            _ => {}
        }
    }
    found
}

/// The body, piece by piece: what is too long is not read to its end.
async fn read(
    response: &mut Response,
    most: usize,
    overlong: Overlong,
    body: &mut Vec<u8>,
) -> Result<(), HttpError> {
    let most_told = u64::try_from(most).unwrap_or(u64::MAX);
    let is_told = response.content_length().is_some_and(|length| length > most_told);
    if is_told && overlong == Overlong::Refuse {
        return Err(HttpError::TooLong);
    }
    while let Some(piece) = response.chunk().await.map_err(in_our_words)? {
        let room = most.saturating_sub(body.len());
        body.extend(piece.iter().take(room));
        if piece.len() > room {
            return Err(HttpError::TooLong);
        }
    }
    Ok(())
}

/// Without the URL, whose query may be secret.
fn in_our_words(error: reqwest::Error) -> HttpError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(OnlyPrivate(name)) = error.downcast_ref() {
            return HttpError::PrivateAddress(name.clone());
        }
        cause = error.source();
    }
    if error.is_timeout() {
        return HttpError::TimedOut;
    }
    HttpError::Unreachable(error.without_url().into())
}
