//! What happens at the provider.

mod billing;
mod changing;
mod checkouts;
mod disputes;
mod fetching;
mod overview;
mod paying;
mod refunds;
mod requests;
mod snapshots;
mod standing;
mod subscribing;
mod telling;
mod ticking;

pub(crate) use self::changing::Order;
pub(crate) use self::overview::Overview;
pub(crate) use self::snapshots::{refund_snapshot, subscription_snapshot};

use kernel::Timestamp;
use ports::payments::{InboundWebhook, ObjectRef, ProviderEvent, WebhookError};
use serde::Deserialize;

use crate::machinery::Machinery;
use crate::model::event::kind_named;
use crate::signature;

/// The provider. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    machinery: Machinery,
}

/// What a webhook of ours says.
#[derive(Deserialize)]
struct Told {
    id: String,
    #[serde(rename = "type")]
    event_type: String,
    created: i64,
    object: ToldObject,
    reference: Option<String>,
}

#[derive(Deserialize)]
struct ToldObject {
    kind: String,
    id: String,
}

impl Sandbox {
    /// A provider kept by `machinery`.
    pub const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// An id of something new: `sb_pay_…`.
    fn id(&self, kind: &str, now: Timestamp) -> String {
        format!("sb_{kind}_{}", self.machinery.ids.uuid_v7(now).simple())
    }

    /// Looks at a webhook as who is told has to.
    pub(crate) fn read_webhook(
        &self,
        webhook: &InboundWebhook<'_>,
        now: Timestamp,
    ) -> Result<ProviderEvent, WebhookError> {
        let header = webhook
            .header(signature::HEADER)
            .ok_or(WebhookError::BadSignature)?;
        signature::verify(&self.machinery.mac, header, webhook.body, now)?;
        let told: Told = serde_json::from_slice(webhook.body).map_err(|_| WebhookError::Malformed)?;
        let kind = kind_named(&told.object.kind);
        Ok(ProviderEvent {
            key: told.id,
            event_type: told.event_type,
            object: kind.map(|kind| ObjectRef {
                kind,
                id: told.object.id,
            }),
            reference: told.reference,
            occurred_at: Timestamp::from_unix_seconds(told.created),
        })
    }
}
