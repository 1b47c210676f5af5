//! Giving money back.

use ports::payments::{Effect, ProviderError, RefundRequest, RefundSnapshot};

use crate::amount;
use crate::api::{self, Refund};
use crate::client::{Call, Client};
use crate::form::Form;

use crate::snapshot;

/// Gives money back. Without an amount Stripe gives back what is left. Why, is not told: it is not ours to guess.
pub(crate) async fn create(
    client: &Client,
    request: &RefundRequest,
) -> Result<RefundSnapshot, ProviderError> {
    let amount = (!request.is_rest)
        .then(|| amount::to_wire(request.amount))
        .transpose();
    let amount = amount.map_err(|error| ProviderError::refused("invalid_amount", error.to_string()))?;
    let body = Form::new()
        .set("payment_intent", &request.payment)
        .set_some("amount", amount)
        .set(format!("metadata[{}]", api::REFUND), &request.reference);
    let call = Call::post(&["refunds"], body).once(&request.idempotency_key);
    let refund: Refund = client.send(call).await?;
    snapshot::refund(&refund).map_err(|error| Effect::Some.unclear(error.to_string()))
}
