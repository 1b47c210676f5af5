//! `/webhooks/{provider}`, and `/payments/events` for staff.

use axum::extract::State;
use garde::Validate;
use http::HeaderMap;
use kernel::permission::{ReadPlatformPayments, WritePlatformPayments};
use kernel::{PaymentEventId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use web::{
    Api, ApiResult, Context, Doc, Empty, NoContent, Operator, PageBody, Paging, Path, Public, Query, RawBody,
    Routes,
};

use super::model::{EventFilter, EventStatus, KindOfObject, PaymentEvent};
use super::service::Inbox;

pub(crate) fn routes(inbox: Inbox) -> Api {
    Routes::new("payments")
        .post(
            "/webhooks/{provider}",
            receive_payment_webhook,
            Doc::new(
                "Receive a webhook of a payment provider",
                "For payment providers, which sign what they send. What is told is written down once, however often it \
                 is sent, and answered with 200 and an empty body; the provider is then asked what is true.",
            ),
        )
        .get(
            "/payments/events",
            list_payment_events,
            Doc::new(
                "List events of payment providers",
                "What providers told, and what became of it; the newest first. An event that `failed` is about \
                 something that could not be read at the provider, and `error` says why.",
            ),
        )
        .post(
            "/payments/events/{paymentEventId}/retry",
            retry_payment_event,
            Doc::new(
                "Retry an event of a payment provider",
                "Has the provider asked at once what the event is about, as if that had never failed.",
            ),
        )
        .with_state(inbox)
}

/// From whom.
#[derive(Debug, Deserialize, JsonSchema)]
struct ProviderPath {
    /// The provider: `stripe`, `flutterwave`, `lemonsqueezy`.
    provider: String,
}

/// Which event.
#[derive(Debug, Deserialize, JsonSchema)]
struct PaymentEventPath {
    /// The event.
    #[serde(rename = "paymentEventId")]
    id: PaymentEventId,
}

/// Which events are asked for.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PaymentEventsQuery {
    /// Only those of which this became.
    #[garde(skip)]
    status: Option<EventStatus>,
    /// Only those of this provider.
    #[garde(length(min = 1, max = 50))]
    #[schemars(extend("example" = "stripe"))]
    provider: Option<String>,
    /// Only those about the object with this id at the provider.
    #[garde(length(min = 1, max = 255))]
    #[schemars(extend("example" = "pi_3Q0000000000000000000000"))]
    object_reference: Option<String>,
}

/// What a provider tells, in its own words.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "PaymentWebhook")]
struct PaymentWebhook {
    /// Whatever it is.
    #[serde(flatten)]
    _told: BTreeMap<String, Value>,
}

/// An event of a payment provider.
#[derive(Debug, Serialize, JsonSchema)]
struct PaymentEventBody {
    /// Its id.
    id: PaymentEventId,
    /// The provider.
    #[schemars(extend("example" = "stripe"))]
    provider: String,
    /// The account there.
    provider_account: String,
    /// Tells it from all other events of the account.
    #[schemars(extend("example" = "evt_1Q0000000000000000000000"))]
    event_key: String,
    /// What the provider calls it.
    #[schemars(extend("example" = "checkout.session.completed"))]
    event_type: String,
    /// What it is about; null for what nothing here has to do with.
    object_kind: Option<KindOfObject>,
    /// The provider's id of that.
    object_reference: Option<String>,
    /// The payment or subscription here that it names.
    reference: Option<String>,
    /// What became of it.
    status: EventStatus,
    /// Why it failed the last time.
    error: Option<String>,
    /// How often it was told.
    #[schemars(extend("example" = 1))]
    deliveries: i64,
    /// When it happened, as the provider says.
    occurred_at: Option<Timestamp>,
    /// When it was first told.
    received_at: Timestamp,
    /// When this became of it.
    processed_at: Option<Timestamp>,
}

impl From<PaymentEvent> for PaymentEventBody {
    fn from(event: PaymentEvent) -> Self {
        Self {
            id: event.id,
            provider: event.provider,
            provider_account: event.account,
            event_key: event.key,
            event_type: event.event_type,
            object_kind: event.object_kind,
            object_reference: event.object_reference,
            reference: event.reference,
            status: event.status,
            error: event.error,
            deliveries: event.deliveries,
            occurred_at: event.occurred_at,
            received_at: event.received_at,
            processed_at: event.processed_at,
        }
    }
}

impl From<PaymentEventsQuery> for EventFilter {
    fn from(query: PaymentEventsQuery) -> Self {
        Self {
            status: query.status,
            provider: query.provider,
            object_reference: query.object_reference,
        }
    }
}

async fn receive_payment_webhook(
    State(inbox): State<Inbox>,
    _: Public,
    Path(path): Path<ProviderPath>,
    body: RawBody<PaymentWebhook>,
) -> ApiResult<Empty> {
    inbox
        .receive(&path.provider, texts(&body.headers), &body.bytes)
        .await?;
    Ok(Empty)
}

async fn list_payment_events(
    State(inbox): State<Inbox>,
    _: Operator<ReadPlatformPayments>,
    Query(query): Query<PaymentEventsQuery>,
    paging: Paging,
) -> ApiResult<PageBody<PaymentEventBody>> {
    let page = inbox.list(query.into(), paging.request().clone()).await?;
    Ok(paging.page(page.map(PaymentEventBody::from)))
}

async fn retry_payment_event(
    State(inbox): State<Inbox>,
    _: Operator<WritePlatformPayments>,
    Path(path): Path<PaymentEventPath>,
    context: Context,
) -> ApiResult<NoContent> {
    inbox.retry(&context, path.id).await?;
    Ok(NoContent)
}

/// Each header that is a text; what is signed is never another.
fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let headers = headers.iter();
    let texts = headers.filter_map(|(name, value)| Some((name, value.to_str().ok()?)));
    texts
        .map(|(name, value)| (name.as_str().to_owned(), value.to_owned()))
        .collect()
}
