//! Sending again what was to be heard since some moment.

use std::time::Duration;

use db::{DbError, Tx};
use kernel::{OrganizationId, RequestContext, Timestamp, WebhookDeliveryId, WebhookEndpointId};
use uuid::Uuid;

use crate::error::WebhookError;
use crate::model::delivery::{Delivery, DeliveryStatus};
use crate::model::endpoint::EndpointStatus;
use crate::model::replay::{Replay, ReplayWish};
use crate::service::Webhooks;
use crate::store::endpoints::Listening;
use crate::store::{deliveries, endpoints};
use crate::work::ReplayWebhooks;

/// How many events are looked at in one unit of work.
const PAGE: u32 = 200;

/// How long events are kept, and what became of them.
const KEPT: Duration = Duration::from_hours(24 * 30);

impl Webhooks {
    /// Has everything sent again that an endpoint was to hear since a moment, in the background and once per
    /// idempotency key. What was never told to it, because it was disabled or wanted to hear something else, is not
    /// sent now.
    pub async fn replay(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: WebhookEndpointId,
        wish: ReplayWish,
    ) -> Result<Replay, WebhookError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let replay = wish.until(now, KEPT)?;
        let work = async move |tx: &mut Tx| {
            let begin = async |tx: &mut Tx| {
                this.lock_enabled(tx, organization, id).await?;
                let job = ReplayWebhooks {
                    endpoint: id,
                    organization,
                    replay,
                    after: (replay.since.to_micros_text(), Uuid::nil()),
                };
                this.machinery.queue.enqueue(tx, &job).await?;
                Ok(replay)
            };
            this.machinery.idempotency.once(tx, &context, now, begin).await
        };
        self.machinery.db.write(work).await
    }

    /// One page of a replay. It is completed in the same transaction, so that what is sent again is sent once.
    pub(crate) async fn replay_page(
        &self,
        job: ReplayWebhooks,
        attempt: &jobs::Delivery,
    ) -> Result<(), DbError> {
        let (this, attempt) = (self.clone(), attempt.clone());
        let work = async move |tx: &mut Tx| {
            this.replay_page_in(tx, &job).await?;
            attempt.finish(tx).await
        };
        self.machinery.db.write(work).await
    }

    async fn replay_page_in(&self, tx: &mut Tx, job: &ReplayWebhooks) -> Result<(), DbError> {
        let endpoint = endpoints::find_any(tx, job.endpoint).await?;
        let Some(endpoint) = endpoint.filter(|endpoint| endpoint.status == EndpointStatus::Enabled) else {
            return Ok(());
        };
        let (made_at, id) = &job.after;
        let after: (Timestamp, Uuid) = (made_at.parse().map_err(DbError::internal)?, *id);
        let page = deliveries::list_to_replay(tx, job.endpoint, (job.replay, after), PAGE).await?;
        let now = self.machinery.clock.now();
        let mut last = None;
        // Due one after the other, so that they are sent in the order of the events, and all of them now.
        for (before, ahead) in page.into_iter().zip((0..u64::from(PAGE)).rev()) {
            last = Some((before.created_at.to_micros_text(), before.id.uuid()));
            // Nothing is done when the event is on its way.
            let due = now.minus(Duration::from_micros(ahead));
            deliveries::insert(tx, &self.again(before, due)).await?;
        }
        let Some(after) = last else { return Ok(()) };
        let listening = Listening {
            id: endpoint.id,
            organization: endpoint.organization,
            event_types: endpoint.event_types,
        };
        self.kick_in(tx, &listening).await?;
        let next = ReplayWebhooks { after, ..job.clone() };
        self.machinery.queue.enqueue(tx, &next).await?;
        Ok(())
    }

    /// The same event in a new delivery.
    pub(super) fn again(&self, before: Delivery, now: Timestamp) -> Delivery {
        Delivery {
            id: WebhookDeliveryId::new(&*self.machinery.ids, now),
            status: DeliveryStatus::Pending,
            attempts: 0,
            is_replay: true,
            next_attempt_at: Some(now),
            created_at: now,
            completed_at: None,
            ..before
        }
    }

    /// Deletes what happened long ago, with what became of it.
    pub(crate) async fn delete_old(&self) -> Result<(), DbError> {
        let until = self.machinery.clock.now().minus(KEPT);
        let delete =
            async move |tx: &mut Tx, most: u32| crate::store::events::delete_old(tx, until, most).await;
        self.machinery.db.delete_in_batches(delete).await
    }
}
