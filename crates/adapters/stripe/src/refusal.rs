//! What an answer that is no success means (<https://docs.stripe.com/api/errors>): its status counts, then the type
//! of the error. The code is passed on and nothing hangs on it.

use kernel::{Secret, Timestamp};
use ports::http::HttpResponse;
use ports::payments::{Effect, ProviderError, printable};
use serde::Deserialize;

/// The longest text of somebody else that is passed on.
const LONGEST: usize = 500;

#[derive(Deserialize)]
struct Body {
    error: Error,
}

#[derive(Deserialize, Default)]
struct Error {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
    message: Option<String>,
    param: Option<String>,
}

/// The error in an answer that is no success.
pub(crate) fn read(
    answer: &HttpResponse,
    effect: Effect,
    key: &Secret<String>,
    now: Timestamp,
) -> ProviderError {
    let error = serde_json::from_slice::<Body>(&answer.body)
        .ok()
        .map(|body| body.error);
    let is_stripes = error.is_some();
    let error = error.unwrap_or_default();
    let kind = error.kind.as_deref().unwrap_or_default();
    let text = |message: Option<&str>| plain(message.unwrap_or("no message"), key);
    let said = traced(answer, &text(error.message.as_deref()), error.param.as_deref());
    match answer.status {
        401 | 403 => ProviderError::Unauthorized(said),
        429 => ProviderError::RateLimited {
            retry_after: answer.retry_after(now),
        },
        // Whoever stands between may answer 404 as well, and then it is not known whether there is such a thing.
        404 if is_stripes => ProviderError::NotFound,
        // Another request under the same key is being worked on.
        409 => effect.unclear(said),
        // The key was used for another request, and what that one did is not told.
        400..500 if kind == "idempotency_error" => effect.unclear(said),
        400..500 if kind == "card_error" => ProviderError::Declined {
            code: plain(&decline(&error), key),
            message: text(error.message.as_deref()),
        },
        400..500 if is_stripes => ProviderError::Refused {
            code: plain(error.code.as_deref().unwrap_or(kind), key),
            message: said,
        },
        status => effect.unclear(format!("status {status}: {said}")),
    }
}

/// The bank's own reason where there is one that says more than "no".
fn decline(error: &Error) -> String {
    let reason = error
        .decline_code
        .as_deref()
        .filter(|code| *code != "generic_decline");
    let code = reason.or(error.code.as_deref()).or(error.kind.as_deref());
    code.unwrap_or_default().to_owned()
}

/// With what the support of Stripe asks for first.
fn traced(answer: &HttpResponse, message: &str, param: Option<&str>) -> String {
    let request = answer.headers.iter().find(|(name, _)| name == "request-id");
    let details = [param, request.map(|(_, id)| id.as_str())].into_iter().flatten();
    let details: Vec<String> = details
        .map(|text| text.chars().filter(char::is_ascii_graphic).take(64).collect())
        .filter(|text: &String| !text.is_empty())
        .collect();
    if details.is_empty() {
        return message.to_owned();
    }
    format!("{message} ({})", details.join(", "))
}

/// What somebody else wrote, fit for a log: a few plain characters, and no key.
pub(crate) fn plain(text: &str, key: &Secret<String>) -> String {
    let text = text.replace(key.expose().as_str(), "[key]");
    // Stripe repeats a part of a key that it does not know.
    let is_key = |word: &str| {
        ["sk_live_", "sk_test_", "rk_live_", "rk_test_"]
            .iter()
            .any(|start| word.contains(start))
    };
    let words = text
        .split(' ')
        .map(|word| if is_key(word) { "[key]" } else { word });
    printable(&words.collect::<Vec<_>>().join(" "), LONGEST)
}

#[cfg(test)]
mod tests;
