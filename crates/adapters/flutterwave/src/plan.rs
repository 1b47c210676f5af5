//! Prices that can be subscribed to (<https://developer.flutterwave.com/v3.0/reference/payment-plans>).

use ports::http::HttpMethod;
use ports::payments::{PriceRequest, ProviderError};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::amount;
use crate::api::Plan;
use crate::ask::Api;

/// Makes a plan that goes on until it is cancelled.
pub(crate) async fn create(api: &Api, request: &PriceRequest) -> Result<String, ProviderError> {
    #[derive(Serialize)]
    struct Body<'a> {
        amount: Box<RawValue>,
        name: &'a str,
        interval: &'a str,
        currency: &'a str,
    }
    let interval = interval(request.interval, request.interval_count).ok_or_else(|| {
        let message = "a plan is for a day, a week, or months and years";
        ProviderError::refused("interval", message.to_owned())
    })?;
    let amount = amount::write(request.amount).filter(|_| request.amount.minor() > 0);
    let body = Body {
        amount: amount
            .ok_or_else(|| ProviderError::refused("amount", "more than nothing is expected".to_owned()))?,
        name: &request.name,
        interval: &interval,
        currency: request.amount.currency().code(),
    };
    let made: Plan = api.change(HttpMethod::Post, &["payment-plans"], &body).await?;
    let amount = amount::read(&made.amount, request.amount.currency());
    // The amount of a plan can't be changed, so a wrong one is of no use.
    if amount != Some(request.amount) || made.currency != body.currency {
        let what = format!("plan {} is of another amount", made.id.0);
        return Err(ProviderError::OutcomeUnknown(what));
    }
    Ok(made.id.0)
}

/// In Flutterwave's words. Its `bi-annually` may be read in two ways and is not used.
fn interval(unit: &str, count: u32) -> Option<String> {
    let months = match unit {
        "month" => count,
        "year" => count.checked_mul(12)?,
        "day" | "week" if count == 1 => {
            let word = if unit == "day" { "daily" } else { "weekly" };
            return Some(word.to_owned());
        }
        _ => return None,
    };
    Some(match months {
        0 => return None,
        1 => "monthly".to_owned(),
        3 => "quarterly".to_owned(),
        12 => "yearly".to_owned(),
        months => format!("every {months} months"),
    })
}
