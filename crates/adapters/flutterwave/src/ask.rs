//! Asking Flutterwave (<https://developer.flutterwave.com/v3.0/docs/errors>). Nothing is asked twice here: it has no
//! idempotency keys, and who asks has a better idea of when to ask again.

use std::sync::Arc;
use std::time::Duration;

use kernel::Secret;
use ports::http::{HttpClient, HttpMethod, HttpRequest, HttpResponse, Overlong, below};
use ports::payments::{Effect, ProviderError, printable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::api::{Envelope, PageInfo};

/// How long one answer may take: longer than the 28 seconds after which Flutterwave itself gives up.
const TIMEOUT: Duration = Duration::from_secs(35);

/// The longest answer that is read.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// How many pages of a list are read to find something in it.
const MOST_PAGES: u64 = 20;

/// How many are on a page.
const FULL_PAGE: usize = 10;

/// Somebody who can be asked.
pub(crate) struct Api {
    http: Arc<dyn HttpClient>,
    key: Secret<String>,
    base_url: Url,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Listing<T> {
    pub(crate) data: Vec<T>,
    /// Whether there may be a page after this one.
    pub(crate) has_more: bool,
}

impl Api {
    pub(crate) fn new(http: Arc<dyn HttpClient>, key: Secret<String>, base_url: Url) -> Self {
        Self { http, key, base_url }
    }

    /// One thing.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<T, ProviderError> {
        let answer = self.send(HttpMethod::Get, path, query, Vec::new()).await?;
        data(&answer, Effect::None)
    }

    /// A page of a list, from 1.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        page: u64,
    ) -> Result<Listing<T>, ProviderError> {
        let mut query = query.to_vec();
        query.push(("page", page.to_string()));
        let answer = self.send(HttpMethod::Get, path, &query, Vec::new()).await?;
        let data: Vec<T> = data(&answer, Effect::None)?;
        let info = answer.meta.and_then(|meta| meta.page_info);
        // Where it is not said how many pages there are, the last one is not full.
        let has_more = match info {
            Some(PageInfo { total_pages }) => page < total_pages,
            None => data.len() >= FULL_PAGE,
        };
        Ok(Listing { data, has_more })
    }

    /// A list in whole, as long as it is not too long.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Vec<T>, ProviderError> {
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let listing = self.page(path, query, page).await?;
            all.extend(listing.data);
            if !listing.has_more {
                return Ok(all);
            }
        }
        Err(ProviderError::Unavailable("a list without end".to_owned()))
    }

    /// Asks for a change; answers what came of it.
    pub(crate) async fn change<T: DeserializeOwned>(
        &self,
        method: HttpMethod,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, ProviderError> {
        let answer = self.send(method, path, &[], written(body)?).await?;
        data(&answer, Effect::Some)
    }

    /// Asks for a change that answers nothing but that it was made.
    pub(crate) async fn order(
        &self,
        method: HttpMethod,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<(), ProviderError> {
        self.send(method, path, &[], written(body)?).await.map(drop)
    }

    async fn send(
        &self,
        method: HttpMethod,
        path: &[&str],
        query: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<Envelope, ProviderError> {
        let url = below(&self.base_url, path, query);
        let url = url.ok_or_else(|| ProviderError::Unavailable("the base URL has no path".to_owned()))?;
        let request = HttpRequest {
            method,
            url,
            headers: vec![
                ("accept", "application/json".to_owned()),
                ("content-type", "application/json".to_owned()),
                ("authorization", format!("Bearer {}", self.key.expose())),
            ],
            body,
            timeout: TIMEOUT,
            max_bytes: MAX_BYTES,
            overlong: Overlong::Refuse,
        };
        let effect = match method {
            HttpMethod::Get => Effect::None,
            _ => Effect::Some,
        };
        let answer = self.http.send(request).await;
        let answer = answer.map_err(|error| effect.unclear(error.to_string()))?;
        judge(&answer, effect)
    }
}

fn written(body: &impl Serialize) -> Result<Vec<u8>, ProviderError> {
    serde_json::to_vec(body).map_err(|error| ProviderError::refused("body", error.to_string()))
}

fn data<T: DeserializeOwned>(answer: &Envelope, effect: Effect) -> Result<T, ProviderError> {
    let data = answer.data.as_deref();
    data.and_then(|data| serde_json::from_str(data.get()).ok())
        .ok_or_else(|| effect.unclear("an answer that can't be read".to_owned()))
}

/// The status of HTTP and the one in the answer both have to be good.
fn judge(answer: &HttpResponse, effect: Effect) -> Result<Envelope, ProviderError> {
    let http = answer.status;
    let envelope = serde_json::from_slice::<Envelope>(&answer.body).ok();
    let message = envelope.as_ref().and_then(|envelope| envelope.message.as_deref());
    let message = message.map_or_else(|| format!("status {http}"), plain);
    let is_absent = says_absent(&message);
    match (http, envelope) {
        (200..=299, Some(envelope)) if envelope.status.as_deref() == Some("success") => Ok(envelope),
        (401 | 403, _) => Err(ProviderError::Unauthorized(message)),
        (429, _) => Err(ProviderError::RateLimited {
            retry_after: answer.retry_after_seconds(),
        }),
        (200..=499, _) if is_absent || http == 404 => Err(ProviderError::NotFound),
        // Somebody on the way has waited for too long.
        (408, _) => Err(effect.unclear(message)),
        (400..=499, _) => Err(ProviderError::refused(&http.to_string(), message)),
        _ => Err(effect.unclear(format!("{http}: {message}"))),
    }
}

/// What is not there is not always answered with 404.
fn says_absent(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("not found") || (message.starts_with("no ") && message.contains(" found"))
}

/// What somebody else wrote, fit for a log.
pub(crate) fn plain(text: &str) -> String {
    printable(text, 200)
}
