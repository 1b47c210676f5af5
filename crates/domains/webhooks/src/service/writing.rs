//! Writing down what endpoints hear of.

use ::events::Envelope;
use db::{DbError, Tx};
use kernel::{Timestamp, WebhookDeliveryId};

use crate::model::delivery::{Delivery, DeliveryStatus};
use crate::model::message::Message;
use crate::service::Webhooks;
use crate::store::endpoints::Listening;
use crate::store::{deliveries, endpoints, events};
use crate::work::DeliverWebhooks;

impl Webhooks {
    /// Writes an event down with a delivery to each endpoint that hears of it.
    pub(crate) async fn write_in(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        let mut listening = endpoints::list_listening(tx, envelope.organization).await?;
        listening.retain(|endpoint| endpoint.event_types.hear(&envelope.name));
        if listening.is_empty() {
            return Ok(());
        }
        let message = Message::of(envelope).map_err(DbError::internal)?;
        events::insert(tx, &message).await?;
        for endpoint in listening {
            let delivery = self.delivery_of(&message, &endpoint, message.occurred_at);
            deliveries::insert(tx, &delivery).await?;
            self.kick_in(tx, &endpoint).await?;
        }
        Ok(())
    }

    /// The first delivery of a message, due at once.
    pub(super) fn delivery_of(&self, message: &Message, endpoint: &Listening, now: Timestamp) -> Delivery {
        Delivery {
            id: WebhookDeliveryId::new(&*self.machinery.ids, now),
            endpoint: endpoint.id,
            event: message.id,
            event_type: message.event_type.clone(),
            status: DeliveryStatus::Pending,
            attempts: 0,
            is_replay: false,
            next_attempt_at: Some(now),
            created_at: now,
            completed_at: None,
        }
    }

    /// Has something sent. This is no job with a key: transactions with the same key wait for one another, and
    /// an endpoint of the platform hears of all of them.
    pub(super) async fn kick_in(&self, tx: &mut Tx, endpoint: &Listening) -> Result<(), DbError> {
        let job = DeliverWebhooks {
            endpoint: endpoint.id,
            organization: endpoint.organization,
        };
        self.machinery.queue.enqueue(tx, &job).await.map(drop)
    }
}
