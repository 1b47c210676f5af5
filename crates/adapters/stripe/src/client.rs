//! One call to Stripe: headers, repetitions, time limits.

use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;
use ports::http::{HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse, Overlong};
use ports::payments::{Effect, ProviderError};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};
use url::Url;

use crate::config::Account;
use crate::form::Form;
use crate::refusal;

/// The release of the API whose words are spoken here.
pub(crate) const VERSION: &str = "2026-10-28.endive";

/// How long a call may take, with all its repetitions.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How often a call is repeated at most.
const REPETITIONS: u32 = 2;

/// How long the first repetition waits; the second waits twice as long.
const DELAY: Duration = Duration::from_millis(500);

/// The longest answer that is read: a hundred events with their objects.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Asks Stripe in the name of one account.
pub(crate) struct Client {
    pub(crate) account: Account,
    pub(crate) clock: Arc<dyn Clock>,
    http: Arc<dyn HttpClient>,
}

/// One call.
pub(crate) struct Call<'a> {
    method: HttpMethod,
    path: &'a [&'a str],
    form: Form,
    idempotency_key: Option<&'a str>,
    pub(crate) effect: Effect,
}

/// What came of a call.
struct Asked {
    answer: Result<HttpResponse, HttpError>,
    is_repeated: bool,
}

impl<'a> Call<'a> {
    /// Asks for something.
    pub(crate) fn get(path: &'a [&'a str], query: Form) -> Self {
        Self {
            method: HttpMethod::Get,
            path,
            form: query,
            idempotency_key: None,
            effect: Effect::None,
        }
    }

    /// Changes something.
    pub(crate) fn post(path: &'a [&'a str], body: Form) -> Self {
        Self {
            method: HttpMethod::Post,
            effect: Effect::Some,
            ..Self::get(path, body)
        }
    }

    /// Ends something.
    pub(crate) fn delete(path: &'a [&'a str], query: Form) -> Self {
        Self {
            method: HttpMethod::Delete,
            ..Self::post(path, query)
        }
    }

    /// Under a key, so that a repetition changes nothing more.
    pub(crate) fn once(self, idempotency_key: &'a str) -> Self {
        Self {
            idempotency_key: Some(idempotency_key),
            ..self
        }
    }

    /// It does not matter whether it happened.
    pub(crate) fn without_effect(self) -> Self {
        Self {
            effect: Effect::None,
            ..self
        }
    }

    /// Stripe keeps keys for `POST` alone.
    fn is_repeatable(&self) -> bool {
        match self.method {
            HttpMethod::Get => true,
            HttpMethod::Post => self.idempotency_key.is_some(),
            HttpMethod::Put | HttpMethod::Patch | HttpMethod::Delete => false,
        }
    }
}

impl Client {
    pub(crate) fn new(account: Account, http: Arc<dyn HttpClient>, clock: Arc<dyn Clock>) -> Self {
        Self { account, clock, http }
    }

    /// The answer, if it is a success.
    pub(crate) async fn send<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ProviderError> {
        let place = call.path.join("/");
        let Asked { answer, is_repeated } = self.ask(&call).await?;
        let answer = match answer {
            Ok(answer) => answer,
            // Nothing was sent.
            Err(error @ HttpError::PrivateAddress(_)) => {
                return Err(ProviderError::Unavailable(error.to_string()));
            }
            Err(error) => return Err(call.effect.unclear(format!("{place}: {error}"))),
        };
        if !(200..300).contains(&answer.status) {
            let refusal = refusal::read(&answer, call.effect, &self.account.key, self.clock.now());
            // Such a repetition was not looked at, and what became of the call before it is not told.
            let is_unclear = is_repeated && matches!(answer.status, 401 | 403 | 429);
            if is_unclear && call.effect == Effect::Some {
                return Err(ProviderError::OutcomeUnknown(refusal.to_string()));
            }
            return Err(refusal);
        }
        serde_json::from_slice(&answer.body).map_err(|error| {
            let error = refusal::plain(&error.to_string(), &self.account.key);
            call.effect.unclear(format!("{place} answers {error}"))
        })
    }

    /// The last answer, repeated where that changes nothing.
    async fn ask(&self, call: &Call<'_>) -> Result<Asked, ProviderError> {
        let begun = Instant::now();
        let mut repetitions = 0;
        loop {
            let left = TIMEOUT.saturating_sub(begun.elapsed());
            let answer = self.http.send(self.request(call, left)?).await;
            let delay = DELAY * (repetitions + 1);
            let is_tried_again = repetitions < REPETITIONS
                && call.is_repeatable()
                && is_worth_repeating(&answer)
                && begun.elapsed() + delay < TIMEOUT;
            if !is_tried_again {
                return Ok(Asked {
                    answer,
                    is_repeated: repetitions > 0,
                });
            }
            sleep(delay).await;
            repetitions += 1;
        }
    }

    fn request(&self, call: &Call<'_>, timeout: Duration) -> Result<HttpRequest, ProviderError> {
        let mut headers = vec![
            ("authorization", format!("Bearer {}", self.account.key.expose())),
            ("stripe-version", VERSION.to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        if let Some(key) = call.idempotency_key {
            headers.push(("idempotency-key", key.to_owned()));
        }
        let mut url = self.url(call.path)?;
        let mut body = Vec::new();
        match call.method {
            HttpMethod::Post => {
                headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
                body = call.form.encoded().into_bytes();
            }
            _ if call.form.is_empty() => {}
            _ => url.set_query(Some(&call.form.encoded())),
        }
        Ok(HttpRequest {
            method: call.method,
            url,
            headers,
            body,
            timeout,
            max_bytes: MAX_BYTES,
            overlong: Overlong::Refuse,
        })
    }

    /// An id that is none of Stripe's could lead to another place, and what it names is not there.
    fn url(&self, path: &[&str]) -> Result<Url, ProviderError> {
        let is_id = |part: &&str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            !part.is_empty() && part.len() <= 255 && part.bytes().all(is_plain)
        };
        if !path.iter().all(is_id) {
            return Err(ProviderError::NotFound);
        }
        let mut url = self.account.base_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/v1/{}", path.join("/")));
        Ok(url)
    }
}

/// Stripe says so, or it is one of those that pass.
fn is_worth_repeating(answer: &Result<HttpResponse, HttpError>) -> bool {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return matches!(error, HttpError::TimedOut | HttpError::Unreachable(_)),
    };
    let said = answer
        .headers
        .iter()
        .find(|(name, _)| name == "stripe-should-retry");
    match said.map(|(_, value)| value.as_str()) {
        Some("true") => true,
        Some("false") => false,
        _ => answer.status == 409 || answer.status >= 500,
    }
}
