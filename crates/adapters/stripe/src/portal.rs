//! Pages for customers.

use ports::payments::{Effect, PortalRequest, ProviderError};
use serde::Deserialize;
use url::Url;

use crate::api::id_of;
use crate::client::{Call, Client};
use crate::fetch;
use crate::form::Form;

#[derive(Deserialize)]
struct Session {
    url: Url,
}

/// Makes one. It is made for one visit, so nothing is lost with one that nobody hears of.
pub(crate) async fn create(client: &Client, request: &PortalRequest) -> Result<Url, ProviderError> {
    let customer = match (&request.customer, &request.subscription) {
        (Some(customer), _) => customer.clone(),
        (None, Some(subscription)) => {
            let subscription = fetch::raw_subscription(client, subscription).await?;
            let customer = id_of(subscription.customer.as_ref());
            customer.ok_or_else(|| {
                Effect::None.unclear("Stripe answers a subscription without its customer".to_owned())
            })?
        }
        (None, None) => {
            return Err(ProviderError::refused(
                "missing_customer",
                "the portal of Stripe is for a customer",
            ));
        }
    };
    let body = Form::new()
        .set("customer", &customer)
        .set("return_url", &request.return_url);
    let session: Session = client
        .send(Call::post(&["billing_portal", "sessions"], body).without_effect())
        .await?;
    Ok(session.url)
}
