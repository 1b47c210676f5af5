//! What can be subscribed to.

use ports::payments::{PriceRequest, ProviderError};

use crate::amount;
use crate::api::{self, Named};
use crate::client::{Call, Client};
use crate::form::Form;

/// Makes a price, and its product along with it.
pub(crate) async fn create(client: &Client, request: &PriceRequest) -> Result<String, ProviderError> {
    let wire = amount::to_wire(request.amount)
        .map_err(|error| ProviderError::refused("invalid_amount", error.to_string()))?;
    let body = Form::new()
        .set("currency", &amount::code(request.amount.currency()))
        .set("unit_amount", &wire)
        .set("recurring[interval]", request.interval)
        .set("recurring[interval_count]", &request.interval_count)
        .set("product_data[name]", &request.name)
        .set(format!("metadata[{}]", api::PRICE), &request.reference);
    let price: Named = client
        .send(Call::post(&["prices"], body).once(&request.idempotency_key))
        .await?;
    Ok(price.id)
}
