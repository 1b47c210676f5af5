//! JSON from servers, within limits. What a server says goes to the log in a few plain characters.

use std::time::Duration;

use ports::http::{HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse, Overlong};
use ports::social::SocialError;
use serde_json::Value;
use url::Url;

use crate::jose::json;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest answer that is read.
const MAX_BYTES: usize = 256 * 1024;

/// An answer in JSON.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) max_age: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body, if it is JSON without repeated names.
    pub(crate) fn json(&self) -> Option<Value> {
        json::value(&self.body)
    }
}

/// Asks for a document; anything but 200 is a failure, a redirect included.
pub(crate) async fn get(
    http: &dyn HttpClient,
    url: &Url,
    headers: Vec<(&'static str, String)>,
) -> Result<Answer, SocialError> {
    let answer = send(http, HttpMethod::Get, url, headers, Vec::new()).await?;
    match answer.status {
        200 => Ok(answer),
        status => Err(SocialError::Failed(format!("{} answers {status}", place(url)))),
    }
}

/// Hands a form in; the answer may be of any status, but has to be JSON.
pub(crate) async fn post_form(
    http: &dyn HttpClient,
    url: &Url,
    mut headers: Vec<(&'static str, String)>,
    form: String,
) -> Result<Answer, SocialError> {
    headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    send(http, HttpMethod::Post, url, headers, form.into_bytes()).await
}

async fn send(
    http: &dyn HttpClient,
    method: HttpMethod,
    url: &Url,
    mut headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
) -> Result<Answer, SocialError> {
    headers.push(("accept", "application/json".to_owned()));
    let request = HttpRequest {
        method,
        url: url.clone(),
        headers,
        body,
        timeout: TIMEOUT,
        max_bytes: MAX_BYTES,
        overlong: Overlong::Refuse,
    };
    let answer = http.send(request).await.map_err(|error| failed(url, &error))?;
    if !is_json(&answer) {
        return Err(SocialError::Failed(format!(
            "{} answers {} and no JSON",
            place(url),
            answer.status
        )));
    }
    Ok(Answer {
        status: answer.status,
        max_age: answer.max_age,
        body: answer.body,
    })
}

/// `application/json`, or one of those that say what is in the JSON: `application/jwk-set+json`.
fn is_json(answer: &HttpResponse) -> bool {
    let kind = answer.content_type.as_deref().unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn failed(url: &Url, error: &HttpError) -> SocialError {
    SocialError::Failed(format!("{}: {error}", place(url)))
}

/// Where a URL leads, without what may be secret in it.
pub(crate) fn place(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// What somebody else wrote, fit for a log.
pub(crate) fn plain(text: &str) -> String {
    let printable = text.chars().filter(|letter| !letter.is_control());
    printable.take(200).collect()
}
